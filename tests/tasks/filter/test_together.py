"""Which questions are the same, and which answer to them stays."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from tasks.texts import prompt_key
from tests.tasks.builders import interaction, minutes
from tests.tasks.filter.filtering import run

QUESTION = "매출 합계를 구해줘"


def same(number: int, **changes: Any) -> Any:
    return interaction(number, **({"instruction": QUESTION} | changes))


def survivor(*rows: Any) -> str:
    (kept,) = run(rows).ids
    return kept


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SUM 함수", "sum 함수"),
        ("합계  구해줘", " 합계\n구해줘\t"),
        ("ＳＵＭ（Ａ１）", "SUM(A1)"),
        ("각", "\u1100\u1161\u11a8"),
        ("합계 구해줘", "합계\u3000구해줘"),
    ],
)
def test_spelling_makes_no_difference(one: str, other: str) -> None:
    keys = prompt_key(pa.array([one, other]), pa.array(["", None]))
    assert keys[0] == keys[1]


@pytest.mark.parametrize(("one", "other"), [("A열 합계", "B열 합계"), ("A1:A9", "A1:A10"), ("합계", "합 계")])
def test_cells_and_numbers_make_a_difference(one: str, other: str) -> None:
    keys = prompt_key(pa.array([one, other]), pa.array(["", ""]))
    assert keys[0] != keys[1]


def test_where_instruction_ends_and_input_begins_makes_a_difference() -> None:
    keys = prompt_key(pa.array(["가 나", "가"]), pa.array(["다", "나 다"]))
    assert keys[0] != keys[1]


@pytest.mark.slow
def test_the_best_rated_stays_then_score_then_edit_then_the_earliest_then_id() -> None:
    assert survivor(same(1, rating=4), same(2, rating=5)) == "i00002"
    assert survivor(same(1, quality_score=0.8), same(2, quality_score=0.9)) == "i00002"
    assert survivor(same(1), same(2, edited_output="=SUM(B:B)")) == "i00002"
    assert survivor(same(1, created_at=minutes(9)), same(2, created_at=minutes(8))) == "i00002"


def test_an_unrated_edit_gives_way_to_a_rated_answer() -> None:
    assert survivor(same(1, rating=None, edited_output="=SUM(B:B)"), same(2, rating=4)) == "i00002"


def test_a_copy_that_was_dropped_does_not_take_the_good_one_with_it() -> None:
    assert survivor(same(1, training_consent=False), same(2, rating=4)) == "i00002"
