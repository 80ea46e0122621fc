"""Read SQLite through ADBC: read-only, one transaction, in Arrow batches."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import adbc_driver_manager
import adbc_driver_sqlite
import adbc_driver_sqlite.dbapi
import pyarrow as pa

from configs.schema import SourceConfig
from tasks.extract.conform import CONTENT, MAX_TEXT_BYTES, WRONG, time_text
from tasks.extract.errors import ExtractError, SourceUnavailableError
from tasks.extract.location import Location, sqlite_path
from tasks.extract.query import COLUMNS, SQLITE_DAMAGE, Query, damaged, no_such_column, no_such_table, require_columns
from tasks.records import INTERACTION_SCHEMA

BUSY_TIMEOUT_S = 10
"""How long a try waits for an application that is just writing; a run looks at the file once and tries three times."""

_BATCH_ROWS = adbc_driver_sqlite.StatementOptions.BATCH_ROWS.value
_LIKE = {"string": "''", "timestamp[us, tz=UTC]": "''", "double": "0.0"}
_CHANGE_COUNTER = (4, 24)  # bytes, and where in the file's header: https://www.sqlite.org/fileformat2.html


@dataclass(frozen=True)
class SqliteView:
    """An open, read-only transaction on one SQLite file."""

    connection: adbc_driver_sqlite.dbapi.Connection
    location: Location
    query: Query
    batch_rows: int
    position: Mapping[str, str] = field(default_factory=dict)

    def versions(self) -> Iterator[pa.RecordBatch]:
        yield from self._read(("id", "updated_at"), "")

    def rows(self, since: datetime | None = None, ids: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        if since is not None:
            yield from self._read(COLUMNS, " WHERE updated_at >= ?", (time_text(since),))
        elif ids is not None:
            chosen = " WHERE CAST(id AS TEXT) IN (SELECT value FROM json_each(?))"
            yield from self._read(COLUMNS, chosen, (json.dumps(list(ids)),))
        else:
            yield from self._read(COLUMNS, "")

    def check_columns(self) -> None:
        """Raises ExtractError for a query that fails or lacks a column. This first read fixes what the others see."""
        with self.connection.cursor() as cursor, self._explained():
            cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000}")
            cursor.execute(f"SELECT * FROM {self.query.table} LIMIT 0")  # noqa: S608
            names = list(cursor.fetch_record_batch().schema.names)
        require_columns(self.query, names)

    def _read(
        self, columns: Sequence[str], condition: str, parameters: tuple[Any, ...] = ()
    ) -> Iterator[pa.RecordBatch]:
        """The driver takes a column's type from its first values: a first row shows them all, and is dropped again."""
        like = ", ".join(f"{_LIKE.get(_type(column), '0')} AS {column}" for column in columns)
        chosen = ", ".join(map(_guarded, columns))
        statement = (
            f"SELECT {like}, '' AS {WRONG} UNION ALL SELECT {chosen}, {_wrong(columns)} "  # noqa: S608
            f"FROM {self.query.table}{condition}"
        )
        with self.connection.cursor() as cursor, self._explained():
            cursor.adbc_statement.set_options(**{_BATCH_ROWS: str(self.batch_rows)})
            cursor.execute(statement, parameters)
            first = 1
            for batch in cursor.fetch_record_batch():
                yield batch.slice(first)
                first = 0

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (adbc_driver_manager.Error, pa.ArrowInvalid, OSError, UnicodeDecodeError) as error:
            raise self._explain(str(error)) from None

    def _explain(self, text: str) -> ExtractError:
        if match := re.search(r"no such table: (\S+)", text):
            return no_such_table(self.query, self.location, match[1])
        if match := re.search(r"no such column: (\S+)", text):
            return no_such_column(self.query, self.location, match[1], self._everything())
        if "not a database" in text:
            return ExtractError(f"{self.location.shown} is no SQLite database; check source.url")
        if SQLITE_DAMAGE in text:
            return damaged(self.location)
        if "is locked" in text:
            return SourceUnavailableError(
                f"{self.location.shown} is locked by a writer, and was not free within the {BUSY_TIMEOUT_S} s that "
                "each try waits; try later, or let the application use WAL mode"
            )
        reason = text.splitlines()[0].removeprefix("INVALID_ARGUMENT: ")
        return ExtractError(f"{self.query.name} failed on {self.location.shown}: {reason}; check {self.query.path}")

    def _everything(self) -> list[str]:
        return self._texts("SELECT t.name || '.' || c.name FROM sqlite_master AS t, pragma_table_info(t.name) AS c")

    def _texts(self, statement: str) -> list[str]:
        with self.connection.cursor() as cursor:
            cursor.execute(statement)
            return [str(row[0]) for row in cursor.fetchall()]


@contextmanager
def view(location: Location, query: Query, config: SourceConfig) -> Iterator[SqliteView]:
    """Open a file that is there. Raises ExtractError for one that is not: opening never creates a database."""
    path = Path(sqlite_path(location))
    if not path.is_file():
        raise ExtractError(f"there is no database file {path}; check source.url, or create the database first")
    with ExitStack() as stack:
        try:
            # Closed last: closing any descriptor of a file takes from its process the locks that SQLite holds on it.
            file = stack.enter_context(path.open("rb", buffering=0))
            connection = stack.enter_context(adbc_driver_sqlite.dbapi.connect(f"file:{quote(str(path))}?mode=ro"))
        except (adbc_driver_manager.Error, OSError) as error:
            raise ExtractError(f"{path} cannot be opened: {error}; check its permissions") from None
        opened = SqliteView(connection, location, query, config.batch_rows)
        opened.check_columns()
        yield replace(opened, position=_position(file.fileno()))


def _position(file: int) -> dict[str, str]:
    """SQLite numbers no snapshots: this machine's time, and the file's change counter (in WAL mode, as of the last
    checkpoint)."""
    counter = int.from_bytes(os.pread(file, *_CHANGE_COUNTER), "big")
    return {"taken_at": datetime.now(UTC).isoformat(), "change_counter": str(counter)}


def _type(column: str) -> str:
    return str(INTERACTION_SCHEMA.field(column).type)


def _guarded(column: str) -> str:
    """The column, or NULL where a value has another type than the column: SQLite stores any value anywhere."""
    if _type(column) == "string":
        return f"CASE WHEN {_fits(column)} THEN CAST({column} AS TEXT) END"
    if _type(column).startswith("timestamp"):
        return f"CAST(substr({column}, 1, 64) AS TEXT)"  # no time is longer
    cast = f"CAST({column} AS REAL)" if _type(column) == "double" else column
    return f"CASE WHEN {_fits(column)} THEN {cast} END"


def _fits(column: str) -> str:
    if _type(column) == "string":
        short = f"octet_length({column}) <= {MAX_TEXT_BYTES}"
        return f"{_is_text(column)} AND {short}" if column in CONTENT else short
    also = ", 'real'" if _type(column) == "double" else ""
    return f"typeof({column}) IN ('null', 'integer'{also})"


def _is_text(column: str) -> str:
    """Numbers come before all texts: https://www.sqlite.org/datatype3.html#sort_order. No function is called."""
    return f"{column} COLLATE BINARY >= ''"


def _wrong(columns: Sequence[str]) -> str:
    """What a row holds where the guarded column is NULL and must not be: see `conform.WRONG`."""
    cases = []
    for column in columns:
        if not _type(column).startswith("timestamp"):
            kind = f"typeof({column})"
            if _type(column) == "string":
                kind = f"CASE WHEN {_is_text(column)} THEN octet_length({column}) || ' bytes' ELSE {kind} END"
            report = f"'{column}' || char(10) || {kind} || char(10) || substr(CAST({column} AS TEXT), 1, 40)"
            cases.append(f"WHEN NOT ({_fits(column)}) THEN {report}")
    return f"CASE {' '.join(cases)} END AS {WRONG}"
