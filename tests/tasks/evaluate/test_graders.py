"""Every kind of answer has its grader: what earns a grade, what does not."""

from __future__ import annotations

import pytest

from tasks.evaluate.graders import Answered, grade, table

SHEET = "| 날짜 | 금액 | 합계 |\n|---|---|---|\n| 2024-01-01 | 100 | =SUM(B2:B9) |"


def one(task_type: str, reference: str, answer: str, instruction: str = "") -> Answered:
    return Answered("1", task_type, instruction, "", reference, answer)


def test_formulas_are_graded_by_what_they_give() -> None:
    grades = grade(
        [
            one("FORMULA", "=SUM(A1:A3)", "답: =A1+A2+A3"),
            one("FORMULA", "=SUM(A1:A3)", "=SUM(A1:A4)"),
            one("FORMULA", "=SUM(A1:A3)", "모르겠습니다"),
            one("FORMULA", "=RAND()", "=RAND()"),
            one("CORRECT", "=SUM(A1:A3)", "=SUM(A1:A3 은 괄호가 빠졌습니다.\n=SUM(A1:A3)"),
            one("CORRECT", "=SUM(A1:A3)", "=SUM(A1:A3"),
        ]
    )
    assert [found.score for found in grades] == [1.0, 0.0, 0.0, None, 1.0, 0.0]


def test_a_table_needs_its_columns_and_formulas_that_run() -> None:
    grades = grade(
        [
            one("CREATE", SHEET, SHEET),
            one("CREATE", "", SHEET, "가계부 표, 열: 날짜, 금액, 비고"),
            one("CREATE", SHEET, SHEET.replace("=SUM(B2:B9)", "=SUMM(B2:B9)")),
            one("CREATE", SHEET, "표를 만들 수 없습니다."),
            one("CREATE", SHEET, SHEET.replace("| 100 |", "|")),
        ]
    )
    scores = [round(found.score or 0, 3) for found in grades]
    assert scores == [1.0, 0.889, 0.667, 0.0, 0.0]
    assert grades[1].reason == "columns missing: 비고"
    assert grades[2].reason == "formulas that do not run: =SUMM(B2:B9)"


def test_tables_are_read_in_the_ways_they_are_written() -> None:
    wanted = [["a", "b"], ["1", "2"]]
    for said in ("| a | b |\n|:-|-:|\n| 1 | 2 |", "a\tb\n1\t2", "a,b\n1,2"):
        assert table(f"표입니다.\n\n{said}\n") == wanted


def test_other_answers_are_graded_as_text_and_a_constant_scores_near_nothing() -> None:
    reference = "A열의 매출을 지역별로 합산한 값입니다."
    same, other, empty = grade([one("ANALYZE", reference, answer) for answer in (reference, "네", "")])
    assert same.score == 1.0
    assert (other.score or 0) < 0.05
    assert empty.score == 0.0


def test_a_case_without_a_reference_has_no_grade_rather_than_a_zero() -> None:
    (found,) = grade([one("ANALYZE", "  ", "무엇이든")])
    assert (found.score, found.reason) == (None, "there is no reference to grade by")


@pytest.mark.slow
def test_what_was_asked_for_is_no_table_where_the_right_answer_holds_none() -> None:
    chart = "데이터를 선택하고 [삽입] > [차트]에서 막대 차트를 고르세요."
    right, wrong = (
        Answered("1", "CREATE", "막대 차트를 추가하는 법 알려줘", "", chart, answer) for answer in (chart, "=A1")
    )
    share = Answered(
        "2", "CREATE", "합격인지 나오게 해줘", "", '=IF(A2>45,"합격","불합격")', '=IF(45<A2,"합격","불합격")'
    )
    grades = [one.score for one in grade([right, wrong, share], workbooks=2)]
    assert grades[0] == 1.0
    assert grades[1] is not None
    assert grades[1] < 0.1
    assert grades[2] == 1.0
