"""What makes a night worth training: examples that came, changed or went."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from tasks.artifacts import Dataset
from tasks.convert.novelty import changed_examples
from tasks.storage import Store
from tests.tasks.datasets import put_shards


def _dataset(store: Store, rows: dict[str, str]) -> Dataset:
    with store.draft("datasets") as draft:
        put_shards(draft, {"train": pa.table({"id": list(rows), "output": list(rows.values())})})
        made = store.publish(draft)
    counts = {"train_rows": len(rows), "validation_rows": 0, "test_rows": 0, "new_rows": 0}
    return Dataset(uri=made.uri, sha256=made.sha256, **counts, watermark=None, funnel=())


@pytest.mark.parametrize(
    ("now", "changed"),
    [
        ({"a": "=SUM(A1:A2)", "b": "=MAX(A1:A2)"}, 0),
        ({"a": "=SUM(A1:A2)", "b": "=MAX(A1:A2)", "c": "=MIN(A1:A2)"}, 1),
        ({"a": "=SUM(A1:A2)", "b": "=MAX(A1:A3)"}, 1),
        ({"a": "=SUM(A1:A2)"}, 1),
        ({"b": "=MAX(A1:A3)", "c": "=MIN(A1:A2)"}, 3),
    ],
    ids=["same", "one came", "one edited", "one went", "one of each"],
)
def test_changes_are_counted_by_example(tmp_path: Path, now: dict[str, str], changed: int) -> None:
    store = Store(str(tmp_path))
    before = _dataset(store, {"a": "=SUM(A1:A2)", "b": "=MAX(A1:A2)"})

    assert changed_examples(store, _dataset(store, now), before.uri) == changed
