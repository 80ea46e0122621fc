"""Formulas of the kinds that people ask for, and what a model makes of them when it errs by one thing.

A mutant that happens to mean the same as its base is left out by `_EQUIVALENT`.
"""

from __future__ import annotations

from collections.abc import Iterator

from bench.cases import judge_mutants

BASES = (
    "=SUM(A2:A30)",
    "=AVERAGE(C3:C48)",
    "=MAX(F2:F25)",
    "=MIN(B4:B90)",
    "=MEDIAN(E2:E41)",
    "=COUNT(D2:D30)",
    "=COUNTA(D2:D30)",
    "=LARGE(G2:G60,3)",
    "=SMALL(G2:G60,4)",
    '=COUNTIF(B2:B89,"완료")',
    '=COUNTIF(K2:K141,">=87")',
    '=SUMIF(E2:E89,"진행중",F2:F89)',
    '=SUMIF(C2:C40,"<300",D2:D40)',
    '=AVERAGEIF(A2:A60,"서울",H2:H60)',
    '=SUMIFS(I5:I54,B5:B54,"미흡",E5:E54,"모니터")',
    '=SUMIFS(L5:L47,G5:G47,"취소",J5:J47,"<400")',
    '=COUNTIFS(A2:A50,"부산",C2:C50,">100")',
    '=IF(B59>=1800,"달성","미달")',
    '=IF(A2>=90,"우수",IF(A2>=70,"보통","미흡"))',
    '=IF(AND(C5>=60,D5>=40),"합격","불합격")',
    "=VLOOKUP(L7,A2:E70,4,FALSE)",
    "=INDEX(I4:I12,MATCH(R3,E4:E12,0))",
    "=ROUND(AVERAGE(G2:G51),1)",
    "=ROUND(SUM(H3:H30),2)",
    "=IFERROR(D7/E7,0)",
    "=LEFT(H13,3)",
    "=RIGHT(J8,4)",
    "=B2*C2-D2",
    '=SUM(B2:B20)/COUNTIF(C2:C20,"영업부")',
    '=SUMPRODUCT((A2:A30="대구")*(B2:B30>50)*C2:C30)',
)

_EQUIVALENT = {
    ("=VLOOKUP(L7,A2:E70,4,FALSE)", "=VLOOKUP(L7,A2:F70,4,FALSE)"),
}


def mutants(base: str) -> Iterator[tuple[str, str]]:
    """(what is wrong, formula): one error each."""
    return (found for found in judge_mutants.mutants(base) if (base, found[1]) not in _EQUIVALENT)
