"""What a chain of extracts holds, in 8 bytes a row and one bit: enough to find what a database holds otherwise.

A row's version is its id and its `updated_at`. Rows of the overlap window, which an application may have changed twice
within one tick of its clock, are compared by their content too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks import snapshot
from tasks.artifacts import Extract
from tasks.hashes import hash64
from tasks.id_hash import Hashes, Mask, among, id_hash, new_key, versions
from tasks.records import TIMESTAMP
from tasks.storage import Store

_KEY = ("id", "updated_at")


@dataclass
class Growing:
    """Hashes that are gathered, without ever holding them twice."""

    _values: Hashes = field(default_factory=lambda: np.empty(1 << 16, np.uint64))
    _count: int = 0

    def add(self, hashes: Hashes) -> None:
        end = self._count + len(hashes)
        if end > len(self._values):
            self._values.resize(max(end, len(self._values) * 5 // 4), refcheck=False)
        self._values[self._count : end] = hashes
        self._count = end

    def ordered(self) -> Hashes:
        """All of them, sorted in place; nothing can be added after."""
        self._values.resize(self._count, refcheck=False)
        self._values.sort()
        return self._values


@dataclass(frozen=True)
class Window:
    """Rows of the overlap window: hashes of their ids, in order, and of what they hold."""

    ids: Hashes
    contents: Hashes

    @classmethod
    def of(cls, rows: list[pa.RecordBatch], key: int) -> Window:
        none = [np.empty(0, np.uint64)]
        ids = np.concatenate(none + [id_hash(batch.column("id"), key) for batch in rows])
        contents = np.concatenate(none + [_content_hash(batch) for batch in rows])
        order = np.argsort(ids)
        return cls(ids[order], contents[order])

    def differs(self, ids: Hashes, rows: pa.RecordBatch) -> Mask:
        """Which rows are in the window and hold something else there."""
        changed = np.zeros(len(ids), bool)
        held = np.flatnonzero(among(ids, self.ids))
        if len(held):
            contents = _content_hash(rows.take(pa.array(held)))
            changed[held] = contents != self.contents[np.searchsorted(self.ids, ids[held])]
        return changed


@dataclass
class Known:
    """The versions of a chain's current rows, in order, and which of them the database was seen to hold still."""

    store: Store
    extract: Extract
    key: int
    versions: Hashes
    seen: Mask
    window: Window

    @classmethod
    def of(cls, store: Store, extract: Extract, since: datetime | None) -> Known:
        """Read a chain. The window is what changed at or after a time."""
        key, current, window = new_key(), Growing(), []
        recent = None if since is None else pa.scalar(since, TIMESTAMP)
        for part, number, rows, old in _groups(store, extract):
            kept = rows.filter(pa.array(~old))
            current.add(versions(id_hash(kept.column("id"), key), kept.column("updated_at")))
            if recent is not None and pc.any(pc.greater_equal(kept.column("updated_at"), recent)).as_py():
                within = pc.and_(pc.greater_equal(rows.column("updated_at"), recent), pa.array(~old))
                window.append(part.batch(number).filter(within))
        ordered = current.ordered()
        return cls(store, extract, key, ordered, np.zeros(len(ordered), bool), Window.of(window, key))

    def meet(self, found: Hashes) -> Mask:
        """Note versions that the database holds; return which of them are known."""
        known = np.zeros(len(found), bool)
        if len(self.versions):
            order = np.argsort(found)  # in order, they are looked up in a third of the time
            places = np.searchsorted(self.versions, found[order]).clip(max=len(self.versions) - 1)
            there = self.versions[places] == found[order]
            self.seen[places[there]] = True
            known[order] = there
        return known

    def gone(self, named: Hashes, instead: Hashes) -> pa.Array:
        """Ids of rows in no version seen, and of those that are named, but of none that has another row `instead`.

        Both are hashes of ids, in order.
        """
        stale = self.versions[~self.seen]
        found = [pa.array([], pa.string())]
        if len(stale) or len(named):
            for _, _, rows, old in _groups(self.store, self.extract):
                hashes = id_hash(rows.column("id"), self.key)
                gone = among(versions(hashes, rows.column("updated_at")), stale) | among(hashes, named)
                found.append(rows.column("id").filter(pa.array(gone & ~old & ~among(hashes, instead))))
        ids = pa.concat_arrays(found)
        return ids.take(pc.sort_indices(ids))


def _groups(store: Store, extract: Extract) -> Iterator[tuple[snapshot.Part, int, pa.RecordBatch, Mask]]:
    """Every row group of a chain: its part, its number in it, its keys, and which of its rows are superseded."""
    superseded = snapshot.superseded(store, extract)
    for part in snapshot.parts(store, extract):
        for number, rows in enumerate(part.batches(_KEY)):
            yield part, number, rows, superseded.mask(part, rows.column("id"))


def _content_hash(rows: pa.RecordBatch) -> Hashes:
    """One number per row, from all that it holds. Lengths keep neighbouring texts apart."""
    fields = []
    for column in rows.columns:
        if pa.types.is_string(column.type):
            fields.append(pc.binary_length(column).cast(pa.string()))
        plain = column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column
        fields.append(plain.cast(pa.string()))
    return hash64(pc.binary_join_element_wise(*fields, " ", null_handling="replace", null_replacement="\0"))
