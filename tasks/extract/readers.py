"""Open a source: one consistent view of an application's database, whatever the database.

    with resolve(source).view() as view:
        for batch in view.interactions(): ...     # INTERACTION_SCHEMA, the rows that fit it

Another database is one module with a `view` function like those in `sqlite.py` and `postgresql.py`, and one line in
`READERS`. Whatever else SQLAlchemy has a dialect for, `dialects.py` reads, slower.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from configs.load import query_path
from configs.schema import SourceConfig
from tasks.extract import postgresql, sqlite
from tasks.extract.conform import conform
from tasks.extract.errors import ExtractError, SourceUnavailableError
from tasks.extract.location import Location, locate
from tasks.extract.quarantine import Quarantine
from tasks.extract.query import Query


class View(Protocol):
    """A database as it stood at one moment. All reads of one view see the same rows, in any order."""

    @property
    def position(self) -> Mapping[str, str]:
        """Which moment that was, in the database's own terms: goes into the manifest."""

    def versions(self) -> Iterator[pa.RecordBatch]:
        """Id and `updated_at` of every row, as columns that `conform.identify` reads."""

    def rows(self, since: datetime | None = None, ids: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """All rows; or, to save work, those that changed at or after a time, or that have one of some ids.

        The columns are those that `conform.conform` reads; `id` is text. More rows than asked for do no harm. Raises
        SourceUnavailableError where the connection breaks.
        """


Reader = Callable[[Location, Query, SourceConfig], AbstractContextManager[View]]

READERS: dict[str, Reader] = {"sqlite": sqlite.view, "postgresql": postgresql.view}
"""URL scheme to reader."""


@dataclass(frozen=True)
class Reading:
    """A view, and the rows of it that were set aside."""

    view: View
    query: Query
    quarantine: Quarantine

    def interactions(self) -> Iterator[pa.RecordBatch]:
        """Every row that fits, as INTERACTION_SCHEMA. Raises ExtractError where too many do not."""
        for batch in self.view.rows():
            conformed = conform(batch, self.query.name)
            self.quarantine.add(conformed.offences, conformed.first)
            self.quarantine.count(batch.num_rows)
            yield conformed.rows
        self.quarantine.check(len(self.quarantine.offences), self.quarantine.rows)


@dataclass(frozen=True)
class Source:
    """A source of a profile, resolved: where it lies and what to ask it."""

    config: SourceConfig
    location: Location
    query: Query
    reader: Reader

    @contextmanager
    def view(self) -> Iterator[Reading]:
        """A consistent view. Raises ExtractError, and SourceUnavailableError where a later try may succeed."""
        with self.reader(self.location, self.query, self.config) as view:
            yield Reading(view, self.query, Quarantine(self.config.max_bad_share))


def look(source: SourceConfig) -> None:
    """Open a source and ask for nothing, to find what is wrong with its settings before much else is done.

    Raises ExtractError and ConfigError. A server that does not answer is no fault of the settings: it may do so later.
    """
    with suppress(SourceUnavailableError), resolve(source).view():
        pass


def resolve(source: SourceConfig) -> Source:
    """Find the reader, the address and the query. Raises ExtractError and ConfigError; connects to nothing."""
    location = locate(source.url)
    query = _read_query(query_path(source.query))
    return Source(source, location, query, _reader(location))


def _reader(location: Location) -> Reader:
    if location.scheme in READERS:
        return READERS[location.scheme]
    from tasks.extract import dialects  # noqa: PLC0415 - SQLAlchemy takes as long to load as a night's rows to read

    if dialects.knows(location.scheme):
        return dialects.view
    known = [*READERS, *dialects.SHORT]
    near = difflib.get_close_matches(location.scheme, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)} and SQLAlchemy's dialect+driver"
    raise ExtractError(f"source.url: no reader for {location.scheme}:// databases; {hint}")


def _read_query(path: Path) -> Query:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        near = difflib.get_close_matches(path.name, [file.name for file in path.parent.glob("*.sql")], n=1)
        hint = f"did you mean {near[0]}?" if near else "name a file in configs/queries or a path in source.query"
        raise ExtractError(f"there is no SQL file {path}; {hint}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ExtractError(f"the SQL file {path} cannot be read: {error}") from error
    return Query(path, text.strip().rstrip(";").rstrip())
