"""The workbook that a case brings: read with limits, and taken as the layout that test workbooks are made from.

    layout = read_layout({"매출": [["지역", "금액"], ["서울", 100]]})    # inline: sheets of rows, or one sheet's rows
    layout = read_layout("sales.xlsx", Path("cases"))                  # or a file beside the cases

Inline sheets may also map cells (`{"매출": {"A1": "지역", "B2": 100}}`). Texts that are dates (2024-01-31) become
dates, as they do when they are typed. A formula in a file counts with the value that was stored with it.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from configs.errors import ExhellError
from tasks.judge.cells import Place, Sheet
from tasks.judge.hints import serial
from tasks.judge.tree import MAX_COLUMN, MAX_ROW
from tasks.judge.values import Cell, ErrorValue

MAX_FILE_BYTES = 32 << 20
MAX_UNPACKED_BYTES = 256 << 20
"""A zip bomb unpacks to gigabytes; an honest workbook of 200,000 cells to some 10 MB."""

MAX_CELLS = 500_000
"""Filled cells of one workbook."""

_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?")


class LayoutError(ExhellError):
    """A workbook that cannot be read, or is too large to be one."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The cells of a workbook, the formula's own sheet first, and which of them are dates.

    `vocabulary` is the texts of each column by (sheet index, column).
    """

    sheets: tuple[Sheet, ...]
    dates: frozenset[tuple[int, Place]] = frozenset()
    vocabulary: Mapping[tuple[int, int], tuple[str, ...]] = field(default_factory=dict)

    @property
    def home(self) -> str:
        """What the formula's own sheet is called in the workbook."""
        return self.sheets[0].name

    def index(self, sheet: str) -> int | None:
        """Where a sheet stands, "" being the formula's own; None where there is none of that name."""
        if not sheet:
            return 0
        names = [one.name.casefold() for one in self.sheets]
        return names.index(sheet.casefold()) if sheet.casefold() in names else None


def read_layout(workbook: Any, folder: Path = Path()) -> Layout:
    """Read an xlsx path, relative to `folder`, or inline sheets. Raises LayoutError."""
    found = list(_from_file(folder / workbook) if isinstance(workbook, str) else _inline(workbook))
    if not found:
        raise LayoutError("the workbook has no sheet; give it one with at least a cell")
    sheets: list[Sheet] = []
    dates: set[tuple[int, Place]] = set()
    vocabulary: dict[tuple[int, int], tuple[str, ...]] = {}
    for index, (name, cells) in enumerate(found):
        plain: dict[Place, Cell] = {}
        for place, value in cells.items():
            plain[place], is_date = _cell(value, name, place)
            if is_date:
                dates.add((index, place))
        sheets.append(Sheet(name, plain))
        columns: dict[int, dict[str, None]] = {}
        for (_, column), said in sorted(plain.items()):
            if isinstance(said, str):
                columns.setdefault(column, {})[said] = None
        vocabulary |= {(index, column): tuple(texts) for column, texts in columns.items()}
    return Layout(tuple(sheets), frozenset(dates), vocabulary)


def _from_file(path: Path) -> Iterator[tuple[str, dict[Place, Any]]]:
    _check_file(path)
    from openpyxl import load_workbook  # noqa: PLC0415 - a filter, which judges no workbook, need not load it

    try:
        book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
        try:
            left = MAX_CELLS
            for sheet in book.worksheets:
                cells: dict[Place, Any] = {}
                for row in sheet.iter_rows():
                    for cell in row:
                        if cell.value is not None:
                            cells[cell.row, cell.column] = cell.value
                    if len(cells) > left:
                        raise LayoutError(f"workbook {path.name} holds over {MAX_CELLS:,} cells; give a smaller one")
                left -= len(cells)
                yield sheet.title, cells
        finally:
            book.close()
    except LayoutError:
        raise
    except Exception as error:  # openpyxl lets out whatever a damaged file makes of its parts
        raise LayoutError(
            f"workbook {path.name} does not open ({type(error).__name__}: {error}); save it as xlsx again"
        ) from error


def _check_file(path: Path) -> None:
    """Raise LayoutError for what is no workbook, or a zip that unpacks to far more than one."""
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise LayoutError(f"workbook {path.name} has {size:,} bytes, over {MAX_FILE_BYTES:,}; give a smaller one")
        with zipfile.ZipFile(path) as packed:
            unpacked = sum(entry.file_size for entry in packed.infolist())
    except OSError as error:
        raise LayoutError(f"workbook {path.name} cannot be read: {error.strerror or error}; check the path") from error
    except zipfile.BadZipFile as error:
        raise LayoutError(f"workbook {path.name} does not open ({error}); save it as xlsx again") from error
    if unpacked > MAX_UNPACKED_BYTES:
        raise LayoutError(
            f"workbook {path.name} unpacks to {unpacked:,} bytes, over {MAX_UNPACKED_BYTES:,}; give a smaller one"
        )


def _inline(workbook: Any) -> Iterator[tuple[str, dict[Place, Any]]]:
    if isinstance(workbook, Mapping) and isinstance(workbook.get("sheets"), Mapping | list):
        workbook = workbook["sheets"]
    if isinstance(workbook, Mapping):
        if workbook and all(
            _CELL.fullmatch(str(name)) and not isinstance(of, list | dict) for name, of in workbook.items()
        ):
            yield "Sheet1", _cells(workbook)
            return
        for name, content in workbook.items():
            yield str(name), _cells(content)
    elif isinstance(workbook, list) and workbook and all(isinstance(one, Mapping) for one in workbook):
        for number, one in enumerate(workbook, start=1):
            yield str(one.get("name", f"Sheet{number}")), _cells(one.get("cells", one.get("rows")))
    elif isinstance(workbook, list):
        yield "Sheet1", _cells(workbook)
    else:
        raise LayoutError("a workbook is a path, rows of cells, or sheets by name")


def _cells(content: Any) -> dict[Place, Any]:
    if isinstance(content, Mapping) and ("rows" in content or "cells" in content):
        content = content.get("cells", content.get("rows"))
    if isinstance(content, Mapping):
        return {_place(name): value for name, value in content.items() if value is not None}
    if isinstance(content, Sequence) and not isinstance(content, str):
        rows = [row if isinstance(row, list) else [row] for row in content]
        if sum(map(len, rows)) > MAX_CELLS:
            raise LayoutError(f"an inline workbook holds over {MAX_CELLS:,} cells; give a smaller one")
        return {
            (down, over): value
            for down, row in enumerate(rows, start=1)
            for over, value in enumerate(row, start=1)
            if value is not None
        }
    raise LayoutError('a sheet is a list of rows, or cells by name as in {"A1": 3}')


def _place(name: str) -> Place:
    match = _CELL.fullmatch(str(name))
    if match is None:
        raise LayoutError(f"{name!r} is no cell; write it as A1")
    column = 0
    for letter in match[1].upper():
        column = column * 26 + ord(letter) - 64
    if column > MAX_COLUMN or int(match[2]) > MAX_ROW:
        raise LayoutError(f"{name} lies beyond the last cell XFD{MAX_ROW}")
    return int(match[2]), column


def _cell(value: Any, sheet: str, place: Place) -> tuple[Cell, bool]:  # noqa: PLR0911 - one return a kind of value
    """The value of a cell as the engines take it, and whether it is a date."""
    if isinstance(value, bool):
        return value, False
    if isinstance(value, int | float):
        return float(value), False
    if isinstance(value, datetime | date | time | timedelta):
        from openpyxl.utils.datetime import to_excel  # noqa: PLC0415 - as above

        return float(to_excel(value)), isinstance(value, date)
    if not isinstance(value, str):
        raise LayoutError(f"the cell at row {place[0]}, column {place[1]} of {sheet} holds a {type(value).__name__}")
    if value.startswith("#") and value.endswith(("!", "?", "/A")):
        return ErrorValue(value), False
    if _DATE.fullmatch(value):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return value, False
        seconds = (moment - datetime.combine(moment.date(), time())).total_seconds()
        return serial(moment.date()) + seconds / 86_400, True
    return value or None, False
