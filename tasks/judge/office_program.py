"""Run formulas in LibreOffice: a program of its own, for the interpreter that LibreOffice's Python bridge is made for.

    python3 office_program.py INSTALLATION TASKS PROFILE MEMORY_BYTES

It prints a line when it is ready, then a line a task. LibreOffice is loaded into its own process (LibreOfficeKit), so
there is no server, no socket and nothing to connect to:
whoever ends this process ends the engine. One document is filled, calculated and cleared again for task after task.
office.py says how LibreOffice is found.

INDIRECT opens other documents here, whatever LibreOffice's settings say: `'file:///etc/passwd'#$Sheet1.A1` as a text,
which no parser sees where it is put together by the formula. So once all is loaded, the process gives up the right to
open anything (RLIMIT_NOFILE): no formula reaches a file or a socket.

    task     {"formulas": [TEXT, …], "at": [ROW, COLUMN], "spills": BOOL, "workbooks": [[[NAME, BLOCKS, ODD], …], …]}
    block    [ROW, COLUMN, ROWS]                rows of numbers and texts, "" for an empty cell
    odd      [ROW, COLUMN, FORMULA]             a truth value or an error, as a formula that gives it
    answer   {"grids": [[GRID, …], …]}          a grid a formula, for each workbook;
             {"unable": REASON, "formula": N}   or why not, and which of the formulas is at fault, if that is known
    grid     rows of numbers, texts and {"error": CODE}

Only the standard library and `uno` are imported: the interpreter is not this project's.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import re
import resource
import sys
from pathlib import Path
from typing import Any

OOXML = 5
"""com.sun.star.sheet.FormulaLanguage.OOXML: functions under the names that xlsx files have."""

ALL_GROUPS = 0x7FFFFFFF
EXCEL_OOX = 3
"""com.sun.star.sheet.AddressConvention.XL_OOX: `Sheet!A1`."""

CONTENTS = 1023
"""All of com.sun.star.sheet.CellFlags."""

MAX_SPILL = 10_000
"""Cells of an array result that are read (engine.MAX_SPILL)."""

UNABLE = {
    501: "an invalid character",
    508: "brackets that do not match",
    509: "an operator is missing",
    510: "a variable is missing",
    511: "a variable is missing",
    512: "the formula is too long",
    513: "a text is too long",
    516: "an internal error",
    517: "an internal error",
    518: "an internal error",
    520: "an internal error",
    521: "an internal error",
    522: "it refers to itself",
    523: "the calculation does not converge",
    525: "a name that it does not know",
    527: "an internal overflow",
    533: "nested arrays",
    538: "an array that is too large",
}
"""LibreOffice's error codes that speak of the formula or the engine, not of the data (help: Error Codes)."""

_FUNCTION = re.compile(r"[A-Z][A-Z0-9.]*(?=\()")
_ERROR = re.compile(r"#(?:N/A|DIV/0!|VALUE!|REF!|NAME\?|NUM!|NULL!|SPILL!|CALC!)")
_TEXT = re.compile(r'("(?:[^"]|"")*"|\'(?:[^\']|\'\')*\'!)')


READY = '{"ready": true}'
"""The first line, once LibreOffice is up and has loaded all it needs."""

WARM_UP = (
    '=EDATE(45000,1)+YEARFRAC(45000,45100,1)+WEEKNUM(45000)+NETWORKDAYS(45000,45010)+CONVERT(1,"m","km")',
    '=XLOOKUP("나",{"가","나"},{1,2})&TEXT(45000,"[$-412]yyyy년 mm월 dd일 aaaa")&TEXT(1234.5,"#,##0.0")',
    '=DATEVALUE("2024-01-31")+VALUE("1,234.5")+COUNTIF(A1:A9,"서*")+SUMPRODUCT(A1:A9)',
    '=UPPER("abc")&PROPER("ab cd")&ASC("ＡＢ")&JIS("AB")&LENB("가")&DOLLAR(12)&ROMAN(4)&SEARCH("b","abc")',
    "=SUM(SORT(UNIQUE(FILTER({1;2;3},{1;1;0}))))+XIRR({-10;11},{45000;45400})+PRICE(45000,46000,0.1,0.1,100,1)",
    '=LET(x,INDIRECT("A1"),IFERROR(REGEX("a","b"),x))',
)
"""Formulas that make LibreOffice load what it loads late: add-ins, calendars, collation, number formats."""


class Unable(Exception):  # noqa: N818 - an answer, not a fault of the program
    """A formula that LibreOffice cannot run; `formula` is its index in the task."""

    def __init__(self, reason: str, formula: int | None = None) -> None:
        super().__init__(reason)
        self.formula = formula


class Office:
    """One hidden spreadsheet in this process."""

    def __init__(self, installation: Path, profile: Path) -> None:
        library = installation / "libmergedlo.so"
        loaded = ctypes.CDLL(
            str(library if library.exists() else installation / "libsofficeapp.so"), ctypes.RTLD_GLOBAL
        )
        start = loaded.libreofficekit_hook_2
        start.restype, start.argtypes = ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_char_p]
        if not start(str(installation).encode(), profile.as_uri().encode()):
            raise SystemExit(f"LibreOffice in {installation} does not start")
        import uno  # noqa: PLC0415 - only once LibreOffice is in the process does it give its own context

        context = uno.getComponentContext()
        hidden = uno.createUnoStruct("com.sun.star.beans.PropertyValue")
        hidden.Name, hidden.Value = "Hidden", True
        desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
        self._document = desktop.loadComponentFromURL("private:factory/scalc", "_blank", 0, (hidden,))
        self._document.enableAutomaticCalculation(False)
        self._document.addActionLock()
        self._document.getUndoManager().lock()
        # As an xlsx file sets them: criteria match whole cells, * and ? are wildcards, case makes no difference.
        for name, value in (
            ("RegularExpressions", False),
            ("Wildcards", True),
            ("MatchWholeCell", True),
            ("IgnoreCase", True),
        ):
            self._document.setPropertyValue(name, value)
        self._address = uno.createUnoStruct("com.sun.star.table.CellAddress")
        self._parser, self._names = self._make_parser()

    def run(self, task: dict[str, Any]) -> list[list[Any]]:
        """A grid for every formula on every workbook. Raises Unable."""
        row, column = task["at"][0] - 1, task["at"][1] - 1
        self._address.Sheet, self._address.Row, self._address.Column = 0, row, column
        found = []
        sheets = list(dict.fromkeys(sheet[0] for workbook in task["workbooks"] for sheet in workbook))[1:]
        self._sheets(sheets)
        spelled = [self._spell(formula) for formula in task["formulas"]]
        formulas = [self._parser.parseFormula(formula, self._address) for formula in spelled]
        sizes: list[Any] = [None] * len(spelled)
        if task["spills"]:
            sizes = [
                [self._parser.parseFormula(f"{of}({formula})", self._address) for of in ("ROWS", "COLUMNS")]
                for formula in spelled
            ]
        for workbook in task["workbooks"]:
            filled = self._fill(workbook)
            try:
                grids = []
                for index, (one, size) in enumerate(zip(formulas, sizes, strict=True)):
                    try:
                        grids.append(self._grid(row, column, one, size))
                    except Unable as error:
                        raise Unable(str(error), index) from None
                found.append(grids)
            finally:
                for block in filled:
                    block.clearContents(CONTENTS)
        return found

    def _make_parser(self) -> tuple[Any, dict[str, str]]:
        mapper = self._document.createInstance("com.sun.star.sheet.FormulaOpCodeMapper")
        parser = self._document.createInstance("com.sun.star.sheet.FormulaParser")
        known = mapper.getAvailableMappings(OOXML, ALL_GROUPS)
        parser.CompileEnglish = True
        parser.OpCodeMap = known
        parser.FormulaConvention = EXCEL_OOX
        names = {}
        for entry in known:
            bare = entry.Name.removeprefix("_xlfn.").removeprefix("_xlws.")
            if bare not in names or bare == entry.Name:
                names[bare] = entry.Name
        return parser, names

    def _spell(self, formula: str) -> str:
        """The formula with functions under their names in xlsx files, and errors as what gives them."""
        pieces = _TEXT.split(formula.removeprefix("="))
        for at in range(0, len(pieces), 2):
            piece = _ERROR.sub("NA()", pieces[at])
            pieces[at] = _FUNCTION.sub(lambda match: self._names.get(match[0], match[0]), piece)
        return "".join(pieces)

    def _sheets(self, names: list[str]) -> None:
        """The document's own sheet and those named."""
        sheets = self._document.Sheets
        wanted = {name.casefold() for name in names}
        own = sheets.getByIndex(0)
        own.Name = "judge" if "judge" not in wanted else "judge 1"
        for name in sheets.ElementNames[1:]:
            if name.casefold() not in wanted:
                sheets.removeByName(name)
        there = {name.casefold() for name in sheets.ElementNames[1:]}
        for name in names:
            if name.casefold() not in there:
                sheets.insertNewByName(name, sheets.Count)

    def _fill(self, workbook: list[Any]) -> list[Any]:
        """Put a workbook's cells; the ranges that hold them now."""
        filled = []
        for index, (name, blocks, odd) in enumerate(workbook):
            sheets = self._document.Sheets
            sheet = sheets.getByName(name) if index else sheets.getByIndex(0)
            for top, left, rows in blocks:
                block = sheet.getCellRangeByPosition(left - 1, top - 1, left + len(rows[0]) - 2, top + len(rows) - 2)
                block.setDataArray(tuple(map(tuple, rows)))
                filled.append(block)
            for row, column, formula in odd:
                cell = sheet.getCellRangeByPosition(column - 1, row - 1, column - 1, row - 1)
                cell.setFormulaArray(((formula,),))
                filled.append(cell)
        return filled

    def _grid(self, row: int, column: int, formula: Any, sizes: Any) -> list[list[Any]]:
        """What one formula gives, array-entered: as Excel runs it, an array where one comes out."""
        height, width = (self._size(row, column, one) for one in sizes) if sizes else (1, 1)
        width = min(width, MAX_SPILL)
        height = min(height, max(1, MAX_SPILL // width))
        cells = self._enter(row, column, height, width, formula)
        grid = [list(line) for line in cells.getDataArray()]
        for down, line in enumerate(grid):
            for over, value in enumerate(line):
                if value is None:
                    line[over] = self._error(cells.getCellByPosition(over, down))
        cells.clearContents(CONTENTS)
        return grid

    def _size(self, row: int, column: int, formula: Any) -> int:
        """Rows or columns of a result; 1 where that is an error, for then the result is one too."""
        cells = self._enter(row, column, 1, 1, formula)
        ((value,),) = cells.getDataArray()
        cells.clearContents(CONTENTS)
        return int(value) if isinstance(value, float) and value >= 1 else 1

    def _enter(self, row: int, column: int, height: int, width: int, formula: Any) -> Any:
        sheet = self._document.Sheets.getByIndex(0)
        cells = sheet.getCellRangeByPosition(column, row, column + width - 1, row + height - 1)
        cells.setArrayTokens(formula)
        self._document.calculate()
        return cells

    def _error(self, cell: Any) -> dict[str, str]:
        code = cell.getError()
        if code in UNABLE:
            raise Unable(f"{UNABLE[code]} (Err:{code})")
        return {"error": {532: "#DIV/0!", 519: "#VALUE!", 524: "#REF!", 32767: "#N/A"}.get(code, "#NUM!")}


def give_up_opening() -> None:
    """From here on nothing can be opened: no file, no socket. What is open already stays so."""
    lowest_free = os.dup(0)
    os.close(lowest_free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, lowest_free))


def main(installation: Path, tasks: Path, profile: Path) -> None:
    """Print an answer for every task of the file."""
    with tasks.open(encoding="utf-8") as lines:
        office = Office(installation, profile)
        for formula in WARM_UP:
            with contextlib.suppress(Unable):
                office.run({"formulas": [formula], "at": [20, 20], "spills": False, "workbooks": [[["", [], []]]]})
        inputs = lines.readlines()
        give_up_opening()
        print(READY, flush=True)
        for line in inputs:
            try:
                answer: dict[str, Any] = {"grids": office.run(json.loads(line))}
            except Unable as error:
                answer = {"unable": str(error), "formula": error.formula}
            except Exception as error:  # noqa: BLE001 - the bridge turns any fault of LibreOffice into one of its own kinds
                answer = {"unable": f"{type(error).__name__}: {error}"}
            print(json.dumps(answer, ensure_ascii=False), flush=True)
        os._exit(0)  # LibreOffice's own way out wants to write its profile


if __name__ == "__main__":
    memory = int(sys.argv[4])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
