"""Take from the application's database what changed since the last run, and publish it.

An extract is Parquet in INTERACTION_SCHEMA, and a list of ids that vanished. Each names the one before it;
`tasks/snapshot.py` reads the chain as one table. A pointer per source says which extract is its newest.

A run reads from its predecessor's watermark, less an overlap for rows that were committed late, and leaves out what it
knows already. So one more run without a change in the database publishes nothing.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from configs.load import fingerprint
from configs.schema import SourceConfig
from tasks import snapshot
from tasks.artifacts import Extract, Watermark
from tasks.extract.errors import ExtractError
from tasks.extract.readers import Source, View, resolve
from tasks.records import INTERACTION_SCHEMA, TIMESTAMP
from tasks.storage import StorageError, Store

KIND = "extracts"
PART_ROWS = 1_000_000
"""Rows per Parquet file: at about 1 KB a row, files that any object store moves well."""

_KEY = ["id", "updated_at"]


@dataclass(frozen=True)
class Known:
    """What the chain of extracts already holds: ids and versions of all current rows."""

    rows: pa.Table

    @property
    def ids(self) -> pa.Array:
        return self.rows["id"].combine_chunks()

    def without(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch's rows that are not held in this very version."""
        if not self.rows.num_rows:
            return batch
        return batch.filter(pc.invert(pc.is_in(_version(batch), _version(self.rows))))

    def since(self, moment: datetime) -> Known:
        """Those that changed at or after a time: all that a read from that time can meet again."""
        return Known(self.rows.filter(pc.greater_equal(self.rows["updated_at"], pa.scalar(moment, TIMESTAMP))))


NOTHING = Known(pa.table({name: pa.array([], INTERACTION_SCHEMA.field(name).type) for name in _KEY}))


@dataclass(frozen=True)
class Taken:
    """What one reading of the source found: rows not known before, and the last row that is not from the future."""

    rows: int
    watermark: Watermark | None


@dataclass
class Parts:
    """Writes rows into Parquet files of `PART_ROWS`, and counts them."""

    folder: Path
    rows: int = 0
    _writer: pq.ParquetWriter | None = field(default=None, repr=False)

    def write(self, batch: pa.RecordBatch) -> None:
        if not batch.num_rows:
            return
        if self._writer is None:
            path = self.folder / f"part-{self.rows // PART_ROWS:05d}.parquet"
            self._writer = pq.ParquetWriter(path, INTERACTION_SCHEMA, compression="zstd")
        self._writer.write_batch(batch)
        before, self.rows = self.rows, self.rows + batch.num_rows
        if self.rows // PART_ROWS != before // PART_ROWS:
            self.close()

    def holds(self, ids: pa.Array) -> bool:
        """Whether every one of some ids was written."""
        written = [pq.read_table(part, columns=["id"])["id"] for part in self.folder.glob(snapshot.PARTS)]
        there = pa.chunked_array([chunk for column in written for chunk in column.chunks], pa.string())
        return bool(pc.all(pc.is_in(ids, there)).as_py())

    def restart(self) -> None:
        for part in self.folder.glob(snapshot.PARTS):
            part.unlink()
        self.rows = 0

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def extract(source: SourceConfig, store: Store, now: datetime | None = None) -> Extract:
    """Publish the rows that are new or changed since the last extract of this source, and return a reference.

    Where nothing changed, that is the last extract itself, with `rows` and `removed` 0. `now` caps the watermark, so
    that one row from a wrong clock's future does not hide all later changes.

    Raises ExtractError for a source that cannot be read, does not fit the reference schema, or is empty.
    """
    resolved = resolve(source)
    pointer = f"{KIND}/{fingerprint(resolved.location.shown, resolved.query.text)}"
    previous = _previous(store, pointer)
    known = NOTHING if previous is None else Known(snapshot.table(store, previous, _KEY))
    since = None
    if previous is not None and previous.watermark is not None:
        since = previous.watermark.updated_at - timedelta(seconds=source.overlap_seconds)
    with store.draft(KIND) as draft:
        with resolved.view() as view:
            present = _present(view, resolved)
            taken = _take(view, since, known, present, parts=Parts(draft), now=now or datetime.now(UTC))
        removed = known.ids.filter(pc.invert(pc.is_in(known.ids, present)))
        if previous is not None and not taken.rows and not len(removed):
            return previous.model_copy(update={"rows": 0, "removed": 0})
        pq.write_table(pa.table({"id": removed}), draft / snapshot.REMOVED, compression="zstd")
        # Part of the content: an extract with equal rows but another past is another extract.
        (draft / "previous.json").write_text(json.dumps({"sha256": previous.sha256 if previous else None}) + "\n")
        facts = _facts(taken, len(removed), previous)
        published = store.publish(draft, meta=facts | _origin(resolved))
    reference = Extract.model_validate({"uri": published.uri, "sha256": published.sha256} | facts)
    store.point(pointer, reference.model_dump(mode="json"))
    return reference


def _previous(store: Store, pointer: str) -> Extract | None:
    """The source's newest extract. Where its chain is damaged: None, since reading all again repairs everything."""
    found = store.pointer(pointer)
    if found is None:
        return None
    extract = Extract.model_validate(found)
    try:
        for uri in snapshot.chain(store, extract):
            store.open(uri)
    except StorageError as error:
        logging.getLogger(__name__).warning(
            "reading the whole source again, since an earlier extract is lost: %s", error
        )
        return None
    return extract


def _present(view: View, source: Source) -> pa.Array:
    """All ids of the source. Raises ExtractError where there is none, or one comes twice."""
    ids = pa.concat_arrays([pa.array([], pa.string()), *(batch.column("id") for batch in view.ids())])
    if not len(ids):
        raise ExtractError(
            f"{source.query.name} returned no row at all from {source.location.shown}; check that source.url names the "
            f"right database, that it holds interactions, and the WHERE conditions of {source.query.path}"
        )
    if pc.count_distinct(ids, mode="all").as_py() != len(ids):
        counts = pc.value_counts(ids)
        twice = counts.filter(pc.greater(counts.field("counts"), 1))[0]
        raise ExtractError(
            f"{source.query.name} returned interaction {twice['values'].as_py()!r} {twice['counts'].as_py()} times; "
            f"ids must be unique: a join in {source.query.path} may multiply rows"
        )
    return ids


def _take(view: View, since: datetime | None, known: Known, present: pa.Array, *, parts: Parts, now: datetime) -> Taken:
    """Write what is new since a time; and from all times, where that leaves out a row that was never seen.

    Such a row was committed later than the overlap reaches back, or came back after it had vanished.
    """
    unknown = present.filter(pc.invert(pc.is_in(present, known.ids)))
    taken = _read(view, since, known if since is None else known.since(since), parts, now)
    if since is None or parts.holds(unknown):
        return taken
    parts.restart()
    return _read(view, None, known, parts, now)


def _read(view: View, since: datetime | None, known: Known, parts: Parts, now: datetime) -> Taken:
    watermark = None
    for batch in view.interactions(since):
        parts.write(known.without(batch))
        past = pc.sum(pc.less_equal(batch.column("updated_at"), pa.scalar(now, TIMESTAMP))).as_py()
        if past:
            last = batch.slice(past - 1, 1).to_pylist()[0]
            watermark = Watermark(updated_at=last["updated_at"], id=last["id"])
    parts.close()
    return Taken(parts.rows, watermark)


def _facts(taken: Taken, removed: int, previous: Extract | None) -> dict[str, Any]:
    # The newest row may be gone since the last run: the position never moves back.
    marks = [mark for mark in (taken.watermark, previous.watermark if previous else None) if mark is not None]
    newest = max(marks, key=lambda mark: (mark.updated_at, mark.id), default=None)
    return {
        "rows": taken.rows,
        "removed": removed,
        "watermark": newest.model_dump(mode="json") if newest else None,
        "previous": previous.uri if previous else None,
    }


def _origin(source: Source) -> dict[str, str]:
    return {
        "source": source.location.shown,
        "query": source.query.name,
        "query_sha256": sha256(source.query.text.encode()).hexdigest(),
    }


def _version(rows: pa.Table | pa.RecordBatch) -> Any:
    """Id and time as one text per row: Arrow looks up single values only."""
    moment = pc.cast(pc.cast(rows.column("updated_at"), pa.int64()), pa.string())
    return pc.binary_join_element_wise(moment, rows.column("id"), " ")
