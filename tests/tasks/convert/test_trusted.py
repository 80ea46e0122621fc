"""Trusted examples: in train alone, the same ones every night, and nothing of the test among them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from configs.schema import ConvertConfig, FilterConfig
from tasks.artifacts import Dataset
from tasks.convert.convert import convert
from tasks.convert.trusted import NAME, USER, AnchorError
from tasks.dataset import shards, table
from tasks.extract.extract import extract
from tasks.filter.filter import filter_extract
from tasks.storage import Store
from tests.tasks.builders import database, interactions, source

TRUSTED = [
    {"instruction": f"{n}월 달력을 만드는 법", "input": "", "output": f"[파일] > [새로 만들기] {n}"} for n in range(40)
]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    database(tmp_path / "app.db", interactions(120))
    return Store(str(tmp_path / "store"))


def made(store: Store, path: Path | str, share: float = 0.1) -> Dataset:
    config = ConvertConfig(validation_share=0.2, test_share=0.2, anchors=str(path), anchor_share=share)
    app = Path(store.root).parent / "app.db"
    kept = filter_extract(extract(source(app), store), FilterConfig(execute_formulas=False), store)
    return convert(kept, config, 1, store)


def written(tmp_path: Path, records: list[dict[str, Any]]) -> Path:
    path = tmp_path / "anchors.jsonl"
    path.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in records), encoding="utf-8")
    return path


def ids(store: Store, dataset: Dataset, split: str = "train") -> list[str]:
    return [one for one in table(store, dataset.uri, split)["id"].to_pylist() if one.startswith("anchor-")]


def test_a_share_of_them_is_in_train_alone_and_marked(store: Store, tmp_path: Path) -> None:
    dataset = made(store, written(tmp_path, TRUSTED))
    found = ids(store, dataset)
    assert len(found) == round(0.1 * (dataset.train_rows - len(found)))
    assert not ids(store, dataset, "test")
    assert not ids(store, dataset, "validation")
    assert [one.rows for one in shards(store, dataset.uri) if one.name == NAME] == [len(found)]
    assert store.manifest(dataset.uri)["meta"]["anchors"] == len(found)
    users = table(store, dataset.uri, "train", ["id", "user_id"]).to_pylist()
    assert {one["user_id"] for one in users if one["id"] in found} == {USER}
    assert dataset.new_rows == dataset.rows - len(found)


def test_the_same_are_taken_from_a_file_in_any_order_and_format(store: Store, tmp_path: Path) -> None:
    few = ids(store, made(store, written(tmp_path, TRUSTED)))
    pq.write_table(pa.Table.from_pylist(TRUSTED[::-1]), tmp_path / "anchors.parquet")
    more = ids(store, made(store, tmp_path / "anchors.parquet", share=0.2))
    assert more[: len(few)] == few


def test_what_is_in_the_test_is_taken_out(store: Store, tmp_path: Path) -> None:
    plain = made(store, "")
    questions = table(store, plain.uri, "test").to_pylist()
    leaking = [{"instruction": one["instruction"], "output": "=NA()"} for one in questions]
    dataset = made(store, written(tmp_path, [*leaking, *TRUSTED]), share=1.0)
    assert len(ids(store, dataset)) == len(TRUSTED)
    assert next(step.dropped for step in dataset.funnel if step.rule == "leak_anchor") == len(leaking)


def test_without_the_setting_there_are_none(store: Store) -> None:
    assert ids(store, made(store, "")) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "line 1: no JSON"),
        ("[1]", "line 1: an example is an object"),
        ('{"instruction": "가"}', "example 1: output is missing or empty"),
        ('{"instruction": "가", "output": 3}', "example 1: output must be a text, not int"),
        ("", "holds no example"),
    ],
)
def test_a_bad_record_is_named(store: Store, tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "anchors.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(AnchorError, match=message):
        made(store, path)


def test_a_missing_file_and_an_unknown_format_are_named(store: Store, tmp_path: Path) -> None:
    with pytest.raises(AnchorError, match=r"cannot read the trusted examples .*nothing\.jsonl"):
        made(store, tmp_path / "nothing.jsonl")
    (tmp_path / "anchors.csv").write_text("a")
    with pytest.raises(AnchorError, match=r"neither \.jsonl nor \.parquet"):
        made(store, tmp_path / "anchors.csv")
