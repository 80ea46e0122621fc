"""A dataset in shards opens in `datasets` and Axolotl, with one schema whatever its first shard holds."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from configs.load import load_profile, template_path
from tasks.convert.formats import FORMATS, HISTORY, Renderer, companions, dataset_info
from tasks.serving.template import render_ids
from tests.tasks.convert.conversations import EARLIER, SUM, Told, batch, messages

SYSTEM = "너는 엑셀 전문가다."
ROOT = Path(__file__).parents[3]

# The first shard has no earlier turns, the second has: what `datasets` learns from the first does not fit the second.
DAYS: dict[str, list[Told]] = {
    "2026-10-30": [(SUM._replace(id="i1"), ()), (SUM._replace(id="i2", input=""), ())],
    "2026-10-31": [(SUM._replace(id="i3"), EARLIER)],
}


def write(folder: Path, days: dict[str, list[Told]] = DAYS, splits: Sequence[str] = ("train", "test")) -> Path:
    """A dataset as `convert` lays it out."""
    for split in splits:
        for day, rows in days.items():
            renderer = Renderer(batch(rows), SYSTEM)
            shards = {f"{name}/{split}/{day}{form.suffix}": renderer.lines(name) for name, form in FORMATS.items()}
            for path, content in shards.items():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(content)
            (folder / split).mkdir(exist_ok=True)
            pq.write_table(pa.Table.from_batches([batch(rows)]), folder / split / f"{day}.parquet")
    (folder / "manifest.json").write_text("{}")
    for path, content in companions(splits, fingerprint=str(list(days))).items():
        (folder / path).write_bytes(content)
    return folder


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """`datasets.load_dataset` with a cache of its own."""
    import datasets

    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    datasets.disable_progress_bars()
    yield lambda *args, **named: datasets.load_dataset(*args, **named, cache_dir=str(tmp_path / "cache"))
    datasets.enable_progress_bars()


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_opens_by_its_folder(load: Any, tmp_path: Path, name: str) -> None:
    splits = load(str(write(tmp_path / "dataset") / name))
    assert set(splits) == {"train", "test"}
    form = FORMATS[name]
    found = [form.read(line) for line in splits["train"]]
    assert found == [messages(row, SYSTEM) for rows in DAYS.values() for row in rows]


def test_the_dataset_opens_as_its_parquet_shards(load: Any, tmp_path: Path) -> None:
    splits = load(str(write(tmp_path / "dataset")))
    assert set(splits) == {"train", "test"}
    assert splits["train"]["id"][:] == ["i1", "i2", "i3"]
    assert splits["train"]["history"][:] == [None, None, [turn._asdict() for turn in EARLIER]]
    assert splits["train"].features.arrow_schema.field("history").type == HISTORY


@pytest.mark.parametrize("name", ["llama2", "sharegpt", "openai"])
def test_a_format_opens_as_a_list_of_files(load: Any, tmp_path: Path, name: str) -> None:
    shards = sorted(str(path) for path in (write(tmp_path / "dataset") / name / "train").iterdir())
    assert load("json", data_files=shards, split="train").num_rows == 3


def test_parquet_opens_by_a_pattern(load: Any, tmp_path: Path) -> None:
    pattern = str(write(tmp_path / "dataset") / "train" / "*.parquet")
    assert load("parquet", data_files=pattern, split="train").num_rows == 3


@pytest.mark.parametrize("name", ["", *FORMATS])
def test_two_datasets_of_one_folder_name_are_not_taken_for_each_other(load: Any, tmp_path: Path, name: str) -> None:
    """`datasets` caches by folder name and card: the second night must not be trained on the first one's rows."""
    first = write(tmp_path / "night1" / "dataset", {"2026-10-30": DAYS["2026-10-30"]})
    second = write(tmp_path / "night2" / "dataset")
    assert load(str(first / name), split="train").num_rows == 2
    assert load(str(second / name), split="train").num_rows == 3


def test_a_split_without_shards_is_left_out(load: Any, tmp_path: Path) -> None:
    assert set(load(str(write(tmp_path / "dataset", splits=["train"])))) == {"train"}


@pytest.mark.parametrize("name", FORMATS)
def test_a_cards_columns_are_those_of_the_lines(tmp_path: Path, name: str) -> None:
    import datasets

    text = (write(tmp_path / "dataset") / name / "README.md").read_text()
    features = datasets.Features._from_yaml_list(yaml.safe_load(text.split("---")[1])["dataset_info"]["features"])
    assert features.arrow_schema.remove_metadata() == FORMATS[name].columns


# ---- LLaMA-Factory


def test_llama_factorys_entries_name_folders_and_columns_that_there_are(tmp_path: Path) -> None:
    folder = write(tmp_path / "dataset")
    info = json.loads((folder / "dataset_info.json").read_text())
    assert info == dataset_info(["train", "test"])
    assert info.keys() == {
        f"{name}_{split}" for name in ("sharegpt", "openai", "alpaca") for split in ("train", "test")
    }
    for entry in info.values():
        (*_, last) = (folder / entry["script_url"] / entry["split"] / "2026-10-31.jsonl").read_bytes().splitlines()
        assert set(entry["columns"].values()) <= json.loads(last).keys()


def test_llama_factorys_sharegpt_entry() -> None:
    assert dataset_info(["train"])["sharegpt_train"] == {
        "script_url": "sharegpt",
        "split": "train",
        "formatting": "sharegpt",
        "columns": {"messages": "conversations"},
        "tags": {
            "role_tag": "from",
            "content_tag": "value",
            "user_tag": "human",
            "assistant_tag": "gpt",
            "system_tag": "system",
        },
    }


# ---- Axolotl


@pytest.mark.train
def test_axolotl_reads_the_shards(tmp_path: Path) -> None:
    """By folder and as a list of files: the ids are those that serving renders, the answers are what is learned."""
    from tasks.train.axolotl import ENVIRONMENT

    folder = write(tmp_path / "dataset")
    base = ROOT / "deployments" / "demo" / "base_model"
    entry = {
        "split": "train",
        "type": "chat_template",
        "field_messages": "conversations",
        "message_property_mappings": {"role": "from", "content": "value"},
        "roles": {"system": ["system"], "user": ["human"], "assistant": ["gpt"]},
    }
    shards = sorted(str(path) for path in (folder / "sharegpt" / "train").iterdir())
    settings = {
        "base_model": str(base),
        "chat_template": "jinja",
        "chat_template_jinja": str(template_path("llama-2")),
        "datasets": [
            {"path": str(folder / "sharegpt"), **entry},
            {"path": str(folder / "sharegpt"), "ds_type": "json", "data_files": shards, **entry},
        ],
        "dataset_exact_deduplication": False,
        "dataset_prepared_path": "prepared",
        "dataset_num_proc": 1,
        "sequence_len": 512,
        "micro_batch_size": 1,
        "gradient_accumulation_steps": 1,
        "num_epochs": 1,
        "learning_rate": 1e-3,
        "bf16": False,
    }
    (tmp_path / "axolotl.yml").write_text(yaml.safe_dump(settings, allow_unicode=True))
    python = ROOT / load_profile("demo", {}).train.environment_folder / "bin" / "python"
    done = subprocess.run(
        [python, "-m", "axolotl.cli.main", "preprocess", "axolotl.yml"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], **ENVIRONMENT, "HF_DATASETS_CACHE": str(tmp_path / "cache")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    assert done.returncode == 0, done.stdout.decode()[-2_000:]
    found = []
    for file in (tmp_path / "prepared").rglob("*.arrow"):
        with pa.OSFile(str(file)) as source:
            found += pa.ipc.open_stream(source).read_all()["input_ids"].to_pylist()
    rows = [messages(row, SYSTEM) for day in DAYS.values() for row in day]
    assert sorted(found) == sorted(2 * [render_ids(base, template_path("llama-2"), row) for row in rows])
