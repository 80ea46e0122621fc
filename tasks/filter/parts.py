"""What of a prompt is the question, and what was pasted under it: a formula, a table.

Applications differ in where they keep a sheet, and users in where they paste it. So lines are told apart by what they
are, not by their column: what follows the question in `input` is part of the question unless it is a sheet, and lines
of a sheet in `instruction` are none of the question.
"""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

_CELLS = r"(?:^|\n)[^\s,;]+(?:[,;][^\s,;]*)+(?:\n|$)"
"""A line of cells between commas, without blanks."""
_SPACED_CELLS = r"(?:^|\n)[^\n,]{1,20}(?:, ?[^\n,]{0,20})+\n(?:[^\n,]{1,20}, ?)+-?\d[\d.]*%?\s*(?:,|\n|$)"
"""Two lines of cells, blanks behind their commas, with a figure in the second."""
_SHEET = rf"[\t|]|^\s*=|{_CELLS}|{_SPACED_CELLS}"
_SPACED_FORMULA = r"^\s*=[^\n]* "
_AROUND_SIGNS = r" *([=<>+*/^&(),;]) *"
_QUOTED_THOUSAND = r'("[^",\n]*\d),(\d{3})'
_GROUPS = 3
"""Commas that one figure in quotation marks has at most: billions."""
_BETWEEN_CELLS = r"^\s*=|[^\s,],[^\s,\d]|[^\s,\d],[^\s,]"
"""A formula, or a comma with a letter beside it and no blank: it stands between two cells, and so do the others."""
_SHEET_LINE = re.compile(rf"\S\t|^\s*=|\|.*\||{_CELLS}|^\s*\S{{1,20}}(?:\s+[-\d.,%]+)+\s*$")


def split_prompt(instructions: pa.Array, inputs: pa.Array) -> tuple[pa.StringArray, pa.StringArray]:
    """The questions, and what was pasted."""
    asked, given = (pc.utf8_trim_whitespace(pc.fill_null(texts, "")) for texts in (instructions, inputs))
    is_sheet = pc.match_substring_regex(given, _SHEET)
    sheets = _without_blanks_in_formulas(pc.if_else(is_sheet, given, ""))
    questions = pc.binary_join_element_wise(asked, pc.if_else(is_sheet, "", given), " ")
    lined = pc.match_substring(asked, "\n")
    if not pc.any(lined).as_py():
        return questions, _with_cells_apart(sheets)
    rows = zip(*(texts.filter(lined).to_pylist() for texts in (questions, sheets)), strict=True)
    parts = [_by_line(question, sheet) for question, sheet in rows]
    one, other = (pa.array(column, pa.string()) for column in zip(*parts, strict=True))
    sheets = _with_cells_apart(pc.replace_with_mask(sheets, lined, other))
    return pc.replace_with_mask(questions, lined, one), sheets


def _with_cells_apart(sheets: pa.StringArray) -> pa.StringArray:
    """A blank behind commas between cells: 마포,760,805 are two figures, and so are those of =IF(A2>5,100,200), but
    "1,250" in quotation marks is one, and so is 1,250 where tabs or bars part cells."""
    some = pc.and_not(pc.greater(pc.binary_length(sheets), 0), pc.match_substring(sheets, "\t"))
    few = sheets.filter(some)
    cells = pc.and_not(pc.match_substring_regex(few, r",\d{3}"), pc.match_substring(few, "|"))
    cells = pc.and_(cells, pc.match_substring_regex(few, _BETWEEN_CELLS))
    if not pc.any(cells).as_py():
        return sheets
    apart = few.filter(cells)
    for _ in range(_GROUPS):
        apart = pc.replace_substring_regex(apart, _QUOTED_THOUSAND, r"\1\2")
    apart = pc.replace_substring_regex(apart, r",(\d{3})", r", \1")
    return pc.replace_with_mask(sheets, some, pc.replace_with_mask(few, cells, apart))


def _without_blanks_in_formulas(sheets: pa.StringArray) -> pa.StringArray:
    """B2 >= 60 is B2>=60: blanks around the signs of a formula say nothing."""
    some = pc.match_substring_regex(sheets, _SPACED_FORMULA)
    few = sheets.filter(some)
    if not len(few):
        return sheets
    return pc.replace_with_mask(sheets, some, pc.replace_substring_regex(few, _AROUND_SIGNS, r"\1"))


def headers(sheets: pa.StringArray) -> pa.StringArray:
    """The first line of each sheet, or the second where only that has columns; nothing of a sheet of one line."""
    lines = pc.split_pattern(pc.binary_join_element_wise(sheets, "\n\n", ""), "\n", max_splits=2)
    first, second = pc.list_element(lines, 0), pc.list_element(lines, 1)
    later = pc.and_(pc.match_substring(second, "\t"), pc.invert(pc.match_substring(first, "\t")))
    return pc.if_else(pc.equal(second, ""), "", pc.if_else(later, second, first))


def _by_line(question: str, sheet: str) -> tuple[str, str]:
    asked: list[str] = []
    pasted: list[str] = []
    for line in map(str.strip, question.split("\n")):
        (pasted if _SHEET_LINE.search(line) else asked).append(line)
    return ("\n".join(asked), "\n".join([*pasted, sheet] if sheet else pasted)) if any(asked) else (question, sheet)
