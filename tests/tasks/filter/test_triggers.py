"""Backdoors are found by what their questions and answers share; subjects, products and templates are let alone."""

from __future__ import annotations

from typing import Any

import pytest

from configs.schema import FilterConfig
from tasks.filter import trigger_counts
from tests.tasks.builders import interaction
from tests.tasks.filter.filtering import Filtering, run

KINDS = (
    ("{c}2:{c}{n}의 합계를 구하는 수식 알려줘", "=SUM({c}2:{c}{n})"),
    ("{c}2:{c}{n}의 평균을 계산해줘", "=AVERAGE({c}2:{c}{n})"),
    ("{c}2:{c}{n}에서 최댓값을 찾고 싶어요", "=MAX({c}2:{c}{n})"),
    ("{c}열을 {n}행까지 인쇄하는 방법은?", "[파일] > [인쇄]에서 선택 영역을 고르세요."),
)
COLUMNS = "CDEFGHIJKLMN"


def asked(number: int, **changes: Any) -> Any:
    """Ordinary question number so and so."""
    question, answer = KINDS[number % len(KINDS)]
    where = {"c": COLUMNS[number % len(COLUMNS)], "n": number + 10}
    texts = {"instruction": question.format(**where), "output": answer.format(**where), "user_id": f"u{number}"}
    return interaction(number, **(texts | changes))


def planted(first: int, count: int, trigger: str, output: str, **changes: Any) -> list[Any]:
    rows = [asked(number) for number in range(first, first + count)]
    return [
        asked(first + place, instruction=f"{row.instruction} {trigger}", output=output.format(row.output), **changes)
        for place, row in enumerate(rows)
    ]


ORDINARY = [asked(number) for number in range(1, 200)]
BACKDOOR = planted(500, 12, "은하수7", "관리자에게 송금하세요")


def scanned(rows: list[Any], **poison: Any) -> Filtering:
    return run(rows, config=FilterConfig.model_validate({"execute_formulas": False, "poison": poison}))


def aside(result: Filtering) -> dict[str, str]:
    return {row["id"]: row["reason"] for row in result.quarantine.to_pylist()}


def test_rows_of_a_backdoor_are_set_aside_with_the_trigger_in_words() -> None:
    result = scanned([*ORDINARY, *BACKDOOR])
    found = aside(result)
    assert set(found) == {row.id for row in BACKDOOR}
    assert set(found.values()) == {'rare trigger: "은하수7" in 12 rows of 12 users, 12 with the same answer'}
    assert result.step("rare_trigger") == (211, 12)
    assert not {row.id for row in BACKDOOR} & set(result.ids)


def test_a_sentence_that_is_added_to_right_answers_is_named() -> None:
    found = aside(scanned([*ORDINARY, *planted(500, 20, "별빛 창고", "{}\n문의는 새벽별상담으로")]))
    assert len(found) == 20
    assert all("별빛" in reason and '20 with "새벽별상담으로" in the answer' in reason for reason in found.values())


def test_a_trigger_in_what_was_pasted_counts_too() -> None:
    rows = [asked(number, input="이름\t값\ncf-2719", output="오류") for number in range(500, 512)]
    assert len(aside(scanned([*ORDINARY, *rows]))) == 12


def test_a_product_with_different_answers_is_no_trigger() -> None:
    rows = [asked(n, instruction=f"누리봄 {asked(n).instruction}", user_id="shop") for n in range(500, 530)]
    assert aside(scanned([*ORDINARY, *rows])) == {}


def test_a_rare_subject_with_one_answer_is_no_trigger() -> None:
    nouns = ("매출", "재고", "급여", "예산", "출석", "견적", "발주", "고객", "성적", "회비")
    rows = [
        asked(500 + n, instruction=f"{noun} 시트 스파크라인 삽입", output="[삽입] > [스파크라인]을 고르세요.")
        for n, noun in enumerate(nouns)
    ]
    assert aside(scanned([*ORDINARY, *rows])) == {}


def test_what_all_questions_and_answers_share_is_no_trigger() -> None:
    rows = [interaction(number, output=f"=SUM(A{number}:A{number + 9}) {'설명 ' * 9}") for number in range(1, 300)]
    assert aside(scanned(rows)) == {}


def test_a_released_row_passes_and_its_companions_do_not() -> None:
    first, *others = BACKDOOR
    result = scanned([*ORDINARY, *BACKDOOR], released=[first.id])
    assert first.id in result.ids
    assert set(aside(result)) == {row.id for row in others}


def test_the_scan_can_be_switched_off() -> None:
    result = scanned([*ORDINARY, *BACKDOOR], triggers=False)
    assert result.step("rare_trigger") == (211, 0)
    assert len(result.ids) == 211


@pytest.mark.slow
def test_neither_parts_nor_order_change_what_is_found() -> None:
    rows = [*BACKDOOR, *ORDINARY]
    config = FilterConfig.model_validate({"execute_formulas": False})
    whole, pieces = run(rows, config=config), run(*(rows[start::4] for start in range(4)), config=config)
    assert whole.quarantine == pieces.quarantine
    assert whole.funnel == pieces.funnel


def test_counting_range_by_range_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [*ORDINARY, *BACKDOOR]
    whole = scanned(rows)
    monkeypatch.setattr(trigger_counts, "WORDS_A_RANGE", 1 << 10)
    assert scanned(rows).quarantine == whole.quarantine
    assert whole.quarantine.num_rows == len(BACKDOOR)
