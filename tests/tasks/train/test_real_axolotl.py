"""The real Axolotl on the tiny model: it trains, resumes, learns what it should, sees the tokens that serving sees."""

from __future__ import annotations

import itertools
import json
import os
import signal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tokenizers import Tokenizer

from configs.load import template_path
from tasks.artifacts import Adapter
from tasks.records import Message, conversation
from tasks.serving.template import render_ids
from tasks.train.generate import generate_locally
from tasks.train.plan import TrainError
from tasks.train.progress import Progress
from tests.tasks.train.conftest import Site, make_site, write_dataset
from tests.tasks.train.contract import Heard, assert_whole

pytestmark = pytest.mark.train

SYSTEM = "너는 엑셀 전문가다."
ROLES = {"system": "system", "human": "user", "gpt": "assistant"}
IGNORED = -100


@pytest.fixture(scope="module")
def real_site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = make_site(tmp_path_factory.mktemp("axolotl"))
    site.dataset = write_dataset(site.store, 24, 8, SYSTEM)
    return site


@pytest.fixture(scope="module")
def heard() -> Heard:
    return Heard()


@pytest.fixture(scope="module")
def trained(real_site: Site, heard: Heard) -> Adapter:
    """One real run, which most tests look at."""
    return real_site.train(heard)


def test_it_trains_and_publishes(real_site: Site, trained: Adapter, heard: Heard) -> None:
    assert_whole(trained, real_site.store, real_site.base, real_site.template, heard)
    assert trained.steps == 3
    assert heard.losses("eval_loss").keys() == {0, 3}
    assert trained.validation_loss == heard.losses("eval_loss")[3]


def test_it_learns(trained: Adapter, heard: Heard) -> None:
    before, after = heard.losses("eval_loss")[0], heard.losses("eval_loss")[trained.steps]
    assert after < before


def test_equal_inputs_are_not_trained_twice(real_site: Site, trained: Adapter) -> None:
    heard = Heard()
    assert real_site.train(heard) == trained
    assert heard.said == [f"these inputs already made {trained.name}: taking it"]


def test_killed_between_steps_it_goes_on_and_ends_with_the_same_weights(
    real_site: Site, trained: Adapter, tmp_path: Path
) -> None:
    elsewhere = make_site(tmp_path)
    elsewhere.dataset = write_dataset(elsewhere.store, 24, 8, SYSTEM)

    def kill(progress: Progress) -> None:
        checkpoint = elsewhere.work() / "out" / "checkpoint-1" / "trainer_state.json"
        if checkpoint.is_file() and progress.step >= 1:
            os.kill(json.loads((elsewhere.work() / ".running").read_text())["pid"], signal.SIGKILL)

    with pytest.raises(TrainError, match="axolotl train was ended by SIGKILL"):
        elsewhere.train(on_progress=kill)
    heard = Heard()
    resumed = elsewhere.train(heard)
    assert heard.said[0].startswith("going on from checkpoint-")
    assert weights(elsewhere, resumed) == weights(real_site, trained)
    assert resumed.train_loss == trained.train_loss


def weights(site: Site, adapter: Adapter) -> bytes:
    return (site.store.open(adapter.uri) / "adapter_model.safetensors").read_bytes()


# ---- template parity: what was trained on is what serving renders


def prepared(site: Site) -> list[dict[str, Any]]:
    """Every tokenised example that the run trained or was validated on."""
    rows: list[dict[str, Any]] = []
    for file in (site.workspace / "train" / "prepared").rglob("*.arrow"):
        with pa.OSFile(str(file)) as source:
            rows += pa.ipc.open_stream(source).read_all().to_pylist()
    return rows


def conversations_of(site: Site) -> list[list[Message]]:
    found = []
    for file in sorted((site.store.open(site.dataset.uri) / "sharegpt").rglob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            turns = json.loads(line)["conversations"]
            found.append([Message(ROLES[turn["from"]], turn["value"]) for turn in turns])  # type: ignore[arg-type]
    return found


def test_trained_token_ids_are_those_that_serving_renders(real_site: Site, trained: Adapter) -> None:
    template = template_path("llama-2")
    ours = {tuple(render_ids(real_site.base, template, messages)) for messages in conversations_of(real_site)}
    assert {tuple(row["input_ids"]) for row in prepared(real_site)} == ours
    assert len(ours) == 32


def test_only_answers_and_their_eos_are_learned(real_site: Site, trained: Adapter) -> None:
    tokenizer = Tokenizer.from_file(str(real_site.base / "tokenizer.json"))
    learned = {tuple(segments(tokenizer, row)) for row in prepared(real_site)}
    assert learned == {
        tuple(f"{message.content}</s>" for message in messages if message.role == "assistant")
        for messages in conversations_of(real_site)
    }


def segments(tokenizer: Tokenizer, row: dict[str, Any]) -> list[str]:
    """The text of each unbroken stretch of labels. A label is its own token's id or is ignored."""
    found: list[list[int]] = [[]]
    for token, label in zip(row["input_ids"], row["labels"], strict=True):
        assert label in (token, IGNORED)
        if label == IGNORED:
            found.append([])
        else:
            found[-1].append(label)
    return [tokenizer.decode(ids, skip_special_tokens=False) for ids in found if ids]


def test_every_turn_begins_with_one_bos(real_site: Site, trained: Adapter) -> None:
    bos = Tokenizer.from_file(str(real_site.base / "tokenizer.json")).token_to_id("<s>")
    for row in prepared(real_site):
        at = [place for place, token in enumerate(row["input_ids"]) if token == bos]
        assert at[0] == 0
        assert all(later - earlier > 1 for earlier, later in itertools.pairwise(at))


# ---- asking without a server


def test_an_adapter_folder_answers_without_a_server(real_site: Site, trained: Adapter) -> None:
    folder = real_site.store.open(trained.uri)
    question = conversation("A1부터 A10까지의 합계를 구하는 수식 알려줘", "")
    text = generate_locally(real_site.profile, folder, question, 32, real_site.workspace)
    assert text.startswith("=SUM(A1")
    assert "</s>" not in text


def test_the_base_model_answers_alone(real_site: Site) -> None:
    question = conversation("A1부터 A10까지의 합계를 구하는 수식 알려줘", "")
    assert generate_locally(real_site.profile, None, question, 8, real_site.workspace).startswith("=")


# ---- bad input


def test_examples_that_are_all_too_long_are_an_error(tmp_path: Path) -> None:
    site = make_site(tmp_path).set(sequence_length=16)
    with pytest.raises(TrainError, match=r"no example is left to train on: .*train\.sequence_length"):
        site.train()
