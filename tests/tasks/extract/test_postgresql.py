"""PostgreSQL gives what SQLite gives, and says as clearly what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from configs.schema import SourceConfig
from tasks import snapshot
from tasks.extract.errors import ExtractError, SourceUnavailableError
from tasks.extract.extract import extract
from tasks.extract.readers import resolve
from tasks.storage import Store
from tests.tasks.builders import change, database, interaction, interactions, minutes, source
from tests.tasks.extract.conftest import Postgres

MIXED_CASE = [interaction(number, id=name) for number, name in enumerate(("b", "B", "a", "A", "가", "_"))]


def at(postgres: Postgres, **settings: object) -> SourceConfig:
    return SourceConfig.model_validate({"url": postgres.url, **settings})


def query(tmp_path: Path, text: str) -> str:
    path = tmp_path / "app.sql"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_the_same_rows_make_the_same_bytes(tmp_path: Path, store: Store, postgres: Postgres) -> None:
    same_time = [interaction(300 + n, id=row.id, updated_at=minutes(1)) for n, row in enumerate(MIXED_CASE)]
    odd = [
        interaction(400, rating=None, quality_score=None, edited_output="수정", input="표\t1\n2"),
        interaction(401, deleted_at=minutes(2), created_at=minutes(0.0001)),
        interaction(402, training_consent=False, quality_score=0.1 + 0.2),
    ]
    rows = [*interactions(250), *same_time, *odd]
    postgres.add(rows)
    path = database(tmp_path / "app.db", rows)
    one = extract(source(path, batch_rows=64), store)
    other = extract(at(postgres, batch_rows=64), Store(str(tmp_path / "other")))
    assert one.sha256 == other.sha256
    assert one.watermark == other.watermark


def test_increments_are_the_same_too(tmp_path: Path, store: Store, postgres: Postgres) -> None:
    postgres.add(interactions(30))
    path = database(tmp_path / "app.db", interactions(30))
    other = Store(str(tmp_path / "other"))
    for run, config in ((store, source(path)), (other, at(postgres))):
        extract(config, run)
    change(path, 4, rating=1, updated_at=minutes(31))
    postgres.execute(
        "UPDATE interactions SET rating = 1, updated_at = '2026-03-01 18:31:00+09' WHERE id = 'i00004'",
    )
    one, two = extract(source(path), store), extract(at(postgres), other)
    assert (one.rows, one.sha256) == (1, two.sha256)


def test_a_view_does_not_see_what_is_committed_after_it_was_opened(postgres: Postgres) -> None:
    postgres.add(interactions(3))
    with resolve(at(postgres)).view() as reading:
        before = sum(batch.num_rows for batch in reading.view.versions())
        postgres.execute("DELETE FROM interactions WHERE id = 'i00001'")
        after = sum(batch.num_rows for batch in reading.interactions())
    assert before == after == 3


def test_a_query_cannot_write(tmp_path: Path, store: Store, postgres: Postgres) -> None:
    postgres.add(interactions(3))
    postgres.execute(
        "CREATE OR REPLACE FUNCTION wipe() RETURNS text LANGUAGE sql AS 'DELETE FROM interactions; SELECT 1'"
    )
    text = "SELECT i.*, wipe() FROM interactions AS i"
    with pytest.raises(ExtractError, match="cannot execute DELETE in a read-only transaction"):
        extract(at(postgres, query=query(tmp_path, text)), store)


def test_types_that_only_look_different_are_taken(tmp_path: Path, store: Store, postgres: Postgres) -> None:
    postgres.add([interaction(1)])
    columns = "session_id, turn, task_type, instruction, input, output, edited_output, language, training_consent"
    text = (
        f"SELECT 7::bigint AS id, gen_random_uuid() AS user_id, {columns}, quality_score::numeric(3, 2), rating, "  # noqa: S608
        "created_at AT TIME ZONE 'UTC' AS created_at, updated_at, NULL::timestamp AS deleted_at FROM interactions;\n"
    )
    taken = extract(at(postgres, query=query(tmp_path, text)), store)
    row = snapshot.table(store, taken).to_pylist()[0]
    assert (row["id"], row["quality_score"], row["created_at"]) == ("7", 0.9, minutes(1))


def test_a_missing_table_is_named(store: Store, postgres: Postgres) -> None:
    postgres.execute("DROP TABLE interactions")
    with pytest.raises(ExtractError, match=r"has no table interactions, which reference\.sql reads"):
        extract(at(postgres), store)


def test_a_missing_column_is_named_with_the_nearest(store: Store, postgres: Postgres) -> None:
    postgres.execute("ALTER TABLE interactions RENAME COLUMN quality_score TO score_of_quality")
    with pytest.raises(ExtractError, match=r"no column quality_score.*nearest is interactions\.score_of_quality"):
        extract(at(postgres), store)


def test_a_column_of_the_wrong_type_is_named(store: Store, postgres: Postgres) -> None:
    postgres.execute("ALTER TABLE interactions DROP COLUMN rating", "ALTER TABLE interactions ADD COLUMN rating text")
    with pytest.raises(ExtractError, match=r"column rating has type text, but must be a whole number.*convert it"):
        extract(at(postgres), store)


def test_an_answer_of_a_type_of_numbers_is_named(store: Store, postgres: Postgres) -> None:
    postgres.execute(
        "ALTER TABLE interactions DROP COLUMN output", "ALTER TABLE interactions ADD COLUMN output numeric"
    )
    with pytest.raises(ExtractError, match=r"column output has type numeric, but must be text.*convert it"):
        extract(at(postgres), store)


def test_a_value_out_of_range_is_named(tmp_path: Path, store: Store, postgres: Postgres) -> None:
    postgres.execute("ALTER TABLE interactions DROP CONSTRAINT interactions_rating_check")
    postgres.add(interactions(20))
    postgres.execute("UPDATE interactions SET rating = 1000")
    with pytest.raises(ExtractError, match=r"interaction 'i00001': rating is 1000, but must be a whole number"):
        extract(at(postgres), store)


def test_an_empty_table_says_what_to_check(store: Store, postgres: Postgres) -> None:
    with pytest.raises(ExtractError, match=r"returned no row at all.*check that source\.url names the right database"):
        extract(at(postgres), store)


def test_no_right_to_read_is_said(store: Store, postgres: Postgres) -> None:
    postgres.execute("DROP ROLE IF EXISTS nobody_special", "CREATE ROLE nobody_special LOGIN")
    url = postgres.url.replace("//postgres:@", "//nobody_special@")
    with pytest.raises(ExtractError, match="no permission to read table interactions; GRANT SELECT on it"):
        extract(SourceConfig(url=url), store)


def test_a_database_that_is_not_there_is_no_reason_to_try_again(store: Store, postgres: Postgres) -> None:
    url = postgres.url.replace("/postgres?", "/nowhere?")
    with pytest.raises(ExtractError, match=r'refuses the connection.*database "nowhere" does not exist') as caught:
        extract(SourceConfig(url=url), store)
    assert not isinstance(caught.value, SourceUnavailableError)


def test_a_server_that_does_not_answer_may_answer_later(store: Store) -> None:
    with pytest.raises(SourceUnavailableError, match=r"server of postgresql://app@127.0.0.1:9/db does not answer"):
        extract(SourceConfig(url="postgresql://app@127.0.0.1:9/db"), store)
