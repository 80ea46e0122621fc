"""Does any engine accept a formula? Asked of training answers, where a false no costs a good example.

    acceptance = Acceptance(FormulaCache(path))
    acceptance.verdict("=SUM(A2:A9")        # Verdict("malformed", "the ( is not closed")
    acceptance.verdict("=SUMM(A2:A9)")      # Verdict("unknown function", "SUMM is no known function")
    acceptance.verdict("=SUM(A2:A9)/0")     # Verdict("accepted", "")

The verdict is one on the formula's outline (skeleton.py), so that a million formulas ask a few hundred times, and so
that no formula's verdict depends on which others there are. In turn: the strict parser, Excel's demand for references
where only they will do, and a run in IronCalc on a generated workbook, in a process with limits (batch.py). What an
engine says of its data (#DIV/0!, #N/A, #VALUE!) is no refusal; what the engine does not know, and the parser does, is
"not executed".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal as OneOf

import pyarrow as pa
import pyarrow.compute as pc

from tasks.judge.batch import execute
from tasks.judge.cache import FormulaCache
from tasks.judge.dialect import calls_at_once, plain
from tasks.judge.functions import ARITY
from tasks.judge.lexer import FormulaError
from tasks.judge.parser import parse
from tasks.judge.skeleton import outlines
from tasks.judge.tree import Area, Array, Call, Literal, Name, Node, Operation, canonical, walk

Kind = OneOf[
    "accepted", "not executed", "description", "unsafe", "malformed", "unknown function", "unknown name", "refused"
]
REFUSALS: frozenset[Kind] = frozenset({"malformed", "unknown function", "unknown name", "refused"})

Execute = Callable[[Sequence[str]], list[str]]
"""Formulas to what became of each: "" for run, else why the engine refuses it or could not tell (batch.py)."""

SHORT = 8
"""Rows and columns that stand for a whole column and a whole row."""

_TWO_REFERENCES = re.compile(
    r"(?<![\w.!:$'\"])(?P<one>\$?[A-Z]{1,3}\$?[1-9][0-9]*(?::\$?[A-Z]{1,3}\$?[1-9][0-9]*)?)"
    r" (?P<other>\$?[A-Z]{1,3}\$?[1-9][0-9]*(?::\$?[A-Z]{1,3}\$?[1-9][0-9]*)?)(?![\w.(!:])"
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an engine accepts a formula, and why not. The reason names no place: it holds for the whole outline."""

    kind: Kind
    reason: str = ""

    @property
    def is_refusal(self) -> bool:
        """Whether it is certain that no engine takes the formula. An unsafe one is for the poison rule to judge."""
        return self.kind in REFUSALS


class Acceptance:
    """Judges formulas by their outlines and remembers each verdict, those that took a run also on disk."""

    def __init__(self, cache: FormulaCache | None = None, run: Execute = execute) -> None:
        self._cache = cache
        self._run = run
        self._known: dict[str, Verdict] = {}

    def verdict(self, formula: str) -> Verdict:
        """The verdict on one formula, which starts with `=`."""
        return self.verdicts(pa.array([formula], pa.string()))[0]

    def verdicts(self, formulas: pa.Array) -> list[Verdict]:
        """The verdict on each formula, in order. Formulas that the engine has not run before are run together."""
        coded = pc.dictionary_encode(outlines(formulas))
        found = self._judge(coded.dictionary.to_pylist())
        return [found[code] for code in coded.indices.to_pylist()]

    def refused(self, formulas: pa.Array) -> pa.Array:
        """True for each formula that no engine accepts; an array of the same length."""
        coded = pc.dictionary_encode(outlines(formulas))
        found = [verdict.is_refusal for verdict in self._judge(coded.dictionary.to_pylist())]
        return pc.take(pa.array(found, pa.bool_()), coded.indices)

    def _judge(self, asked: list[str]) -> list[Verdict]:
        to_run: dict[str, str] = {}
        for outline in asked:
            if outline not in self._known:
                verdict = read(outline)
                if isinstance(verdict, Verdict):
                    self._known[outline] = verdict
                else:
                    to_run[outline] = verdict
        self._execute(to_run)
        return [self._known[outline] for outline in asked]

    def _execute(self, to_run: dict[str, str]) -> None:
        """Run what no one has run before; `to_run` is outline to the formula that stands for it."""
        if not to_run:
            return
        before = self._cache.load() if self._cache is not None else {}
        new = sorted({formula for formula in to_run.values() if formula not in before})
        ran = dict(zip(new, self._run(new), strict=True)) if new else {}
        if ran and self._cache is not None:
            self._cache.add(ran)
        for outline, formula in to_run.items():
            said = ran[formula] if formula in ran else before[formula]
            self._known[outline] = _of_run(said)


def read(outline: str) -> Verdict | str:
    """What can be said of an outline without running it; the formula to run where that is not all."""
    try:
        stand_in = plain(_joined(outline))
        if stand_in is None:
            return Verdict("description", "it describes a syntax")
        tree = parse(stand_in.text)
        _check_references(tree)
    except FormulaError as error:
        return _of_error(error, outline)
    if stand_in.stands_in or any(isinstance(node, Name) and not node.name.isascii() for node in walk(tree)):
        return Verdict("not executed", "it holds what only its own workbook knows")
    return f"={canonical(_short(tree))}"


def _short(node: Node) -> Node:
    """The same formula over a few rows where it takes whole columns, which would cost seconds and tell no more."""
    match node:
        case Area() if node.is_whole:
            bottom, right = min(node.bottom, node.top + SHORT), min(node.right, node.left + SHORT)
            return Area(node.sheet, node.top, node.left, bottom, right)
        case Call(name, args):
            return Call(name, tuple(map(_short, args)))
        case Operation(sign, args):
            return Operation(sign, tuple(map(_short, args)))
    return node


def _of_error(error: FormulaError, outline: str) -> Verdict:
    if error.fault == "unsafe":
        return Verdict("unsafe", error.reason)
    if error.fault == "unsupported":
        return Verdict("not executed", error.reason)
    if error.reason.startswith("( stands after the end") and calls_at_once(outline):
        return Verdict("not executed", "it calls a LAMBDA where it stands")
    if error.reason.endswith("is no known function"):
        return Verdict("unknown function", error.reason)
    if "is no known name" in error.reason:
        return Verdict("unknown name", error.reason)
    return Verdict("malformed", error.reason)


def _of_run(said: str) -> Verdict:
    kind, _, reason = said.partition(": ")
    if kind == "refused":
        return Verdict("refused", reason)
    return Verdict("not executed", reason) if said else Verdict("accepted")


def _joined(formula: str) -> str:
    """Two ranges with a blank between them are where they meet; as one range to the parser, if they meet at all."""

    def meet(match: re.Match[str]) -> str:
        one, other = (parse(f"={match[name]}") for name in ("one", "other"))
        if isinstance(one, Area) and isinstance(other, Area) and _meet(one, other):
            return match["one"]
        raise FormulaError("two references stand side by side and have no cell in common", match.start())

    return _TWO_REFERENCES.sub(meet, formula)


def _meet(one: Area, other: Area) -> bool:
    rows = max(one.top, other.top) <= min(one.bottom, other.bottom)
    return rows and max(one.left, other.left) <= min(one.right, other.right)


_GIVES_REFERENCE = frozenset(
    {"ANCHORARRAY", "CHOOSE", "DROP", "IF", "IFERROR", "IFS", "INDEX", "INDIRECT", "LET", "OFFSET", "SINGLE", "SWITCH"}
    | {"TAKE", "TRIMRANGE", "XLOOKUP"}
)


def _check_references(tree: Node) -> None:
    """Raise FormulaError for a computed value where Excel takes a reference only: it lets nobody finish the formula."""
    for node in walk(tree):
        if isinstance(node, Call):
            for at in _reference_places(node):
                if not _may_refer(node.args[at]):
                    raise FormulaError(f"{node.name} takes a range, not a computed value, as argument {at + 1}", 0)


def _reference_places(call: Call) -> list[int]:
    count = len(call.args)
    if call.name in ("SUMIFS", "AVERAGEIFS", "MAXIFS", "MINIFS"):
        return [0, *range(1, count, 2)]
    if call.name == "COUNTIFS":
        return list(range(0, count, 2))
    if call.name in ("SUMIF", "AVERAGEIF"):
        return [0, 2] if count == 3 else [0]
    if call.name in ("COUNTIF", "COUNTBLANK", "OFFSET"):
        return [0]
    return [1] if call.name in ("RANK", "RANK.EQ", "RANK.AVG") else []


def _may_refer(node: Node) -> bool:
    match node:
        case Area() | Name():
            return True
        case Call(name):
            return name in _GIVES_REFERENCE or name not in ARITY
        case Operation(sign):
            return sign in ":#@"
        case Literal(value):
            return value is None or node.is_error
        case Array():
            return False
    raise TypeError(f"no such node: {node!r}")
