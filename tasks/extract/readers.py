"""Open a source: one consistent view of an application's database, whatever the database.

    with open_view(source) as view:
        for batch in view.interactions(since): ...     # INTERACTION_SCHEMA, by (updated_at, id)

Another database is one module with a `view` function like those in `sqlite.py` and `postgresql.py`, and one line in
`READERS`.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from configs.load import query_path
from configs.schema import SourceConfig
from tasks.extract import postgresql, sqlite
from tasks.extract.errors import ExtractError
from tasks.extract.location import Location, locate
from tasks.extract.query import Query


class View(Protocol):
    """A database as it stood at one moment. All reads of one view see the same rows."""

    def ids(self) -> Iterator[pa.RecordBatch]:
        """The ids of all rows that there are, in batches of one column `id`, in no particular order."""

    def interactions(self, since: datetime | None) -> Iterator[pa.RecordBatch]:
        """The rows with `updated_at >= since` (all for None), as INTERACTION_SCHEMA, by (updated_at, id).

        Raises ExtractError naming the column, the row and the value that do not fit the schema.
        """


Reader = Callable[[Location, Query, int], AbstractContextManager[View]]

READERS: dict[str, Reader] = {"sqlite": sqlite.view, "postgresql": postgresql.view}
"""URL scheme to reader."""


@dataclass(frozen=True)
class Source:
    """A source of a profile, resolved: where it lies and what to ask it."""

    location: Location
    query: Query
    batch_rows: int

    @contextmanager
    def view(self) -> Iterator[View]:
        """A consistent view. Raises ExtractError, and SourceUnavailableError where a later try may succeed."""
        with READERS[self.location.scheme](self.location, self.query, self.batch_rows) as view:
            yield view


def resolve(source: SourceConfig) -> Source:
    """Find the reader, the address and the query. Raises ExtractError and ConfigError; connects to nothing."""
    location = locate(source.url)
    if location.scheme not in READERS:
        near = difflib.get_close_matches(location.scheme, READERS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(READERS)}"
        raise ExtractError(f"source.url: no reader for {location.scheme}:// databases; {hint}")
    return Source(location, _read_query(query_path(source.query)), source.batch_rows)


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
