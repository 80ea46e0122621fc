"""The user's SELECT, and what readers share in asking it: its columns and its errors."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tasks.extract.errors import ExtractError
from tasks.extract.location import Location, sqlite_path
from tasks.records import INTERACTION_SCHEMA

COLUMNS = tuple(INTERACTION_SCHEMA.names)

SQLITE_DAMAGE = "database disk image is malformed"
"""SQLite's words for a file that is no whole database."""


@dataclass(frozen=True)
class Query:
    """A plain SELECT that yields the reference columns, and the file that it stands in."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def table(self) -> str:
        """The SELECT as a table expression, without the AS that Oracle refuses.

        The line breaks keep a last comment from swallowing the bracket.
        """
        return f"(\n{self.text}\n) interactions"


def require_columns(query: Query, present: Iterable[str]) -> None:
    """Raises ExtractError naming the first reference column that the query does not return, and the nearest it does."""
    names = list(present)
    for column in COLUMNS:
        if column not in names:
            near = difflib.get_close_matches(column, sorted(set(names) - set(COLUMNS)) or names, n=1, cutoff=0.4)
            hint = f"the nearest is {near[0]}: select it AS {column}" if near else f"select something AS {column}"
            raise ExtractError(f"{query.name} returns no column {column}; {hint}")


def no_such_table(query: Query, location: Location, table: str) -> ExtractError:
    """The error for a table that the query names and the database does not have."""
    return ExtractError(
        f"{location.shown} has no table {table}, which {query.name} reads; check that source.url names the right "
        f"database, or correct the table's name in {query.path}"
    )


def no_such_column(query: Query, location: Location, column: str, present: Iterable[str]) -> ExtractError:
    """The error for a column that the query names and no table has. `present` holds `table.column` names."""
    plain = column.rpartition(".")[2]
    by_name = {name.rpartition(".")[2]: name for name in present}
    near = difflib.get_close_matches(plain, by_name, n=1, cutoff=0.4)
    hint = f"the nearest is {by_name[near[0]]}; " if near else ""
    return ExtractError(
        f"{location.shown} has no column {column}, which {query.name} reads; {hint}correct it in {query.path}"
    )


def damaged(location: Location) -> ExtractError:
    """The error for an SQLite file whose pages contradict each other."""
    path = sqlite_path(location)
    return ExtractError(
        f"the database file {path} is damaged ({SQLITE_DAMAGE}); restore it from a backup, or save what can still be "
        f"read of it: sqlite3 {path} .recover | sqlite3 saved.db"
    )
