"""Read PostgreSQL through ADBC: a read-only, repeatable-read transaction, streamed as binary COPY."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import adbc_driver_manager
import adbc_driver_postgresql
import adbc_driver_postgresql.dbapi
import pyarrow as pa

from tasks.extract.conform import conform, time_text, wanted
from tasks.extract.errors import ExtractError, SourceUnavailableError
from tasks.extract.location import Location
from tasks.extract.query import COLUMNS, Query, no_such_column, no_such_table, rebatch, require_columns
from tasks.records import INTERACTION_SCHEMA

CONNECT_TIMEOUT_S = 10
"""libpq waits without end by default; a host that drops packets would hold the night."""

BATCH_BYTES = 8 << 20
"""What the driver gathers before it hands out a batch: bounds its memory, whatever the length of the rows."""

_SINCE = "current_setting('exhell.since')::timestamptz"
_CASTS = {"string": "text", "timestamp[us, tz=UTC]": "timestamptz", "double": "float8", "bool": "boolean"}
_INTEGERS = {"int2", "int4", "int8"}
_ACCEPTED = {
    "timestamp[us, tz=UTC]": {"timestamptz", "timestamp", "date"},
    "double": _INTEGERS | {"float4", "float8", "numeric"},
    "bool": {"bool", "int4"},
}
"""Types that cast to a column's own without a loss (a fraction cast to an integer would be rounded); text takes any."""


@dataclass(frozen=True)
class PostgresView:
    """An open read-only transaction: every statement sees the rows as they stood at its first."""

    connection: adbc_driver_postgresql.dbapi.Connection
    location: Location
    query: Query
    batch_rows: int

    def ids(self) -> Iterator[pa.RecordBatch]:
        yield from self._read(f"SELECT id::text AS id FROM {self.query.table}")  # noqa: S608

    def interactions(self, since: datetime | None) -> Iterator[pa.RecordBatch]:
        changed = ""
        if since is not None:
            self._bind_since(since)
            changed = f" WHERE updated_at >= {_SINCE}"
        # COLLATE "C" is the order of the bytes: the same as SQLite's, whatever the server's locale.
        statement = (
            f"SELECT {', '.join(map(_cast, COLUMNS))} FROM {self.query.table}{changed} "  # noqa: S608
            'ORDER BY interactions.updated_at, interactions.id::text COLLATE "C"'
        )
        for batch in rebatch(self._read(statement), self.batch_rows):
            yield conform(batch, self.query.name)

    def _bind_since(self, since: datetime) -> None:
        """COPY, the only way to stream, takes no parameters: bind the time to a setting of this transaction instead."""
        with self.connection.cursor() as cursor, self._explained():
            cursor.execute("SELECT set_config('exhell.since', $1, true)", (time_text(since),))
            cursor.fetchall()

    def check_columns(self) -> None:
        """Raises ExtractError for a query that fails, lacks a column, or has one of a type that does not fit."""
        with self.connection.cursor() as cursor, self._explained():
            schema = cursor.adbc_execute_schema(f"SELECT * FROM {self.query.table}")  # noqa: S608
        require_columns(self.query, schema.names)
        for field in INTERACTION_SCHEMA:
            kind = (schema.field(field.name).metadata or {}).get(b"POSTGRESQL:type", b"").decode()
            if not pa.types.is_string(field.type) and kind not in _ACCEPTED.get(str(field.type), _INTEGERS):
                raise ExtractError(
                    f"{self.query.name}: column {field.name} has type {kind}, but must be {wanted(field.name)}; "
                    f"convert it in {self.query.path}"
                )

    def _read(self, statement: str) -> Iterator[pa.RecordBatch]:
        option = adbc_driver_postgresql.StatementOptions.BATCH_SIZE_HINT_BYTES.value
        with self.connection.cursor() as cursor, self._explained():
            cursor.adbc_statement.set_options(**{option: str(BATCH_BYTES)})
            cursor.execute(statement)
            yield from cursor.fetch_record_batch()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (adbc_driver_manager.Error, pa.ArrowInvalid, OSError) as error:
            raise self._explain(str(error)) from None

    def _explain(self, text: str) -> ExtractError:
        if match := re.search(r'relation "([^"]+)" does not exist', text):
            return no_such_table(self.query, self.location, match[1])
        if match := re.search(r'column "?([^"\s]+)"? does not exist', text):
            return no_such_column(self.query, self.location, match[1], self._everything())
        if match := re.search(r"permission denied for (\w+ \S+)", text):
            return ExtractError(f"{self.location.shown}: no permission to read {match[1]}; GRANT SELECT on it")
        reason = self.location.scrub(_reason(text))
        kind = SourceUnavailableError if _is_transient(text) else ExtractError
        return kind(f"{self.query.name} failed on {self.location.shown}: {reason}; check {self.query.path}")

    def _everything(self) -> list[str]:
        """All `table.column` names. Asked on a connection of its own: an error ends the first one's transaction."""
        with _connect(self.location) as connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT table_name || '.' || column_name FROM information_schema.columns "
                "WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
            )
            return [str(row[0]) for row in cursor.fetchall()]


@contextmanager
def view(location: Location, query: Query, batch_rows: int) -> Iterator[PostgresView]:
    """Connect. Raises SourceUnavailableError where no server answers, ExtractError where it refuses."""
    with _connect(location) as connection:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SET LOCAL TIME ZONE 'UTC'")
        opened = PostgresView(connection, location, query, batch_rows)
        opened.check_columns()
        yield opened


def _connect(location: Location) -> adbc_driver_postgresql.dbapi.Connection:
    url = location.url
    if "connect_timeout=" not in url:
        url += f"{'&' if '?' in url else '?'}connect_timeout={CONNECT_TIMEOUT_S}"
    try:
        return adbc_driver_postgresql.dbapi.connect(url)
    except adbc_driver_manager.Error as error:
        reason = location.scrub(_reason(str(error)))
        if _is_transient(str(error)):
            raise SourceUnavailableError(
                f"the database server of {location.shown} does not answer: {reason}; check that it runs and that this "
                "machine may reach it"
            ) from None
        raise ExtractError(f"{location.shown} refuses the connection: {reason}; check source.url") from None


def _cast(column: str) -> str:
    kind = str(INTERACTION_SCHEMA.field(column).type)
    return f"interactions.{column}::{_CASTS.get(kind, 'int8')} AS {column}"


def _is_transient(text: str) -> bool:
    """Whether a later try may find what this one did not: no answer at all, or a server that starts or stops."""
    refused = ("FATAL:  role", "FATAL:  database", "authentication failed", "no password supplied", "no pg_hba.conf")
    unanswered = ("Failed to connect", "server closed the connection", "starting up", "shutting down", "too many")
    return any(sign in text for sign in unanswered) and not any(sign in text for sign in refused)


def _reason(text: str) -> str:
    """The driver's own words, on one line and without the values and the statement that it quotes at length."""
    line = text.partition("\n")[0]
    line = re.sub(r"^.*?(?:Failed to connect|ERROR): +", "", line)
    return line if len(line) <= 200 else f"{line[:200]}…"
