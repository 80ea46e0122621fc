"""The rule that runs formulas: over batches as over single answers, whatever the order, and never for nothing."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest

from bench.cases.formulas import CASES, batch
from configs.schema import FilterConfig
from tasks.filter.formulas import FormulaRule, formulas_of
from tasks.filter.offers import offers
from tests.tasks.filter.test_offers import OFFERED

CONFIG = FilterConfig()


def by_row(answers: pa.Array) -> list[list[str]]:
    rows, texts = formulas_of(answers)
    found: list[list[str]] = [[] for _ in range(len(answers))]
    for row, text in zip(rows.to_pylist(), texts.to_pylist(), strict=True):
        found[row].append(text)
    return found


def rows(*interactions: tuple[str | None, str | None, str | None]) -> pa.RecordBatch:
    columns = zip(*interactions, strict=True)
    names = ("instruction", "input", "answer")
    return pa.RecordBatch.from_pydict(
        {name: pa.array(column, pa.string()) for name, column in zip(names, columns, strict=True)}
    )


def reason(answer: str, instruction: str = "", pasted: str = "") -> str | None:
    (why,) = FormulaRule().reasons(rows((instruction, pasted, answer))).to_pylist()
    return why


def test_a_batch_is_read_as_single_answers_are() -> None:
    answers = list(OFFERED) + [case.answer for case in CASES]
    assert by_row(pa.array(answers)) == [[offer.text for offer in offers(answer)] for answer in answers]


def test_what_a_batch_holds_besides_makes_no_difference() -> None:
    answers: list[str | None] = ["앞 =A1(", None, *OFFERED, None, "", "```excel\n=A1"]
    array = pa.array(answers)
    whole = by_row(array)
    assert by_row(array[2:-2]) == whole[2:-2]
    assert by_row(array.cast(pa.large_string())) == whole
    assert [found for answer in answers for found in by_row(pa.array([answer]))] == whole
    assert by_row(array[:0]) == []
    assert by_row(pa.nulls(3, pa.string())) == [[], [], []]


def test_rows_and_formulas_have_their_types() -> None:
    for answers in (pa.array(["=A1"]), pa.array([], pa.string()), pa.array(["가"])):
        found = formulas_of(answers)
        assert [array.type for array in found] == [pa.int32(), pa.string()]


def test_every_labelled_case_is_judged_right() -> None:
    kept = FormulaRule().keeps(batch(CASES), CONFIG).to_pylist()
    assert [case.answer for case, keeps in zip(CASES, kept, strict=True) if keeps != case.keep] == []


@pytest.mark.slow
def test_order_and_batches_make_no_difference() -> None:
    shuffled = Random(1).sample(CASES, len(CASES))  # noqa: S311 - test data, nothing secret
    rule = FormulaRule()
    pieces = [rule.reasons(batch(tuple(shuffled[at : at + 97]))).to_pylist() for at in range(0, len(shuffled), 97)]
    together = dict(zip(CASES, FormulaRule().reasons(batch(CASES)).to_pylist(), strict=True))
    assert [why for piece in pieces for why in piece] == [together[case] for case in shuffled]


def test_reasons_say_what_is_wrong() -> None:
    assert reason("=SUM(A2:A9") == "malformed: the ( is not closed"
    assert reason("`=SUMM(A2:A9)`을 쓰세요.") == "unknown function: SUMM is no known function"
    assert reason("=SUM(A2:A9)") is None


def test_the_users_own_broken_formula_does_not_count() -> None:
    answer = "`=SUMM(A2:A9)`에는 글자가 하나 더 있습니다: `=SUM(A2:A9)`"
    assert reason(answer, "고쳐줘", "=summ( A2:A9 )") is None
    assert reason("=SUMM(A2:A9)", "고쳐줘", "=SUMM(A2:A9)") is not None


@pytest.mark.parametrize("answer", ['=WEBSERVICE("http://a")', '=HYPERLINK("http://a","b")', "=cmd|'/c calc'!A0"])
def test_what_is_unsafe_is_left_to_the_rule_for_it(answer: str) -> None:
    assert reason(answer) is None


def test_a_broken_formula_beside_an_unsafe_one_is_dropped() -> None:
    assert reason('=WEBSERVICE("http://a")\n=SUM(A2:A9') is not None


def test_rows_without_an_answer_or_a_prompt_are_no_error() -> None:
    found = FormulaRule().keeps(rows((None, None, None), (None, None, "=SUM(A2"), (None, "표", "=SUM(A2)")), CONFIG)
    assert found.to_pylist() == [True, False, True]


def test_the_setting_turns_it_off() -> None:
    off = FilterConfig(execute_formulas=False)
    assert FormulaRule().keeps(rows(("", "", "=SUM(A2")), off).to_pylist() == [True]


@pytest.mark.slow
def test_two_processes_share_a_cache_and_agree(tmp_path: Path) -> None:
    cache = tmp_path / "formulas.json"
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        one, other = pool.map(_reasons, [cache, cache])
    assert one == other == _reasons(cache)
    assert cache.stat().st_size < 100_000


def _reasons(cache: Path) -> list[str | None]:
    found: list[str | None] = FormulaRule(cache).reasons(batch(CASES)).to_pylist()
    return found
