"""Judge one formula against another: does it give the same on every test workbook, in every engine that can run it?

    verdict = Judge(workbooks=10).examine(Case("17", "=SUM(A2:A9)", "=SUM(A2:A8)"))
    verdict.outcome         # "different"
    verdict.reason          # "gives 512 where 1024 is right, in workbook 1"

The reference comes first: what cannot be run, or gives nothing but errors, says nothing about any candidate, and the
case is left out of the accuracy of every model alike (`judgeable` is false). A candidate that cannot be run counts
against the model that wrote it. Where the engines contradict each other, nobody knows, and the case is left out too.

This module knows the questions and the conclusions. Which engine runs what, in which process, is batch.py's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from typing import Literal as OneOf

from tasks.judge import office
from tasks.judge.compare import Finding, compare, same
from tasks.judge.engine import Engine, ErrorValue, Grid, IronCalc, UnableError, Value, home
from tasks.judge.hints import hints
from tasks.judge.layout import Layout, read_layout
from tasks.judge.lexer import FormulaError
from tasks.judge.parser import parse
from tasks.judge.traps import trap, volatile
from tasks.judge.tree import MAX_ROW, Area, Call, Node, Operation, canonical, walk
from tasks.judge.workbooks import Plan, Workbook, tamer, workbooks

__all__ = ["OUTCOMES", "Case", "Judge", "Question", "Verdict", "conclude", "same"]

Outcome = OneOf["equal", "different", "malformed", "unsupported", "engine-disagree", "missing"]
OUTCOMES: tuple[Outcome, ...] = ("equal", "different", "malformed", "unsupported", "engine-disagree", "missing")


@dataclass(frozen=True, slots=True)
class Case:
    """A candidate formula to judge; None where the answer held no formula.

    It is judged against a reference formula or, where there is none, against the expected value (a number, text, truth
    value, error text, row or rows of them) on the given workbook. `workbook` is an absolute xlsx path or inline sheets.
    """

    id: str
    reference: str | None
    candidate: str | None
    expected: Any = None
    workbook: Any = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the judge found. `judgeable` is false where the reference is at fault, or the engines disagree.

    `workbook` (from 1) and `cell` are the first that show a difference; `engines` are those whose word it is.
    """

    outcome: Outcome
    reason: str
    judgeable: bool = True
    workbook: int | None = None
    cell: str | None = None
    engines: tuple[str, ...] = ()

    @property
    def is_equal(self) -> bool:
        return self.outcome == "equal"


@dataclass(frozen=True, slots=True)
class Question:
    """What only engines can answer: do two formulas give the same, or one formula what is expected?"""

    reference: Node | None
    candidate: Node
    expected: Grid | None
    layout: Layout | None
    settled: Verdict | None = None
    """The verdict on a candidate that needs no run, if only the reference can be judged against: it stands for both."""

    @property
    def formulas(self) -> tuple[Node, ...]:
        return (self.candidate,) if self.reference is None else (self.reference, self.candidate)

    @property
    def texts(self) -> list[str]:
        """The formulas as the engines are given them: whole columns end below all that any workbook fills.

        An array over a whole column takes an engine seconds, and says no more; where the size itself is asked for, the
        column stays whole.
        """
        ends = self.layout is None and not any(
            isinstance(node, Call) and node.name in _ASKS_SIZE for tree in self.formulas for node in walk(tree)
        )
        return [f"={canonical(_shortened(tree) if ends else tree)}" for tree in self.formulas]

    def workbooks(self, count: int) -> list[Workbook]:
        """The workbooks to run it on: `count` generated ones, or the given one where a value is expected."""
        if self.reference is not None:
            return list(workbooks(self.reference, self.candidate, count, self.layout))
        return [Plan(hints(self.candidate), hints(self.candidate), self.layout).given()]


class Judge:
    """Judges case after case with IronCalc, and remembers what it found out about each reference and workbook."""

    def __init__(self, workbooks: int, engine: Engine | None = None) -> None:
        self._engine = engine or IronCalc()
        self._count = workbooks
        self._faults: dict[str, Finding | None] = {}
        self._layouts: dict[str, Layout] = {}
        self._made: tuple[Question, list[Workbook]] | None = None

    def examine(self, case: Case) -> Verdict:
        """The verdict of IronCalc alone. Never raises for what stands in a formula."""
        question = self.question(case)
        return question if isinstance(question, Verdict) else conclude([self.find(question)], question.settled)

    def question(self, case: Case) -> Question | Verdict:
        """What the engines are to be asked, or the verdict where they need not be. Raises LayoutError."""
        layout = self._layout(case.workbook)
        candidate = _read_candidate(case.candidate, layout)
        if case.reference is None:
            return self._expectation(case, candidate, layout)
        try:
            reference = _at_home(parse(case.reference), layout)
        except FormulaError as error:
            return Verdict("unsupported", f"the reference is {error.fault}: {error}", judgeable=False)
        if (why := volatile(reference)) is not None:
            is_same = not isinstance(candidate, Verdict) and canonical(reference) == canonical(candidate)
            return Verdict("equal" if is_same else "unsupported", f"the reference {why}", judgeable=False)
        if isinstance(candidate, Verdict):
            return Question(reference, reference, None, layout, candidate)
        if (why := volatile(candidate)) is not None:
            return Question(reference, reference, None, layout, Verdict("unsupported", f"the answer {why}"))
        return Question(reference, candidate, None, layout)

    def find(self, question: Question) -> Finding:
        """What IronCalc finds on the workbooks, up to the first that shows a difference."""
        name = self._engine.name
        for tree in question.formulas:  # the reference first: its fault is no answer's
            if (why := trap(tree, name)) is not None:
                return Finding(name, "unable", why, at_fault="reference" if tree is question.reference else "answer")
        if question.reference is not None and (fault := self._fault(question)) is not None:
            return fault
        if question.reference is not None and canonical(question.reference) == canonical(question.candidate):
            return Finding(name, "equal", SAME_FORMULA)
        books = self._books(question)
        at = home(books)
        texts = question.texts
        try:
            results = [self._engine.run(workbook, texts, at) for workbook in books]
        except UnableError as error:  # the reference ran alone, so it is the answer that cannot be run
            return Finding(name, "unable", f"cannot be run: {error}", at_fault="answer")
        found = compare(name, paired(results, question.expected), at)
        if found.relation == "different":
            return found
        return replace(found, reason=_agreement(question, len(books)), says_nothing=False)

    def try_reference(self, question: Question) -> None:
        """Run the reference alone, so that whoever ends this process knows that it was the reference's time."""
        if question.reference is not None and trap(question.reference, self._engine.name) is None:
            self._fault(question)

    def task(self, question: Question, finding: Finding) -> dict[str, Any] | None:
        """What LibreOffice is to be asked, after IronCalc; None where its word would change nothing.

        Where IronCalc found differences, LibreOffice need only look at the first few workbooks that show one.
        """
        if finding.relation == "equal" and finding.reason == SAME_FORMULA:
            return None
        if any(trap(formula, office.NAME) is not None for formula in question.formulas):
            return None
        books = self._books(question)
        at = home(books)
        numbers = finding.shows[:MOST_LOOKED_AT] or tuple(range(1, len(books) + 1))
        chosen = [books[number - 1] for number in numbers]
        return office.task(question.formulas, question.texts, chosen) | {"at": list(at), "numbers": list(numbers)}

    def _books(self, question: Question) -> list[Workbook]:
        """The question's workbooks; a tamer one in place of each on which the reference has no meaning."""
        if self._made is not None and self._made[0] is question:
            return self._made[1]
        books = question.workbooks(self._count)
        if question.reference is not None and trap(question.reference, self._engine.name) is None:
            text = question.texts[0]
            for index, workbook in enumerate(books):
                is_given = question.layout is not None and index == 0
                if not is_given and self._is_outside(workbook, text):
                    books[index] = tamer(question.reference, question.candidate, index, question.layout)
        self._made = (question, books)
        return books

    def _is_outside(self, workbook: Workbook, text: str) -> bool:
        """Whether the reference gives an error that speaks of unsuitable data; #N/A is an answer."""
        try:
            (grid,) = self._engine.run(workbook, [text])
        except UnableError:
            return False
        return any(isinstance(value, ErrorValue) and value.code != "#N/A" for row in grid for value in row)

    def _fault(self, question: Question) -> Finding | None:
        """Why IronCalc can say nothing of this reference, on workbooks made for it alone; None where it can."""
        assert question.reference is not None  # noqa: S101 - asked of references only
        key = f"{canonical(question.reference)}/{id(question.layout)}"
        if key not in self._faults:
            self._faults[key] = self._find_fault(question)
        return self._faults[key]

    def _find_fault(self, question: Question) -> Finding | None:
        assert question.reference is not None  # noqa: S101 - asked of references only
        name, text = self._engine.name, question.texts[0]
        try:
            for workbook in workbooks(question.reference, None, self._count, question.layout):
                (grid,) = self._engine.run(workbook, [text])
                if any(not isinstance(value, ErrorValue) for row in grid for value in row):
                    return None
        except UnableError as error:
            return Finding(name, "unable", f"cannot be run: {error}", at_fault="reference")
        return Finding(name, "equal", "gives nothing but errors", says_nothing=True)

    def _expectation(self, case: Case, candidate: Node | Verdict, layout: Layout | None) -> Question | Verdict:
        if case.expected is None:
            return Verdict("unsupported", "the case has neither a reference nor an expected value", judgeable=False)
        if layout is None:
            return Verdict("unsupported", "an expected value needs a workbook to find it on", judgeable=False)
        if isinstance(candidate, Verdict):
            return candidate
        if (why := volatile(candidate)) is not None:
            return Verdict("unsupported", f"the answer {why}")
        return Question(None, candidate, expected_grid(case.expected), layout)

    def _layout(self, workbook: Any) -> Layout | None:
        if workbook is None:
            return None
        key = repr(workbook)
        if key not in self._layouts:
            if len(self._layouts) >= MOST_LAYOUTS:
                self._layouts.clear()
                self._faults.clear()
            self._layouts[key] = read_layout(workbook)
        return self._layouts[key]


MOST_LOOKED_AT = 3
"""Workbooks with a difference that a second engine is asked about: it must see one on one of them too."""

SAME_FORMULA = "the same formula"

AT_FAULT = "the case is at fault"

MOST_LAYOUTS = 16
"""Workbooks that are kept in memory; cases of one workbook usually follow each other."""


def conclude(findings: Sequence[Finding], settled: Verdict | None = None) -> Verdict:
    """The verdict on what the engines found: theirs where they agree, nobody's where they do not.

    `settled` is the verdict where the engines were asked about the reference alone, and it can be judged against.
    """
    found = _conclude(findings)
    return found if settled is None or not found.judgeable else settled


def _conclude(findings: Sequence[Finding]) -> Verdict:
    able = [one for one in findings if one.relation != "unable"]
    engines = tuple(one.engine for one in able)
    if not able:
        return _unable(findings)
    if all(one.says_nothing for one in able):
        reason = "the reference gives nothing but errors on every test workbook"
        return Verdict("unsupported", reason, judgeable=False, engines=engines)
    telling = [one for one in able if not one.says_nothing]
    different = [one for one in telling if one.relation == "different"]
    if not different:
        return Verdict("equal", telling[0].reason, engines=engines)
    first = different[0]
    common = set.intersection(*(set(one.shows) for one in telling))
    if common or first.only_kind:
        return Verdict(
            "different", f"{first.reason}, in workbook {first.workbook}", True, first.workbook, first.cell, engines
        )
    other = next(one for one in telling if one is not first)
    reason = f"{first.engine}: {first.reason}, in workbook {first.workbook}; {other.engine}: no difference there"
    return Verdict("engine-disagree", reason, False, first.workbook, first.cell, engines)


def _unable(findings: Sequence[Finding]) -> Verdict:
    """No engine could run both: the reference's fault where all say so, else the answer's."""
    at_answer = [one for one in findings if one.at_fault == "answer"]
    said = at_answer or list(findings)
    why = "; ".join(dict.fromkeys(one.reason for one in said)) or "no engine could be asked"
    side = "the answer" if at_answer else "the reference"
    return Verdict("unsupported", f"{side} {why}", judgeable=bool(at_answer))


def paired(results: Iterable[Sequence[Grid]], expected: Grid | None) -> list[tuple[Grid, Grid]]:
    """What is wanted and what is given on each workbook, of an engine's results: those of reference and candidate, or
    of the candidate alone where a value is expected."""
    if expected is not None:
        return [(expected, given) for (given,) in results]
    return [(wanted, given) for wanted, given in results]


def case_at_fault(why: str) -> Verdict:
    """The verdict on a case that is none: no reference, a workbook that does not open."""
    return Verdict("unsupported", f"{AT_FAULT}: {why}", judgeable=False)


def expected_grid(expected: Any) -> Grid:
    """An expected value, row or rows of values as a result."""
    rows = expected if isinstance(expected, list) else [[expected]]
    if rows and not isinstance(rows[0], list):
        rows = [rows]
    width = max(map(len, rows), default=0)
    if not width or any(not isinstance(row, list) or len(row) != width for row in rows):
        raise ValueError("an expected array needs rows of one length")
    return tuple(tuple(_expected_value(value) for value in row) for row in rows)


def _expected_value(value: Any) -> Value:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return float(value)
    if value is None:
        return 0.0  # a reference to an empty cell
    if not isinstance(value, str):
        raise ValueError(f"an expected value is a number, text or truth value, not {type(value).__name__}")
    (sheet,) = read_layout([[value]]).sheets if value else read_layout([[0]]).sheets
    cell = sheet.cells.get((1, 1), "") if value else ""
    return "" if cell is None else cell


def _read_candidate(formula: str | None, layout: Layout | None) -> Node | Verdict:
    if formula is None:
        return Verdict("missing", "the answer holds no formula")
    try:
        return _at_home(parse(formula), layout)
    except FormulaError as error:
        outcome: Outcome = "unsupported" if error.fault == "unsupported" else "malformed"
        return Verdict(outcome, f"unsafe: {error}" if error.fault == "unsafe" else str(error))


def _at_home(node: Node, layout: Layout | None) -> Node:
    """The formula with its own sheet unnamed: `매출!A2` on the sheet 매출 is `A2`."""
    if layout is None:
        return node
    match node:
        case Area() if node.sheet and node.sheet.casefold() == layout.home.casefold():
            return replace(node, sheet="")
        case Call(name, args):
            return Call(name, tuple(_at_home(arg, layout) for arg in args))
        case Operation(sign, args):
            return Operation(sign, tuple(_at_home(arg, layout) for arg in args))
    return node


_ASKS_SIZE = frozenset({"ADDRESS", "COLUMN", "COLUMNS", "COUNTBLANK", "INDIRECT", "OFFSET", "ROW", "ROWS", "SEQUENCE"})

END_ROW = 500
"""Below it no generated workbook fills a whole column (cells.OPEN_ROWS)."""


def _shortened(node: Node) -> Node:
    match node:
        case Area() if node.bottom == MAX_ROW and node.top < END_ROW:
            return replace(node, bottom=END_ROW)
        case Call(name, args):
            return Call(name, tuple(map(_shortened, args)))
        case Operation(sign, args):
            return Operation(sign, tuple(map(_shortened, args)))
    return node


def _agreement(question: Question, count: int) -> str:
    return "as expected on the given workbook" if question.reference is None else f"the same on {count} workbooks"
