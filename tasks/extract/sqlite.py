"""Read SQLite through ADBC: read-only, one transaction, in Arrow batches."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import adbc_driver_manager
import adbc_driver_sqlite
import adbc_driver_sqlite.dbapi
import pyarrow as pa
import pyarrow.compute as pc

from tasks.extract.conform import conform, time_text, wanted
from tasks.extract.errors import ExtractError
from tasks.extract.location import Location, sqlite_path
from tasks.extract.query import COLUMNS, Query, no_such_column, no_such_table, rebatch, require_columns
from tasks.records import INTERACTION_SCHEMA

_TYPE_ROW_ID = "exhell: a row that only shows the types"
_LIKE = {"string": "''", "timestamp[us, tz=UTC]": "''", "double": "0.0"}
_STORAGE = {"double": "'real', 'integer', 'null'"}
_INTEGER_STORAGE = "'integer', 'null'"
_BATCH_ROWS = adbc_driver_sqlite.StatementOptions.BATCH_ROWS.value


def _read_as(column: str) -> pa.DataType:
    """The type in which the driver must hand out a column."""
    kind = INTERACTION_SCHEMA.field(column).type
    if pa.types.is_string(kind) or pa.types.is_timestamp(kind):
        return pa.string()
    return pa.float64() if pa.types.is_floating(kind) else pa.int64()


def _type_row() -> str:
    """A first row with a value of the right type in every column.

    The driver takes a column's type from its first batch, where a column of NULLs alone would become a number, and then
    fails at the first text. The row sorts first, since its `updated_at` is the empty text, and is dropped again.
    """
    values = [f"{_LIKE.get(str(field.type), '0')} AS {field.name}" for field in INTERACTION_SCHEMA]
    return f"SELECT '{_TYPE_ROW_ID}' AS id, {', '.join(values[1:])}"


def _without_type_row(batch: pa.RecordBatch) -> pa.RecordBatch:
    return batch.filter(pc.fill_null(pc.not_equal(batch.column("id"), _TYPE_ROW_ID), True))


@dataclass(frozen=True)
class SqliteView:
    """An open, read-only transaction on one SQLite file."""

    connection: adbc_driver_sqlite.dbapi.Connection
    location: Location
    query: Query
    batch_rows: int

    def ids(self) -> Iterator[pa.RecordBatch]:
        statement = f"SELECT '{_TYPE_ROW_ID}' AS id UNION ALL SELECT CAST(id AS TEXT) FROM {self.query.table}"  # noqa: S608
        yield from map(_without_type_row, self._read(statement))

    def interactions(self, since: datetime | None) -> Iterator[pa.RecordBatch]:
        changed = "" if since is None else " WHERE updated_at >= ?"
        statement = (
            f"{_type_row()} UNION ALL SELECT {', '.join(COLUMNS)} "  # noqa: S608
            f"FROM {self.query.table}{changed} ORDER BY updated_at, id"
        )
        parameters = () if since is None else (time_text(since),)
        rows = map(_without_type_row, self._read(statement, parameters))
        for batch in rebatch(rows, self.batch_rows):
            yield conform(batch, self.query.name)

    def check_columns(self) -> None:
        """Raises ExtractError for a query that fails or lacks a column."""
        with self.connection.cursor() as cursor, self._explained():
            cursor.execute(f"SELECT * FROM {self.query.table} LIMIT 0")  # noqa: S608
            names = list(cursor.fetch_record_batch().schema.names)
        require_columns(self.query, names)

    def _read(self, statement: str, parameters: tuple[Any, ...] = ()) -> Iterator[pa.RecordBatch]:
        with self.connection.cursor() as cursor, self._explained():
            cursor.adbc_statement.set_options(**{_BATCH_ROWS: str(self.batch_rows)})
            cursor.execute(statement, parameters)
            batches = cursor.fetch_record_batch()
            for field in batches.schema:
                # One text among the first batch's numbers turns all of them into rounded texts.
                if field.type != _read_as(field.name):
                    raise self._wrong_type(field.name)
            yield from batches

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
        if match := re.search(r"Type mismatch in column (\d+)", text):
            return self._wrong_type(COLUMNS[int(match[1])])
        if "not a database" in text:
            return ExtractError(f"{self.location.shown} is no SQLite database; check source.url")
        reason = text.splitlines()[0].removeprefix("INVALID_ARGUMENT: ")
        return ExtractError(f"{self.query.name} failed on {self.location.shown}: {reason}; check {self.query.path}")

    def _everything(self) -> list[str]:
        return self._texts("SELECT t.name || '.' || c.name FROM sqlite_master AS t, pragma_table_info(t.name) AS c")

    def _wrong_type(self, column: str) -> ExtractError:
        good = _STORAGE.get(str(INTERACTION_SCHEMA.field(column).type), _INTEGER_STORAGE)
        found = self._texts(
            f"SELECT CAST(id AS TEXT) || char(10) || typeof({column}) || char(10) || substr(CAST({column} AS TEXT), 1, 40) "  # noqa: S608, E501
            f"FROM {self.query.table} WHERE typeof({column}) NOT IN ({good}) ORDER BY id LIMIT 1"
        )
        row, kind, value = found[0].split("\n", 2)
        return ExtractError(
            f"interaction {row!r}: {column} is {value!r} ({kind}), but must be {wanted(column)}; correct the row, or "
            f"convert the column in {self.query.name}"
        )

    def _texts(self, statement: str) -> list[str]:
        with self.connection.cursor() as cursor:
            cursor.execute(statement)
            return [str(row[0]) for row in cursor.fetchall()]


@contextmanager
def view(location: Location, query: Query, batch_rows: int) -> Iterator[SqliteView]:
    """Open a file that is there. Raises ExtractError for one that is not: opening never creates a database."""
    path = Path(sqlite_path(location))
    if not path.is_file():
        raise ExtractError(f"there is no database file {path}; check source.url, or create the database first")
    try:
        connection = adbc_driver_sqlite.dbapi.connect(f"file:{quote(str(path))}?mode=ro")
    except adbc_driver_manager.Error as error:
        raise ExtractError(f"{path} cannot be opened: {error}; check its permissions") from None
    with connection:
        opened = SqliteView(connection, location, query, batch_rows)
        opened.check_columns()
        yield opened
