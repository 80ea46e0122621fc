"""One reading of a source: all rows, or what differs from the chain of extracts before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pyarrow as pa
import pyarrow.compute as pc

from tasks import snapshot
from tasks.artifacts import Extract
from tasks.extract import quarantine
from tasks.extract.errors import ExtractError
from tasks.extract.increment import Increment, compare
from tasks.extract.known import Growing, Known
from tasks.extract.parts import Parts
from tasks.extract.quarantine import Quarantine, one_of_many, repeated_ids
from tasks.extract.readers import Reading, Source
from tasks.id_hash import id_hash, new_key
from tasks.storage import Store

LONGEST_CHAIN = 30
"""Extracts from which on the next one takes all rows again: every run and every reader reads the chain whole."""

_NO_IDS = pa.array([], pa.string())


@dataclass(frozen=True)
class Taken:
    """What a run found, beside the rows in its parts. `previous` is what it adds to; None where it holds all rows."""

    removed: pa.Array
    quarantine: pa.Table
    previous: Extract | None


@dataclass
class Run:
    """One reading of a source into parts. `previous` is the source's newest extract."""

    source: Source
    store: Store
    reading: Reading
    parts: Parts
    previous: Extract | None

    def take(self) -> Taken | Extract:
        """What is new; the extract before where nothing is. Raises ExtractError for no row or too many bad ones."""
        taken = self._all() if self.previous is None else self._news(self.previous)
        if not self.reading.quarantine.rows:
            raise ExtractError(
                f"{self.source.query.name} returned no row at all from {self.source.location.shown}; check that "
                "source.url names the right database, that it holds interactions, and the WHERE conditions of "
                f"{self.source.query.path}"
            )
        return taken

    def _all(self) -> Taken:
        key, hashes, aside = new_key(), Growing(), self.reading.quarantine
        for batch in self.reading.interactions():
            self.parts.write(batch)
            hashes.add(id_hash(batch.column("id"), key))
        self.parts.close()
        offenders = pa.array([one.id for one in aside.offences], pa.string()).drop_null()
        hashes.add(id_hash(offenders, key))
        counts = repeated_ids(self._ids(offenders), hashes.ordered(), key)
        if counts:
            self._drop(counts)
        return Taken(_NO_IDS, aside.table(), None)

    def _ids(self, more: pa.Array) -> Iterator[pa.Array]:
        yield from self.parts.ids()
        yield more

    def _drop(self, counts: dict[str, int]) -> None:
        """Set the rows aside whose id comes more than once."""
        several = pa.array(list(counts), pa.string())
        dropped = [id_ for ids in self.parts.ids() for id_ in ids.filter(pc.is_in(ids, several)).to_pylist()]
        self.parts.drop(several)
        aside = self.reading.quarantine
        aside.add(*one_of_many(dropped, counts, self.source.query))
        aside.check(len(aside.offences), aside.rows)

    def _news(self, previous: Extract) -> Taken | Extract:
        since = None
        if previous.watermark is not None:
            since = previous.watermark.updated_at - timedelta(seconds=self.source.config.overlap_seconds)
        known = Known.of(self.store, previous, since)
        difference = compare(self.reading, known)
        long = len(difference.wanted) and len(snapshot.chain(self.store, previous)) >= LONGEST_CHAIN
        if long or difference.too_much:
            self.reading = replace(self.reading, quarantine=Quarantine(self.source.config.max_bad_share))
            return self._all()
        increment = Increment(self.reading, known, difference, self.parts)
        increment.take(since)
        self.parts.close()
        before, taken = (
            quarantine.listed(self.store, previous.uri),
            Taken(increment.gone(), self.reading.quarantine.table(), previous),
        )
        self._check(before, taken.quarantine)
        same = not self.parts.rows and not len(taken.removed) and taken.quarantine.equals(before)
        return previous if same else taken

    def _check(self, before: pa.Table, now: pa.Table) -> None:
        """Whether too many are bad among all rows, or among the new ones: a slip of today's is told today."""
        aside = self.reading.quarantine
        aside.check(now.num_rows, aside.rows)
        unlisted = pc.sum(pc.invert(pc.is_in(now["id"], before["id"].combine_chunks()))).as_py() or 0
        new = max(now.num_rows - before.num_rows, unlisted)
        aside.check(new, self.parts.rows + new)
