"""The demo's application database: what 300 users asked a Korean spreadsheet assistant before the first night.

    create(path)     a new SQLite file in the reference schema (docs/app-database.md), 60 days of traffic
    add_day(path)    the day after: new questions, and late ratings, edits, withdrawals and deletions of old rows
    rows()           the first 60 days as records, to load into any other database

Everything falls from seeded dice: the same seed gives the same rows, byte for byte.
"""

from __future__ import annotations

import argparse
import sqlite3
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from datetime import date, datetime, timedelta
from pathlib import Path

from deployments.demo.traffic import SEED, late_changes, later_day, rows
from tasks.records import Interaction

__all__ = ["COLUMNS", "SCHEMA", "SEED", "DayOfTraffic", "add_day", "create", "rows"]

SCHEMA = Path(__file__).parent / "schema.sqlite.sql"
COLUMNS = tuple(field.name for field in fields(Interaction))


@dataclass(frozen=True, slots=True)
class DayOfTraffic:
    """What one more day did to the database, in rows; `changed` counts late ratings and edits."""

    day: date
    added: int
    changed: int
    withdrawn: int
    deleted: int


def create(path: Path, *, seed: int = SEED) -> int:
    """Write the first 60 days into a new SQLite file and return the number of rows.

    Written beside and renamed last: an interrupted call leaves no half database for a night to take as whole.
    Raises FileExistsError if there is a file already, which may hold days that this would lose.
    """
    if path.exists():
        raise FileExistsError(f"{path} exists already: delete it to start the demo over, or call add_day to go on")
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    connection = sqlite3.connect(partial)
    try:
        connection.executescript(SCHEMA.read_text(encoding="utf-8"))
        with connection:
            count = _write(connection, rows(seed))
    finally:
        connection.close()
    partial.replace(path)
    return count


def add_day(path: Path, *, seed: int = SEED) -> DayOfTraffic:
    """Append the day after the newest change, and let old rows change; each `updated_at` lies in that day.

    One transaction. What it writes depends on nothing but the seed and the rows that are there.
    Raises FileNotFoundError without a database and ValueError for an empty one.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist: create it first")
    connection = sqlite3.connect(path)
    try:
        with connection:
            return _add_day(connection, seed)
    finally:
        connection.close()


def _add_day(connection: sqlite3.Connection, seed: int) -> DayOfTraffic:
    select = f"SELECT {', '.join(COLUMNS)} FROM interactions ORDER BY id"  # noqa: S608 - our own column names
    past = [_from_row(row) for row in connection.execute(select)]
    if not past:
        raise ValueError("the interactions table is empty: create the database first")
    day = max(row.updated_at for row in past).date() + timedelta(days=1)
    late = late_changes(seed, day, past)
    consent = {row.user_id: row.training_consent for row in (*past, *late.withdrawn)}
    added = _write(connection, later_day(seed, day, consent, len(past)))
    _write(connection, (*late.changed, *late.withdrawn, *late.deleted))
    return DayOfTraffic(day, added, len(late.changed), len(late.withdrawn), len(late.deleted))


def _write(connection: sqlite3.Connection, interactions: Iterable[Interaction]) -> int:
    """Insert new rows, replace those whose id is there; returns how many were written."""
    marks = ", ".join("?" * len(COLUMNS))
    statement = f"INSERT OR REPLACE INTO interactions ({', '.join(COLUMNS)}) VALUES ({marks})"  # noqa: S608
    return connection.executemany(statement, map(_to_row, interactions)).rowcount


def _to_row(interaction: Interaction) -> tuple[object, ...]:
    return tuple(_time_text(value) if isinstance(value, datetime) else value for value in astuple(interaction))


def _time_text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _from_row(row: tuple[object, ...]) -> Interaction:
    values = dict(zip(COLUMNS, row, strict=True))
    for name in ("created_at", "updated_at", "deleted_at"):
        values[name] = datetime.fromisoformat(str(values[name])) if values[name] is not None else None
    values["training_consent"] = bool(values["training_consent"])
    return Interaction(**values)  # type: ignore[arg-type]


def main() -> None:
    """`python -m deployments.demo.app_database create|add-day PATH`: the app gains its first rows, or a day."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("what", choices=("create", "add-day"))
    parser.add_argument("path", type=Path)
    arguments = parser.parse_args()
    if arguments.what == "create":
        print(f"the demo app holds {create(arguments.path):,} interactions")
        return
    day = add_day(arguments.path)
    print(
        f"a day of traffic: {day.added} new interactions, {day.changed} late ratings and edits, "
        f"{day.withdrawn} rows of withdrawn consent, {day.deleted} deletions"
    )


if __name__ == "__main__":
    main()
