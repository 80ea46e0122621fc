"""Read a published dataset: its shards, as files and as tables.

    {split}/{shard}.parquet            EXAMPLE_SCHEMA
    {format}/{split}/{shard}.jsonl     the same rows, line by line
    shards.json                        the list of shards, named after the Monday of their week and numbered in it
    profile.json                       what the dataset is made of, in counts
    users.parquet                      names of its users (`tasks.hashes`), and how many examples each has
    rows.parquet                       names of its rows, shard by shard: what the next dataset finds them by

The conversion writes it; training, evaluation and the night read it, and none of them imports another.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.records import DATASET_SCHEMA
from tasks.storage import Store

SHARDS, PROFILE, USERS, ROWS = "shards.json", "profile.json", "users.parquet", "rows.parquet"
PARQUET = "parquet"


class Shard(NamedTuple):
    """Rows of one split and one week; `fingerprint` follows from their content and how they are written."""

    split: str
    name: str
    rows: int
    fingerprint: str
    profile: dict[str, dict[str, int]] | None = None
    """Feature to value to number of examples; None until the shard is written."""

    def file(self, form: str = PARQUET) -> str:
        """Its path inside the dataset, in a format."""
        folder = self.split if form == PARQUET else f"{form}/{self.split}"
        return f"{folder}/{self.name}.{'parquet' if form == PARQUET else 'jsonl'}"


def shards(store: Store, uri: str, split: str | None = None) -> list[Shard]:
    """The dataset's shards, in order. Raises StorageError where it is missing or altered."""
    found = json.loads((store.open(uri, [SHARDS]) / SHARDS).read_bytes())
    return [shard for shard in (Shard(**one) for one in found) if split is None or shard.split == split]


def profile(store: Store, uri: str) -> dict[str, dict[str, int]]:
    """What the dataset is made of: feature to value to number of examples. Raises StorageError."""
    found: dict[str, dict[str, int]] = json.loads((store.open(uri, [PROFILE]) / PROFILE).read_bytes())
    return found


def files(store: Store, uri: str, split: str, form: str = PARQUET) -> list[Path]:
    """A split's files in a format, checked. Raises StorageError."""
    names = [shard.file(form) for shard in shards(store, uri, split)]
    folder = store.open(uri, names)
    return [folder / name for name in names]


def table(store: Store, uri: str, split: str, columns: Sequence[str] | None = None) -> pa.Table:
    """A split in memory."""
    return read(files(store, uri, split), columns)


def read(paths: Sequence[Path], columns: Sequence[str] | None = None) -> pa.Table:
    """Shards in memory, as one table."""
    names = list(columns) if columns is not None else DATASET_SCHEMA.names
    if not paths:
        return pa.schema([DATASET_SCHEMA.field(name) for name in names]).empty_table()
    return pa.concat_tables([pq.read_table(path, columns=names) for path in paths])
