"""The rows of a database that cannot be learnt from because they do not fit, and how many of them are too many.

`quarantine.parquet` in an extract lists every such row that the database holds as of that extract. A row that is
mended is taken by the next run, and leaves the list. `updated_at` is told of rows without an id alone: increments
know no more of these.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tasks.extract.conform import Offence
from tasks.extract.errors import ExtractError
from tasks.extract.query import Query
from tasks.id_hash import Hashes, among, id_hash, repeated
from tasks.storage import Store

FILE = "quarantine.parquet"
SCHEMA = pa.schema([pa.field(name, pa.string()) for name in ("id", "column", "reason", "updated_at")])

ALWAYS_ALLOWED = 10
"""So many bad rows end no run, whatever their share: one slip in a small table is no reason to lose a night."""

MANY = 10_000
"""From so many on, a share that is too high so far ends the reading at once: the rest would only take time."""


@dataclass
class Quarantine:
    """Collects offences. `allowed` is the share of rows that may be bad; `rows` were looked at."""

    allowed: float
    rows: int = 0
    offences: list[Offence] = field(default_factory=list)
    first: ExtractError | None = None

    def add(self, offences: Iterable[Offence], error: ExtractError | None) -> None:
        """`error` is what to tell of the first of them."""
        self.offences.extend(offences)
        self.first = self.first or error

    def count(self, rows: int) -> None:
        """Note how many rows more were looked at. Raises as `check` does, once there are many bad ones."""
        self.rows += rows
        if len(self.offences) >= MANY:
            self.check(len(self.offences), self.rows)

    def check(self, bad: int, rows: int) -> None:
        """Raises the first bad row's error where too many of some rows are bad."""
        if bad > max(ALWAYS_ALLOWED, self.allowed * rows):
            raise ExtractError(
                f"{self.first} ({bad:,} of {rows:,} rows do not fit; source.max_bad_share allows {self.allowed:.2%})"
            )

    def table(self) -> pa.Table:
        """By id, so that equal quarantines are equal tables."""
        ordered = sorted(self.offences, key=lambda one: tuple(getattr(one, name) or "" for name in SCHEMA.names))
        columns = [[getattr(one, name) for one in ordered] for name in SCHEMA.names]
        return pa.table(columns, schema=SCHEMA)


def repeated_ids(ids: Iterable[pa.Array], hashes: Hashes, key: int) -> dict[str, int]:
    """Ids that come more than once, and how often. `hashes` are all ids', in order; `ids` are read where some clash.

    An id that names two rows names none: nobody knows which of them the user consented to.
    """
    suspects = repeated(hashes)
    if not len(suspects):
        return {}
    found = [batch.filter(pa.array(among(id_hash(batch, key), suspects))) for batch in ids]
    counts = pc.value_counts(pa.concat_arrays([pa.array([], pa.string()), *found])).to_pylist()
    return {one["values"]: one["counts"] for one in counts if one["counts"] > 1}


def one_of_many(ids: list[str], counts: dict[str, int], query: Query) -> tuple[list[Offence], ExtractError | None]:
    """What is said of rows whose ids others have as well."""
    if not ids:
        return [], None
    return [Offence(id_, "id", f"one of {counts[id_]} rows with this id") for id_ in ids], ExtractError(
        f"{query.name} returned interaction {ids[0]!r} {counts[ids[0]]} times; ids must be unique: a join in "
        f"{query.path} may multiply rows"
    )


def nameless(row: Offence, query: Query) -> ExtractError:
    """What is said of a row whose id is missing or cannot be read."""
    which = f"the interaction that changed at {row.updated_at}" if row.updated_at else "an interaction"
    return ExtractError(f"{which} has no id ({row.reason}), but must have one; correct the row or {query.name}")


def listed(store: Store, uri: str) -> pa.Table:
    """The bad rows that an extract lists; of an earlier release's list, the columns that it lacks are null.

    Raises StorageError for an extract that is missing or altered.
    """
    path = store.open(uri) / FILE
    return pq.read_table(path, schema=SCHEMA) if path.is_file() else SCHEMA.empty_table()


def told(row: dict[str, Any]) -> str:
    """A row of the list in words."""
    which = row["id"] or "a row without an id"
    if row["updated_at"]:
        which += f" that changed at {row['updated_at']}"
    return f"{which}, {row['column']} is {row['reason']}"
