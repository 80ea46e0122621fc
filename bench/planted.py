"""Put interactions through the whole data stage, from an SQLite database to a dataset, and look each up again.

    found = run([row(1, instruction="…", output="…")], filtering={"near_duplicates": {"enabled": False}})
    found["r00001"].fate            train, validation, test, quarantined or dropped
    found["r00001"].output          the answer as a model would learn it

The labelled cases of `bench/cases/` are measured this way: what counts is what comes out of the product.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq

from configs.load import PROJECT
from configs.schema import ConvertConfig, FilterConfig, SourceConfig
from tasks import dataset
from tasks.convert.convert import convert
from tasks.extract.extract import extract
from tasks.filter.filter import QUARANTINE, filter_extract
from tasks.records import SPLITS
from tasks.storage import Store

SCHEMA = PROJECT / "deployments" / "demo" / "schema.sqlite.sql"
QUARANTINED, DROPPED = "quarantined", "dropped"


@dataclass(frozen=True)
class Outcome:
    """What became of an interaction; the texts as they are learnt, or as a person finds them in quarantine."""

    fate: str
    instruction: str = ""
    input: str = ""
    output: str = ""
    history: tuple[str, ...] = ()
    """The texts of earlier turns."""


def row(number: int, **columns: Any) -> dict[str, Any]:
    """An interaction in the reference schema that every rule keeps, with some columns changed."""
    moment = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    good = {
        "id": f"r{number:05d}",
        "user_id": f"u{number:05d}",
        "session_id": f"s{number:05d}",
        "turn": 1,
        "task_type": "FORMULA",
        "instruction": "",
        "input": "",
        "output": "",
        "edited_output": None,
        "quality_score": 0.9,
        "rating": 5,
        "language": "ko",
        "training_consent": 1,
        "created_at": moment,
        "updated_at": moment,
        "deleted_at": None,
    }
    return good | columns


def run(
    rows: Iterable[dict[str, Any]], *, filtering: dict[str, Any] | None = None, converting: dict[str, Any] | None = None
) -> dict[str, Outcome]:
    """By id, what the data stage made of these rows under its defaults, some settings changed.

    Rows whose fate is a split were learnt from or are asked; memory holds them all.
    """
    rows = list(rows)
    with TemporaryDirectory(prefix="planted-") as folder:
        database = Path(folder) / "app.db"
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.executescript(SCHEMA.read_text(encoding="utf-8"))
            marks = ", ".join("?" * len(rows[0]))
            statement = f"INSERT INTO interactions ({', '.join(rows[0])}) VALUES ({marks})"  # noqa: S608 - our own names
            connection.executemany(statement, [tuple(one.values()) for one in rows])
        store = Store(str(Path(folder) / "store"))
        extracted = extract(SourceConfig(url=f"sqlite:///{database}"), store)
        filtered = filter_extract(extracted, FilterConfig.model_validate(filtering or {}), store)
        made = convert(filtered, ConvertConfig.model_validate(converting or {}), 1, store)
        found = {one["id"]: Outcome(DROPPED) for one in rows}
        for aside in pq.read_table(store.open(filtered.uri) / QUARANTINE).to_pylist():
            texts = (aside["instruction"] or "", aside["input"] or "", aside["answer"] or "")
            found[aside["id"]] = Outcome(QUARANTINED, *texts)
        for split in SPLITS:
            for one in dataset.table(store, made.uri, split).to_pylist():
                history = tuple(text for turn in one["history"] or () for text in turn.values())
                found[one["id"]] = Outcome(split, one["instruction"], one["input"], one["output"], history)
    return found
