"""Prefect and MLflow on one PostgreSQL database, by one setting."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from bench.workplace import free_port, write_profile
from tests.flows.conftest import Workplace
from tests.postgresql import system_server

PASSWORD = "s3cret-of-the-pages"
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with system_server() as port:
        with psycopg.connect(f"postgresql://app@127.0.0.1:{port}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE ROLE pages LOGIN PASSWORD '{PASSWORD}'")
            connection.execute("CREATE DATABASE pages OWNER pages")
        yield port


def workplace(folder: Path, database: str) -> Workplace:
    found = Workplace(folder)
    pages = {"prefect_port": free_port(), "mlflow_port": free_port(), "database": database}
    write_profile(folder, found.port, pages=pages)
    return found


def tables(port: int, schema: str) -> set[str]:
    with psycopg.connect(f"postgresql://app@127.0.0.1:{port}/pages") as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", (schema,)).fetchall()
    return {name for (name,) in rows}


def test_runs_of_both_are_in_it_and_the_password_is_nowhere(
    tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAGES_PASSWORD", PASSWORD)
    place = workplace(tmp_path, f"postgresql://pages:${{PAGES_PASSWORD}}@127.0.0.1:{port}/pages")
    place.traffic("create")
    place.json("prepare")  # with a Prefect server of the command's own
    try:
        address = place.json("up", "--no-gpu")["stack"]["Prefect"]
        place.json("prepare")
        shown = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
        done = {"state": {"type": {"any_": ["COMPLETED"]}}}
        runs, pools, automations = (
            httpx.post(f"{address}/api/{path}/filter", json=content, timeout=30).json()
            for path, content in (("flow_runs", {"flow_runs": done}), ("work_pools", {}), ("automations", {}))
        )
    finally:
        place.run("down")

    assert len(runs) == 2
    assert {pool["name"] for pool in pools} == {"cpu", "gpu"}
    assert automations
    assert {"flow_run", "alembic_version"} <= tables(port, "prefect")
    assert {"registered_models", "runs", "alembic_version"} <= tables(port, "public")
    assert list(place.workspace.rglob("*.db")) == [place.database]
    assert PASSWORD not in shown
    holding = [file for file in place.workspace.rglob("*") if file.is_file() and PASSWORD.encode() in file.read_bytes()]
    assert holding == []


def test_a_database_that_is_not_there_is_told(tmp_path: Path) -> None:
    place = workplace(tmp_path, f"postgresql://pages@127.0.0.1:{free_port()}/pages")
    place.traffic("create")

    done = place.run("prepare")

    assert done.returncode == 1
    assert "the database of pages.database cannot be used: connection" in " ".join(done.stderr.split())
