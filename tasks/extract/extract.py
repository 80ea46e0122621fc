"""Take from the application's database what changed since the last run, and publish it.

An extract is Parquet in INTERACTION_SCHEMA, a list of ids that vanished, and a list of rows that do not fit. Each names
the one before it; `tasks/snapshot.py` reads the chain as one table. A pointer per source says which extract is its
newest. One more run without a change in the database publishes nothing.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from configs.load import fingerprint
from configs.schema import SourceConfig
from tasks import snapshot
from tasks.artifacts import Extract
from tasks.extract import quarantine
from tasks.extract.parts import Parts
from tasks.extract.readers import Source, resolve
from tasks.extract.run import Run, Taken
from tasks.storage import StorageError, Store
from tasks.verified import carried_over

KIND = "extracts"


def extract(source: SourceConfig, store: Store, now: datetime | None = None, *, anew: bool = False) -> Extract:
    """Publish the rows that are new or changed since the last extract of this source, and return a reference.

    Where nothing changed, that is the last extract itself, with `rows` and `removed` 0. `now` caps the watermark, so
    that one row from a wrong clock's future does not hide all later changes. `anew` takes all rows again, whatever
    earlier extracts hold.

    Raises ExtractError for a source that cannot be read, is empty, or holds too many rows that do not fit.
    """
    with carried_over(store, KIND) as checked:
        found = _extracted(resolve(source), store, now or datetime.now(UTC), anew=anew)
        checked.extend(snapshot.chain(store, found))
    return found


def _extracted(resolved: Source, store: Store, now: datetime, *, anew: bool) -> Extract:
    pointer = f"{KIND}/{fingerprint(resolved.location.shown, resolved.query.text)}"
    previous = _previous(store, pointer)
    with store.draft(KIND) as draft:
        with resolved.view() as reading, Parts(draft, now) as parts:
            taken = Run(resolved, store, reading, parts, None if anew else previous).take()
            position = dict(reading.view.position)
        if isinstance(taken, Extract):
            return taken.model_copy(update={"rows": 0, "removed": 0})
        _write(draft, taken)
        facts = _facts(parts, taken, previous)
        meta = facts | _origin(resolved) | {"snapshot": position}
        published = store.publish(draft, meta=meta, known=parts.known())
    reference = Extract.model_validate({"uri": published.uri, "sha256": published.sha256} | facts)
    store.point(pointer, reference.model_dump(mode="json"))
    return reference


def _previous(store: Store, pointer: str) -> Extract | None:
    """The source's newest extract. Where its chain is damaged: None, since reading all again repairs everything."""
    found = store.pointer_if_whole(pointer)
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


def _write(draft: Path, taken: Taken) -> None:
    """The files beside the rows."""
    pq.write_table(pa.table({"id": taken.removed}), draft / snapshot.REMOVED, compression="zstd")
    pq.write_table(taken.quarantine, draft / quarantine.FILE, compression="zstd")
    # Part of the content: an extract with equal rows but another past is another extract.
    past = {"sha256": taken.previous.sha256 if taken.previous else None}
    (draft / "previous.json").write_text(json.dumps(past) + "\n")


def _facts(parts: Parts, taken: Taken, before: Extract | None) -> dict[str, Any]:
    # The newest row may be gone since the last run: the position never moves back.
    marks = [mark for mark in (parts.newest, before.watermark if before else None) if mark is not None]
    newest = max(marks, key=lambda mark: (mark.updated_at, mark.id), default=None)
    return {
        "rows": parts.rows,
        "removed": len(taken.removed),
        "quarantined": taken.quarantine.num_rows,
        "watermark": newest.model_dump(mode="json") if newest else None,
        "previous": taken.previous.uri if taken.previous else None,
    }


def _origin(source: Source) -> dict[str, str]:
    return {
        "source": source.location.shown,
        "query": source.query.name,
        "query_sha256": sha256(source.query.text.encode()).hexdigest(),
    }
