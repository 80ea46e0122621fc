"""Interactions for tests, and SQLite files and Arrow batches that hold them.

interaction(7, rating=2)          number 7 is good in every respect but its rating
database(path, [interaction(1)])  a new SQLite file in the reference schema
change(path, 1, rating=5)         one row changes, a second after everything before it
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from configs.load import PROJECT
from configs.schema import SourceConfig
from tasks.records import INTERACTION_SCHEMA, Interaction

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
SCHEMA = PROJECT / "deployments" / "demo" / "schema.sqlite.sql"
COLUMNS = tuple(INTERACTION_SCHEMA.names)


def minutes(count: float) -> datetime:
    """A time so many minutes after START."""
    return START + timedelta(minutes=count)


def interaction(number: int, **changes: Any) -> Interaction:
    """An interaction that every rule keeps, unlike every other number's, with some fields changed."""
    fields: dict[str, Any] = {
        "id": f"i{number:05d}",
        "user_id": f"u{number % 50:03d}",
        "session_id": f"s{number:05d}",
        "turn": 1,
        "task_type": "FORMULA",
        "instruction": f"A{number}부터 A{number + 9}까지의 합계를 구하는 수식 알려줘",
        "input": "",
        "output": f"=SUM(A{number}:A{number + 9})",
        "edited_output": None,
        "quality_score": 0.9,
        "rating": 5,
        "language": "ko",
        "training_consent": True,
        "created_at": minutes(number),
        "updated_at": minutes(number),
        "deleted_at": None,
    }
    return Interaction(**(fields | changes))


def interactions(count: int, first: int = 1) -> list[Interaction]:
    return [interaction(number) for number in range(first, first + count)]


def batch(*rows: Interaction) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([asdict(row) for row in rows], schema=INTERACTION_SCHEMA)


def database(path: Path, rows: Iterable[Interaction]) -> Path:
    """A new SQLite file in the reference schema."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(SCHEMA.read_text(encoding="utf-8"))
    add(path, rows)
    return path


def add(path: Path, rows: Iterable[Interaction]) -> None:
    """Insert rows, or replace those whose id is there."""
    marks = ", ".join("?" * len(COLUMNS))
    values = [[_plain(getattr(row, name)) for name in COLUMNS] for row in rows]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(f"INSERT OR REPLACE INTO interactions VALUES ({marks})", values)  # noqa: S608


def change(path: Path, number: int, **columns: Any) -> None:
    """Change a row as an application does: `updated_at` moves to a second after the newest, unless it is given."""
    with closing(sqlite3.connect(path)) as connection, connection:
        newest = connection.execute("SELECT max(updated_at) FROM interactions").fetchone()[0]
        columns.setdefault("updated_at", datetime.fromisoformat(newest) + timedelta(seconds=1))
        assignments = ", ".join(f"{name} = ?" for name in columns)
        values = [*map(_plain, columns.values()), f"i{number:05d}"]
        connection.execute(f"UPDATE interactions SET {assignments} WHERE id = ?", values)  # noqa: S608


def execute(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(statement)


def source(path: Path, **settings: Any) -> SourceConfig:
    return SourceConfig(url=f"sqlite:///{path}", **settings)


def time_text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _plain(value: Any) -> Any:
    return time_text(value) if isinstance(value, datetime) else value
