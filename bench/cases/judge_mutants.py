"""What a model makes of a formula when it errs by one thing: column, row, function, sign, number or text.

A mutant may happen to mean the same as its base: whoever counts them proves each wrong first (bench/judge.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

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


def mutants(base: str) -> Iterator[tuple[str, str]]:
    """(what is wrong, formula): one error each."""
    for kind, mutant in _all(base):
        if mutant != base:
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
