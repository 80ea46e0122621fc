"""A database of big traffic (`bench/traffic.py`), and the day after it.

python -m bench.traffic_database URL --rows 1_000_000    fill PostgreSQL (postgresql://…) or SQLite (sqlite:///path)
python -m bench.traffic_database URL --night             the day after: 1% new rows, late ratings, edits, deletions
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi
import adbc_driver_sqlite.dbapi
import pyarrow as pa
import pyarrow.compute as pc

from bench.traffic import LAST_DAY, MIN_USERS, ROWS_A_USER, SEED, batches, block, world
from configs.load import PROJECT
from tasks.records import INTERACTION_SCHEMA

NIGHT_SHARE = 0.01
LATE_WINDOW_DAYS = 14
LATE_RATINGS, LATE_EDITS, LATE_DELETIONS = 0.02, 0.004, 0.002
"""What changes in old rows in a night, of its number of new ones: ratings and edits come within two weeks."""


def fill(url: str, rows: int, seed: int = SEED) -> None:
    """Make the table `interactions` with its index, in place of one that is there, and load `rows` interactions."""
    if url.startswith("sqlite:///"):
        _fill_sqlite(Path(url.removeprefix("sqlite:///")), rows, seed)
        return
    table, index = _schema("postgresql")
    with adbc_driver_postgresql.dbapi.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS interactions")
        # Keys and indexes come after the rows: the same table, built in less time.
        cursor.execute(table.replace("text PRIMARY KEY", "text NOT NULL"))
        _ingest(cursor, batches(rows, seed))
        cursor.execute("ALTER TABLE interactions ADD PRIMARY KEY (id)")
        cursor.execute(index)
        connection.commit()
    vacuum(url)


def vacuum(url: str) -> None:
    """What autovacuum does to a table that lives: visibility and statistics up to date."""
    with adbc_driver_postgresql.dbapi.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) interactions")


@dataclass(frozen=True)
class Night:
    """What one more day did to a database, in rows."""

    added: int
    rated: int
    edited: int
    deleted: int
    withdrawn: int


def add_night(url: str, share: float = NIGHT_SHARE, seed: int = SEED) -> Night:
    """Add the day after the newest row: `share` new rows, late ratings and edits of the last two weeks, a few deletions
    from anywhere, and one user of average activity who withdraws consent. One transaction."""
    with closing(_connect(url)) as connection:
        cursor, say = connection.cursor(), _Dialect(url)
        present, newest = _one(cursor, "SELECT count(*), max(created_at) FROM interactions")
        original = _one(cursor, f"SELECT count(*) FROM interactions WHERE created_at < {say.time(LAST_DAY)}")[0]  # noqa: S608
        day = _day_after(newest)
        late, window = say.time(day + timedelta(hours=20)), say.time(day - timedelta(days=LATE_WINDOW_DAYS))
        recent = f"deleted_at IS NULL AND created_at >= {window}"
        count = max(1, round(original * share))

        def change(what: str, where: str) -> int:
            # An old row changes once a night.
            where = f"{where} AND updated_at < {late}"
            cursor.execute(f"UPDATE interactions SET {what}, updated_at = {late} WHERE {where} RETURNING id")  # noqa: S608
            return len(cursor.fetchall())

        def some(where: str, share_of_new: float) -> str:
            limit = max(1, round(count * share_of_new))
            picked = f"SELECT id FROM interactions WHERE {where} ORDER BY substr(id, 9), id LIMIT {limit}"  # noqa: S608
            return f"id IN ({picked})"

        broken = "output LIKE '=%(%' AND output NOT LIKE '%)%' AND edited_output IS NULL"
        user = f"u{max(MIN_USERS, original // ROWS_A_USER) // 3:07d}"
        leaving = f"(SELECT min(user_id) FROM interactions WHERE user_id >= '{user}' AND training_consent)"  # noqa: S608
        night = Night(
            added=count,
            edited=change("edited_output = output || ')', rating = 4", some(f"{recent} AND {broken}", LATE_EDITS)),
            rated=change("rating = 5, quality_score = 0.9", some(f"{recent} AND rating IS NULL", LATE_RATINGS)),
            deleted=change(f"deleted_at = {late}", some("deleted_at IS NULL", LATE_DELETIONS)),
            withdrawn=change(f"training_consent = {say.false}", f"user_id = {leaving}"),
        )
        say.insert(cursor, block(world(original, seed), present, count, (day, day + timedelta(days=1))))
        connection.commit()
    return night


def _schema(database: str) -> tuple[str, str]:
    """The reference schema's table and its index, as two statements."""
    text = (PROJECT / "deployments" / "demo" / f"schema.{database}.sql").read_text(encoding="utf-8")
    table, _, index = text.partition("CREATE INDEX")
    return table.rstrip(" ;\n"), f"CREATE INDEX{index.partition(';')[0]}"


def _ingest(cursor: Any, rows: Iterable[pa.RecordBatch]) -> None:
    """Append batches by binary COPY. PostgreSQL has no one-byte integer."""
    at = INTERACTION_SCHEMA.get_field_index("rating")
    schema = INTERACTION_SCHEMA.set(at, pa.field("rating", pa.int16()))
    cast = (batch.set_column(at, "rating", batch.column(at).cast(pa.int16())).cast(schema) for batch in rows)
    cursor.adbc_ingest("interactions", pa.RecordBatchReader.from_batches(schema, cast), mode="append")


def _ingest_sqlite(cursor: Any, rows: Iterable[pa.RecordBatch]) -> None:
    """Append batches: times as text, truth as 0 and 1."""
    for batch in rows:
        columns = {field.name: batch.column(field.name) for field in INTERACTION_SCHEMA}
        for name, column in columns.items():
            if pa.types.is_timestamp(column.type):
                columns[name] = pc.strftime(column, "%Y-%m-%dT%H:%M:%SZ")
            elif pa.types.is_boolean(column.type):
                columns[name] = column.cast(pa.int8())
        cursor.adbc_ingest("interactions", pa.table(columns), mode="append")


def _fill_sqlite(path: Path, rows: int, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    table, index = _schema("sqlite")
    with closing(_connect(f"sqlite:///{path}")) as connection, connection.cursor() as cursor:
        cursor.execute(table)
        _ingest_sqlite(cursor, batches(rows, seed))
        cursor.execute(index)
        connection.commit()


class _Dialect:
    """How a database writes a time and a falsehood, and takes rows."""

    def __init__(self, url: str) -> None:
        self.sqlite = url.startswith("sqlite:///")
        self.false = "0" if self.sqlite else "false"

    def time(self, moment: datetime) -> str:
        return f"'{moment:%Y-%m-%dT%H:%M:%S.%fZ}'" + ("" if self.sqlite else "::timestamptz")

    def insert(self, cursor: Any, batch: pa.RecordBatch) -> None:
        if self.sqlite:
            _ingest_sqlite(cursor, [batch])
        else:
            _ingest(cursor, [batch])


def _connect(url: str) -> Any:
    if url.startswith("sqlite:///"):
        return adbc_driver_sqlite.dbapi.connect(url.removeprefix("sqlite:///"))
    return adbc_driver_postgresql.dbapi.connect(url)


def _one(cursor: Any, statement: str) -> tuple[Any, ...]:
    cursor.execute(statement)
    return tuple(cursor.fetchone())


def _day_after(newest: Any) -> datetime:
    moment = datetime.fromisoformat(newest) if isinstance(newest, str) else newest
    return datetime(moment.year, moment.month, moment.day, tzinfo=UTC) + timedelta(days=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="postgresql://… or sqlite:///path; the table interactions in it is replaced")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--night", action="store_true")
    parser.add_argument("--seed", type=int, default=SEED)
    arguments = parser.parse_args()
    started = time.perf_counter()
    if arguments.night:
        print(add_night(arguments.url, seed=arguments.seed))
    else:
        fill(arguments.url, arguments.rows, arguments.seed)
    print(f"{time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    main()
