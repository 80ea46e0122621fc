"""Formulas as people write them into answers."""

from __future__ import annotations

import pytest

from tasks.filter.offers import LONGEST, offers, on_one_line

OFFERED = {
    "=SUM(A2:A10)": ["=SUM(A2:A10)!"],
    "= SUM(A2:A10)": ["= SUM(A2:A10)!"],
    "수식은 `=SUM(A2:A10)` 입니다.": ["=SUM(A2:A10)"],
    "`=SUM(A2:A10)`": ["=SUM(A2:A10)!"],
    "수식: `=SUM(A2:A10)`": ["=SUM(A2:A10)!"],
    "**수식:** `=SUM(A2:A10)`": ["=SUM(A2:A10)!"],
    "정답은 =SUM(A1:A3)입니다.": ["=SUM(A1:A3)"],
    '수식: =IF(A1>=80,"합격","불합격")': ['=IF(A1>=80,"합격","불합격")!'],
    "(=SUM(A1:A3))": ["=SUM(A1:A3)!"],
    "셀에 =SUM(A1:A3)+B1 을 넣으세요": ["=SUM(A1:A3)+B1"],
    "=SUM(A2:A3)를 입력하세요": ["=SUM(A2:A3)"],
    "=SUM(A2:A3)입니다.": ["=SUM(A2:A3)"],
    "=SUM(A1:A3) - 합계입니다": ["=SUM(A1:A3)!"],
    "=SUM(A1:A3) (합계)": ["=SUM(A1:A3)"],
    "=매출!A1+비용!B2": ["=매출!A1+비용!B2!"],
    "＝SUM（A1：A3）": ["=SUM(A1:A3)!"],
    "=SUM（A1:A3)": ["=SUM（A1:A3)!"],
    "=SUM(A2:A3)원": ["=SUM(A2:A3)원!"],
    "=SUM(A2:A3": ["=SUM(A2:A3!"],
    "=IF(A1>5,합격,불합격)": ["=IF(A1>5,합격,불합격)!"],
    "SUM 함수를 사용하세요.": [],
    "SUM(A1:A3)": [],
    "매출 = 단가 × 수량": [],
    "A1=5 이면": [],
    "= 합계는 10입니다": [],
    "=": [],
    "x=5": [],
    "A=B": [],
    "x = 3": [],
    "= 합계": [],
    "= 200원": [],
    "= 600 / 3": [],
    "평균 = (100+200)/2 = 150": [],
    '"=SUM(A2:A10)"를 입력하세요': ["=SUM(A2:A10)"],
    "'=SUM(A2:A10)'을 입력": ["=SUM(A2:A10)"],
    '“=IF(A1>1,"a","b")”를 쓰세요': ['=IF(A1>1,"a","b")'],
    '"=IF(A1>80,"합격","불합격")" 이라고 쓰세요': ['=IF(A1>80,"합격","불합격")'],
    '{"formula": "=IF(A1>80,\\"합격\\",\\"불합격\\")", "x": 1}': ['=IF(A1>80,"합격","불합격")'],
    'Range("C1").Formula = "=IF(A1>0,""a"",""b"")"': ['=IF(A1>0,"a","b")'],
    'Range("C1").Formula = "=SUM(B1:B3)"': ["=SUM(B1:B3)"],
    "| 합계 | =SUM(A2:A10) | 설명 |": ["=SUM(A2:A10)"],
    "| 합계 | `=SUM(A2:A10)` | `=AVERAGE(A2:A10)` |": ["=SUM(A2:A10)", "=AVERAGE(A2:A10)"],
    "합계\t=SUM(A2:A10)\t평균\t=AVERAGE(B2:B3)": ["=SUM(A2:A10)", "=AVERAGE(B2:B3)"],
    "=SUM(A1:A3), =SUM(B1:B3)": ["=SUM(A1:A3)", "=SUM(B1:B3)"],
    "=SUM(A1:A3) / =SUM(B1:B3)": ["=SUM(A1:A3)", "=SUM(B1:B3)"],
    "=SUM(A1:A3) 또는 =A1+A2+A3": ["=SUM(A1:A3)", "=A1+A2+A3"],
    "=SUM(A1:A3) // 합계": ["=SUM(A1:A3)!"],
    "=SUM(A1:A3) → 60": ["=SUM(A1:A3)!"],
    "=SUM(A1:A3)→60원": ["=SUM(A1:A3)!"],
    "=SUM(A1:A3) = 60원": ["=SUM(A1:A3)"],
    "=SUM(A1:A10): 합계를 구합니다": ["=SUM(A1:A10)"],
    "=SUM(A1:A10) : 합계": ["=SUM(A1:A10)"],
    "=SUM(A1:A10);": ["=SUM(A1:A10)!"],
    "=SUM(A1:A10).": ["=SUM(A1:A10)!"],
    "**=SUM(A1:A10)**": ["=SUM(A1:A10)!"],
    "- **=SUM(A1:A10)**: 합계": ["=SUM(A1:A10)"],
    "1. =SUM(A1)": ["=SUM(A1)!"],
    "① =SUM(A1)": ["=SUM(A1)!"],
    "{=SUM(A1:A3*B1:B3)}": ["=SUM(A1:A3*B1:B3)!"],
    "`{=SUM(A1:A3*B1:B3)}`": ["=SUM(A1:A3*B1:B3)!"],
    "=SUM(A1:A3) sums the range": ["=SUM(A1:A3)"],
    "=SUM(A1:A3) B1": ["=SUM(A1:A3) B1!"],
    "=SUM(A2:A10))": ["=SUM(A2:A10))!"],
    "<code>=SUM(A1:A3)</code> 입니다": ["=SUM(A1:A3)"],
    "=IF(A1&gt;=80,&quot;a&quot;,&quot;b&quot;)": ['=IF(A1>=80,"a","b")!'],
    "=A1\\*B1": ["=A1*B1!"],
    "수식은 =SUM(A2:A10 입니다.": ["=SUM(A2:A10"],
    "=> A1 셀에 입력하세요": [],
    "Alt+= 을 누르세요": [],
    "`=`로 시작합니다": [],
    "==": [],
    "=====": [],
    "`=IF`": [],
    "A열=날짜, B열=매출": [],
    "https://x.com/?a=SUM(1)": [],
    "C2 셀: =A2*B2": ["=A2*B2!"],
    "C2 셀에 =A2*B2, D2 셀에 =C2*10%를 입력": ["=A2*B2", "=C2*10%"],
    '=$B2="완료"': ['=$B2="완료"!'],
    '조건: =AND($B2>100,$C2="서울")': ['=AND($B2>100,$C2="서울")!'],
    '=IFERROR(A2/B2,"")': ['=IFERROR(A2/B2,"")!'],
    '=A2&"원"': ['=A2&"원"!'],
    '=A2&"원"을 입력': ['=A2&"원"'],
    "=SUM(범위)": ["=SUM(범위)!"],
    "=VLOOKUP(찾을값, 범위, 열번호, 0)": ["=VLOOKUP(찾을값, 범위, 열번호, 0)!"],
    '예: =TEXT(A2,"#,##0원")': ['=TEXT(A2,"#,##0원")!'],
    "=\\frac{A1}{B1}": [],
    "=SUM(A2:A10)/COUNT(A2:A10) * 100": ["=SUM(A2:A10)/COUNT(A2:A10) * 100!"],
    "=A2 + B2": ["=A2 + B2!"],
    "=A2-B2": ["=A2-B2!"],
    "=TODAY()-30": ["=TODAY()-30!"],
    "=표1[@단가]*2": ["=표1[@단가]*2!"],
    "=[@단가]*[@수량]": ["=[@단가]*[@수량]!"],
    "=SUM(A2:A10)의 결과는 10입니다": ["=SUM(A2:A10)"],
    "=A1×B1": ["=A1×B1!"],
    'A2가 비었으면 =IF(A2="","",B2) 로 합니다': ['=IF(A2="","",B2)'],
    '="합계: "&A2': ['="합계: "&A2!'],
    "=SUM(A1:A3) = 60": ["=SUM(A1:A3)"],
    "=SUM( 을 입력합니다": ["=SUM("],
    "> =SUM(A1:A3)": ["=SUM(A1:A3)!"],
    "=SUM(A1:A3) ✓": ["=SUM(A1:A3)"],
    "=LAMBDA(x,x+1)(2)": ["=LAMBDA(x,x+1)(2)!"],
    "=SUM (A1:A3)": ["=SUM (A1:A3)!"],
    '=COUNTIF(A:A,">="&B1) 이렇게요': ['=COUNTIF(A:A,">="&B1)'],
    "합계는 =SUM(A2:A5)이고 평균은 =AVERAGE(A2:A5)입니다.": ["=SUM(A2:A5)", "=AVERAGE(A2:A5)"],
    "`=SUM(A2:A10` 처럼": ["=SUM(A2:A10"],
    "=SUM(A2:A10, C2:C10)": ["=SUM(A2:A10, C2:C10)!"],
    "설명\n```excel\n=SUM(A1:A3)\n```\n끝 =A1+B1 입니다": ["=SUM(A1:A3)!", "=A1+B1"],
    '```\n=IF(A2>=90,"A",\n  IF(A2>=80,"B",\n     "C"))\n```\n': ['=IF(A2>=90,"A",IF(A2>=80,"B","C"))!'],
    "```python\ndf['a'] = f(x1)\n=SUM(A1:A2)\n```\n뒤 =SUM(A1:A3)": ["=SUM(A1:A3)"],
    '```vba\nRange("A1").Formula = "=SUM(A1:A3)"\n```': [],
    "```excel\n=SUM(A1:A3)\n=SUM(B1:B3)\n\n합계: =A1\n```": ["=SUM(A1:A3)!", "=SUM(B1:B3)!", "=A1!"],
    '```excel\n=A1&\n"원"\n```': ['=A1&"원"!'],
    "```excel\n=A1\n  &B1\n```": ["=A1&B1!"],
    "```\r\n=SUM(A1:A3)\r\n```\r\n": ["=SUM(A1:A3)!"],
    "```excel\n=SUM(A1:A3\n```": ["=SUM(A1:A3!"],
    "앞\n```excel\n=LET(x,1,\n y,2,\n x+y)\n": ["=LET(x,1,y,2,x+y)!"],
    "```=SUM(A1)```": ["=SUM(A1)!"],
    "텍스트 ```x``` =SUM(A1)": ["=SUM(A1)"],
    "=SUM(A1)\n```\n코드\n```\n=SUM(B1)\n```excel\n=SUM(C1)": ["=SUM(A1)!", "=SUM(B1)!", "=SUM(C1)!"],
    "```excel\n=SUM(\n  A1:A3\n)\n```": ["=SUM(A1:A3)!"],
    "1. =SUM(A1)\n2. =SUM(B1)": ["=SUM(A1)!", "=SUM(B1)!"],
    "\n\n": [],
}
"""Answers to their formulas; `!` behind one that stands alone."""


@pytest.mark.parametrize(("answer", "formulas"), OFFERED.items())
def test_every_formula_is_found_and_nothing_else(answer: str, formulas: list[str]) -> None:
    assert [offer.text + "!" * offer.alone for offer in offers(answer)] == formulas


@pytest.mark.parametrize(
    ("answer", "joined"),
    [
        ("=IF(\n  A2>5,\n  1,\n  2)\n끝입니다 (예시).", "=IF(A2>5,1,2)\n끝입니다 (예시)."),
        ("수식: =SUM(A2:A9)\n* 합계 (전체)", "수식: =SUM(A2:A9)\n* 합계 (전체)"),
        ("=SUM(A2:A9\n=SUM(B2:B9))", "=SUM(A2:A9\n=SUM(B2:B9))"),
        ("=SUM(A2:A9\n괄호를 닫으세요.", "=SUM(A2:A9\n괄호를 닫으세요."),
    ],
)
def test_a_formula_over_several_lines_is_joined_where_its_brackets_close(answer: str, joined: str) -> None:
    assert on_one_line(answer) == joined


def test_a_sentence_behind_an_open_bracket_is_cut_off_in_time() -> None:
    (offer,) = offers("수식은 =SUM(A2:A9" + " 가" * LONGEST + "니다.")
    assert offer.text.startswith("=SUM(A2:A9 가")
    assert [offer.text for offer in offers("수식은 =SUM(A2:A9 를 쓰면 됩니다.")] == ["=SUM(A2:A9"]


@pytest.mark.parametrize("piece", ["=F(", "'=A1", '"=A1"', "(", "=A1 ", "|=A1", "`", "```\n"])
def test_a_long_line_of_anything_is_read_in_time(piece: str) -> None:
    """Quadratic reading of the longest unit would end in the time limit of the tests."""
    assert len(offers(piece * (2 * LONGEST // len(piece)))) <= LONGEST
