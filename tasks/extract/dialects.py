"""Read whatever SQLAlchemy has a dialect for (MySQL and MariaDB above all): a row at a time, hence slower than ADBC.

One transaction on one connection, from a cursor that streams. How consistent the view is depends on the database: a
snapshot on MySQL, MariaDB and SQLite; elsewhere the strictest isolation that the dialect offers. Only MySQL, MariaDB
and SQLite are told to be read-only: elsewhere the role must be (docs/database-access.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import NullPool

from configs.schema import SourceConfig
from tasks.extract.conform import time_text
from tasks.extract.errors import ExtractError, SourceUnavailableError
from tasks.extract.location import Location, sqlite_path
from tasks.extract.python_rows import record_batch
from tasks.extract.query import COLUMNS, Query, damaged, no_such_column, no_such_table, require_columns
from tasks.extract.words import Failure, read_failure

SHORT = {"mysql": "mysql+pymysql", "mariadb": "mariadb+pymysql"}
"""Short URL schemes; anything else names its driver, as SQLAlchemy does."""

BATCH_BYTES = 8 << 20
CURSOR_ROWS = 256
"""What waits in the cursor: few, since one row may be long."""

IDS_AT_ONCE = 1_000  # what Oracle takes; MySQL and SQLite take more

_CONNECT_TIMEOUT_S = 10
_SNAPSHOTS = ("SNAPSHOT", "REPEATABLE READ", "SERIALIZABLE")
"""Isolation that shows one moment, the most precise first. Levels that lock what they read come last."""

_OPENING = {
    "mysql": (
        "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "SET time_zone = '+00:00'",
        "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
    ),
    "sqlite": ("PRAGMA query_only = ON", "BEGIN"),
}
"""Statements that open a read-only view of one moment, outside of SQLAlchemy's own transactions."""


@dataclass(frozen=True)
class DialectView:
    """An open transaction."""

    connection: sa.Connection
    location: Location
    query: Query
    batch_rows: int
    position: Mapping[str, str]

    def versions(self) -> Iterator[pa.RecordBatch]:
        yield from self._read(("id", "updated_at"), "")

    def rows(self, since: datetime | None = None, ids: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        if since is not None:
            sqlite = self.connection.dialect.name == "sqlite"
            value = time_text(since) if sqlite else since.astimezone(UTC).replace(tzinfo=None)
            yield from self._read(COLUMNS, " WHERE updated_at >= :since", since=value)
        elif ids is not None:
            for start in range(0, len(ids), IDS_AT_ONCE):
                yield from self._named(list(ids[start : start + IDS_AT_ONCE]))
        else:
            yield from self._read(COLUMNS, "")

    def _named(self, ids: list[str]) -> Iterator[pa.RecordBatch]:
        text = sa.cast(sa.literal_column("id"), sa.String(255)).compile(dialect=self.connection.dialect)
        for batch in self._read(COLUMNS, f" WHERE {text} IN :ids", ids=ids):
            # Many databases take upper and lower case for the same: no row may come with two lists of ids.
            yield batch.filter(pc.is_in(batch.column("id"), pa.array(ids, pa.string())))

    def _read(self, columns: Sequence[str], condition: str, **values: Any) -> Iterator[pa.RecordBatch]:
        statement = sa.text(f"SELECT {', '.join(columns)} FROM {_literal(self.query.table)}{condition}")  # noqa: S608
        if "ids" in values:
            statement = statement.bindparams(sa.bindparam("ids", expanding=True))
        options = {"stream_results": True, "max_row_buffer": CURSOR_ROWS}
        with _explained(self.connection, self.location, self.query):
            result = self.connection.execute(statement, values, execution_options=options)
            waiting: list[Sequence[Any]] = []
            size = 0
            for row in result:
                waiting.append(row)
                size += sum(len(value) for value in row if isinstance(value, (str, bytes)))
                if len(waiting) >= self.batch_rows or size >= BATCH_BYTES:
                    yield record_batch(waiting, columns)
                    waiting, size = [], 0
        yield record_batch(waiting, columns)


def knows(scheme: str) -> bool:
    """Whether SQLAlchemy has a dialect of this name."""
    try:
        make_url(f"{SHORT.get(scheme, scheme)}://").get_dialect()
    except (NoSuchModuleError, ArgumentError):
        return False
    except ImportError:
        pass  # the dialect is there and its driver is not: told when it is needed
    return True


@contextmanager
def view(location: Location, query: Query, config: SourceConfig) -> Iterator[DialectView]:
    """Connect. Raises SourceUnavailableError where no server answers, ExtractError where it refuses."""
    if location.scheme.startswith("sqlite") and not Path(sqlite_path(location)).is_file():
        raise ExtractError(f"there is no database file {sqlite_path(location)}; check source.url")
    engine = _engine(location, config)
    with _connected(engine, location) as connection:
        with _explained(connection, location, query):
            position = _begin(connection, config)
            empty = connection.execute(sa.text(f"SELECT * FROM {_literal(query.table)} WHERE 1 = 0"))  # noqa: S608
            names = list(empty.keys())
            empty.close()
        require_columns(query, names)
        yield DialectView(connection, location, query, config.batch_rows, position)


def _engine(location: Location, config: SourceConfig) -> sa.Engine:
    scheme, _, rest = location.url.partition("://")
    url = make_url(f"{SHORT.get(scheme, scheme)}://{rest}")
    options: dict[str, Any] = {}
    if url.drivername.endswith("+pymysql"):
        # The longest silence is that of a server which sorts before it answers.
        options = {"connect_timeout": _CONNECT_TIMEOUT_S, "read_timeout": config.statement_timeout_s + 60}
    try:
        engine = sa.create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=options)
    except ImportError as error:
        raise ExtractError(
            f"{location.shown} needs the Python package {error.name}, which is not installed; install it beside this "
            "program, or name another driver in source.url"
        ) from None
    if engine.dialect.name in _OPENING or engine.dialect.name == "mariadb":
        return engine.execution_options(isolation_level="AUTOCOMMIT")
    return engine


@contextmanager
def _connected(engine: sa.Engine, location: Location) -> Iterator[sa.Connection]:
    try:
        connection = engine.connect()
    except DBAPIError as error:
        failure = read_failure(error, engine.dialect.name)
        reason = location.scrub(failure.reason)
        if failure.transient:
            raise SourceUnavailableError(
                f"the database server of {location.shown} does not answer: {reason}; check that it runs and that this "
                "machine may reach it"
            ) from None
        raise ExtractError(f"{location.shown} refuses the connection: {reason}; check source.url") from None
    try:
        yield connection
    finally:
        connection.invalidate()  # closed without a word: what is left of a streamed result is not worth reading
        connection.close()


def _begin(connection: sa.Connection, config: SourceConfig) -> dict[str, str]:
    """Open the transaction, and return which moment it sees."""
    name = "mysql" if connection.dialect.name == "mariadb" else connection.dialect.name
    position = {"taken_at": datetime.now(UTC).isoformat()}
    if name in _OPENING:
        if name == "mysql":
            connection.exec_driver_sql(_mysql_timeout(connection, config.statement_timeout_s))
        for statement in _OPENING[name]:
            connection.exec_driver_sql(statement)
        return position | (_mysql_position(connection) if name == "mysql" else {})
    raw = connection.connection.dbapi_connection
    levels = connection.dialect.get_isolation_level_values(raw) if raw is not None else ()
    level = next((level for level in _SNAPSHOTS if level in levels), None)
    if level is not None:
        connection.execution_options(isolation_level=level)
    return position | {"isolation": level or "the server's own"}


def _is_mariadb(connection: sa.Connection) -> bool:
    return bool(getattr(connection.dialect, "is_mariadb", False))


def _mysql_timeout(connection: sa.Connection, seconds: int) -> str:
    if _is_mariadb(connection):
        return f"SET SESSION max_statement_time = {seconds}"
    return f"SET SESSION max_execution_time = {seconds * 1000}"


def _mysql_position(connection: sa.Connection) -> dict[str, str]:
    taken_at, server = connection.exec_driver_sql("SELECT UTC_TIMESTAMP(6), VERSION()").one()
    position = {"taken_at": str(taken_at), "server": str(server)}
    if _is_mariadb(connection):  # set by START TRANSACTION WITH CONSISTENT SNAPSHOT, where there is a binary log
        log = connection.exec_driver_sql("SHOW STATUS LIKE 'binlog_snapshot_%%'").all()
        return position | {str(name).lower(): str(value) for name, value in log if value}
    return position | {"gtid_executed": str(connection.exec_driver_sql("SELECT @@GLOBAL.gtid_executed").scalar())}


def _literal(sql: str) -> str:
    """A user's SQL for `text`, which would take a colon for the start of a parameter's name."""
    return sql.replace(":", "\\:")


@contextmanager
def _explained(connection: sa.Connection, location: Location, query: Query) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise _explain(connection, read_failure(error, connection.dialect.name), location, query) from None


def _explain(connection: sa.Connection, failure: Failure, location: Location, query: Query) -> ExtractError:
    if failure.table:
        return no_such_table(query, location, failure.table)
    if failure.column:
        return no_such_column(query, location, failure.column, _everything(connection))
    if failure.denied:
        return ExtractError(f"{location.shown}: no permission to read {failure.denied}; GRANT SELECT on it")
    reason = location.scrub(failure.reason)
    if failure.too_long:
        return ExtractError(
            f"{query.name} ran longer on {location.shown} than it may; raise source.statement_timeout_s, or make the "
            f"query cheaper: {query.path}"
        )
    if failure.transient:
        return SourceUnavailableError(
            f"the connection to {location.shown} broke: {reason}; nothing was published, and a later run reads again"
        )
    failed = ExtractError(f"{query.name} failed on {location.shown}: {reason}; check {query.path}")
    return damaged(location) if failure.damaged else failed


def _everything(connection: sa.Connection) -> list[str]:
    inspector = sa.inspect(connection)
    return [
        f"{table}.{column['name']}" for table in inspector.get_table_names() for column in inspector.get_columns(table)
    ]
