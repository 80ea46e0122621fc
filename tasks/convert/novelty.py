"""How much two datasets differ: what makes a night worth training."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tasks.artifacts import Dataset
from tasks.records import SPLITS
from tasks.storage import Store


def changed_examples(store: Store, dataset: Dataset, earlier_uri: str) -> int:
    """Number of examples that the two datasets do not share in the same words: new, changed and gone ones.

    Counting against the last dataset that a night decided on, and not against yesterday's extract, makes a night that
    failed half-way harmless: what it took from the database is still new to the next one. What is gone counts because a
    champion that learnt from a withdrawn example is worth replacing too.
    """
    columns = ["id", "output"]
    now = _rows(store, dataset.uri, columns)
    before = _rows(store, earlier_uri, columns)
    came = now.join(before, keys=columns, join_type="left anti")["id"]
    left = before.join(now, keys=columns, join_type="left anti")["id"]
    return len(pc.unique(pa.chunked_array([*came.chunks, *left.chunks], pa.string())))


def _rows(store: Store, uri: str, columns: list[str]) -> pa.Table:
    folder = store.open(uri)
    return pa.concat_tables([pq.read_table(folder / f"{split}.parquet", columns=columns) for split in SPLITS])
