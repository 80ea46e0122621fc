"""What Excel takes and what it refuses."""

from __future__ import annotations

import pytest

from tasks.judge.parser import FormulaError, canonical, parse

ACCEPTED = {
    "=SUM( $A$2:a10 )": "SUM(A2:A10)",
    "=sum(A10:A2)": "SUM(A2:A10)",
    "=-2^2": "(-2)^2",
    "=A1+B1*C1": "A1+(B1*C1)",
    "=(A1+B1)*C1": "(A1+B1)*C1",
    "=A1&B1=C1": "(A1&B1)=C1",
    "=50%": "50%",
    '="그는 ""네"" 했다"': '"그는 ""네"" 했다"',
    "='매출 표'!A1+비용!B2:B3": "'매출 표'!A1+'비용'!B2:B3",
    "=SUM(A:A,1:3)": "SUM(A:A,1:3)",
    "={1,2;3,-4}": "{1,2;3,-4}",
    "=LOG10(5)": "LOG10(5)",
    "=TRUE()": "TRUE",
    "=IF(A1,,2)": "IF(A1,,2)",
    "=A1:INDEX(A:A,3)": "A1:INDEX(A:A,3)",
    "=_xlfn.XLOOKUP(1,A1:A9,B1:B9)": "XLOOKUP(1,A1:A9,B1:B9)",
    "=LET(x,A1*2,x+1)": "LET(X,A1*2,X+1)",
    "=1.50E+2": "150",
    "=IFERROR(A1/B1,#N/A)": "IFERROR(A1/B1,#N/A)",
}

REFUSED = {
    "SUM(A1:A3)": "starts with =",
    "=": "ends where a value should stand",
    "=SUM(A1:A3": r"the \( is not closed",
    "=SUM(A1:A3))": r"\) that closes nothing",
    "=SUM(A2:A3)원": "원 stands after the end",
    "=SUM(A1:A3) B1": "B1 stands after the end",
    "=SUMM(A1:A3)": "SUMM is no known function",
    "=SUM()": "SUM takes 1 or more arguments, not 0",
    "=VLOOKUP(A1,B:C)": "VLOOKUP takes 3 to 4 arguments, not 2",
    "=COUNTIF(A1:A9)": "COUNTIF takes 2 arguments, not 1",
    '=SUMIFS(A1:A9,B1:B9,"x",C1:C9)': "in pairs",
    "=IF(A1>=80,“합격”,1)": "straight double quotes",
    "=IF(A1>=80,'합격',1)": "double quotes",
    '=IF(A1>=80,"합격,1)': "a text is not closed",
    "=IF(A1>=80,합격,불합격)": "합격 is no known name",
    "=MIN(K2;K87)": "; stands where",
    "=SUM（A1:A3)": "full-width",
    "=A1==B1": "= stands where a value should",
    "=SUM(A1:A3,": "ends where a value should",
    "={1,2;3}": "rows of an array differ",
    "=XFE1": "beyond the last column",
    "=A1048577": "beyond the last row",
    "=1:A3": "no cell",
    "=" + "(" * 200 + "1" + ")" * 200: "nest deeper",
    "=" + "-" * 5000 + "1": "nest deeper",
}

UNSAFE = (
    '=WEBSERVICE("http://example.com")',
    '=HYPERLINK("http://example.com","x")',
    "=[Book1.xlsx]Sheet1!A1",
    "='[Book1.xlsx]Sheet1'!A1",
    "=cmd|'/c calc'!A0",
    '=RTD("x",,"y")',
)


@pytest.mark.parametrize(("formula", "text"), ACCEPTED.items())
def test_reads_and_writes_back_in_one_way(formula: str, text: str) -> None:
    assert canonical(parse(formula)) == text


@pytest.mark.parametrize("text", ACCEPTED.values())
def test_canonical_text_reads_as_itself(text: str) -> None:
    assert canonical(parse(f"={text}")) == text


@pytest.mark.parametrize(("formula", "reason"), REFUSED.items(), ids=[formula[:30] for formula in REFUSED])
def test_refuses_with_the_reason(formula: str, reason: str) -> None:
    with pytest.raises(FormulaError, match=reason) as caught:
        parse(formula)
    assert caught.value.fault == "malformed"


@pytest.mark.parametrize("formula", UNSAFE)
def test_what_reaches_out_of_the_workbook_is_unsafe(formula: str) -> None:
    with pytest.raises(FormulaError) as caught:
        parse(formula)
    assert caught.value.fault == "unsafe"


@pytest.mark.parametrize("formula", ["=Table1[금액]", "=LARGE((A1:A3,C1:C3),1)"])
def test_right_formulas_beyond_the_parser_are_not_called_wrong(formula: str) -> None:
    with pytest.raises(FormulaError) as caught:
        parse(formula)
    assert caught.value.fault == "unsupported"


def test_the_position_points_at_the_fault() -> None:
    with pytest.raises(FormulaError) as caught:
        parse("=SUM(A2:A3)원")
    assert caught.value.position == 11
    assert str(caught.value).endswith("(at character 12)")
