"""A Prefect server's database: begun from the empty one that the set-up made, never written over."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from prefect.settings.models.server.services import ServerServicesDBVacuumSettings

from flows import prefect_server
from flows.prefect_server import server_job


def _tables(database: Path) -> set[str]:
    with sqlite3.connect(database) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_a_new_home_begins_with_every_table(tmp_path: Path) -> None:
    server_job("prefect", tmp_path / "home", 4200, tmp_path / "log")

    assert {"flow_run", "task_run", "artifact"} <= _tables(tmp_path / "home" / "prefect.db")


def test_a_database_that_is_there_is_kept(tmp_path: Path) -> None:
    database = tmp_path / "prefect.db"
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE ours (id INTEGER)")

    server_job("prefect", tmp_path, 4200, tmp_path / "log")

    assert _tables(database) == {"ours"}


def test_without_the_empty_one_the_server_makes_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefect_server, "EMPTY_DATABASE", tmp_path / "nowhere.db")

    server_job("prefect", tmp_path / "home", 4200, tmp_path / "log")

    assert list((tmp_path / "home").iterdir()) == []


def test_a_server_deletes_old_events_and_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = server_job("prefect", tmp_path / "home", 4200, tmp_path / "log")
    for name, value in job.env.items():
        monkeypatch.setenv(name, value)

    vacuum = ServerServicesDBVacuumSettings()

    assert {"events", "flow_runs"} <= vacuum.enabled_vacuum_types
    assert vacuum.retention_period.days == 90
