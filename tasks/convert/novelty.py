"""How much two datasets differ: what makes a night worth training."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from tasks import dataset
from tasks.artifacts import Dataset
from tasks.dataset import Shard
from tasks.storage import Store


def changed_examples(store: Store, now: Dataset, earlier_uri: str) -> int:
    """Number of examples that the two datasets do not share in the same words: new, changed and gone ones.

    Counting against the last dataset that a night decided on, and not against yesterday's extract, makes a night that
    failed half-way harmless: what it took from the database is still new to the next one. What is gone counts because a
    champion that learnt from a withdrawn example is worth replacing too. Only shards that differ are read.
    """
    ours, theirs = dataset.shards(store, now.uri), dataset.shards(store, earlier_uri)
    same = {shard.fingerprint for shard in ours} & {shard.fingerprint for shard in theirs}
    here = _rows(store, now.uri, (shard for shard in ours if shard.fingerprint not in same))
    there = _rows(store, earlier_uri, (shard for shard in theirs if shard.fingerprint not in same))
    came = here.join(there, keys=here.column_names, join_type="left anti")["id"]
    left = there.join(here, keys=here.column_names, join_type="left anti")["id"]
    return len(pc.unique(pa.chunked_array([*came.chunks, *left.chunks], pa.string())))


def _rows(store: Store, uri: str, shards: Iterable[Shard]) -> pa.Table:
    names = [shard.file() for shard in shards]
    folder = store.open(uri, names)
    return dataset.read([folder / name for name in names], ["id", "output"])
