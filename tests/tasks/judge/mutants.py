"""Formulas of the kinds that people ask for, and what a model makes of them when it errs by one thing.

A mutant that happens to mean the same as its base is left out by `EQUIVALENT`, each with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

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

_SWAPS = {
    "SUM": "AVERAGE",
    "AVERAGE": "MEDIAN",
    "MAX": "MIN",
    "MIN": "MAX",
    "MEDIAN": "AVERAGE",
    "COUNT": "COUNTA",
    "COUNTA": "COUNT",
    "LARGE": "SMALL",
    "SMALL": "LARGE",
    "SUMIF": "AVERAGEIF",
    "AVERAGEIF": "SUMIF",
    "SUMIFS": "AVERAGEIFS",
    "AND": "OR",
    "ROUND": "ROUNDDOWN",
    "LEFT": "RIGHT",
    "RIGHT": "LEFT",
}
_SIGNS = {">=": ">", "<=": "<", ">": ">=", "<": "<=", "*": "+", "/": "*", "-": "+"}
_RANGE = re.compile(r"(?P<left>[A-Z])(?P<top>\d+):(?P<right>[A-Z])(?P<bottom>\d+)")
_CELL = re.compile(r"(?<![:A-Z])(?P<column>[A-Z])(?P<row>\d+)(?![:\d(])")
_EQUIVALENT = {
    ("=VLOOKUP(L7,A2:E70,4,FALSE)", "=VLOOKUP(L7,A2:F70,4,FALSE)"),
}


def mutants(base: str) -> Iterator[tuple[str, str]]:
    """(what is wrong, formula): one error each."""
    for kind, mutant in _all(base):
        if mutant != base and (base, mutant) not in _EQUIVALENT:
            yield kind, mutant


def _all(base: str) -> Iterator[tuple[str, str]]:
    yield from _ranges(base)
    for match in _CELL.finditer(base):
        yield "row", _put(base, match, f"{match['column']}{int(match['row']) + 1}")
        yield "column", _put(base, match, f"{_next(match['column'])}{match['row']}")
    for match in re.finditer(r"[A-Z]+(?=\()", base):
        if match.group() in _SWAPS:
            yield "function", _put(base, match, _SWAPS[match.group()])
    for match in re.finditer(r">=|<=|>|<|[*/-]", base):
        yield "sign", _put(base, match, _SIGNS[match.group()])
    for match in re.finditer(r"(?<![A-Z\d:])\d+(?!\d*:)", base):
        yield "number", _put(base, match, str(int(match.group()) + 1))
    for match in re.finditer(r'(?<=")[가-힣]+(?=")', base):
        yield "text", _put(base, match, f"{match.group()}시")


def _ranges(base: str) -> Iterator[tuple[str, str]]:
    for match in _RANGE.finditer(base):
        left, top, right, bottom = match["left"], int(match["top"]), match["right"], int(match["bottom"])
        yield "column", _put(base, match, f"{_next(left)}{top}:{_next(right)}{bottom}")
    # Functions over several ranges give an error when one differs in size, so all of them move together.
    for kind, down, up in (("first row", 1, 0), ("first row", -1, 0), ("last row", 0, 1), ("last row", 0, -1)):
        yield kind, _RANGE.sub(lambda m: f"{m[1]}{int(m[2]) + down}:{m[3]}{int(m[4]) + up}", base)  # noqa: B023


def _put(base: str, match: re.Match[str], text: str) -> str:
    return base[: match.start()] + text + base[match.end() :]


def _next(column: str) -> str:
    return chr(ord(column) + 1)
