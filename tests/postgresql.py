"""A PostgreSQL server of the system's own programs, over TCP: the wheel's has neither TLS nor every extension."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.workplace import free_port


@contextmanager
def system_server(settings: Mapping[str, str] | None = None, files: Mapping[str, Path] | None = None) -> Iterator[int]:
    """Its port on loopback; `app` is its superuser, who needs no password.

    `files` are put beside its data, which `settings` may name as {folder}. Skips where it is not installed.
    """
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found or os.geteuid() != 0:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    programs, folder, port = found[-1].parent, Path(tempfile.mkdtemp(prefix="exhell-postgresql-")), free_port()
    for name, source in (files or {}).items():
        shutil.copy(source, folder / name)
        shutil.chown(folder / name, "postgres")
        (folder / name).chmod(0o600)
    shutil.chown(folder, "postgres")
    data = folder / "data"
    _as_postgres(programs / "initdb", "-D", data, "-U", "app", "-A", "trust")
    chosen = {"port": str(port), "listen_addresses": "127.0.0.1", "unix_socket_directories": ""} | dict(settings or {})
    lines = [f"{name} = '{value.format(folder=folder)}'\n" for name, value in chosen.items()]
    (data / "postgresql.auto.conf").write_text("".join(lines))
    _as_postgres(programs / "pg_ctl", "-D", data, "-l", folder / "log", "-w", "start")
    try:
        yield port
    finally:
        _as_postgres(programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _as_postgres(*argv: str | Path) -> None:
    """PostgreSQL does not run as root. Its output goes nowhere: a server keeps a pipe open."""
    subprocess.run(argv, user="postgres", cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
