"""Two questions about the extraction: is it faster by key ranges, and what does a long chain of extracts cost?

    python -m bench.extraction [--rows 300_000] [--nights 60] [--json] [--save]

**ranges**: the same rows of PostgreSQL, read, checked and written as Parquet, through one statement and through two at
once, each with half of the keys, on connections that share one snapshot. The best of some runs, in turn.

**chain**: nights with 1% new rows, an extract each, and none that takes all rows anew. Processor seconds of a night's
extraction and filter, and of both in a store that holds nothing yet.

A PostgreSQL server of its own is started, filled (`bench/traffic_database.py`) and deleted afterwards.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import adbc_driver_postgresql.dbapi
import pyarrow as pa

from bench import report, traffic_database
from bench.postgres import FOLDER, postgresql
from configs.schema import FilterConfig, SourceConfig
from tasks import storage
from tasks.extract import run
from tasks.extract.conform import conform
from tasks.extract.extract import extract
from tasks.extract.parts import Parts
from tasks.extract.postgresql import PostgresView
from tasks.extract.query import COLUMNS
from tasks.extract.readers import Source, resolve
from tasks.filter.filter import filter_extract
from tasks.storage import Store

RESULTS = report.RESULTS / "extraction.json"
RUNS = 5
WHOLE = ("",)
CHAIN_ROWS = 100_000
SHOWN_EVERY = 10


def main() -> None:
    parser = report.options(__doc__, RESULTS)
    parser.add_argument("--rows", type=int, default=300_000, help="of the table that is read by ranges")
    parser.add_argument("--nights", type=int, default=60)
    arguments = parser.parse_args()
    result = {"date": report.today(), "machine": report.machine()}
    with postgresql() as url:
        result["ranges"] = ranges(url, arguments.rows)
        result["chain"] = chain(url, CHAIN_ROWS, arguments.nights)
    report.tell(result, summary(result), RESULTS, arguments)


def ranges(url: str, rows: int) -> dict[str, Any]:
    """Seconds of reading a table through one statement, and through two."""
    traffic_database.fill(url, rows)
    source = resolve(SourceConfig(url=url))
    middle = _one(url, "SELECT id FROM interactions ORDER BY id OFFSET (SELECT count(*) / 2 FROM interactions) LIMIT 1")
    halves = (f" WHERE id < '{middle}'", f" WHERE id >= '{middle}'")
    whole, halved = [], []
    for _ in range(RUNS):
        whole.append(read(source, WHOLE))
        halved.append(read(source, halves))
    return {"rows": rows, "one_statement_s": round(min(whole), 2), "two_ranges_s": round(min(halved), 2)}


def read(source: Source, conditions: tuple[str, ...]) -> float:
    """Seconds until the rows of every condition, each read on a connection of its own, are written."""
    started = time.perf_counter()
    with _shared_snapshot(source.location.url) as name, TemporaryDirectory(dir=FOLDER) as folder:

        def part(number: int) -> None:
            with source.view() as reading, Parts(_made(Path(folder, str(number))), datetime.now(UTC)) as parts:
                for batch in _rows(cast(PostgresView, reading.view), name, conditions[number]):
                    parts.write(conform(batch, source.query.name).rows)
                parts.close()

        with ThreadPoolExecutor(len(conditions)) as pool:
            list(pool.map(part, range(len(conditions))))
    return time.perf_counter() - started


def chain(url: str, rows: int, nights: int) -> list[dict[str, float]]:
    """Processor seconds of some nights on a chain that is never taken anew, and of taking all anew in that night."""
    traffic_database.fill(url, rows)
    run.LONGEST_CHAIN = nights + 1
    found = []
    with TemporaryDirectory(dir=FOLDER) as folder:
        store = Store(folder)
        for extracts in range(1, nights + 2):
            if extracts > 1:
                traffic_database.add_night(url)
            extract_s, filter_s = night(url, store)
            if extracts in {1, 2} or extracts % SHOWN_EVERY == 0:
                with TemporaryDirectory(dir=FOLDER) as empty:
                    anew = night(url, Store(empty))
                found.append(
                    {
                        "extracts": extracts,
                        "extract_s": extract_s,
                        "filter_s": filter_s,
                        "all_anew_s": round(sum(anew), 2),
                    }
                )
                traffic_database.vacuum(url)
    return found


def night(url: str, store: Store) -> tuple[float, float]:
    """Processor seconds of the extraction and of the filter, with nothing remembered of files that were checked."""
    storage._checked.clear()
    before = _used()
    taken = extract(SourceConfig(url=url), store)
    between = _used()
    filter_extract(taken, FilterConfig(), store)
    return round(between - before, 2), round(_used() - between, 2)


def summary(result: dict[str, Any]) -> str:
    """The result in a few lines."""
    read_ = result["ranges"]
    lines = [
        f"{read_['rows']:,} rows: {read_['one_statement_s']} s in one statement, {read_['two_ranges_s']} s in two",
        "extracts  extract s  filter s  all anew s",
    ]
    lines += [
        f"{one['extracts']:8}  {one['extract_s']:9}  {one['filter_s']:8}  {one['all_anew_s']:10}"
        for one in result["chain"]
    ]
    return "\n".join(lines)


@contextmanager
def _shared_snapshot(url: str) -> Iterator[str]:
    """The name of a snapshot that other transactions may read, as long as the block goes on."""
    with adbc_driver_postgresql.dbapi.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        yield str(cursor.fetchall()[0][0])


def _rows(view: PostgresView, shared: str, condition: str) -> Iterator[pa.RecordBatch]:
    """The rows of a condition in a shared snapshot: the view's own transaction ends, and another takes its place."""
    view.connection.rollback()
    with view.connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute(f"SET TRANSACTION SNAPSHOT '{shared}'")
    return view._read(COLUMNS, condition)


def _used() -> float:
    """Processor seconds of this process and its children so far."""
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _one(url: str, statement: str) -> str:
    with adbc_driver_postgresql.dbapi.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return str(cursor.fetchall()[0][0])


if __name__ == "__main__":
    main()
