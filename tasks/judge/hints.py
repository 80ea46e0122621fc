"""What a formula expects in the cells that it reads: conditions, lookups, dates, texts, totals against a bound.

Random numbers alone would leave `=COUNTIF(A2:A9,"서울")` at 0 and `=IF(B2>=80,…)` on one side for ever. What a formula
says about its cells is what the test workbooks (workbooks.py) must put there.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, permutations

from tasks.judge.functions import PAIRED
from tasks.judge.lexer import FormulaError
from tasks.judge.parser import parse
from tasks.judge.tree import Area, Array, Call, Literal, Node, Operation, walk

Constant = float | str

EPOCH = date(1899, 12, 30)
"""Day 0 of Excel's serial dates, from March 1900 on."""

_SIGNS = {"=": "=", "<>": "<>", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_CRITERION = re.compile(r"(?P<sign><=|>=|<>|=|<|>)?(?P<value>.*)", re.DOTALL)
_DATE_FORMAT = re.compile(r"[yd]|m{3,}|aaa", re.IGNORECASE)

TEXT_FUNCTIONS = frozenset(
    {"CLEAN", "CODE", "EXACT", "FIND", "LEFT", "LEN", "LOWER", "MID", "PROPER", "REPLACE", "RIGHT", "SEARCH"}
    | {"SUBSTITUTE", "TEXTAFTER", "TEXTBEFORE", "TEXTSPLIT", "TRIM", "UNICODE", "UPPER"}
)
DATE_FUNCTIONS = frozenset(
    {"DATEDIF", "DAY", "DAYS", "DAYS360", "EDATE", "EOMONTH", "HOUR", "ISOWEEKNUM", "MINUTE", "MONTH", "NETWORKDAYS"}
    | {"NETWORKDAYS.INTL", "SECOND", "WEEKDAY", "WEEKNUM", "WORKDAY", "WORKDAY.INTL", "YEAR", "YEARFRAC"}
)
KIND_FUNCTIONS = frozenset(
    {"AVERAGEA", "COUNT", "COUNTA", "COUNTBLANK", "ERROR.TYPE", "IFERROR", "ISBLANK", "ISERR", "ISERROR", "ISNONTEXT"}
    | {"ISNUMBER", "ISTEXT", "MAXA", "MINA", "N", "T"}
)
"""Functions that tell texts, blanks and errors from numbers: only for them do number columns hold such."""

BLANK_FUNCTIONS = frozenset({"COUNT", "COUNTA", "COUNTBLANK", "ISBLANK"})
BLANKLESS = frozenset({"CORREL", "FREQUENCY", "GEOMEAN", "IRR", "NPV", "PRODUCT", "TRIMMEAN", "XIRR", "XNPV"})
POSITIVE = frozenset({"CEILING", "CEILING.MATH", "FLOOR", "FLOOR.MATH", "MROUND"})
"""Functions on whose numbers below zero versions of Excel differ, and which nobody asks for them."""

RATED = {
    "FV": (0, 1),
    "IPMT": (0, 2),
    "IRR": (),
    "NPER": (0,),
    "NPV": (0,),
    "PMT": (0, 1),
    "PPMT": (0, 2),
    "PV": (0, 1),
}
"""Functions to where a rate of interest and, after it, a number of periods stand among their arguments."""

_TIMES = tuple(45_322 + seconds / 86_400 for seconds in (1, 59, 3_601, 34_230, 45_296, 67_501, 86_398)) * 6
"""Times of day, many times over, so that most cells hold one."""

_LEVELS = frozenset({"SUM", "AVERAGE", "MAX", "MIN", "MEDIAN", "COUNT", "COUNTA"})


@dataclass(frozen=True, slots=True)
class Condition:
    """Cells that are tested: each of `area` against a constant, or against what a cell holds."""

    area: Area
    sign: str
    value: Constant | Area


@dataclass(frozen=True, slots=True)
class Lookup:
    """A key that is looked for in a vector: exact (order 0), among ascending (1) or descending (-1) values."""

    vector: Area
    key: Constant | Area | None
    order: int


@dataclass(slots=True)
class Hints:
    """All that one formula says about its cells."""

    areas: list[Area] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    lookups: list[Lookup] = field(default_factory=list)
    dates: list[tuple[Area, tuple[float, ...]]] = field(default_factory=list)
    texts: list[tuple[Area, tuple[str, ...]]] = field(default_factory=list)
    levels: list[tuple[Area, float]] = field(default_factory=list)
    twins: list[tuple[Area, Area]] = field(default_factory=list)
    """Pairs of single cells that are compared with each other."""

    kinds: list[Area] = field(default_factory=list)
    """Cells of which it asks what kind of value they hold."""

    valued: list[Area] = field(default_factory=list)
    """Ranges that are added up or averaged where conditions hold."""

    ordered: list[tuple[Area, Area]] = field(default_factory=list)
    """Pairs of dates of which the first must not be the later."""

    rates: list[Area] = field(default_factory=list)
    periods: list[Area] = field(default_factory=list)
    counted: list[Condition] = field(default_factory=list)
    """Conditions whose bound is one of the cells that are tested: `COUNTIF(A2:A9,A2)`."""

    bounds: list[tuple[Area, Area]] = field(default_factory=list)
    """Pairs of single cells that hold a lower and an upper bound of the same cells."""

    is_positive: bool = False
    tells_kinds: bool = False
    tells_blanks: bool = False
    has_no_blanks: bool = False
    """Whether a blank among its numbers would mean something that nobody has in mind (PRODUCT, NPV)."""

    wanders: bool = False
    """Whether it reads cells that it does not name (OFFSET, INDIRECT)."""


def hints(tree: Node) -> Hints:
    """Read a formula's tree."""
    found = Hints()
    for node in walk(tree):
        if isinstance(node, Area):
            found.areas.append(node)
        elif isinstance(node, Call):
            _from_call(node, found)
        elif isinstance(node, Operation) and len(node.args) == 2:
            _from_operation(node, found)
    return found


def serial(day: date) -> float:
    """A date as Excel counts it."""
    return float((day - EPOCH).days)


def _from_call(call: Call, found: Hints) -> None:
    name, args = call.name, call.args
    found.tells_kinds |= name in KIND_FUNCTIONS
    if name in KIND_FUNCTIONS and name != "IFERROR":
        found.kinds.extend(argument for argument in args if isinstance(argument, Area))
    found.wanders |= name in ("OFFSET", "INDIRECT")
    found.tells_blanks |= name in BLANK_FUNCTIONS
    found.has_no_blanks |= name in BLANKLESS
    found.is_positive |= name in POSITIVE
    for condition in _conditions(name, args):
        # 1/COUNTIF(A2:A9,A2:A9) counts what is distinct, and is an error where a cell is blank.
        found.has_no_blanks |= isinstance(condition.value, Area) and not condition.value.is_cell
        counts = (
            isinstance(condition.value, Area) and condition.value.is_cell and _holds(condition.area, condition.value)
        )
        (found.counted if counts else found.conditions).append(condition)
    for low, high in permutations(_conditions(name, args), 2):
        if low.area == high.area and low.sign in (">", ">=") and high.sign in ("<", "<="):
            _add_pair(low.value, high.value, found.bounds)
    _add_special(name, args, found)
    found.lookups.extend(_lookups(name, args))
    inside = [argument for argument in args if isinstance(argument, Area)]
    if name in TEXT_FUNCTIONS:
        said = tuple(a.value for a in args if isinstance(a, Literal) and isinstance(a.value, str) and not a.is_error)
        found.texts.extend((area, said) for area in inside)
    elif name in DATE_FUNCTIONS or (name == "TEXT" and _is_date_format(args[1])):
        times = _TIMES if name in ("HOUR", "MINUTE", "SECOND") else ()
        found.dates.extend((area, times) for area in inside)
    elif name in ("VALUE", "NUMBERVALUE"):
        found.texts.extend((area, ("1234.5", "-7", "0012")) for area in inside)
    elif name == "DATEVALUE":
        found.texts.extend((area, ("2024-01-31", "2024-02-29", "2023-12-31")) for area in inside)


def _add_special(name: str, args: tuple[Node, ...], found: Hints) -> None:
    if name in RATED:
        for kind, place in zip((found.rates, found.periods), RATED[name], strict=False):
            kind.extend(node for node in walk(args[place]) if isinstance(node, Area) and node.is_cell)
    valued_at = {"SUMIFS": 0, "AVERAGEIFS": 0, "MAXIFS": 0, "MINIFS": 0, "SUMIF": 2, "AVERAGEIF": 2}.get(name)
    if valued_at is not None and len(args) > valued_at and isinstance(area := args[valued_at], Area):
        found.valued.append(area)
    if name == "DATEDIF" and isinstance(args[0], Area) and isinstance(args[1], Area):
        found.ordered.append((args[0], args[1]))
    if name == "EXACT":
        _add_pair(args[0], args[1], found.twins)
    if name == "SWITCH" and isinstance(args[0], Area):
        for value in map(_constant, args[1::2]):
            if value is not None:
                found.conditions.append(Condition(args[0], "=", value))
    if name == "CHOOSE" and isinstance(args[0], Area):
        found.conditions.extend(Condition(args[0], "=", float(number)) for number in range(1, len(args)))
    if name == "INDIRECT" and isinstance(args[0], Literal) and isinstance(args[0].value, str):
        try:
            named = parse(f"={args[0].value}")
        except FormulaError:
            return
        found.areas.extend(node for node in walk(named) if isinstance(node, Area))


def _add_pair(one: Node | Constant, other: Node | Constant, pairs: list[tuple[Area, Area]]) -> None:
    if isinstance(one, Area) and isinstance(other, Area) and one.is_cell and other.is_cell:
        pairs.append((one, other))


def _holds(area: Area, cell: Area) -> bool:
    """Whether the cell is one of the area, or of those beside it that a range one row off would lose."""
    is_beside = area.top - 1 <= cell.top <= area.bottom + 1 and area.left <= cell.left <= area.right
    return area.sheet == cell.sheet and not area.is_cell and is_beside


def _from_operation(node: Operation, found: Hints) -> None:
    left, right = node.args
    if node.sign in ("=", "<>"):
        _add_pair(left, right, found.twins)
    if node.sign in _SIGNS:
        _compared(left, node.sign, right, found)
        _compared(right, _SIGNS[node.sign], left, found)
    elif node.sign in "+-":
        for one, other in ((left, right), (right, left)):
            if (
                isinstance(one, Area)
                and isinstance(other, Call)
                and other.name in ("TODAY", "DATE", "EOMONTH", "EDATE")
            ):
                found.dates.append((one, ()))


def _compared(side: Node, sign: str, other: Node, found: Hints) -> None:
    """`side` compared with `other`: a cell itself, a part of it, or a total over many."""
    bound = _value(other)
    if bound is None or (isinstance(bound, Area) and not bound.is_cell):
        return
    if isinstance(side, Area):
        found.conditions.append(Condition(side, sign, bound))
    elif isinstance(side, Call) and side.args and isinstance(side.args[0], Area):
        area = side.args[0]
        if side.name in _LEVELS and isinstance(bound, float):
            found.levels.append((area, bound / _cells(area) if side.name == "SUM" else bound))
        elif side.name in TEXT_FUNCTIONS and isinstance(bound, str):
            found.texts.append((area, (bound,)))
        elif side.name in DATE_FUNCTIONS and isinstance(bound, float):
            found.dates.append((area, _dates_like(side.name, int(bound))))


def _conditions(name: str, args: tuple[Node, ...]) -> Iterator[Condition]:
    pairs: list[tuple[Node, Node]] = []
    if name in ("COUNTIF", "SUMIF", "AVERAGEIF"):
        pairs = [(args[0], args[1])]
    elif name in PAIRED and name != "IFS":
        rest = args[PAIRED[name] :]
        pairs = list(zip(rest[::2], rest[1::2], strict=True))
    for area, criterion in pairs:
        if isinstance(area, Area):
            for one in _criteria(criterion):
                yield Condition(area, *one)


def _criteria(node: Node) -> Iterator[tuple[str, Constant | Area]]:
    """What a criterion tests: `">=10"`, `"서울"`, `10`, `A1`, `">="&A1`."""
    if isinstance(node, Literal) and isinstance(node.value, str):
        match = _CRITERION.fullmatch(node.value)
        if match is not None:
            yield match["sign"] or "=", _number_or_text(match["value"])
    elif isinstance(node, Array):
        for one in chain(*node.rows):
            yield from _criteria(one)
    elif isinstance(node, Operation) and node.sign == "&":
        first, bound = node.args[0], _value(node.args[-1])
        if isinstance(first, Literal) and first.value in _SIGNS and bound is not None:
            yield str(first.value), bound
    elif (bound := _value(node)) is not None:
        yield "=", bound


def _lookups(name: str, args: tuple[Node, ...]) -> Iterator[Lookup]:
    if name not in ("VLOOKUP", "HLOOKUP", "MATCH", "XLOOKUP", "XMATCH", "LOOKUP"):
        return
    key, table = _value(args[0]), args[1]
    if not isinstance(table, Area):
        return
    if name == "VLOOKUP":
        table = Area(table.sheet, table.top, table.left, table.bottom, table.left)
    elif name == "HLOOKUP":
        table = Area(table.sheet, table.top, table.left, table.top, table.right)
    yield Lookup(table, key, _order(name, args))


def _order(name: str, args: tuple[Node, ...]) -> int:
    if name in ("XLOOKUP", "XMATCH"):
        return 0
    place = {"VLOOKUP": 3, "HLOOKUP": 3, "MATCH": 2}.get(name)
    mode = args[place] if place is not None and len(args) > place else Literal(1.0)
    value = _constant(mode)
    if value is None and isinstance(mode, Literal):
        value = float(bool(mode.value))
    return int(value) if isinstance(value, float) else 0


def _value(node: Node) -> Constant | Area | None:
    """A constant, or the one cell that holds it."""
    if isinstance(node, Area):
        return node
    return _constant(node)


def _constant(node: Node) -> Constant | None:
    match node:
        case Literal(value) if not node.is_error and not isinstance(value, bool):
            return value
        case Operation("-", (Literal(value),)) if isinstance(value, float):
            return -value
        case Call("DATE", (Literal(year), Literal(month), Literal(day))):
            try:
                return serial(date(int(year or 0), int(month or 0), int(day or 0)))
            except ValueError:
                return None
    return None


def _number_or_text(text: str) -> Constant:
    try:
        return float(text)
    except ValueError:
        return text


def _is_date_format(node: Node) -> bool:
    return isinstance(node, Literal) and _DATE_FORMAT.search(str(node.value)) is not None


def _cells(area: Area) -> int:
    return (area.bottom - area.top + 1) * (area.right - area.left + 1)


def _dates_like(function: str, part: int) -> tuple[float, ...]:
    """Dates whose month, day or year is this one, with both ends of the month."""
    if function == "MONTH" and 1 <= part <= 12:
        return tuple(
            serial(date(year, part, day)) for year in (2023, 2024) for day in (1, calendar.monthrange(year, part)[1])
        )
    if function == "YEAR" and 1901 <= part <= 2200:
        return (serial(date(part, 1, 1)), serial(date(part, 12, 31)), serial(date(part - 1, 12, 31)))
    if function == "DAY" and 1 <= part <= 31:
        return (serial(date(2024, 1, part)), serial(date(2024, 3, part)))
    return ()
