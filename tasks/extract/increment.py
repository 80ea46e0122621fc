"""Take what a database holds otherwise than the chain of extracts before.

Every run compares the versions of all rows, so that no row is missed however late it was committed, and every row that
is gone is noticed. Then it reads whole the rows that it wants: those of the overlap window by their time, the rest by
their ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.extract.conform import Offence, conform, identify
from tasks.extract.errors import ExtractError
from tasks.extract.known import Growing, Known
from tasks.extract.parts import PART_ROWS, Parts
from tasks.extract.quarantine import nameless, one_of_many, repeated_ids
from tasks.extract.readers import Reading
from tasks.id_hash import Hashes, Mask, among, id_hash, versions

MOST_NEWS = 1_000_000
"""Unknown rows from which on it is cheaper to take all rows than to hold the ids of the unknown ones."""

MOST_IDS = 20_000
"""Rows that are asked for by their ids; for more, the whole table is read and the rest left out."""

_NO_IDS = pa.array([], pa.string())
_NO_HASHES = np.empty(0, np.uint64)


@dataclass(frozen=True)
class Difference:
    """How a database differs from the chain before: what to read, and ids that come more than once."""

    rows: int
    unknown: Hashes
    wanted: pa.Array
    repeated: dict[str, int]
    too_much: bool


def compare(reading: Reading, known: Known) -> Difference:
    """Read the versions of all rows. `wanted` are the ids of all rows that are not known, or not alone."""
    count, present, unknown, ids = 0, Growing(), Growing(), [_NO_IDS]
    for raw in reading.view.versions():
        batch, offences = identify(raw)
        reading.quarantine.add(offences, nameless(offences[0], reading.query) if offences else None)
        reading.quarantine.count(raw.num_rows)
        hashes = id_hash(batch.column("id"), known.key)
        found = versions(hashes, batch.column("updated_at"))
        news = ~known.meet(found)
        present.add(hashes)
        count += int(news.sum())
        if news.any() and count <= MOST_NEWS:
            unknown.add(found[news])
            ids.append(batch.column("id").filter(pa.array(news)))
    again = (identify(raw)[0].column("id") for raw in reading.view.versions())
    twice = repeated_ids(again, present.ordered(), known.key)
    wanted = pc.unique(pa.concat_arrays([*ids, pa.array(list(twice), pa.string())]))
    rows = reading.quarantine.rows
    too_much = count > MOST_NEWS or (rows > PART_ROWS and count > rows // 2)
    return Difference(rows, unknown.ordered(), wanted, twice, too_much)


@dataclass
class Increment:
    """Reads the wanted rows into parts, and remembers which it wrote."""

    reading: Reading
    known: Known
    difference: Difference
    parts: Parts
    _written: list[Hashes] = field(default_factory=lambda: [_NO_HASHES])
    _aside: list[Hashes] = field(default_factory=lambda: [_NO_HASHES])

    def take(self, since: datetime | None) -> None:
        """Read all that is wanted. Raises ExtractError where a row that was seen cannot be found again."""
        if since is not None:
            for raw in self.reading.view.rows(since=since):
                self._from_window(raw)
        left = self._left(self.difference.wanted)
        if 0 < len(left) <= MOST_IDS:
            self._by_id(self.reading.view.rows(ids=left.to_pylist()), left)
            left = self._left(left)
        if len(left):
            self._by_id(self.reading.view.rows(), left)
            left = self._left(left)
        if len(left):
            raise ExtractError(
                f"{self.reading.query.name} returned interaction {left[0].as_py()!r} once and not again; it must "
                f"return equal rows each time it is asked: {self.reading.query.path}"
            )

    def gone(self) -> pa.Array:
        """Ids of the chain's rows that this run found no good row for."""
        repeats = self._hashes(pa.array(list(self.difference.repeated), pa.string()))
        return self.known.gone(np.sort(np.concatenate([*self._aside, repeats])), np.sort(np.concatenate(self._written)))

    def _from_window(self, raw: pa.RecordBatch) -> None:
        conformed = conform(raw, self.reading.query.name)
        # Rows without an id were set aside when versions were compared; repeated ids are read by themselves.
        offences = [one for one in conformed.offences if one.id is not None and one.id not in self.difference.repeated]
        self._set_aside(offences, conformed.first)
        rows = conformed.rows
        hashes = self._hashes(rows.column("id"))
        news = among(versions(hashes, rows.column("updated_at")), self.difference.unknown)
        news |= self.known.window.differs(hashes, rows)
        self._write(rows, hashes, news & ~self._repeated(rows))

    def _by_id(self, batches: Iterable[pa.RecordBatch], ids: pa.Array) -> None:
        wanted = np.sort(self._hashes(ids))
        for raw in batches:
            named = raw.column("id").is_valid().to_numpy(zero_copy_only=False)
            asked = named & among(self._hashes(pc.fill_null(raw.column("id"), "")), wanted)
            conformed = conform(raw.filter(pa.array(asked)), self.reading.query.name)
            rows, twice = conformed.rows, self._repeated(conformed.rows)
            many = rows.column("id").filter(pa.array(twice)).to_pylist()
            self._set_aside(conformed.offences, conformed.first)
            self._set_aside(*one_of_many(many, self.difference.repeated, self.reading.query))
            self._write(rows, self._hashes(rows.column("id")), ~twice)

    def _write(self, rows: pa.RecordBatch, hashes: Hashes, mask: Mask) -> None:
        if mask.any():
            self.parts.write(rows.filter(pa.array(mask)))
            self._written.append(hashes[mask])

    def _set_aside(self, offences: Sequence[Offence], error: ExtractError | None) -> None:
        if offences:
            self.reading.quarantine.add(offences, error)
            self._aside.append(self._hashes(pa.array([one.id for one in offences], pa.string())))

    def _left(self, ids: pa.Array) -> pa.Array:
        answered = np.sort(np.concatenate(self._written + self._aside))
        return ids.filter(pa.array(~among(self._hashes(ids), answered)))

    def _repeated(self, rows: pa.RecordBatch) -> Mask:
        if not self.difference.repeated:
            return np.zeros(rows.num_rows, bool)
        several = pa.array(list(self.difference.repeated), pa.string())
        mask: Mask = pc.is_in(rows.column("id"), several).to_numpy(zero_copy_only=False)
        return mask

    def _hashes(self, ids: pa.Array) -> Hashes:
        return id_hash(ids, self.known.key)
