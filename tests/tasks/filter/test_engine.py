"""What the engine counts, shows and hides."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configs.schema import FilterConfig, PoisonConfig
from tasks.filter.engine import SAMPLES
from tasks.filter.filter import FilterError
from tasks.records import EXAMPLE_SCHEMA
from tests.tasks.builders import interaction, interactions, minutes
from tests.tasks.filter.filtering import run

FLAWS = (
    {},
    {"rating": 2},
    {"training_consent": False},
    {"output": ""},
    {"instruction": "같은 질문이에요"},
    {"language": "en"},
)


def test_kept_rows_are_examples() -> None:
    result = run([interaction(2, edited_output="=SUM(B:B)"), interaction(1)])
    assert result.kept.schema == EXAMPLE_SCHEMA
    first, second = result.kept.to_pylist()
    assert (first["id"], first["output"], first["edited"]) == ("i00001", "=SUM(A1:A10)", False)
    assert (second["id"], second["output"], second["edited"]) == ("i00002", "=SUM(B:B)", True)


def test_what_is_kept_is_as_it_was_written() -> None:
    """Rules match in NFKC, lower case and without invisible characters; nobody's text is changed for it."""
    odd = {
        "instruction": " Ａ１부터 Ａ９까지의 ㎡ 합계는?\u200b ",
        "output": "＝ＳＵＭ（Ａ１：Ａ９）\n가\u0301 ﬁ ①\ufe0f",
    }
    (row,) = run([interaction(1, **odd)], config=FilterConfig(execute_formulas=False)).kept.to_pylist()
    assert {name: row[name] for name in odd} == odd


def test_the_funnel_counts_what_reached_each_rule_and_what_it_dropped() -> None:
    rows = [interaction(1), interaction(2, deleted_at=minutes(1)), interaction(3, rating=1), interaction(4, rating=2)]
    result = run(rows)
    assert result.step("deleted") == (4, 1)
    assert result.step("rating") == (3, 2)
    assert result.step("limit") == (1, 0)


def test_samples_of_private_rules_show_no_content() -> None:
    rows = [interaction(1), interaction(2, deleted_at=minutes(1)), interaction(3, training_consent=None)]
    rejected = run(rows).rejected.to_pylist()
    assert [(row["rule"], row["id"]) for row in rejected] == [("deleted", "i00002"), ("consent", "i00003")]
    assert all(row[name] is None for row in rejected for name in row if name not in {"rule", "id"})


def test_samples_show_the_start_of_what_was_dropped() -> None:
    rows = [interaction(1), interaction(2, instruction="가" * 999, output="나" * 999, rating=1)]
    sample = run(rows).rejected.to_pylist()[0]
    assert (sample["rule"], sample["rating"]) == ("rating", 1)
    assert (sample["instruction"], sample["answer"]) == ("가" * 200, "나" * 200)


@pytest.mark.slow
def test_a_rule_shows_a_few_rejects_and_counts_all() -> None:
    rows = [interaction(number, rating=1) for number in range(1, 100)]
    result = run([interaction(200), *rows[60:]], rows[:60])
    assert result.rejected["id"].to_pylist() == [f"i{number:05d}" for number in range(1, SAMPLES + 1)]
    assert result.step("rating")[1] == 99


def test_rejects_of_rules_over_all_rows_are_shown_too() -> None:
    rows = [interaction(number, instruction="같은 질문이에요") for number in range(1, 4)]
    rejected = run(rows).rejected.to_pylist()
    assert [(row["rule"], row["id"]) for row in rejected] == [("duplicate", "i00002"), ("duplicate", "i00003")]
    assert rejected[0]["instruction"] == "같은 질문이에요"


def test_the_limit_keeps_the_latest_and_comes_last() -> None:
    rows = [interaction(1), interaction(9, rating=1), interaction(3, updated_at=minutes(2)), interaction(2)]
    result = run(rows, config=FilterConfig(limit=1))
    assert result.ids[0] in {"i00002", "i00003"}
    assert (result.funnel[-1].rule, result.funnel[-1].dropped) == ("limit", 2)


def test_one_user_teaches_no_more_than_the_cap_and_the_best_of_it() -> None:
    rows = [interaction(number, user_id="u", rating=4 + number % 2) for number in range(1, 9)]
    result = run(rows, config=FilterConfig(poison=PoisonConfig(max_per_user=4)))
    assert result.ids == ["i00001", "i00003", "i00005", "i00007"]
    assert result.step("user_cap") == (8, 4)


def test_a_new_users_rows_wait_for_the_account_to_age() -> None:
    rows = [interaction(number, user_id="u", created_at=minutes(number * 1440)) for number in range(1, 6)]
    result = run(rows, config=FilterConfig(poison=PoisonConfig(min_account_age_days=3)))
    assert result.ids == ["i00004", "i00005"]


def test_nothing_left_names_the_rule_that_dropped_most() -> None:
    rows = [*(interaction(number, language="en") for number in range(9)), interaction(10, rating=1)]
    with pytest.raises(FilterError, match=r"no interaction of 10 passed.*`language` dropped most, 9 of 10: check"):
        run(rows)


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from(range(len(FLAWS))), max_size=30), st.integers(1, 9), st.randoms(use_true_random=False))
def test_neither_parts_nor_order_change_the_result(flaws: list[int], size: int, dice: random.Random) -> None:
    rows = [*interactions(3, first=500), *(interaction(n, **FLAWS[flaw]) for n, flaw in enumerate(flaws, 1))]
    whole = run(rows, config=FilterConfig(limit=20))
    dice.shuffle(rows)
    config = FilterConfig(limit=20)
    pieces = run(*(rows[start : start + size] for start in range(0, len(rows), size)), config=config)
    assert (pieces.kept, pieces.funnel, pieces.rejected) == (whole.kept, whole.funnel, whole.rejected)
