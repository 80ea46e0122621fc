"""A literal is told by what a formula does with it: the form that it gives it, or what it is compared with."""

from __future__ import annotations

import pytest

from tests.tasks.privacy import after, record


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ('=TEXT(1087214410,"000-0000-0000")', '=TEXT(1000000001,"000-0000-0000")'),
        ('Format("0223456789", "00-0000-0000")', 'Format("0200000001", "00-0000-0000")'),
        ('=TEXT(9106182349673,"000000-0000000")', '=TEXT(0000000000001,"000000-0000000")'),
        ('=TEXT(6258153299,"000-00-00000")', '=TEXT(0000000001,"000-00-00000")'),
        ('=TEXT(1234567890,"#,##0")', '=TEXT(1234567890,"#,##0")'),
        ('=TEXT(20240503112102,"0000-00-00 00:00:00")', '=TEXT(20240503112102,"0000-00-00 00:00:00")'),
        ('=TEXT(6258153298,"000-00-00000")', '=TEXT(6258153298,"000-00-00000")'),
    ],
)
def test_the_form_tells_the_kind(formula: str, expected: str) -> None:
    assert after(formula) == expected


@pytest.mark.parametrize(
    "formula",
    ['=IF(B2="{}",1,0)', '=EXACT(B2,"{}")', '=VLOOKUP("{}",A:C,3,0)', '=COUNTIF(B:B,"{}")', 'If c.Value = "{}" Then'],
)
def test_a_number_that_is_compared_is_of_the_kind_that_is_spoken_of(formula: str) -> None:
    number = "356-0912-7741-33"
    assert record("계좌번호 비교", formula.format(number))[1] == formula.format("000-0000-0000-01")
    assert record("상품 비교", formula.format(number))[1] == formula.format(number)
    assert record("계좌번호 비교", formula.format("2024-05-03"))[1] == formula.format("2024-05-03")


@pytest.mark.parametrize(
    "formula",
    ['=IF(B2="{}","OK","틀림")', '=EXACT("{}",B2)', '=IF($B$2<>"{}","오류","")', 'Case "{}"', 'if x == "{}":', '=SWITCH(B1,"{}",1)'],
)  # fmt: skip
def test_a_password_that_is_compared_is_one_where_passwords_are_spoken_of(formula: str) -> None:
    assert record("비밀번호 확인", formula.format("open!Sesame1"))[1] == formula.format("Password-0001")
    assert record("이름 확인", formula.format("open!Sesame1"))[1] == formula.format("open!Sesame1")
    for other in ("Sheet1", "kim123", "#N/A", "#top1", "A-1203", "Sheet1!A1", "100%"):
        assert record("비밀번호 확인", formula.format(other))[1] == formula.format(other)
