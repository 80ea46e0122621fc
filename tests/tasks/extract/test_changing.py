"""A table that changes while it is read, and a connection that breaks: what is published is one moment, or nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi
import pymysql
import pytest

from configs.schema import SourceConfig
from tasks import snapshot
from tasks.extract.errors import SourceUnavailableError
from tasks.extract.extract import extract
from tasks.storage import Store
from tests.tasks.builders import database, execute, interactions, source
from tests.tasks.extract.conftest import MariaDb, Postgres

ROWS = 3_000
EVERY_ROW = [f"UPDATE interactions SET turn = {n}, updated_at = '2026-03-09 09:00:{n}'" for n in range(10, 60)]  # noqa: S608
"""Each changes all rows in one transaction: a view that sees two values of `turn` saw two moments."""

ONE_GOES = "DELETE FROM interactions WHERE id = (SELECT max(id) FROM interactions)"
MARIADBS = "DELETE FROM interactions ORDER BY id DESC LIMIT 1"

IN_SQLITE = """
import itertools, json, sqlite3, sys
path, changes, one_goes = json.loads(sys.argv[1])
app = sqlite3.connect(path, isolation_level=None, timeout=30)
for change in itertools.cycle(changes):
    app.executescript(f"BEGIN IMMEDIATE; {change}; {one_goes}; COMMIT")
"""
"""In a process of its own: two copies of SQLite in one process undo each other's locks
(https://www.sqlite.org/howtocorrupt.html, 2.2)."""


@contextmanager
def sqlite_changes(path: Path) -> Iterator[None]:
    changes = [change[:-1].replace("09 09", "09T09") + ".000000Z'" for change in EVERY_ROW]
    with subprocess.Popen([sys.executable, "-c", IN_SQLITE, json.dumps([str(path), changes, ONE_GOES])]) as writer:
        try:
            yield
        finally:
            assert writer.poll() is None
            writer.terminate()


@contextmanager
def changes(connection: Any, one_goes: str) -> Iterator[None]:
    stop = threading.Event()

    def write() -> None:
        for change in cycle(EVERY_ROW):
            if stop.is_set():
                return
            with connection.cursor() as cursor:
                cursor.execute(change)
                cursor.execute(one_goes)
            connection.commit()

    with closing(connection), ThreadPoolExecutor(1) as pool:
        writer = pool.submit(write)
        try:
            yield
        finally:
            stop.set()
            writer.result()


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[SourceConfig, AbstractContextManager[None]]:
    """A database with rows, and somebody who changes every row again and again, and takes one out each time."""
    if request.param == "sqlite":
        path = database(tmp_path / "app.db", interactions(ROWS))
        execute(path, "PRAGMA journal_mode = WAL")  # else the application waits for who reads
        return source(path), sqlite_changes(path)
    if request.param == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        postgres.add(interactions(ROWS))
        connection = adbc_driver_postgresql.dbapi.connect(postgres.url)
        return SourceConfig(url=postgres.url), changes(connection, ONE_GOES)
    mariadb: MariaDb = request.getfixturevalue("mariadb")
    mariadb.add(interactions(ROWS))
    connection = pymysql.connect(host="127.0.0.1", port=mariadb.port, user="root", database="app")
    return SourceConfig(url=mariadb.url), changes(connection, MARIADBS)


@pytest.mark.slow
def test_every_run_sees_one_moment_of_a_table_that_changes(
    store: Store, app: tuple[SourceConfig, AbstractContextManager[None]]
) -> None:
    config, changing = app
    seen: list[int] = []
    with changing:
        while len(set(seen)) < 5:
            rows = snapshot.table(store, extract(config, store))
            seen.append(rows.num_rows)
            assert len(seen) == 1 or len(set(rows["turn"].to_pylist())) == 1
            assert rows["id"].to_pylist() == [f"i{number:05d}" for number in range(1, rows.num_rows + 1)]
    last, anew = extract(config, store), Store(f"{store.root}-anew")
    assert snapshot.table(store, last) == snapshot.table(anew, extract(config, anew))
    assert seen == sorted(seen, reverse=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    "statement", ["COPY (SELECT%id%output%", "COPY (SELECT%id%updated_at%"], ids=["rows", "versions"]
)
def test_a_postgresql_connection_that_breaks_leaves_nothing_and_may_come_back(
    tmp_path: Path, store: Store, postgres: Postgres, statement: str
) -> None:
    postgres.add(interactions(400))
    slow = tmp_path / "slow.sql"
    slow.write_text("SELECT * FROM interactions WHERE pg_sleep(0.01) IS NOT NULL")
    config = SourceConfig(url=postgres.url, query=str(slow))
    if "updated_at" in statement:
        extract(config, store)  # the next run compares versions first
        postgres.execute("UPDATE interactions SET updated_at = updated_at + interval '1 day'")
    before = store.all("extracts")

    killer = threading.Thread(target=end_connection, args=(postgres.url, statement))
    killer.start()
    with pytest.raises(
        SourceUnavailableError, match=r"the connection to postgresql://.* broke.* nothing was published"
    ):
        extract(config, store)
    killer.join()

    assert store.all("extracts") == before
    assert list(Path(store.root, ".drafts").iterdir()) == []
    assert extract(SourceConfig(url=postgres.url), store).rows == 400


def end_connection(url: str, statement: str) -> None:
    """Wait until a statement runs, let some rows pass, and end its server process."""
    find = f"SELECT pid FROM pg_stat_activity WHERE query ILIKE '{statement}' AND pid <> pg_backend_pid()"  # noqa: S608
    with (
        closing(adbc_driver_postgresql.dbapi.connect(url, autocommit=True)) as connection,
        connection.cursor() as cursor,
    ):
        found: list[tuple[int]] = []
        while not found:
            cursor.execute(find)
            found = cursor.fetchall()
        time.sleep(0.3)
        cursor.execute(f"SELECT pg_terminate_backend({found[0][0]})")
        cursor.fetchall()
