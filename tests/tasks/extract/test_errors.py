"""What is wrong with a source is said in one message, without its password."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from configs.load import QUERIES, ConfigError
from configs.schema import SourceConfig
from tasks.extract import sqlite
from tasks.extract.errors import ExtractError, SourceUnavailableError
from tasks.extract.extract import extract
from tasks.storage import Store
from tests.tasks.builders import database, execute, interactions, source
from tests.tasks.extract.conftest import loose


def failure(config: SourceConfig, store: Store) -> str:
    with pytest.raises(ExtractError) as caught:
        extract(config, store)
    return str(caught.value)


def test_a_missing_file_is_named_and_not_created(tmp_path: Path, store: Store) -> None:
    path = tmp_path / "nowhere.db"
    assert f"there is no database file {path}; check source.url" in failure(source(path), store)
    assert not path.exists()


def test_a_file_that_is_no_database(tmp_path: Path, store: Store) -> None:
    path = tmp_path / "app.db"
    path.write_text("id,user_id\n" * 100)
    assert f"{path} is no SQLite database" in failure(source(path), store)


def test_a_missing_query_names_the_nearest(tmp_path: Path, store: Store) -> None:
    path = database(tmp_path / "app.db", interactions(1))
    message = failure(source(path, query="refrence.sql"), store)
    assert message == f"there is no SQL file {QUERIES / 'refrence.sql'}; did you mean reference.sql?"


def test_a_missing_table_is_named(tmp_path: Path, store: Store) -> None:
    path = tmp_path / "app.db"
    execute(path, "CREATE TABLE chats (id TEXT)")
    assert "has no table interactions, which reference.sql reads" in failure(source(path), store)


def test_a_column_that_no_table_has_is_named_with_the_nearest(tmp_path: Path, store: Store) -> None:
    path = database(tmp_path / "app.db", interactions(1))
    execute(path, "ALTER TABLE interactions RENAME COLUMN rating TO stars_rating")
    message = failure(source(path), store)
    assert "has no column rating, which reference.sql reads; the nearest is interactions.stars_rating" in message


def test_a_column_that_the_query_does_not_return_is_named_with_the_nearest(tmp_path: Path, store: Store) -> None:
    path = database(tmp_path / "app.db", interactions(1))
    query = tmp_path / "mine.sql"
    text = (QUERIES / "reference.sql").read_text(encoding="utf-8")
    query.write_text(text.replace("    rating,", "    rating AS ratings,"), encoding="utf-8")
    message = failure(source(path, query=str(query)), store)
    assert message == "mine.sql returns no column rating; the nearest is ratings: select it AS rating"


def test_sql_that_does_not_parse(tmp_path: Path, store: Store) -> None:
    path = database(tmp_path / "app.db", interactions(1))
    query = tmp_path / "mine.sql"
    query.write_text("SELEC id FROM interactions", encoding="utf-8")
    message = failure(source(path, query=str(query)), store)
    assert "syntax error" in message
    assert message.endswith(f"check {query}")


def test_an_empty_database_says_what_to_check(tmp_path: Path, store: Store) -> None:
    message = failure(source(database(tmp_path / "app.db", [])), store)
    assert "reference.sql returned no row at all" in message
    assert "check that source.url names the right database, that it holds interactions" in message


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("turn", "'first'", "interaction 'i00002': turn is 'first' (text), but must be a whole number"),
        ("quality_score", "x'00'", "quality_score is '' (blob), but must be a number"),
        ("updated_at", "'2026-03-01 09:00'", "updated_at is '2026-03-01 09:00', but must be a UTC time like"),
        ("updated_at", "1772355600", "updated_at is '1772355600', but must be a UTC time like"),
        ("created_at", "'2026-13-01T09:00:00.000000Z'", "created_at is '2026-13-01T09:00:00.000000Z', but must be"),
        (
            "created_at",
            "'1970-01-01T00:00:00Z'",
            "is '1970-01-01T00:00:00Z', but must be a time from 1990-01-01T00:00:00Z to 9999-12-31T23:59:59Z",
        ),
        ("input", "4.5", "interaction 'i00002': input is '4.5' (real), but must be text in UTF-8"),
        ("training_consent", "2", "training_consent is 2, but must be true or false (1 or 0)"),
        ("rating", "300", "rating is 300, but must be a whole number from 1 to 5"),
        ("quality_score", "1.5", "quality_score is 1.5, but must be a number from 0 to 1"),
        ("output", "CAST(x'ff41' AS TEXT)", "output is b'\\xffA', but must be text"),
        (
            "output",
            "hex(zeroblob(600000))",
            "output is '0000000000000000000000000000000000000000' (1200000 bytes), but",
        ),
    ],
)
def test_a_value_of_the_wrong_type_in_many_rows_is_named(
    tmp_path: Path, store: Store, column: str, value: str, words: str
) -> None:
    path = loose(tmp_path / "app.db", interactions(20))
    execute(path, f"UPDATE interactions SET {column} = {value} WHERE id >= 'i00002'")  # noqa: S608
    message = failure(source(path), store)
    assert words in message
    assert "correct the row, or convert the column in reference.sql" in message
    assert message.endswith("(19 of 20 rows do not fit; source.max_bad_share allows 1.00%)")


def test_a_missing_time_of_change_in_many_rows_is_named(tmp_path: Path, store: Store) -> None:
    path = loose(tmp_path / "app.db", interactions(20))
    execute(path, "UPDATE interactions SET updated_at = NULL WHERE id > 'i00002'")
    assert failure(source(path), store).startswith(
        "interaction 'i00003' has no updated_at (NULL), but must have one; correct the row or reference.sql"
    )


def test_ids_that_are_missing_in_many_rows_are_noticed(tmp_path: Path, store: Store) -> None:
    path = loose(tmp_path / "app.db", interactions(20))
    execute(path, "UPDATE interactions SET id = NULL WHERE id > 'i00002'")
    assert "an interaction has no id (NULL), but must have one" in failure(source(path), store)


@pytest.mark.parametrize(("column", "which"), [("id", "an interaction"), ("user_id", "interaction 'i00003'")])
def test_empty_names_in_many_rows_are_noticed(tmp_path: Path, store: Store, column: str, which: str) -> None:
    path = loose(tmp_path / "app.db", interactions(20))
    execute(path, f"UPDATE interactions SET {column} = ' ' WHERE id > 'i00002'")  # noqa: S608
    assert failure(source(path), store).startswith(
        f"{which} has no {column} (empty), but must have one; correct the row or reference.sql (18 of 20 rows"
    )


def test_a_row_that_loses_its_id_is_told_by_its_time(tmp_path: Path, store: Store) -> None:
    path = loose(tmp_path / "app.db", interactions(20))
    extract(source(path), store)
    execute(path, "UPDATE interactions SET id = '' WHERE id > 'i00008'")
    assert failure(source(path), store).startswith(
        "the interaction that changed at 2026-03-01T09:09:00.000000Z has no id (empty), but must have one"
    )


@pytest.mark.parametrize("scheme", ["sqlite", "sqlite+pysqlite"])
@pytest.mark.parametrize("damage", ["cut short", "overwritten"])
def test_a_damaged_file_is_called_damaged(tmp_path: Path, store: Store, scheme: str, damage: str) -> None:
    path = database(tmp_path / "app.db", interactions(2_000))
    held = path.read_bytes()
    middle = len(held) // 2
    path.write_bytes(held[:middle] if damage == "cut short" else held[:4096] + b"\xee" * middle + held[4096 + middle :])
    message = failure(SourceConfig(url=f"{scheme}:///{path}"), store)
    assert message.startswith(f"the database file {path} is damaged (database disk image is malformed); restore it")
    assert ".sql" not in message


def test_a_file_that_a_writer_holds_is_waited_for_as_long_as_the_message_says(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = database(tmp_path / "app.db", interactions(3))
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_S", 1)
    hold = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN EXCLUSIVE')"
    program = [sys.executable, "-c", f"{hold}; print(flush=True); input()", str(path)]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        start = time.monotonic()
        with pytest.raises(
            SourceUnavailableError, match=r"locked by a writer, and .* within the 1 s that each try waits"
        ):
            extract(source(path), store)
        waited = time.monotonic() - start
        writer.communicate(b"\n")
    assert 1 <= waited < 5
    assert extract(source(path), store).rows == 3


def test_a_join_that_multiplies_rows_is_noticed(tmp_path: Path, store: Store) -> None:
    path = database(tmp_path / "app.db", interactions(6))
    query = tmp_path / "mine.sql"
    query.write_text("SELECT i.* FROM interactions i JOIN (SELECT 1 UNION ALL SELECT 2)")
    message = failure(source(path, query=str(query)), store)
    assert message.startswith("mine.sql returned interaction 'i00001' 2 times; ids must be unique: a join in")


def test_a_failed_run_publishes_nothing_and_the_next_one_is_whole(tmp_path: Path, store: Store) -> None:
    path = database(tmp_path / "app.db", interactions(11))
    execute(path, "UPDATE interactions SET created_at = 'yesterday'")
    failure(source(path), store)
    assert not list(Path(store.root).glob("extracts/*"))
    execute(path, "UPDATE interactions SET created_at = updated_at")
    assert extract(source(path), store).rows == 11


def test_an_unknown_database_names_the_nearest(store: Store) -> None:
    message = failure(SourceConfig(url="postgresq://host/db"), store)
    assert message == "source.url: no reader for postgresq:// databases; did you mean postgresql?"


def test_an_unset_variable_is_named(store: Store) -> None:
    with pytest.raises(ConfigError, match="environment variable EXHELL_TEST_UNSET is not set"):
        extract(SourceConfig(url="${EXHELL_TEST_UNSET}"), store)
