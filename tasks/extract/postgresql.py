"""Read PostgreSQL through ADBC: a read-only, repeatable-read transaction, streamed as binary COPY."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import adbc_driver_manager
import adbc_driver_postgresql
import adbc_driver_postgresql.dbapi
import pyarrow as pa

from configs.schema import SourceConfig
from tasks.extract.conform import CONTENT, time_text, wanted
from tasks.extract.errors import ExtractError, SourceUnavailableError
from tasks.extract.location import Location
from tasks.extract.query import COLUMNS, Query, no_such_column, no_such_table, require_columns
from tasks.pool import ahead
from tasks.records import INTERACTION_SCHEMA

BATCH_BYTES = 8 << 20
"""What the driver gathers before it hands out a batch: bounds its memory, whatever the length of the rows."""

CONNECTION_DEFAULTS = {
    "connect_timeout": "10",  # libpq waits without end by default; a host that drops packets would hold the night
    "keepalives_idle": "60",
    "keepalives_interval": "10",
    "keepalives_count": "6",
    "application_name": "exhell",
}
"""libpq's parameters where the URL does not give them: a server that is gone is noticed within two minutes."""

_SETTINGS = {
    "TimeZone": "'UTC'",
    # No conversion from SQL_ASCII, whose bytes are anything; `conform` finds those that are not UTF-8.
    "client_encoding": "CASE current_setting('server_encoding') WHEN 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END",
    "default_transaction_read_only": "'on'",
    "idle_in_transaction_session_timeout": "'0'",  # the connection waits while rows are compared and written
    "synchronize_seqscans": "'off'",  # equal tables are read in equal order
    "jit": "'off'",  # compiling a plan that streams rows costs more than it saves
}
_LSN = "CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END::text"
_CASTS = {"string": "text", "timestamp[us, tz=UTC]": "timestamptz", "double": "float8"}
_INTEGERS = {"int2", "int4", "int8"}
_NUMBERS = _INTEGERS | {"float4", "float8", "numeric", "bool"}
_ACCEPTED = {
    "timestamp[us, tz=UTC]": {"timestamptz", "timestamp", "date"},
    "double": _NUMBERS - {"bool"},
    "bool": _INTEGERS | {"bool"},
}
"""Types that cast to a column's own without a loss (a fraction cast to an integer would be rounded). Text
takes any, but what people wrote is no number."""


@dataclass(frozen=True)
class PostgresView:
    """An open read-only transaction: every statement sees the rows as they stood at its first."""

    connection: adbc_driver_postgresql.dbapi.Connection
    location: Location
    query: Query
    position: Mapping[str, str]
    kinds: Mapping[str, str]

    def versions(self) -> Iterator[pa.RecordBatch]:
        yield from self._read(("id", "updated_at"), "")

    def rows(self, since: datetime | None = None, ids: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        if since is not None:
            self._bind("since", time_text(since))
            yield from self._read(COLUMNS, " WHERE updated_at >= current_setting('exhell.since')::timestamptz")
        elif ids is not None:
            self._bind("ids", json.dumps(list(ids)))
            chosen = "SELECT json_array_elements_text(current_setting('exhell.ids')::json)"
            yield from self._read(COLUMNS, f" WHERE interactions.id::text IN ({chosen})")
        else:
            yield from self._read(COLUMNS, "")

    def _bind(self, name: str, value: str) -> None:
        """COPY, the only way to stream, takes no parameters: bind a value to a setting of this transaction instead."""
        with self.connection.cursor() as cursor, _explained(self.location, self.query):
            cursor.execute(f"SELECT set_config('exhell.{name}', $1, true)", (value,))
            cursor.fetchall()

    def _read(self, columns: Sequence[str], condition: str) -> Iterator[pa.RecordBatch]:
        option = adbc_driver_postgresql.StatementOptions.BATCH_SIZE_HINT_BYTES.value
        chosen = ", ".join(_cast(column, self.kinds[column]) for column in columns)
        with self.connection.cursor() as cursor, _explained(self.location, self.query):
            cursor.adbc_statement.set_options(**{option: str(BATCH_BYTES)})
            cursor.execute(f"SELECT {chosen} FROM {self.query.table}{condition}")  # noqa: S608
            yield from ahead(cursor.fetch_record_batch())


@contextmanager
def view(location: Location, query: Query, config: SourceConfig) -> Iterator[PostgresView]:
    """Connect. Raises SourceUnavailableError where no server answers, ExtractError where it refuses."""
    with _connect(location) as connection:
        with _explained(location, query):
            position = _begin(connection, config)
            kinds = _kinds(connection, query)
        yield PostgresView(connection, location, query, position, kinds)


def _connect(location: Location) -> adbc_driver_postgresql.dbapi.Connection:
    url = location.url
    for name, value in CONNECTION_DEFAULTS.items():
        if f"{name}=" not in url:
            url += f"{'&' if '?' in url else '?'}{name}={value}"
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


def _begin(connection: adbc_driver_postgresql.dbapi.Connection, config: SourceConfig) -> dict[str, str]:
    """Open the transaction, and return which moment it sees."""
    settings = _SETTINGS | {"statement_timeout": f"'{config.statement_timeout_s * 1000}'"}
    # For the session where that matters to a later transaction, which there is none of; the rest goes with this one.
    values = ", ".join(
        f"set_config('{name}', {value}, {str(name != 'default_transaction_read_only').lower()})"
        for name, value in settings.items()
    )
    for lsn in (_LSN, "NULL"):  # some servers that speak PostgreSQL have no log to tell the position of
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                cursor.execute(f"SELECT {values}")
                cursor.fetchall()
                cursor.execute(f"SELECT now()::text, pg_current_snapshot()::text, {lsn}, version()")
                names = ("taken_at", "snapshot", "wal_lsn", "server")
                return {name: value for name, value in zip(names, cursor.fetchall()[0], strict=True) if value}
        except adbc_driver_manager.Error as error:
            if lsn == "NULL" or "wal" not in str(error):
                raise
            connection.rollback()
    raise AssertionError


def _kinds(connection: adbc_driver_postgresql.dbapi.Connection, query: Query) -> dict[str, str]:
    """Column to its type's name. Raises ExtractError for a query that lacks a column, or has one that does not fit."""
    with connection.cursor() as cursor:
        schema = cursor.adbc_execute_schema(f"SELECT * FROM {query.table}")  # noqa: S608
    require_columns(query, schema.names)
    kinds = {}
    for field in INTERACTION_SCHEMA:
        kind = (schema.field(field.name).metadata or {}).get(b"POSTGRESQL:type", b"").decode()
        if pa.types.is_string(field.type):
            fits = field.name not in CONTENT or kind not in _NUMBERS
        else:
            fits = kind in _ACCEPTED.get(str(field.type), _INTEGERS)
        if not fits:
            raise ExtractError(
                f"{query.name}: column {field.name} has type {kind}, but must be {wanted(field.name)}; convert it in "
                f"{query.path}"
            )
        kinds[field.name] = kind
    return kinds


def _cast(column: str, kind: str) -> str:
    name = f"interactions.{column}"
    if kind == "numeric":  # a value beyond a float's range would end the statement; NaN is set aside as a bad row
        return f"CASE WHEN abs({name}) > 1e300 THEN 'NaN' ELSE round({name}, 300)::float8 END AS {column}"
    plain = "boolean" if kind == "bool" else "int8"
    return f"{name}::{_CASTS.get(str(INTERACTION_SCHEMA.field(column).type), plain)} AS {column}"


@contextmanager
def _explained(location: Location, query: Query) -> Iterator[None]:
    try:
        yield
    except (adbc_driver_manager.Error, pa.ArrowInvalid, OSError) as error:
        raise _explain(str(error), location, query) from None


def _explain(text: str, location: Location, query: Query) -> ExtractError:
    if match := re.search(r'relation "([^"]+)" does not exist', text):
        return no_such_table(query, location, match[1])
    if match := re.search(r'column "?([^"\s]+)"? does not exist', text):
        return no_such_column(query, location, match[1], _everything(location))
    if match := re.search(r"permission denied for (\w+ \S+)", text):
        return ExtractError(f"{location.shown}: no permission to read {match[1]}; GRANT SELECT on it")
    if "statement timeout" in text:
        return ExtractError(
            f"{query.name} ran longer on {location.shown} than it may; raise source.statement_timeout_s, or make the "
            f"query cheaper: {query.path}"
        )
    reason = location.scrub(_reason(text))
    if _is_transient(text):
        return SourceUnavailableError(
            f"the connection to {location.shown} broke: {reason}; nothing was published, and a later run reads again"
        )
    return ExtractError(f"{query.name} failed on {location.shown}: {reason}; check {query.path}")


def _everything(location: Location) -> list[str]:
    """All `table.column` names. Asked on a connection of its own: an error ends the first one's transaction."""
    with _connect(location) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name || '.' || column_name FROM information_schema.columns "
            "WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
        )
        return [str(row[0]) for row in cursor.fetchall()]


def _is_transient(text: str) -> bool:
    """Whether a later try may find what this one did not: no answer, a server that starts or stops, a broken line."""
    # fmt: off
    refused = (
        "FATAL:  role", "FATAL:  database", "authentication failed", "no password supplied", "no pg_hba.conf",
        "does not support SSL", "certificate", "sslmode", "root.crt", "invalid",
    )
    unanswered = (
        "Failed to connect", "server closed the connection", "starting up", "shutting down", "too many",
        "terminating connection", "no connection to the server", "could not receive data", "could not send data",
        "SSL SYSCALL error", "SSL connection has been closed", "conflict with recovery", "in recovery mode",
    )
    # fmt: on
    return any(sign in text for sign in unanswered) and not any(sign in text for sign in refused)


def _reason(text: str) -> str:
    """The driver's own words, on one line and without the values and the statement that it quotes at length."""
    line = text.partition("\n")[0]
    line = re.sub(r"^.*?(?:Failed to connect|ERROR|FATAL): +", "", line)
    line = re.sub(r'"([^"]*)"', lambda quoted: f'"{_cut(quoted[1], 40)}"', line)
    return _cut(line, 200)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}…"
