"""Answers as people write them."""

from __future__ import annotations

import pytest

from tasks.judge.formulas import find_formula, has_full_width

FOUND = {
    "=SUM(A2:A10)": "=SUM(A2:A10)",
    "= SUM(A2:A10)": "= SUM(A2:A10)",
    "=SUM(A2:A10)\nA2:A10의 합계를 구합니다.": "=SUM(A2:A10)",
    "```excel\n=SUM(\n  A1:A3\n)\n```\n합계입니다": "=SUM(A1:A3)",
    "`=A1+B1` 을 쓰세요": "=A1+B1",
    "정답은 =SUM(A1:A3)입니다.": "=SUM(A1:A3)",
    '수식: =IF(A1>=80,"합격","불합격")': '=IF(A1>=80,"합격","불합격")',
    "1. =SUM(A1)\n2. =SUM(B1)": "=SUM(A1)",
    "(=SUM(A1:A3))": "=SUM(A1:A3)",
    "셀에 =SUM(A1:A3)+B1 을 넣으세요": "=SUM(A1:A3)+B1",
    "=SUM(A2:A3)를 입력하세요": "=SUM(A2:A3)",
    "=SUM(A1:A3) - 합계입니다": "=SUM(A1:A3)",
    "=SUM(A1:A3) (합계)": "=SUM(A1:A3)",
    "=매출!A1+비용!B2": "=매출!A1+비용!B2",
    "＝SUM（A1：A3）": "=SUM(A1:A3)",
    '=IF(A1="（주）",1,0)': '=IF(A1="（주）",1,0)',
    "=SUM(A2:A3)원": "=SUM(A2:A3)원",
    "=SUM(A2:A3": "=SUM(A2:A3",
    "=IF(A1>5,합격,불합격)": "=IF(A1>5,합격,불합격)",
}

NONE = ("", "SUM 함수를 사용하세요.", "SUM(A1:A3)", "매출 = 단가 × 수량", "A1=5 이면", "= 합계는 10입니다", "=", "x=5")


@pytest.mark.parametrize(("answer", "formula"), FOUND.items())
def test_finds_the_main_formula(answer: str, formula: str) -> None:
    assert find_formula(answer) == formula


@pytest.mark.parametrize("answer", NONE)
def test_finds_none_where_there_is_none(answer: str) -> None:
    assert find_formula(answer) is None


def test_a_question_about_full_width_signs_is_not_answered_by_folding_them() -> None:
    broken = "=SUM（A1:A3)"
    assert has_full_width(broken)
    assert find_formula(broken, fold_width=False) == broken
    assert not has_full_width("합계는？")
