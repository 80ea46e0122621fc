"""Rows that do not fit are set aside with the reason, in every database; the rest is taken as if there were none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from configs.schema import SourceConfig
from tasks import snapshot
from tasks.artifacts import Extract
from tasks.extract import quarantine
from tasks.extract.extract import extract
from tasks.extract.quarantine import FILE, told
from tasks.storage import Store
from tests.tasks.builders import database, execute, interactions, minutes, source
from tests.tasks.extract.conftest import MariaDb, Postgres, loose

ROWS = 1_000
LONG = 50_000_000

NO_TIME = "not a UTC time like 2026-10-31T09:15:00.000000Z"
NO_AGE = "not a time from 1990-01-01T00:00:00Z to 9999-12-31T23:59:59Z"
NO_RATING = "not a whole number from 1 to 5"
NO_SCORE = "not a number from 0 to 1"
NO_TEXT = "not text in UTF-8 of at most 1,048,576 bytes"
TWICE = "one of 2 rows with this id"

Wrong = tuple[str, str, str]
"""What a row's column is set to, and what quarantine says of it: column and reason."""

EVERYWHERE: list[Wrong] = [
    ("rating = 6", "rating", NO_RATING),
    ("rating = 0", "rating", NO_RATING),
    ("quality_score = 1.5", "quality_score", NO_SCORE),
    ("updated_at = NULL", "updated_at", "NULL"),
    ("created_at = NULL", "created_at", "NULL"),
    ("user_id = NULL", "user_id", "NULL"),
    ("user_id = ''", "user_id", "empty"),
    ("user_id = ' \u3000'", "user_id", "empty"),
    ("id = NULL", "id", "NULL"),
    ("id = ' '", "id", "empty"),
    ("id = 'i00900'", "id", TWICE),
]
SQLITE: list[Wrong] = [
    ("turn = 'first'", "turn", "text, not a whole number"),
    ("rating = 2.5", "rating", f"real, {NO_RATING}"),
    ("quality_score = 9e999", "quality_score", NO_SCORE),
    ("output = x'ff'", "output", NO_TEXT),
    ("id = x'ff00'", "id", NO_TEXT),
    ("user_id = x'ff'", "user_id", NO_TEXT),
    ("created_at = x'ff'", "created_at", NO_TIME),
    (f"output = printf('%.*c', {LONG}, 'x')", "output", f"{LONG} bytes, {NO_TEXT}"),
    ("instruction = 42", "instruction", f"integer, {NO_TEXT}"),
    ("input = 7", "input", f"integer, {NO_TEXT}"),
    ("output = 0.5", "output", f"real, {NO_TEXT}"),
    ("edited_output = 42", "edited_output", f"integer, {NO_TEXT}"),
    ("created_at = '0001-01-01T00:00:00Z'", "created_at", NO_AGE),
    ("created_at = '1970-01-01T00:00:00.000000Z'", "created_at", NO_AGE),
    ("created_at = '9999-12-31T23:59:59.999999Z'", "created_at", NO_AGE),
    ("deleted_at = '9999-12-31T23:59:59.999999Z'", "deleted_at", NO_AGE.replace("1990", "0001")),
    ("created_at = '2026-03-01 09:00:00'", "created_at", NO_TIME),  # of no zone
    ("created_at = '2026-13-01T00:00:00Z'", "created_at", NO_TIME),
    ("created_at = 1772355600", "created_at", NO_TIME),
    ("training_consent = 'yes'", "training_consent", "text, not true or false (1 or 0)"),
    ("training_consent = 2", "training_consent", "not true or false (1 or 0)"),
]
POSTGRESQL: list[Wrong] = [
    ("rating = 1000", "rating", NO_RATING),
    ("quality_score = 'NaN'", "quality_score", NO_SCORE),
    (f"output = repeat('x', {LONG})", "output", NO_TEXT),
    ("created_at = 'infinity'", "created_at", NO_AGE),
    ("created_at = '0044-03-15 BC'", "created_at", NO_AGE),
    ("created_at = '1989-12-31 23:59:59Z'", "created_at", NO_AGE),
]
MARIADB: list[Wrong] = [
    ("edited_output = x'ff'", "edited_output", NO_TEXT),
    (f"output = REPEAT('x', {LONG})", "output", NO_TEXT),
    ("created_at = '0000-00-00'", "created_at", NO_TIME),
    ("created_at = '1970-01-01'", "created_at", NO_AGE),
    ("training_consent = 2", "training_consent", "not true or false (1 or 0)"),
]

Damage = Callable[[Sequence[str]], None]


def at_sqlite(folder: Path) -> tuple[SourceConfig, Damage]:
    path = loose(folder / "app.db", interactions(ROWS))
    return source(path, max_bad_share=0.05), lambda statements: execute(path, ";".join(statements))


def at_postgresql(postgres: Postgres) -> tuple[SourceConfig, Damage]:
    postgres.add(interactions(ROWS))
    postgres.execute(
        *(f"ALTER TABLE interactions DROP CONSTRAINT interactions_{name}" for name in ("rating_check", "pkey")),
        "ALTER TABLE interactions DROP CONSTRAINT interactions_quality_score_check",
        *(
            f"ALTER TABLE interactions ALTER COLUMN {name} DROP NOT NULL"
            for name in ("id", "user_id", "created_at", "updated_at")
        ),
    )
    return SourceConfig(url=postgres.url, max_bad_share=0.05), lambda statements: postgres.execute(*statements)


def at_mariadb(mariadb: MariaDb) -> tuple[SourceConfig, Damage]:
    mariadb.add(interactions(ROWS))
    mariadb.execute(
        "SET GLOBAL max_allowed_packet = 134217728",  # 16 MB by default: it would not even make the long answer
        "ALTER TABLE interactions DROP PRIMARY KEY",
        "ALTER TABLE interactions MODIFY id VARCHAR(64) NULL, MODIFY edited_output LONGBLOB",
    )
    config = SourceConfig(url=mariadb.url, max_bad_share=0.05)
    return config, lambda statements: mariadb.execute("SET sql_mode = ''", *statements)


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[SourceConfig, Damage, list[Wrong]]:
    """A database of good rows that holds anything, how to change it, and what can be wrong in it."""
    name = request.param
    if name == "sqlite":
        return *at_sqlite(tmp_path), [*EVERYWHERE, *SQLITE]
    if name == "postgresql":
        return *at_postgresql(request.getfixturevalue("postgres")), [*EVERYWHERE, *POSTGRESQL]
    return *at_mariadb(request.getfixturevalue("mariadb")), [*EVERYWHERE, *MARIADB]


def aside(store: Store, taken: Extract) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(store.open(taken.uri) / FILE).to_pylist()
    return rows


@pytest.mark.slow
def test_every_bad_row_is_set_aside_with_its_reason(
    store: Store, app: tuple[SourceConfig, Damage, list[Wrong]]
) -> None:
    config, damage, wrong = app
    damage([f"UPDATE interactions SET {what[0]} WHERE id = 'i{row:05d}'" for row, what in enumerate(wrong, 1)])  # noqa: S608

    taken = extract(config, store)

    named = {"id = NULL": None, "id = ' '": None, "id = x'ff00'": None, "id = 'i00900'": "i00900"}
    expected = [(named.get(what, f"i{row:05d}"), column, reason) for row, (what, column, reason) in enumerate(wrong, 1)]
    expected.append(("i00900", "id", TWICE))
    found = [(row["id"], row["column"], row["reason"]) for row in aside(store, taken)]
    assert sorted(found, key=str) == sorted(expected, key=str)
    good = {f"i{row:05d}" for row in range(len(wrong) + 1, ROWS + 1)} - {"i00900"}
    assert set(snapshot.table(store, taken)["id"].to_pylist()) == good
    assert taken.rows == len(good)


def test_a_row_that_is_mended_is_taken_and_leaves_the_list(
    store: Store, app: tuple[SourceConfig, Damage, list[Wrong]]
) -> None:
    config, damage, _ = app
    damage(["UPDATE interactions SET rating = 9 WHERE id IN ('i00001', 'i00002')"])
    first = extract(config, store)
    damage(["UPDATE interactions SET rating = 5 WHERE id = 'i00001'"])  # and updated_at stays where it was

    second = extract(config, store)

    assert [row["id"] for row in aside(store, first)] == ["i00001", "i00002"]
    assert [row["id"] for row in aside(store, second)] == ["i00002"]
    assert (second.rows, second.removed, second.quarantined) == (1, 0, 1)


def test_a_row_without_an_id_is_listed_with_its_time_in_every_night(tmp_path: Path, store: Store) -> None:
    path = loose(tmp_path / "app.db", interactions(20))
    execute(path, "UPDATE interactions SET id = NULL WHERE id = 'i00003'")
    execute(path, "UPDATE interactions SET id = '', updated_at = 'today' WHERE id = 'i00004'")
    execute(path, "UPDATE interactions SET rating = 9 WHERE id = 'i00005'")
    first = extract(source(path), store)
    execute(path, "UPDATE interactions SET id = ' ', updated_at = '2026-03-02T08:00:00Z' WHERE id = 'i00006'")

    second, anew = extract(source(path), store), Store(str(tmp_path / "anew"))

    found = [(row["id"], row["reason"], row["updated_at"]) for row in aside(store, second)]
    assert found == [
        (None, "NULL", "2026-03-01T09:03:00.000000Z"),
        (None, "empty", None),
        (None, "empty", "2026-03-02T08:00:00.000000Z"),
        ("i00005", NO_RATING, None),
    ]
    assert len(aside(store, first)) == 3
    assert [told(row) for row in aside(store, second)][1:] == [
        "a row without an id, id is empty",
        "a row without an id that changed at 2026-03-02T08:00:00.000000Z, id is empty",
        f"i00005, rating is {NO_RATING}",
    ]
    assert second.removed == 1
    assert aside(anew, extract(source(path), anew)) == aside(store, second)


def test_a_list_of_an_earlier_release_is_read_on(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    path = loose(tmp_path / "app.db", interactions(20))
    execute(path, "UPDATE interactions SET rating = 9 WHERE id = 'i00005'")
    with monkeypatch.context() as earlier:
        earlier.setattr(quarantine, "SCHEMA", pa.schema(list(quarantine.SCHEMA)[:3]))
        first = extract(source(path), store)
    assert "updated_at" not in aside(store, first)[0]
    assert extract(source(path), store).uri == first.uri
    execute(path, "UPDATE interactions SET id = NULL WHERE id = 'i00006'")
    assert [row["updated_at"] for row in aside(store, extract(source(path), store))] == [
        "2026-03-01T09:06:00.000000Z",
        None,
    ]


def test_numbers_are_names_of_rows_users_and_sessions(tmp_path: Path, store: Store) -> None:
    path = loose(tmp_path / "app.db", interactions(20))
    numbers = ", ".join(f"{name} = CAST(substr({name}, 2) AS INTEGER)" for name in ("id", "user_id", "session_id"))
    execute(path, f"UPDATE interactions SET {numbers}, task_type = 5")  # noqa: S608
    first = extract(source(path), store)
    execute(path, "UPDATE interactions SET rating = 1, updated_at = '2026-03-09T09:00:00Z' WHERE id = 7")

    second = extract(source(path), store)

    assert (first.rows, first.quarantined, second.rows, second.removed) == (20, 0, 1, 0)
    rows = {row["id"]: row for row in snapshot.table(store, second).to_pylist()}
    assert set(rows) == set(map(str, range(1, 21)))
    assert [rows["7"][name] for name in ("user_id", "session_id", "task_type", "rating")] == ["7", "7", "5", 1]


def test_figures_that_a_text_column_holds_are_text(tmp_path: Path, store: Store) -> None:
    path = database(tmp_path / "app.db", interactions(3))
    execute(path, "UPDATE interactions SET output = 42 WHERE id = 'i00002'")  # TEXT makes it '42'
    taken = extract(source(path), store)
    assert snapshot.table(store, taken)["output"].to_pylist()[1] == "42"


def test_one_moment_written_in_three_zones_is_one_moment(tmp_path: Path, store: Store) -> None:
    path = loose(tmp_path / "app.db", interactions(3))
    for row, text in enumerate(
        ("2026-03-01T09:00:00Z", "2026-03-01T18:00:00.000+09:00", "2026-03-01T04:00:00-0500"), 1
    ):
        execute(path, f"UPDATE interactions SET created_at = '{text}' WHERE id = 'i{row:05d}'")  # noqa: S608
    taken = extract(source(path), store)
    assert snapshot.table(store, taken)["created_at"].to_pylist() == [minutes(0)] * 3


def test_one_moment_in_three_zones_is_one_moment_in_postgresql(store: Store, postgres: Postgres) -> None:
    postgres.add(interactions(3))
    for row, text in enumerate(("09:00+00", "18:00 Asia/Seoul", "04:00 America/New_York"), 1):
        postgres.execute(f"UPDATE interactions SET created_at = '2026-03-01 {text}' WHERE id = 'i{row:05d}'")  # noqa: S608
    taken = extract(SourceConfig(url=postgres.url), store)
    assert snapshot.table(store, taken)["created_at"].to_pylist() == [minutes(0)] * 3


def test_bytes_that_are_no_utf_8_are_set_aside_in_postgresql(store: Store, postgres: Postgres) -> None:
    """Only a database of encoding SQL_ASCII holds them."""
    postgres.execute_alone(
        "DROP DATABASE IF EXISTS bytes",
        "CREATE DATABASE bytes ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
    )
    other = Postgres(postgres.url.replace("/postgres?", "/bytes?"))
    other.create()
    other.add(interactions(20))
    other.execute("UPDATE interactions SET output = E'\\xff\\xfe' WHERE id = 'i00007'")
    taken = extract(SourceConfig(url=other.url), store)
    assert [(row["id"], row["reason"]) for row in aside(store, taken)] == [("i00007", NO_TEXT)]
    assert "합계" in snapshot.table(store, taken)["instruction"].to_pylist()[0]
