"""What is wrong with a source is said in one message, without its password."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from configs.load import QUERIES, ConfigError
from configs.schema import SourceConfig
from tasks.extract.errors import ExtractError
from tasks.extract.extract import extract
from tasks.extract.location import locate
from tasks.storage import Store
from tests.tasks.builders import database, execute, interaction, interactions, source

PASSWORDS = ["hunter2", "p%40ss%2Fword", "with space", "50%", "a:b"]


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
        ("training_consent", "2", "training_consent is 2, but must be true or false (1 or 0)"),
        ("rating", "300", "rating is 300, but must be a whole number from -128 to 127"),
        ("output", "CAST(x'ff41' AS TEXT)", "output is b'\\xffA', but must be text"),
    ],
)
def test_a_value_of_the_wrong_type_is_named(tmp_path: Path, store: Store, column: str, value: str, words: str) -> None:
    path = database(tmp_path / "app.db", interactions(3))
    # A table without constraints or column types holds anything, as other applications' tables do.
    execute(path, "CREATE TABLE loose AS SELECT * FROM interactions; DROP TABLE interactions")
    execute(path, f"ALTER TABLE loose RENAME TO interactions; ALTER TABLE interactions RENAME COLUMN {column} TO old")
    execute(path, f"ALTER TABLE interactions ADD COLUMN {column}; UPDATE interactions SET {column} = old")  # noqa: S608
    execute(path, f"UPDATE interactions SET {column} = {value} WHERE id = 'i00002'")  # noqa: S608
    message = failure(source(path), store)
    assert words in message
    assert "correct the row, or convert the column in reference.sql" in message


def test_a_missing_time_of_change_is_named(tmp_path: Path, store: Store) -> None:
    path = database(tmp_path / "app.db", interactions(3))
    query = tmp_path / "mine.sql"
    text = (QUERIES / "reference.sql").read_text(encoding="utf-8")
    query.write_text(
        text.replace("    updated_at,", "    nullif(updated_at, '2026-03-01T09:02:00.000000Z') AS updated_at,")
    )
    assert failure(source(path, query=str(query)), store) == (
        "interaction 'i00002' has no updated_at (NULL), but must have one; correct the row or mine.sql"
    )


def test_a_missing_id_is_noticed(tmp_path: Path, store: Store) -> None:
    path = database(tmp_path / "app.db", interactions(3))
    execute(path, "UPDATE interactions SET id = NULL WHERE id = 'i00002'")
    assert "an interaction has no id (NULL), but must have one" in failure(source(path), store)


def test_a_join_that_multiplies_rows_is_noticed(tmp_path: Path, store: Store) -> None:
    path = database(tmp_path / "app.db", interactions(3))
    query = tmp_path / "mine.sql"
    query.write_text("SELECT i.* FROM interactions i JOIN (SELECT 1 UNION ALL SELECT 2) ON i.id = 'i00002'")
    assert "mine.sql returned interaction 'i00002' 2 times; ids must be unique" in failure(
        source(path, query=str(query)), store
    )


def test_a_failed_run_publishes_nothing_and_the_next_one_is_whole(tmp_path: Path, store: Store) -> None:
    path = database(tmp_path / "app.db", [interaction(1)])
    execute(path, "UPDATE interactions SET created_at = 'yesterday'")
    failure(source(path), store)
    execute(path, "UPDATE interactions SET created_at = updated_at")
    assert extract(source(path), store).rows == 1


def test_an_unknown_database_names_the_nearest(store: Store) -> None:
    message = failure(SourceConfig(url="postgresq://host/db"), store)
    assert message == "source.url: no reader for postgresq:// databases; did you mean postgresql?"


def test_an_unset_variable_is_named(store: Store) -> None:
    with pytest.raises(ConfigError, match="environment variable EXHELL_TEST_UNSET is not set"):
        extract(SourceConfig(url="${EXHELL_TEST_UNSET}"), store)


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("host", ["127.0.0.1:9", "127.0.0.1:port", "nowhere.invalid"])
def test_no_password_in_any_error(store: Store, monkeypatch: pytest.MonkeyPatch, password: str, host: str) -> None:
    monkeypatch.setenv("EXHELL_TEST_URL", f"postgresql://app:{password}@{host}/db?sslpassword=s3cr3t")
    with pytest.raises(ExtractError) as caught:
        extract(SourceConfig(url="${EXHELL_TEST_URL}"), store)
    told = "".join(traceback.format_exception(caught.value))
    assert password not in told
    assert "s3cr3t" not in told
    assert "postgresql://app:***@" in told


def test_no_password_in_a_manifest_or_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    location = locate("postgres://app:hunter2@db.example:5432/app?sslmode=require&password=hunter3")
    assert location.shown == "postgresql://app:***@db.example:5432/app?sslmode=require&password=***"
    assert "hunter" not in repr(location)
    assert location.scrub('FATAL: "hunter2" and hunter3') == 'FATAL: "***" and ***'


@pytest.mark.parametrize("batch_rows", [2, 100])
def test_a_number_as_text_does_not_round_the_others(tmp_path: Path, store: Store, batch_rows: int) -> None:
    path = database(tmp_path / "app.db", interactions(5))
    execute(path, "CREATE TABLE loose AS SELECT * FROM interactions; DROP TABLE interactions")
    execute(path, "ALTER TABLE loose RENAME TO interactions; ALTER TABLE interactions DROP COLUMN quality_score")
    execute(path, "ALTER TABLE interactions ADD COLUMN quality_score; UPDATE interactions SET quality_score = 1.0 / 3")
    execute(path, "UPDATE interactions SET quality_score = '0.5' WHERE id = 'i00004'")
    message = failure(source(path, batch_rows=batch_rows), store)
    assert "interaction 'i00004': quality_score is '0.5' (text), but must be a number" in message
