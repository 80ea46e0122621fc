"""LibreOffice, where it is installed: found, and fed with tasks for the program that runs it (office_program.py).

office = find()                      # None where there is none
office.version                       # "25.2"
office.job(tasks, folder)            # reads TASKS, prints an answer a task
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from tasks.jobs import Job, JobError, run
from tasks.judge.cells import Place, Sheet
from tasks.judge.engine import ErrorValue, Grid, Value, home
from tasks.judge.tree import Area, Array, Call, Node, Operation, walk
from tasks.judge.values import Cell
from tasks.judge.workbooks import Workbook

NAME = "LibreOffice"

MEMORY_BYTES = 4 << 30
"""Address space of its process, of which its libraries take 1 GiB before anything is calculated."""

INSTALL_HINT = "apt-get install libreoffice-calc-nogui python3-uno (on Debian 12 with -t bookworm-backports)"

_INSTALLATIONS = ("/usr/lib/libreoffice/program", "/usr/lib64/libreoffice/program", "/opt/libreoffice*/program")
_PYTHONS = ("/usr/bin/python3",)
_ENTRY = re.compile(r"UpdateID=LibreOffice_(?P<version>[0-9.]+)")

SPILLING = frozenset(
    {"CHOOSECOLS", "CHOOSEROWS", "DROP", "EXPAND", "FILTER", "FREQUENCY", "GROWTH", "HSTACK", "INDEX", "LINEST"}
    | {"LOGEST", "MAKEARRAY", "MAP", "MINVERSE", "MMULT", "MODE.MULT", "MUNIT", "OFFSET", "RANDARRAY", "SCAN"}
    | {"SEQUENCE", "SORT", "SORTBY", "TAKE", "TEXTSPLIT", "TOCOL", "TOROW", "TRANSPOSE", "TREND", "UNIQUE", "VSTACK"}
    | {"WRAPCOLS", "WRAPROWS", "XLOOKUP", "BYCOL", "BYROW", "INDIRECT"}
)
"""Functions that may give an array of single values."""

_REDUCING = frozenset(
    {"AGGREGATE", "AND", "AVERAGE", "AVERAGEIF", "AVERAGEIFS", "COLUMNS", "CONCAT", "COUNT", "COUNTA", "COUNTBLANK"}
    | {"COUNTIF", "COUNTIFS", "MAX", "MAXIFS", "MEDIAN", "MIN", "MINIFS", "NPV", "OR", "PRODUCT", "ROWS", "STDEV"}
    | {"STDEV.P", "STDEV.S", "SUBTOTAL", "SUM", "SUMIF", "SUMIFS", "SUMPRODUCT", "SUMSQ", "TEXTJOIN", "VAR", "VAR.S"}
)
"""Functions that make one value of all that they are given, save of arrays for a criterion."""


@dataclass(frozen=True, slots=True)
class Office:
    """An installation: its program folder, an interpreter that has its bridge, its version."""

    program: Path
    python: Path
    version: str

    def job(self, tasks: Path, folder: Path) -> Job:
        """Answer every task of the file, a line each, in order."""
        profile = folder / "office"
        profile.mkdir(exist_ok=True)
        here = Path(__file__).with_name("office_program.py")
        argv = (str(self.python), str(here), str(self.program), str(tasks), str(profile), str(MEMORY_BYTES))
        environment = {"HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        return Job("LibreOffice", argv, cwd=folder, log=folder / "office.log", env=environment)


@cache
def find() -> Office | None:
    """The LibreOffice of this machine, or None where there is none or no interpreter has its bridge (`uno`)."""
    for program in _programs():
        python = next(filter(_has_bridge, (str(program / "python"), *_PYTHONS)), None)
        if python is not None:
            return Office(program, Path(python), _version(program))
    return None


def task(formulas: Sequence[Node], texts: Sequence[str], workbooks: Sequence[Workbook]) -> dict[str, Any]:
    """The formulas on the workbooks, as office_program.py reads it."""
    return {
        "formulas": list(texts),
        "at": list(home(workbooks)),
        "spills": any(map(spills, formulas)),
        "workbooks": [[_sheet(sheet) for sheet in workbook] for workbook in workbooks],
    }


def grids(answer: Mapping[str, Any]) -> list[list[Grid]]:
    """The results of an answer: a grid a formula, for each workbook."""
    return [[_grid(grid) for grid in workbook] for workbook in answer["grids"]]


def spills(tree: Node) -> bool:  # noqa: PLR0911 - one return a kind of node
    """Whether a formula may give more than one cell. False only where it surely does not."""
    match tree:
        case Area():
            return not tree.is_cell
        case Array():
            return True
        case Call(name, args) if name in _REDUCING:
            return any(isinstance(node, Array) for arg in args for node in walk(arg)) and name.endswith(("IF", "IFS"))
        case Call(name, args):
            if name in SPILLING:
                return True
            return any(spills(arg) for arg in args if not _takes_range(name, arg))
        case Operation(_, args):
            return any(map(spills, args))
    return False


def _takes_range(name: str, argument: Node) -> bool:
    """Whether the function looks up or ranks in this range as a whole."""
    return isinstance(argument, Area) and name not in ("IF", "IFERROR", "IFS", "ROUND", "TEXT", "LEN", "LEFT", "MID")


def _programs() -> Iterator[Path]:
    command = shutil.which("soffice") or shutil.which("libreoffice")
    folders = [Path(command).resolve().parent] if command is not None else []
    for pattern in _INSTALLATIONS:
        folders += sorted(Path("/").glob(pattern[1:]), reverse=True)
    for folder in dict.fromkeys(folders):
        if any((folder / name).exists() for name in ("libmergedlo.so", "libsofficeapp.so")):
            yield folder


def _has_bridge(python: str) -> bool:
    if not Path(python).exists():
        return False
    try:
        run(Job("LibreOffice's bridge", (python, "-c", "import uno"), cwd=Path("/"), log=Path("/dev/null")))
    except JobError:
        return False
    return True


def _version(program: Path) -> str:
    try:
        text = (program / "versionrc").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "unknown"
    match = _ENTRY.search(text)
    return match["version"] if match is not None else "unknown"


def _sheet(sheet: Sheet) -> list[Any]:
    plain: dict[Place, float | str] = {}
    odd: list[list[Any]] = []
    for (row, column), value in sheet.cells.items():
        if isinstance(value, bool):
            odd.append([row, column, f"={str(value).upper()}()"])
        elif isinstance(value, ErrorValue):
            odd.append([row, column, "=NA()"])
        elif value is not None:
            plain[row, column] = value
    return [sheet.name, list(_blocks(plain)), odd]


def _blocks(cells: Mapping[Place, Cell]) -> Iterator[list[Any]]:
    """Rectangles that hold all cells: one for each run of rows without a gap."""
    rows = sorted({row for row, _ in cells})
    for _, run_ in groupby(enumerate(rows), key=lambda pair: pair[1] - pair[0]):
        run_of = [row for _, row in run_]
        within = set(run_of)
        columns = [column for row, column in cells if row in within]
        left, right = min(columns), max(columns)
        block = [["" if (v := cells.get((r, c))) is None else v for c in range(left, right + 1)] for r in run_of]
        yield [run_of[0], left, block]


def _grid(rows: Sequence[Sequence[Any]]) -> Grid:
    return tuple(tuple(map(_value, row)) for row in rows)


def _value(value: Any) -> Value:
    return ErrorValue(value["error"]) if isinstance(value, dict) else value
