"""Forms that an engine is known to run wrong, and formulas that no run can compare.

Each entry was seen to be wrong over ten rows; tests/tasks/judge/test_engines.py fails once an engine runs one right, so
that it can be taken out again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import chain

from tasks.judge.functions import VOLATILE
from tasks.judge.tree import Area, Array, Call, Literal, Node, Operation, walk


def volatile(tree: Node) -> str | None:
    """Why no two runs of this formula can be compared, or None."""
    for node in walk(tree):
        if isinstance(node, Call) and node.name in VOLATILE:
            return f"uses {node.name}, which never gives the same twice"
    return None


def trap(tree: Node, engine: str) -> str | None:
    """Why this engine's word on the formula is worth nothing, or None."""
    for node in walk(tree):
        if isinstance(node, Call):
            for form, is_there in TRAPS[engine].items():
                if is_there(node):
                    return f"has the form {form}, which {engine} runs wrong"
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


def _asks_kind_of_range(call: Call) -> bool:
    return call.name in _KIND_TESTS and _reads_range(call.args[0])


def _tests_one_cell(call: Call) -> bool:
    return call.name in _CRITERIA and isinstance(call.args[0], Area) and call.args[0].is_cell


def _counts_each(call: Call) -> bool:
    return call.name in _CRITERIA and any(_is_range(arg) for arg in call.args[_CRITERIA[call.name]])


def _leaves_out_a_text(call: Call) -> bool:
    criteria = call.args[_CRITERIA[call.name]] if call.name in _CRITERIA else ()
    return any(isinstance(one, Literal) and re.match(r"<>[^\d.<>=-]", str(one.value)) for one in criteria)


def _looks_up_near(call: Call) -> bool:
    return call.name == "XLOOKUP" and (len(call.args) > 4 or _calls_other(call, "XLOOKUP"))


def _calls_other(call: Call, name: str) -> bool:
    return any(True for arg in call.args for _ in _calls(arg, name))


def _sizes_differ(call: Call) -> bool:
    if call.name not in ("SUMIF", "AVERAGEIF") or len(call.args) < 3:
        return False
    one, other = call.args[0], call.args[2]
    return isinstance(one, Area) and isinstance(other, Area) and _size(one) != _size(other)


def _size(area: Area) -> tuple[int, int]:
    return area.bottom - area.top, area.right - area.left


def _rounds_to_multiple(call: Call) -> bool:
    return call.name in ("CEILING", "FLOOR")


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

_KIND_TESTS = frozenset({"ISBLANK", "ISERR", "ISERROR", "ISLOGICAL", "ISNA", "ISNONTEXT", "ISNUMBER", "ISTEXT"})

TRAPS: dict[str, dict[str, Callable[[Call], bool]]] = {
    "IronCalc": {
        "SUM(SUMIFS(…,{…}))": _sums_over_array,
        "AVERAGE(IF(…))": _averages_if,
        "COUNT(FILTER(…))": _counts_array,
        "LOOKUP(2,1/(…))": _looks_up_quotient,
        "ISNUMBER(range)": _asks_kind_of_range,
        "COUNTIF(cell,…)": _tests_one_cell,
        "COUNTIF(range,range)": _counts_each,
        'COUNTIF(…,"<>text")': _leaves_out_a_text,
        "XLOOKUP with a mode, or of XLOOKUP": _looks_up_near,
        "SUMIF of unequal ranges": _sizes_differ,
    },
    "LibreOffice": {"CEILING of a negative number": _rounds_to_multiple},
}
"""IronCalc 0.9.1 gives 0 for the first and third over ten rows, #N/A for the last, and counts what the condition left
out as 0 in the second."""
