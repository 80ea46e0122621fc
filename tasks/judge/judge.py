"""Judge one formula against another: does it give the same on every test workbook?

    verdict = Judge(IronCalc(), workbooks=10).examine(Case("17", "=SUM(A2:A9)", "=SUM(A2:A8)"))
    verdict.outcome         # "different"
    verdict.reason          # "gives 512 where 1024 is right, in workbook 1"

The reference comes first: what cannot be run, or gives nothing but errors, says nothing about any candidate, and the
case is left out of the accuracy of every model alike (`judgeable` is false). A candidate that cannot be run counts
against the model that wrote it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Literal as OneOf

from tasks.judge.engine import Engine, ErrorValue, Grid, UnableError, Value
from tasks.judge.functions import VOLATILE
from tasks.judge.lexer import FormulaError
from tasks.judge.parser import parse
from tasks.judge.tree import Area, Array, Call, Node, Operation, canonical, walk
from tasks.judge.workbooks import workbooks

RELATIVE_TOLERANCE = 1e-9
ABSOLUTE_TOLERANCE = 1e-9
"""Two numbers are equal within either: another order of adding differs by about 1e-16 a term, a wrong row by more."""

Outcome = OneOf["equal", "different", "malformed", "unsupported", "missing"]
OUTCOMES: tuple[Outcome, ...] = ("equal", "different", "malformed", "unsupported", "missing")


@dataclass(frozen=True, slots=True)
class Case:
    """A candidate formula to judge against a reference; None where the answer held no formula."""

    id: str
    reference: str
    candidate: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the judge found. `judgeable` is false where the reference itself is at fault."""

    outcome: Outcome
    reason: str
    judgeable: bool = True

    @property
    def is_equal(self) -> bool:
        return self.outcome == "equal"


class Judge:
    """Judges case after case on one engine, and remembers what it found out about each reference."""

    def __init__(self, engine: Engine, workbooks: int) -> None:
        self._engine = engine
        self._count = workbooks
        self._faults: dict[str, str | None] = {}

    def fault(self, reference: str) -> str | None:
        """Why no candidate can be judged against this reference, or None. Depends on the reference alone."""
        if reference not in self._faults:
            self._faults[reference] = self._find_fault(reference)
        return self._faults[reference]

    def examine(self, case: Case) -> Verdict:
        """The verdict on one case. Never raises for what stands in a formula."""
        fault = self.fault(case.reference)
        candidate = _read_candidate(case.candidate)
        if fault is not None:
            is_same = not isinstance(candidate, Verdict) and _is_same_text(case.reference, candidate)
            return Verdict("equal" if is_same else "unsupported", f"the reference {fault}", judgeable=False)
        if isinstance(candidate, Verdict):
            return candidate
        if _is_same_text(case.reference, candidate):
            return Verdict("equal", "the same formula")
        if (trap := _trap(candidate)) is not None:
            return Verdict("unsupported", f"the answer {trap}")
        return self._compare(parse(case.reference), candidate)

    def _find_fault(self, reference: str) -> str | None:
        try:
            tree = parse(reference)
        except FormulaError as error:
            return f"is {error.fault}: {error}"
        if (trap := _trap(tree)) is not None:
            return trap
        try:
            for workbook in workbooks(tree, None, self._count):
                (grid,) = self._engine.run(workbook, [_text(tree)])
                if any(not isinstance(value, ErrorValue) for value in chain(*grid)):
                    return None
        except UnableError as error:
            return f"cannot be run: {error}"
        return "gives nothing but errors on every test workbook"

    def _compare(self, reference: Node, candidate: Node) -> Verdict:
        """Run both on the same workbooks until they differ."""
        for index, workbook in enumerate(workbooks(reference, candidate, self._count), start=1):
            try:
                wanted, given = self._engine.run(workbook, [_text(reference), _text(candidate)])
            except UnableError as error:  # the reference ran alone, so it is the answer that cannot be run
                return Verdict("unsupported", f"the answer cannot be run: {error}")
            if not same(wanted, given):
                return Verdict("different", _difference(wanted, given, index))
        return Verdict("equal", f"the same on {self._count} workbooks")


def same(one: Grid, other: Grid) -> bool:
    """Whether two results are equal: numbers within the tolerance, texts to the letter, an error like any error."""
    if len(one) != len(other) or len(one[0]) != len(other[0]):
        return False
    return all(map(_same_value, chain(*one), chain(*other)))


def _read_candidate(formula: str | None) -> Node | Verdict:
    if formula is None:
        return Verdict("missing", "the answer holds no formula")
    try:
        return parse(formula)
    except FormulaError as error:
        outcome: Outcome = "unsupported" if error.fault == "unsupported" else "malformed"
        return Verdict(outcome, f"unsafe: {error}" if error.fault == "unsafe" else str(error))


def _is_same_text(reference: str, candidate: Node) -> bool:
    try:
        return canonical(parse(reference)) == canonical(candidate)
    except FormulaError:
        return False


def _text(tree: Node) -> str:
    return f"={canonical(tree)}"


def _same_value(one: Value, other: Value) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=RELATIVE_TOLERANCE, abs_tol=ABSOLUTE_TOLERANCE)
    if isinstance(one, ErrorValue) and isinstance(other, ErrorValue):
        return True
    return type(one) is type(other) and one == other


def _difference(wanted: Grid, given: Grid, workbook: int) -> str:
    if len(wanted) != len(given) or len(wanted[0]) != len(given[0]):
        return f"gives {_size(given)} cells where {_size(wanted)} are right, in workbook {workbook}"
    pairs = zip(chain(*wanted), chain(*given), strict=True)
    place, (right, wrong) = next((at, pair) for at, pair in enumerate(pairs) if not _same_value(*pair))
    where = f" in cell {place + 1} of the result" if len(wanted) * len(wanted[0]) > 1 else ""
    return f"gives {_show(wrong)} where {_show(right)} is right{where}, in workbook {workbook}"


def _size(grid: Grid) -> str:
    return f"{len(grid)}x{len(grid[0])}"


def _show(value: Value) -> str:
    if isinstance(value, ErrorValue):
        return value.code
    if isinstance(value, float):
        return f"{value:.10g}"
    return f'"{value}"' if isinstance(value, str) else str(value).upper()


def _trap(tree: Node) -> str | None:
    """Why no run of this formula can be trusted, or None: it never repeats, or IronCalc is known to run it wrong."""
    for node in walk(tree):
        if isinstance(node, Call):
            if node.name in VOLATILE:
                return f"uses {node.name}, which never gives the same twice"
            for trap, is_there in _TRAPS.items():
                if is_there(node):
                    return f"has the form {trap}, which the engine runs wrong"
    return None


def _calls(node: Node, *names: str) -> Iterator[Call]:
    return (inner for inner in walk(node) if isinstance(inner, Call) and inner.name in names)


def _sums_over_array(call: Call) -> bool:
    inner = chain.from_iterable(_calls(arg, *_CRITERIA) for arg in call.args)
    return call.name in ("SUM", "AVERAGE", "MAX", "MIN") and any(
        isinstance(arg, Array) or _is_range(arg) for found in inner for arg in found.args[_CRITERIA[found.name]]
    )


def _averages_if(call: Call) -> bool:
    return call.name in ("AVERAGE", "MEDIAN") and any(
        _reads_range(branch.args[0]) for arg in call.args for branch in _calls(arg, "IF")
    )


def _counts_array(call: Call) -> bool:
    return call.name == "COUNT" and any(isinstance(arg, Call | Operation) and _reads_range(arg) for arg in call.args)


def _looks_up_quotient(call: Call) -> bool:
    return call.name == "LOOKUP" and isinstance(call.args[1], Operation)


def _reads_range(node: Node) -> bool:
    return any(_is_range(inner) for inner in walk(node))


def _is_range(node: Node) -> bool:
    return isinstance(node, Area) and not node.is_cell


_CRITERIA = {
    "SUMIF": slice(1, 2),
    "COUNTIF": slice(1, 2),
    "AVERAGEIF": slice(1, 2),
    "COUNTIFS": slice(1, None, 2),
    "SUMIFS": slice(2, None, 2),
    "AVERAGEIFS": slice(2, None, 2),
}
"""Functions to where their criteria stand among the arguments."""

_TRAPS = {
    "SUM(SUMIFS(…,{…}))": _sums_over_array,
    "AVERAGE(IF(…))": _averages_if,
    "COUNT(FILTER(…))": _counts_array,
    "LOOKUP(2,1/(…))": _looks_up_quotient,
}
"""Forms that IronCalc 0.9.1 runs silently wrong: over ten rows it gives 0 for the first and third, #N/A for the last,
and counts what the condition left out as 0 in the second. tests/tasks/judge/test_judge.py fails once it is right."""
