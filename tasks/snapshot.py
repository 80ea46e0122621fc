"""The application's interactions as they stand now: a chain of extracts, read as one.

Every extract holds what changed since the one before it, and the ids of rows that vanished. The newest extract that
names an id decides about it, since each is a consistent view taken later than the one before. So the chain reads to
exactly the rows that one full extract would have taken.

    for part in parts(store, extract):                     # a file of up to 32,768 rows: the unit of parallel work
        old = superseded(store, extract).mask(part, ids)   # rows of it that a newer extract replaced or removed

Extraction, filter and conversion share this reader; none of them imports another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tasks.artifacts import Reference
from tasks.id_hash import Hashes, Mask, id_hash, new_key
from tasks.records import INTERACTION_SCHEMA
from tasks.storage import Store

PARTS = "part-*.parquet"
REMOVED = "removed.parquet"

_ID = ["id"]


@dataclass(frozen=True)
class Part:
    """One file of rows, as one extract of the chain took them."""

    extract: str
    path: Path
    sha256: str
    rows: int

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Its rows, a batch per row group: up to 16,384 rows and 64 MB."""
        with pq.ParquetFile(self.path) as file:
            for number in range(file.num_row_groups):
                yield _group(file, number, columns)

    def batch(self, number: int) -> pa.RecordBatch:
        """One of these batches, whole."""
        with pq.ParquetFile(self.path) as file:
            return _group(file, number, None)


@dataclass(frozen=True)
class Superseded:
    """What the newer extracts of a chain say of ids: enough to tell which rows of the older ones still stand.

    Holds the ids that all extracts but the oldest name, and nothing of the oldest, which is by far the largest. Can be
    pickled, for a process that works on parts.
    """

    number: dict[str, int]
    key: int
    hashes: Hashes
    ids: pa.Array
    named_by: npt.NDArray[np.int32]

    def mask(self, part: Part, ids: pa.Array) -> Mask:
        """Which of some ids of a part's rows a newer extract replaced or removed: these rows are no longer true."""
        none = np.zeros(len(ids), bool)
        if not len(self.hashes) or not self.number[part.extract]:
            return none
        hashes = id_hash(ids, self.key)
        places = np.minimum(np.searchsorted(self.hashes, hashes), len(self.hashes) - 1)
        rows = np.flatnonzero((self.hashes[places] == hashes) & (self.named_by[places] < self.number[part.extract]))
        if not len(rows):
            return none
        # Two ids may share a hash: only the very same text counts.
        same = pc.equal(ids.take(pa.array(rows)), self.ids.take(pa.array(places[rows])))
        none[rows] = same.to_numpy(zero_copy_only=False)
        return none


def chain(store: Store, extract: Reference) -> list[str]:
    """URIs of the extract and of all before it, the newest first. Raises StorageError where one is missing."""
    uris: list[str] = []
    uri: str | None = extract.uri
    while uri is not None:
        uris.append(uri)
        uri = store.manifest(uri)["meta"]["previous"]
    return uris


def parts(store: Store, extract: Reference) -> list[Part]:
    """The files of the chain, those of the newest extract first.

    Raises StorageError for an extract that is missing or altered.
    """
    return [part for uri in chain(store, extract) for part in _parts(store, uri)]


def superseded(store: Store, extract: Reference) -> Superseded:
    """Which rows of the chain's older extracts its newer ones replaced or removed.

    Memory is bounded by the ids that all extracts but the oldest name. Raises StorageError as `parts` does.
    """
    uris = chain(store, extract)
    named: list[pa.Array] = []
    numbers: list[npt.NDArray[np.int32]] = []
    for number, uri in enumerate(uris[:-1]):
        ids = [pa.array([], pa.string()), *_ids(store, uri), _removed(store, uri)]
        named.append(pa.concat_arrays(ids))
        numbers.append(np.full(len(named[-1]), number, np.int32))
    ids = pa.concat_arrays([pa.array([], pa.string()), *named])
    return _superseded(
        {uri: number for number, uri in enumerate(uris)}, ids, np.concatenate([np.zeros(0, np.int32), *numbers])
    )


def _superseded(number: dict[str, int], ids: pa.Array, named_by: npt.NDArray[np.int32]) -> Superseded:
    """Every id once, with the newest extract that names it. `named_by` ascends."""
    while True:
        key = new_key()
        hashes = id_hash(ids, key)
        order = np.argsort(hashes, kind="stable")
        hashes, ordered = hashes[order], ids.take(pa.array(order))
        repeats = np.flatnonzero(hashes[1:] == hashes[:-1])
        same = pc.equal(ordered.take(pa.array(repeats)), ordered.take(pa.array(repeats + 1)))
        if pc.all(same, min_count=0).as_py():  # else two ids share a hash, and another key tells them apart
            first = np.concatenate([np.ones(min(1, len(hashes)), bool), hashes[1:] != hashes[:-1]])
            kept = np.flatnonzero(first)
            return Superseded(number, key, hashes[kept], ordered.take(pa.array(kept)), named_by[order][kept])


def batches(store: Store, extract: Reference, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    """Every interaction in its newest version, in batches of some columns of INTERACTION_SCHEMA (None: all).

    The order is that of the extracts, newest first; memory is bounded by a batch and the ids that later extracts name.
    Raises StorageError for an extract that is missing or altered.
    """
    names = list(columns) if columns is not None else INTERACTION_SCHEMA.names
    read = names if "id" in names else [*names, "id"]
    old = superseded(store, extract)
    for part in parts(store, extract):
        for batch in part.batches(read):
            replaced = old.mask(part, batch.column("id"))
            newest = batch.filter(pa.array(~replaced)) if replaced.any() else batch
            if newest.num_rows:
                yield newest.select(names)


def table(store: Store, extract: Reference, columns: Sequence[str] | None = None) -> pa.Table:
    """The same rows in memory, by id."""
    schema = pa.schema([INTERACTION_SCHEMA.field(name) for name in columns]) if columns else INTERACTION_SCHEMA
    return pa.Table.from_batches(batches(store, extract, columns), schema).sort_by("id")


def changed_ids(store: Store, extract: Reference) -> pa.Array:
    """Ids of the rows that the newest extract itself holds."""
    return pa.concat_arrays([pa.array([], pa.string()), *_ids(store, extract.uri)])


def _group(file: pq.ParquetFile, number: int, columns: Sequence[str] | None) -> pa.RecordBatch:
    table = file.read_row_group(number, columns=None if columns is None else list(columns))
    return table.combine_chunks().to_batches()[0]  # a row group is never empty


def _parts(store: Store, uri: str) -> Iterator[Part]:
    folder, files = store.open(uri), store.manifest(uri)["files"]
    for name in sorted(files):
        if fnmatch(name, PARTS):
            yield Part(uri, folder / name, files[name]["sha256"], pq.read_metadata(folder / name).num_rows)


def _ids(store: Store, uri: str) -> list[pa.Array]:
    return [batch.column("id") for part in _parts(store, uri) for batch in part.batches(_ID)]


def _removed(store: Store, uri: str) -> pa.Array:
    return pq.read_table(store.open(uri) / REMOVED, columns=_ID).column("id").combine_chunks()
