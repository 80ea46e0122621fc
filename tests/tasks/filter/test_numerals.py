"""Amounts, shares and months in figures, and the words that only look like them."""

from __future__ import annotations

import pyarrow as pa
import pytest

from tasks.filter.numerals import amount, in_figures


@pytest.mark.parametrize(
    ("written", "figures"),
    [
        ("5천만", "50000000"),
        ("1억 5천만", "150000000"),
        ("3,000만", "30000000"),
        ("1.5억", "150000000"),
        ("삼천오백만", "35000000"),
        ("십이", "12"),
        ("만", "10000"),
        ("2만3만", "2만3만"),
    ],
)
def test_an_amount_in_figures(written: str, figures: str) -> None:
    assert amount(written) == figures


@pytest.mark.parametrize(
    ("question", "read"),
    [
        ("금액이 1만 이상인 거래", "금액이 10000 이상인 거래"),
        ("일월부터 유월까지", "1월부터 6월까지"),
        ("십 퍼센트 할인", "10% 할인"),
        ("이십 명 이상", "20 명 이상"),
    ],
)
def test_questions_in_figures(question: str, read: str) -> None:
    assert in_figures(pa.array([question])).to_pylist() == [read]


@pytest.mark.parametrize(
    "question",
    [
        "매일 월별 합계",
        "이월 금액",
        "사원 수",
        "이 프로그램에서",
        "이 퍼센트를",
        "시트1만 복사",
        "a1만 남기고",
        "백분율",
        "천안 지점",
    ],
)
def test_what_is_no_amount_stays(question: str) -> None:
    assert in_figures(pa.array([question])).to_pylist() == [question]
