"""How much of a dataset an earlier one did not hold: what makes a night worth training."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.artifacts import Dataset
from tasks.records import SPLITS
from tasks.storage import Store


def new_examples(store: Store, dataset: Dataset, earlier_uri: str) -> int:
    """Number of examples that are not in the earlier dataset in the same words: new ones and changed ones.

    Counting against the last dataset that a night decided on, and not against yesterday's extract, makes a night that
    failed half-way harmless: what it took from the database is still new to the next one.
    """
    columns = ["id", "output"]
    now = _rows(store, dataset.uri, columns)
    before = _rows(store, earlier_uri, columns)
    return int(now.join(before, keys=columns, join_type="left anti").num_rows)


def _rows(store: Store, uri: str, columns: list[str]) -> pa.Table:
    folder = store.open(uri)
    return pa.concat_tables([pq.read_table(folder / f"{split}.parquet", columns=columns) for split in SPLITS])
