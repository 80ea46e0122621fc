"""What is remembered is there for the same settings and code, and is never trusted where it was altered."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from tasks.remembered import KIND, recall, remember
from tasks.storage import Store

TABLES = {
    "rows": pa.table({"row": pa.array([3, 5], pa.uint64())}),
    "none": pa.table({"row": pa.array([], pa.uint64())}),
}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path))


def test_tables_come_back_as_they_were_last(store: Store) -> None:
    remember(store, "near", "key", {"rows": TABLES["none"]})
    remember(store, "near", "key", TABLES)
    assert recall(store, "near", "key") == TABLES


def test_other_settings_or_code_remember_nothing(store: Store) -> None:
    remember(store, "near", "key", TABLES)
    assert recall(store, "near", "another key") is None
    assert recall(store, "far", "key") is None


def test_an_altered_table_counts_as_none(store: Store) -> None:
    remember(store, "near", "key", TABLES)
    (uri,) = store.all(KIND)
    path = Path(uri) / "rows.arrow"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert recall(Store(store.root), "near", "key") is None
