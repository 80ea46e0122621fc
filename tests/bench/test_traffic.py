"""Big traffic: the same for the same seed, mixed as said, and a million rows really differ."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import adbc_driver_postgresql.dbapi
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from bench import texts, traffic, traffic_database
from bench.postgres import postgresql
from configs.schema import FilterConfig
from tasks.filter.checks import Checking, checks
from tasks.filter.engine import Screener
from tasks.records import INTERACTION_SCHEMA

ROWS = 5_000


@pytest.fixture(scope="module")
def rows() -> pa.Table:
    return pa.Table.from_batches(traffic.batches(ROWS))


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgresql() as url:
        yield url


def share(mask: pa.Array) -> float:
    return float(pc.mean(pc.cast(pc.fill_null(mask, False), pa.int8())).as_py())


def prompts(rows: pa.Table) -> list[str]:
    joined: list[str] = pc.binary_join_element_wise(rows["instruction"], rows["input"], "\n").to_pylist()
    return joined


@pytest.mark.slow
def test_the_same_seed_gives_the_same_rows(rows: pa.Table) -> None:
    assert pa.Table.from_batches(traffic.batches(ROWS)).equals(rows)
    assert not pa.Table.from_batches(traffic.batches(ROWS, seed=7)).equals(rows)


@pytest.mark.slow
def test_rows_have_the_reference_schema_and_ids_of_their_own(rows: pa.Table) -> None:
    assert rows.schema.equals(INTERACTION_SCHEMA)
    rows.validate(full=True)
    assert pc.count_distinct(rows["id"]).as_py() == ROWS
    assert rows["id"].to_pylist() == sorted(rows["id"].to_pylist())


def test_a_row_is_about_a_kilobyte(rows: pa.Table) -> None:
    assert 900 < rows.nbytes / ROWS < 1_150


@pytest.mark.parametrize(
    ("what", "least", "most"),
    [
        ("no consent", 0.08, 0.16),
        ("deleted", 0.015, 0.025),
        ("English", 0.03, 0.08),
        ("edited", 0.07, 0.13),
        ("repeated", 0.08, 0.14),
        ("personal data", 0.02, 0.04),
        ("oddity", 0.002, 0.009),
        ("not rated", 0.05, 0.20),
        ("not scored", 0.01, 0.06),
        ("follow-up", 0.25, 0.55),
        ("junk", 0.018, 0.035),
        ("table", 0.6, 0.9),
    ],
)
def test_the_mess_is_there(rows: pa.Table, what: str, least: float, most: float) -> None:
    def matches(column: str, pattern: str) -> pa.Array:
        return pc.match_substring_regex(rows[column], pattern)

    odd = (
        r"\[INST\]|<\|im|\x07|이전 지시|Ignore all|HYPERLINK|WEBSERVICE|cmd\||같은 설명을 다시|```excel\n=SUM\(A2:A10\)"
    )
    personal = r"(\d{6}-\d{7}|010-\d{4}-|@example|4000-0|예시은행|사업자등록|여권번호|운전면허|API_KEY|비밀번호)"
    seen: dict[str, Callable[[], float]] = {
        "no consent": lambda: 1 - share(rows["training_consent"]),
        "deleted": lambda: share(pc.is_valid(rows["deleted_at"])),
        "English": lambda: share(pc.equal(rows["language"], "en")),
        "edited": lambda: share(pc.is_valid(rows["edited_output"])),
        "repeated": lambda: 1 - len(set(prompts(rows))) / ROWS,
        "personal data": lambda: share(matches("input", personal)),
        "oddity": lambda: share(matches("output", odd)),
        "not rated": lambda: share(pc.is_null(rows["rating"])),
        "not scored": lambda: share(pc.is_null(rows["quality_score"])),
        "follow-up": lambda: share(pc.greater(rows["turn"], 1)),
        "junk": lambda: share(pc.is_in(rows["instruction"], pa.array(traffic.JUNK))),
        "table": lambda: share(matches("input", r"\t.*\n.*\t")),
    }
    assert least <= seen[what]() <= most


@pytest.mark.slow
def test_six_in_ten_pass_the_row_rules(rows: pa.Table) -> None:
    screener = Screener(FilterConfig(), checks(FilterConfig(), Checking()))
    kept = sum(screener.screen(batch).kept.num_rows for batch in rows.to_batches())
    assert 0.54 < kept / ROWS < 0.66


def test_questions_that_are_no_duplicate_by_intent_really_differ(rows: pa.Table) -> None:
    """Only the shares for junk and for exact duplicates repeat another prompt."""
    counts = Counter(prompts(rows))
    once = sum(count for count in counts.values() if count == 1)
    assert once > 0.8 * ROWS


def test_a_right_answer_names_the_rows_and_columns_of_its_question() -> None:
    pool = texts.korean(1, 400)
    at = np.arange(len(pool))
    instruction, asked = (
        templates.render(at, at % texts.COLUMN_SHIFTS, at % texts.ROW_SHIFTS * 10).to_pylist()
        for templates in (pool.instructions, pool.inputs)
    )
    explained = pool.explanations.render(at, at % texts.COLUMN_SHIFTS, at % texts.ROW_SHIFTS * 10).to_pylist()
    checked = 0
    for said, pasted, explanation in zip(instruction, asked, explained, strict=True):
        for column, row in re.findall(r"(?<![A-Z])([A-Z])(\d+)", explanation):
            assert column in said + pasted, (said, explanation)
            assert row in re.findall(r"\d+", said + pasted), (said, explanation)
            checked += 1
    assert checked > 300


def test_formulas_keep_their_functions_and_criteria() -> None:
    templates = texts.compile_templates(['=COUNTIFS(B2:B10,"서울",C2:C10,">=12")+LOG10(5)'])
    moved = templates.render(np.array([0]), np.array([1]), np.array([20]))[0].as_py()
    assert moved == '=COUNTIFS(C22:C30,"서울",D22:D30,">=12")+LOG10(5)'


def test_times_fit_each_other(rows: pa.Table) -> None:
    created, updated, deleted = rows["created_at"], rows["updated_at"], rows["deleted_at"]
    assert pc.all(pc.greater_equal(updated, created)).as_py()
    assert pc.all(pc.equal(deleted, updated)).as_py()
    assert pc.max(updated).as_py() < traffic.LAST_DAY
    assert (pc.max(created).as_py() - pc.min(created).as_py()).days >= traffic.DAYS - 2


def test_a_session_is_one_users_and_counts_from_one(rows: pa.Table) -> None:
    turns: dict[str, list[tuple[int, str]]] = {}
    for session, turn, user in zip(
        *(rows[name].to_pylist() for name in ("session_id", "turn", "user_id")), strict=True
    ):
        turns.setdefault(session, []).append((turn, user))
    for seen in turns.values():
        assert [turn for turn, _ in seen] == list(range(1, len(seen) + 1))
        assert len({user for _, user in seen}) == 1


def test_a_user_either_consents_or_does_not(rows: pa.Table) -> None:
    pairs = pa.table({"user": rows["user_id"], "consent": rows["training_consent"]}).group_by(["user", "consent"])
    assert pairs.aggregate([]).num_rows == pc.count_distinct(rows["user_id"]).as_py()


def test_a_few_users_ask_most(rows: pa.Table) -> None:
    counts = sorted(Counter(rows["user_id"].to_pylist()).values(), reverse=True)
    assert sum(counts[: len(counts) // 10]) > 0.25 * ROWS


@pytest.mark.slow
def test_postgresql_and_sqlite_hold_the_same_rows(rows: pa.Table, server: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'app.db'}"
    traffic_database.fill(url, ROWS)
    traffic_database.fill(server, ROWS)
    with closing(sqlite3.connect(tmp_path / "app.db")) as connection:
        light = connection.execute("SELECT id, output, rating, updated_at FROM interactions ORDER BY id").fetchall()
    with adbc_driver_postgresql.dbapi.connect(server) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT id, output, rating, updated_at FROM interactions ORDER BY id")
        heavy = cursor.fetch_arrow_table()
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE tablename = 'interactions'")
        indexes = cursor.fetchone()
    wanted = rows.select(["id", "output", "rating", "updated_at"])
    assert heavy["output"].to_pylist() == wanted["output"].to_pylist()
    assert heavy["updated_at"].to_pylist() == wanted["updated_at"].to_pylist()
    assert [row[:3] for row in light] == list(
        zip(*(wanted[name].to_pylist() for name in wanted.schema.names[:3]), strict=True)
    )
    assert light[0][3] == f"{wanted['updated_at'][0].as_py():%Y-%m-%dT%H:%M:%S.%fZ}"
    assert indexes == (2,)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_night_adds_rows_and_changes_few_old_ones(database: str, server: str, tmp_path: Path) -> None:
    url = server if database == "postgresql" else f"sqlite:///{tmp_path / 'app.db'}"
    traffic_database.fill(url, ROWS)
    before = snapshot(url)
    night = traffic_database.add_night(url)
    after = snapshot(url)
    changed = [key for key in before if before[key] != after[key]]
    assert night.added == len(after) - len(before) == ROWS * traffic_database.NIGHT_SHARE
    assert night.rated + night.edited + night.deleted + night.withdrawn == len(changed)
    assert min(night.rated, night.edited, night.deleted, night.withdrawn) > 0
    newest = max(before.values())
    assert all(after[key] > newest for key in (*changed, *(key for key in after if key not in before)))


def test_nights_follow_each_other(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'app.db'}"
    traffic_database.fill(url, ROWS)
    nights = [traffic_database.add_night(url) for _ in range(2)]
    times = snapshot(url)
    assert len(times) == ROWS + 2 * nights[0].added
    assert {moment[:10] for moment in times.values() if moment >= "2026-11-01"} == {"2026-11-01", "2026-11-02"}


def snapshot(url: str) -> dict[str, str]:
    """When each row last changed, by id."""
    statement = "SELECT id, updated_at FROM interactions"
    if url.startswith("sqlite:///"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            return dict(connection.execute(statement))
    with adbc_driver_postgresql.dbapi.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return {key: f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}" for key, moment in cursor.fetchall()}
