"""The real trainers on the tiny model: it trains, resumes, learns what it should, sees the tokens that serving sees."""

from __future__ import annotations

import itertools
import json
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tokenizers import Tokenizer

from configs.load import template_path
from configs.schema import TrainConfig
from tasks import jobs
from tasks.artifacts import Adapter
from tasks.dataset import files
from tasks.records import Message, conversation
from tasks.serving.template import render_ids
from tasks.train import axolotl, llamafactory
from tasks.train.backends import BACKENDS
from tasks.train.generate import generate_locally
from tasks.train.plan import FORMAT, Plan, Rendered, TrainError
from tasks.train.progress import Progress
from tasks.train.train import total_steps
from tests.tasks.train.conftest import ROWS, Run, Site, real_site
from tests.tasks.train.contract import Heard, assert_whole

pytestmark = pytest.mark.train

ROLES = {"system": "system", "human": "user", "gpt": "assistant"}
IGNORED = -100


@pytest.fixture(params=["axolotl", "llamafactory"])
def run(request: pytest.FixtureRequest) -> Run:
    found: Run = request.getfixturevalue(f"{request.param}_run")
    return found


def test_it_trains_and_publishes(run: Run) -> None:
    assert_whole(run.adapter, run.site.store, run.site.base, run.site.template, run.heard)
    assert run.adapter.steps == total_steps(run.site.profile.train, ROWS)
    assert run.heard.losses("eval_loss").keys() == {0, 4, 7}
    assert run.adapter.validation_loss == run.heard.losses("eval_loss")[7]


def test_it_learns(run: Run) -> None:
    before, after = run.heard.losses("eval_loss")[0], run.heard.losses("eval_loss")[run.adapter.steps]
    assert after < before


def test_the_log_quotes_no_user(run: Run) -> None:
    folder = run.site.store.open(run.adapter.uri)
    for file in folder.glob("train.log"):
        assert "합계" not in file.read_text(encoding="utf-8")


def test_equal_inputs_are_not_trained_twice(run: Run) -> None:
    heard = Heard()
    assert run.site.train(heard) == run.adapter
    assert heard.said == [f"these inputs already made {run.adapter.name}: taking it"]


def test_killed_between_steps_it_goes_on_and_ends_with_the_same_weights(run: Run, tmp_path: Path) -> None:
    elsewhere = real_site(tmp_path, run.site.profile.train.backend)

    def kill(progress: Progress) -> None:
        checkpoint = elsewhere.work() / "out" / "checkpoint-2" / "trainer_state.json"
        if checkpoint.is_file() and progress.step >= 2:
            os.kill(json.loads((elsewhere.work() / ".running").read_text())["pid"], signal.SIGKILL)

    with pytest.raises(TrainError, match="train was ended by SIGKILL"):
        elsewhere.train(on_progress=kill)
    heard = Heard()
    resumed = elsewhere.train(heard)
    assert heard.said[0].startswith("going on from checkpoint-")
    assert heard.losses() == pytest.approx(run.heard.losses(), abs=1e-3)
    assert weights(elsewhere, resumed) == weights(run.site, run.adapter)
    assert resumed.train_loss == run.adapter.train_loss


def weights(site: Site, adapter: Adapter) -> bytes:
    return (site.store.open(adapter.uri) / "adapter_model.safetensors").read_bytes()


# ---- template parity: what was trained on is what serving renders


def prepared(site: Site) -> list[dict[str, Any]]:
    """Every tokenised example that the run trained or was validated on."""
    return token_rows(site.workspace / "train" / "prepared")


def token_rows(folder: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for file in sorted(folder.rglob("*.arrow"), key=lambda file: file.parent.name):
        with pa.OSFile(str(file)) as source:
            rows += pa.ipc.open_stream(source).read_all().to_pylist()
    return rows


def conversations_of(site: Site) -> list[list[Message]]:
    """Those that a trainer takes: none is longer than train.sequence_length."""
    found = []
    for file in sorted((site.store.open(site.dataset.uri) / "sharegpt").rglob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            turns = json.loads(line)["conversations"]
            if turns[0]["value"] == "길게":
                continue
            found.append([Message(ROLES[turn["from"]], turn["value"]) for turn in turns])  # type: ignore[arg-type]
    return found


def test_trained_token_ids_are_those_that_serving_renders(run: Run) -> None:
    template = template_path("llama-2")
    ours = {tuple(render_ids(run.site.base, template, messages)) for messages in conversations_of(run.site)}
    assert {tuple(row["input_ids"]) for row in prepared(run.site)} == ours
    assert len(ours) == ROWS + 8


def test_only_answers_and_their_eos_are_learned(run: Run) -> None:
    tokenizer = Tokenizer.from_file(str(run.site.base / "tokenizer.json"))
    learned = {tuple(segments(tokenizer, row)) for row in prepared(run.site)}
    assert learned == {
        tuple(f"{message.content}</s>" for message in messages if message.role == "assistant")
        for messages in conversations_of(run.site)
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


def test_every_turn_begins_with_one_bos(run: Run) -> None:
    bos = Tokenizer.from_file(str(run.site.base / "tokenizer.json")).token_to_id("<s>")
    for row in prepared(run.site):
        at = [place for place, token in enumerate(row["input_ids"]) if token == bos]
        assert at[0] == 0
        assert all(later - earlier > 1 for earlier, later in itertools.pairwise(at))


# ---- asking without a server


def test_an_adapter_folder_answers_without_a_server(run: Run) -> None:
    folder = run.site.store.open(run.adapter.uri)
    question = conversation("A1부터 A10까지의 합계를 구하는 수식 알려줘", "")
    text = generate_locally(run.site.profile, folder, question, 32, run.site.workspace)
    assert text.startswith("=SUM(A1")
    assert "</s>" not in text


def test_the_base_model_answers_alone(run: Run) -> None:
    question = conversation("A1부터 A10까지의 합계를 구하는 수식 알려줘", "")
    assert generate_locally(run.site.profile, None, question, 8, run.site.workspace).startswith("=")


# ---- bad input


def test_packed_examples_are_tokenised_before_trained_and_proven_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def render(plan: Plan) -> Rendered:
        """The CPU's training after the tokenising that a GPU's has."""
        ours, gpu = axolotl.render(plan), axolotl.render(replace(plan, config=on_gpu(plan.config)))
        assert gpu.tokenise is not None
        argv = tuple("gpu.yml" if word == axolotl.CONFIG else word for word in gpu.tokenise.argv)
        return Rendered(
            {**ours.files, "gpu.yml": gpu.files[axolotl.CONFIG]}, ours.job, replace(gpu.tokenise, argv=argv)
        )

    monkeypatch.setitem(BACKENDS, "axolotl", render)  # type: ignore[arg-type]
    sizes = {"micro_batch_size": 1, "gradient_accumulation_steps": 1, "epochs": 1}
    site, heard = real_site(tmp_path, "axolotl").set(sample_packing=True, **sizes), Heard()
    adapter = site.train(heard)
    assert adapter.steps < ROWS
    assert f"{ROWS + 8} examples have the token ids that the server will be asked with" in heard.said
    log = (site.store.open(adapter.uri) / "train.log").read_text(encoding="utf-8")
    assert "합계" not in log
    before, _, after = log.partition("Success! Preprocessed data path")
    assert "Tokenizing Prompts" in before
    assert "Tokenizing Prompts" not in after
    assert after.count("Loading prepared dataset from disk") == 2


def on_gpu(config: TrainConfig) -> TrainConfig:
    return config.model_copy(update={"precision": "bf16", "gradient_checkpointing": True})


def test_llamafactory_makes_the_same_token_ids_before_it_takes_a_gpu(llamafactory_run: Run, tmp_path: Path) -> None:
    site = llamafactory_run.site
    qlora = on_gpu(site.profile.train).model_copy(update={"method": "qlora"})
    of = {split: tuple(files(site.store, site.dataset.uri, split, FORMAT)) for split in ("train", "validation")}
    work, made = tmp_path / "work", tmp_path / "prepared"
    plan = Plan(qlora, site.base, site.template, of["train"], of["validation"], site.environment, work, made)
    rendered = llamafactory.render(plan)
    rendered.write(work)
    assert rendered.tokenise is not None
    jobs.run(rendered.tokenise)
    assert token_rows(made) == prepared(site)
    assert not (work / "out").exists()


@pytest.mark.parametrize(("backend", "packed"), [("axolotl", False), ("axolotl", True), ("llamafactory", False)])
def test_examples_that_are_all_too_long_are_an_error(backend: str, packed: bool, tmp_path: Path) -> None:
    site = real_site(tmp_path, backend).set(sequence_length=16, sample_packing=packed)
    with pytest.raises(TrainError, match=r"no example is left to train on: .*train\.sequence_length"):
        site.train()
