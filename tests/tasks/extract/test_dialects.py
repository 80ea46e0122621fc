"""What SQLAlchemy reads is what ADBC reads, and MariaDB says as clearly what is wrong."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from configs.schema import SourceConfig
from tasks import snapshot
from tasks.extract.conform import conform
from tasks.extract.errors import ExtractError, SourceUnavailableError
from tasks.extract.extract import extract
from tasks.extract.python_rows import record_batch
from tasks.extract.query import COLUMNS
from tasks.extract.readers import resolve
from tasks.storage import Store
from tests.tasks.builders import change, database, execute, interaction, interactions, minutes, source
from tests.tasks.extract.conftest import MariaDb, loose

ODD = [
    interaction(400, rating=None, quality_score=None, edited_output="수정 100%: a:b", input="표\t1\n2"),
    interaction(401, deleted_at=minutes(2), created_at=minutes(0.0001)),
    interaction(402, training_consent=False, quality_score=0.1 + 0.2),
]


def generic(path: Path, **settings: object) -> SourceConfig:
    return SourceConfig.model_validate({"url": f"sqlite+pysqlite:///{path}", **settings})


def at(mariadb: MariaDb, **settings: object) -> SourceConfig:
    return SourceConfig.model_validate({"url": mariadb.url, **settings})


def test_the_same_rows_make_the_same_extract(tmp_path: Path, store: Store) -> None:
    path = database(tmp_path / "app.db", [*interactions(250), *ODD])
    one, other = extract(source(path), store), extract(generic(path, batch_rows=64), Store(str(tmp_path / "other")))
    assert one.sha256 == other.sha256
    assert one.watermark == other.watermark


def test_increments_are_the_same_too(tmp_path: Path, store: Store) -> None:
    path, other = database(tmp_path / "app.db", interactions(30)), Store(str(tmp_path / "other"))
    for config, to in ((source(path), store), (generic(path), other)):
        extract(config, to)
    change(path, 4, rating=1)
    change(path, 5, rating=1, updated_at=minutes(-9000))
    execute(path, "DELETE FROM interactions WHERE id = 'i00007'")
    one, two = extract(source(path), store), extract(generic(path), other)
    assert (one.rows, one.removed) == (two.rows, two.removed) == (2, 1)
    assert snapshot.table(store, one) == snapshot.table(other, two)


def test_a_bad_row_is_set_aside_for_the_same_reason(tmp_path: Path, store: Store) -> None:
    path = loose(tmp_path / "app.db", interactions(20))
    for number, assignment in enumerate(
        (
            *("turn = 'first'", "rating = 2.5", "output = x'ff'", "created_at = 5", "id = NULL", "updated_at = NULL"),
            *("output = 42", "user_id = ''", "created_at = NULL", "created_at = '1970-01-01T00:00:00Z'"),
        ),
        start=1,
    ):
        execute(path, f"UPDATE interactions SET {assignment} WHERE id = 'i{number:05d}'")  # noqa: S608
    other = Store(str(tmp_path / "other"))
    one, two = extract(source(path), store), extract(generic(path), other)
    assert one.quarantined == two.quarantined == 10
    assert snapshot.table(store, one) == snapshot.table(other, two)


def test_a_database_is_not_written_and_not_created(tmp_path: Path, store: Store) -> None:
    with pytest.raises(ExtractError, match="there is no database file"):
        extract(generic(tmp_path / "nowhere.db"), store)
    path = database(tmp_path / "app.db", interactions(3))
    with resolve(generic(path)).view() as reading, pytest.raises(Exception, match="readonly"):
        reading.view.connection.exec_driver_sql("DELETE FROM interactions")  # type: ignore[attr-defined]


def test_a_driver_that_is_not_installed_is_named(store: Store) -> None:
    with pytest.raises(ExtractError, match="needs the Python package oracledb, which is not installed"):
        extract(SourceConfig(url="oracle+oracledb://app@127.0.0.1/db"), store)


def test_python_values_become_columns_without_a_loss() -> None:
    row = [
        7,
        UUID(int=5),
        None,
        True,
        "FORMULA",
        b"\xea\xb0\x80",
        "",
        "",
        None,
        Decimal("0.5"),
        Decimal(4),
        "ko",
        b"\x01",
    ]
    times = [datetime(2026, 3, 1, 9), datetime(2026, 3, 1, 9, tzinfo=UTC), None]
    good = conform(record_batch([row + times], COLUMNS), "q.sql").rows.to_pylist()[0]
    assert (good["id"], good["instruction"], good["quality_score"], good["rating"]) == ("7", "가", 0.5, 4)
    assert (good["training_consent"], good["created_at"]) == (True, good["updated_at"])


def test_python_values_that_would_lose_something_are_bad() -> None:
    fields = interaction(1)
    rows = [[getattr(fields, name) for name in COLUMNS] for _ in range(4)]
    for row, (column, value) in zip(
        rows, (("turn", 1.5), ("turn", 1 << 70), ("quality_score", "0.5"), ("updated_at", 5)), strict=True
    ):
        row[COLUMNS.index(column)] = value
    conformed = conform(record_batch(rows, COLUMNS), "q.sql")
    assert [one.column for one in conformed.offences] == ["turn", "turn", "quality_score", "updated_at"]
    assert conformed.offences[1].reason == "int, not a whole number"


def test_python_numbers_are_names_and_no_answers() -> None:
    fields = interaction(1)
    rows = [[getattr(fields, name) for name in COLUMNS] for _ in range(3)]
    for row, (column, value) in zip(
        rows, (("user_id", 5), ("output", 42), ("edited_output", Decimal("0.5"))), strict=True
    ):
        row[COLUMNS.index(column)] = value
    conformed = conform(record_batch(rows, COLUMNS), "q.sql")
    assert conformed.rows.column("user_id").to_pylist() == ["5"]
    told = "not text in UTF-8 of at most 1,048,576 bytes"
    assert [(one.column, one.reason) for one in conformed.offences] == [
        ("output", f"int, {told}"),
        ("edited_output", f"Decimal, {told}"),
    ]


def test_mariadb_gives_what_sqlite_gives(tmp_path: Path, store: Store, mariadb: MariaDb) -> None:
    rows = [*interactions(250), *ODD]
    mariadb.add(rows)
    taken = extract(at(mariadb), store)
    other = Store(str(tmp_path / "other"))
    assert snapshot.table(store, taken) == snapshot.table(
        other, extract(source(database(tmp_path / "app.db", rows)), other)
    )
    position = store.manifest(taken.uri)["meta"]["snapshot"]
    assert {"taken_at", "server", "binlog_snapshot_file", "binlog_snapshot_position"} <= set(position)


def test_mariadb_increments_and_ids_that_differ_only_in_case(store: Store, mariadb: MariaDb) -> None:
    mariadb.add(interactions(30))
    extract(at(mariadb), store)
    mariadb.add([interaction(n, id=name, updated_at=minutes(-5000)) for n, name in enumerate(("b", "B", "é", "e"), 50)])
    mariadb.execute("DELETE FROM interactions WHERE id = 'i00003'", "UPDATE interactions SET rating = 1 WHERE turn = 9")
    second = extract(at(mariadb), store)
    assert (second.rows, second.removed) == (4, 1)
    assert extract(at(mariadb), store).rows == 0


def test_a_change_within_one_second_of_mariadbs_clock_is_taken(store: Store, mariadb: MariaDb) -> None:
    mariadb.execute("ALTER TABLE interactions MODIFY updated_at DATETIME")  # whole seconds, as MySQL's default is
    mariadb.add(interactions(5))
    extract(at(mariadb), store)
    mariadb.execute("UPDATE interactions SET rating = 1 WHERE id = 'i00005'")
    second = extract(at(mariadb), store)
    assert [row["rating"] for row in snapshot.table(store, second).to_pylist()] == [5, 5, 5, 5, 1]


def test_a_mariadb_view_does_not_see_later_commits_and_cannot_write(mariadb: MariaDb) -> None:
    mariadb.add(interactions(3))
    with resolve(at(mariadb)).view() as reading:
        mariadb.execute("DELETE FROM interactions WHERE id = 'i00001'")
        assert sum(batch.num_rows for batch in reading.interactions()) == 3
        with pytest.raises(Exception, match="READ ONLY transaction"):
            reading.view.connection.exec_driver_sql("DELETE FROM interactions")  # type: ignore[attr-defined]


def test_mariadbs_zero_dates_are_bad(store: Store, mariadb: MariaDb) -> None:
    mariadb.add(interactions(12))
    mariadb.execute("SET sql_mode = ''", "UPDATE interactions SET created_at = '0000-00-00' WHERE id = 'i00002'")
    assert extract(at(mariadb), store).quarantined == 1


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DROP TABLE interactions", "has no table interactions, which reference.sql reads"),
        (
            "ALTER TABLE interactions RENAME COLUMN rating TO stars_rating",
            "has no column rating, which reference.sql reads; the nearest is interactions.stars_rating",
        ),
        ("DELETE FROM interactions", "returned no row at all"),
    ],
)
def test_what_is_wrong_in_mariadb_is_named(store: Store, mariadb: MariaDb, statement: str, words: str) -> None:
    mariadb.execute(statement)
    with pytest.raises(ExtractError, match=words):
        extract(at(mariadb), store)


def test_a_role_without_rights_and_a_wrong_password(
    store: Store, mariadb: MariaDb, monkeypatch: pytest.MonkeyPatch
) -> None:
    mariadb.execute("CREATE OR REPLACE USER nobody@'127.0.0.1' IDENTIFIED BY 'p@ss/word'")
    mariadb.execute("GRANT SELECT (id) ON app.interactions TO nobody@'127.0.0.1'")
    for password, words in (("p%40ss%2Fword", "no permission to read column user_id"), ("hunter2", "Access denied")):
        monkeypatch.setenv("EXHELL_TEST_URL", mariadb.url.replace("root@", f"nobody:{password}@"))
        with pytest.raises(ExtractError, match=words) as caught:
            extract(SourceConfig(url="${EXHELL_TEST_URL}"), store)
        assert password not in str(caught.value)
        assert not isinstance(caught.value, SourceUnavailableError)


def test_a_mariadb_server_that_does_not_answer_may_answer_later(store: Store) -> None:
    with pytest.raises(SourceUnavailableError, match=r"server of mysql://app@127.0.0.1:9/db does not answer"):
        extract(SourceConfig(url="mysql://app@127.0.0.1:9/db"), store)


def test_a_mariadb_connection_that_is_killed_may_come_back(tmp_path: Path, store: Store, mariadb: MariaDb) -> None:
    mariadb.add(interactions(200))
    slow = tmp_path / "slow.sql"
    slow.write_text("SELECT * FROM interactions WHERE SLEEP(0.05) = 0")

    killer = threading.Thread(target=mariadb.kill, args=("SELECT id, user%SLEEP(0.05)%",))
    killer.start()
    with pytest.raises(SourceUnavailableError, match=r"the connection to mariadb://.* broke"):
        extract(at(mariadb, query=str(slow), batch_rows=10), store)
    killer.join()
    assert extract(at(mariadb), store).rows == 200


@pytest.mark.slow
def test_a_mariadb_query_that_runs_too_long_is_ended(tmp_path: Path, store: Store, mariadb: MariaDb) -> None:
    mariadb.add(interactions(100))
    slow = tmp_path / "slow.sql"
    slow.write_text("SELECT * FROM interactions WHERE SLEEP(0.1) = 0")
    with pytest.raises(ExtractError, match=r"ran longer .* raise source\.statement_timeout_s"):
        extract(at(mariadb, query=str(slow), statement_timeout_s=1), store)


def test_mariadb_over_tls(store: Store, mariadb: MariaDb, certificate: Path) -> None:
    mariadb.add(interactions(3))
    mariadb.execute(
        "CREATE OR REPLACE USER secure@'127.0.0.1' REQUIRE SSL",
        "GRANT SELECT ON app.interactions TO secure@'127.0.0.1'",
    )
    url = mariadb.url.replace("root@127.0.0.1", "secure@localhost")
    tls = f"?ssl_ca={certificate / 'server.crt'}"
    assert extract(SourceConfig(url=url + tls), store).rows == 3
    with pytest.raises(ExtractError, match=r"(?s)refuses the connection.*CERTIFICATE_VERIFY_FAILED") as caught:
        extract(SourceConfig(url=url.replace("localhost", "127.0.0.1") + tls), store)
    assert not isinstance(caught.value, SourceUnavailableError)
