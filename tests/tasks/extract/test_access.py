"""The roles of docs/database-access.md read and do nothing else; TLS is what the address asks for."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import adbc_driver_manager
import adbc_driver_postgresql.dbapi
import pymysql
import pytest

from configs.load import PROJECT
from configs.schema import SourceConfig
from tasks.extract.errors import ExtractError, SourceUnavailableError
from tasks.extract.extract import extract
from tasks.storage import Store
from tests.postgresql import system_server
from tests.tasks.builders import interactions
from tests.tasks.extract.conftest import MariaDb, Postgres

PASSWORD = "choose one"
PAGE = (PROJECT / "docs" / "database-access.md").read_text(encoding="utf-8")


def statements(of: str) -> list[str]:
    """The SQL that the page gives for a database."""
    section = re.search(rf"## {of}\n(.*?)(\n## |\Z)", PAGE, re.DOTALL)
    assert section is not None
    block = re.search(r"```sql\n(.*?)```", section[1], re.DOTALL)
    assert block is not None
    return [one.strip() for one in block[1].split(";") if one.strip()]


def test_postgresqls_role_reads_and_does_nothing_else(
    store: Store, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.add(interactions(20))
    postgres.execute("DROP OWNED BY exhell_reader" if exists(postgres) else "SELECT 1")
    postgres.execute("DROP ROLE IF EXISTS exhell_reader", "CREATE TABLE IF NOT EXISTS salaries (amount int)")
    postgres.execute(*statements("PostgreSQL"))
    url = postgres.url.replace("//postgres:@", "//exhell_reader:choose%20one@")
    monkeypatch.setenv("EXHELL_TEST_URL", url)

    taken = extract(SourceConfig(url="${EXHELL_TEST_URL}"), store)

    assert taken.rows == 20
    manifest = store.manifest(taken.uri)
    assert {"taken_at", "snapshot", "wal_lsn", "server"} <= set(manifest["meta"]["snapshot"])
    assert PASSWORD not in str(manifest)
    assert "choose%20one" not in str(manifest)
    for tried, denied in (
        (["SELECT * FROM salaries"], "permission denied"),
        (["DELETE FROM interactions"], "read-only transaction"),
        (["SET default_transaction_read_only = off", "UPDATE interactions SET rating = 1"], "permission denied"),
    ):
        with pytest.raises(adbc_driver_manager.Error, match=denied):
            Postgres(url).execute_alone(*tried)


def exists(postgres: Postgres) -> bool:
    with closing(adbc_driver_postgresql.dbapi.connect(postgres.url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*)::int FROM pg_roles WHERE rolname = 'exhell_reader'")
        return bool(cursor.fetchall()[0][0])


def test_mariadbs_role_reads_and_does_nothing_else(
    store: Store, mariadb: MariaDb, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mariadb.add(interactions(20))
    mariadb.execute(
        "DROP USER IF EXISTS exhell_reader@'%'", "CREATE TABLE salaries (amount int)", *statements("MySQL and MariaDB")
    )
    address = f"exhell_reader:choose%20one@localhost:{mariadb.port}/app"
    monkeypatch.setenv("EXHELL_TEST_URL", f"mariadb://{address}?ssl_ca={certificate / 'server.crt'}")

    taken = extract(SourceConfig(url="${EXHELL_TEST_URL}"), store)

    assert taken.rows == 20
    assert "choose" not in str(store.manifest(taken.uri))
    reader = {"host": "127.0.0.1", "port": mariadb.port, "user": "exhell_reader", "password": PASSWORD}
    with pytest.raises(pymysql.err.OperationalError, match="Access denied"):
        pymysql.connect(**reader, ssl_disabled=True)
    with closing(pymysql.connect(**reader, database="app", ssl_ca=str(certificate / "server.crt"))) as connection:
        for statement in ("SELECT * FROM salaries", "DELETE FROM interactions"):
            with connection.cursor() as cursor, pytest.raises(pymysql.err.OperationalError, match="command denied"):
                cursor.execute(statement)


@pytest.mark.slow
def test_a_statement_that_runs_too_long_is_ended_by_postgresql(
    tmp_path: Path, store: Store, postgres: Postgres
) -> None:
    postgres.add(interactions(100))
    slow = tmp_path / "slow.sql"
    slow.write_text("SELECT * FROM interactions WHERE pg_sleep(0.1) IS NOT NULL")
    with pytest.raises(ExtractError, match=r"ran longer .* raise source\.statement_timeout_s"):
        extract(SourceConfig(url=postgres.url, query=str(slow), statement_timeout_s=1), store)
    assert store.all("extracts") == []


@pytest.fixture(scope="module")
def secure(certificate: Path) -> Iterator[int]:
    """The port of a PostgreSQL server with a certificate for `localhost`."""
    settings = {"ssl": "on", "ssl_cert_file": "{folder}/server.crt", "ssl_key_file": "{folder}/server.key"}
    with system_server(settings, {name: certificate / name for name in ("server.crt", "server.key")}) as port:
        yield port


@pytest.mark.slow
def test_postgresql_over_tls(store: Store, secure: int, certificate: Path) -> None:
    plain = f"postgresql://app@localhost:{secure}/postgres"
    server = Postgres(plain)
    server.create()
    server.add(interactions(3))
    checked = f"sslmode=verify-full&sslrootcert={certificate / 'server.crt'}"
    assert extract(SourceConfig(url=f"{plain}?{checked}"), store).rows == 3
    for url, words in (
        (f"{plain.replace('localhost', '127.0.0.1')}?{checked}", "does not match host name"),
        (f"{plain}?sslmode=verify-full&sslrootcert=/nowhere.crt", "root certificate file .* does not exist"),
    ):
        with pytest.raises(ExtractError, match=f"(?s)refuses the connection.*{words}") as caught:
            extract(SourceConfig(url=url), store)
        assert not isinstance(caught.value, SourceUnavailableError)


def test_a_server_without_tls_is_no_server_where_tls_is_asked_for(store: Store) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server, ThreadPoolExecutor(1) as pool:
        refused = pool.submit(refuse_tls, server)
        port = server.getsockname()[1]
        with pytest.raises(ExtractError, match="server does not support SSL") as caught:
            extract(SourceConfig(url=f"postgresql://app@127.0.0.1:{port}/postgres?sslmode=require"), store)
        refused.result()
    assert not isinstance(caught.value, SourceUnavailableError)


def refuse_tls(server: socket.socket) -> None:
    """What a server without TLS answers to a client that asks for it: N
    (https://www.postgresql.org/docs/current/protocol-flow.html)."""
    connection, _ = server.accept()
    with connection:
        connection.recv(8)
        connection.sendall(b"N")
        connection.recv(1)
