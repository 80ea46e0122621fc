"""The application's interactions as they stand now: a chain of extracts, read as one.

Every extract holds what changed since the one before it, and the ids of rows that vanished. The newest extract that
names an id decides about it, since each is a consistent view taken later than the one before. So the chain reads to
exactly the rows that one full extract would have taken.

Extraction, filter and conversion share this reader; none of them imports another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tasks.artifacts import Reference
from tasks.records import INTERACTION_SCHEMA
from tasks.storage import Store

PARTS = "part-*.parquet"
REMOVED = "removed.parquet"
BATCH_ROWS = 65_536

_ID = ["id"]


def chain(store: Store, extract: Reference) -> list[str]:
    """URIs of the extract and of all before it, the newest first. Raises StorageError where one is missing."""
    uris: list[str] = []
    uri: str | None = extract.uri
    while uri is not None:
        uris.append(uri)
        uri = store.manifest(uri)["meta"]["previous"]
    return uris


def batches(store: Store, extract: Reference, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    """Every interaction in its newest version, in batches of some columns of INTERACTION_SCHEMA (None: all).

    The order is that of the extracts, newest first; memory is bounded by a batch and the ids that later extracts name.
    Raises StorageError for an extract that is missing or altered.
    """
    names = list(columns) if columns is not None else INTERACTION_SCHEMA.names
    read = names if "id" in names else [*names, "id"]
    decided = pa.array([], pa.string())
    uris = chain(store, extract)
    for uri in uris:
        folder = store.open(uri)
        for batch in _parts(folder, read):
            newest = batch.filter(pc.invert(pc.is_in(batch.column("id"), decided))) if len(decided) else batch
            if newest.num_rows:
                yield newest.select(names)
        if uri != uris[-1]:  # nothing comes after the oldest, which is also by far the largest
            decided = pa.concat_arrays([decided, *_ids(folder), _removed(folder)])


def table(store: Store, extract: Reference, columns: Sequence[str] | None = None) -> pa.Table:
    """The same rows in memory, by id."""
    schema = pa.schema([INTERACTION_SCHEMA.field(name) for name in columns]) if columns else INTERACTION_SCHEMA
    return pa.Table.from_batches(batches(store, extract, columns), schema).sort_by("id")


def changed_ids(store: Store, extract: Reference) -> pa.Array:
    """Ids of the rows that the newest extract itself holds."""
    return pa.concat_arrays([pa.array([], pa.string()), *_ids(store.open(extract.uri))])


def _parts(folder: Path, columns: list[str]) -> Iterator[pa.RecordBatch]:
    for part in sorted(folder.glob(PARTS)):
        with pq.ParquetFile(part) as file:
            yield from file.iter_batches(BATCH_ROWS, columns=columns)


def _ids(folder: Path) -> list[pa.Array]:
    return [batch.column("id") for batch in _parts(folder, _ID)]


def _removed(folder: Path) -> pa.Array:
    return pq.read_table(folder / REMOVED, columns=_ID).column("id").combine_chunks()
