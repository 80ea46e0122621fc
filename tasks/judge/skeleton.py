"""What a formula is once its references, and if wanted its literals, are taken out.

    skeleton("=SUMIF( $B$2:b90, \\"서울\\" ,C2:C90)")                  # '=SUMIF(R1,"서울",R2)'
    skeleton("=SUMIF(B2:B90,\\"서울\\",C2:C90)", literals=False)      # '=SUMIF(R1,T,R2)'
    outlines(pa.array(["=SUMIF(B2:B90,\\"서울\\",C2:C90)"]))          # ['=SUMIF(A2:A9,"S",A2:A9)']

`skeleton` says whether two formulas ask the same of other cells: it keeps which references are the same. `outlines`
is coarser and vectorised: a formula with every safe reference and literal replaced by a fixed one of the same kind.
It is a formula itself, and what Excel's grammar says of it it says of all that share it: whoever asks that needs to
ask once.
"""

from __future__ import annotations

import re
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

_CELL = r"\$?[A-Za-z]{1,3}\$?[1-9][0-9]{0,6}"
_COLUMNS = r"\$?[A-Za-z]{1,3}:\$?[A-Za-z]{1,3}"
_ROWS = r"\$?[0-9]{1,7}:\$?[0-9]{1,7}"
_SHEET = r"(?:'(?:[^'\[\]]|'')+'!|(?<![\w.])[^\W\d][\w.]*(?::[^\W\d][\w.]*)?!)"
_TABLE = r"(?:[^\W\d][\w.]*)?\[(?:[^\[\]]|\[(?:[^\[\]]|\[[^\[\]]*\])*\])*\]"
_TEXT = r'"(?:[^"]|"")*"'
_REFERENCE = rf"(?<![\w.$])(?:{_CELL}(?::{_CELL})?(?![\w(.!])|(?:{_COLUMNS}|{_ROWS})(?![\w(.]))"
_KEPT = re.compile(rf"({_TEXT}|{_REFERENCE})")
_KEPT_OF_MANY = re.compile(rf"({_TEXT}|{_SHEET}?{_REFERENCE}|{_TABLE})")
"""Texts and references; between them stand words, numbers and signs. The second knows sheets and tables too."""

_NUMBER = re.compile(r"(?<![\w.])(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?!\w)")
_PREFIX = re.compile(r"_xl(?:fn|ws)\.", re.IGNORECASE)
_NEEDLESS = re.compile(r"\s+(?=[-+*/^&=<>(),;:{}%#])|(?<=[-+*/^&=<>(),;:{@])\s+")
_RANGE = re.compile(r"([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)")


def skeleton(formula: str, *, literals: bool = True) -> str | None:
    """The formula with its references numbered by kind in order of appearance; None for what is no formula.

    `C1` is a cell, `R1` a range, `W1` whole columns or rows, `S1` a table's column; the same reference has the same
    number, and a range of another size than the first has a letter behind it (`R2b`). Without `literals`, numbers are
    `N` and texts are `T`. Case, spacing, `$` and `_xlfn.` make no difference. A formula need not be well formed, but a
    text in it that is not closed makes it none.
    """
    pieces = (_KEPT_OF_MANY if "!" in formula or "[" in formula else _KEPT).split(formula.strip())
    if not pieces[0].startswith("="):
        return None
    seen: dict[str, str] = {}
    counts: dict[str, int] = {}
    sizes: dict[tuple[int, int], str] = {}
    for at, said in enumerate(pieces):
        if at % 2 == 0:
            if '"' in said:
                return None
            pieces[at] = _between(said, literals)
        elif said[0] == '"':
            pieces[at] = said if literals else "T"
        elif (symbol := seen.get(said)) is not None:
            pieces[at] = symbol
        else:
            pieces[at] = seen[said] = _symbol(said, seen, counts, sizes)
    return "".join(pieces)


def skeletons(formulas: pa.Array, *, literals: bool = True) -> pa.Array:
    """`skeleton` of each formula, read once each; null for what is none. An array of the same length."""
    known = pc.dictionary_encode(formulas)
    found = [
        None if formula is None else skeleton(formula, literals=literals) for formula in known.dictionary.to_pylist()
    ]
    return pc.take(pa.array(found, pa.string()), known.indices)


def outlines(formulas: pa.Array) -> pa.Array:
    """Each formula in capitals with fixed references, numbers and texts; an array of the same length.

    Replaced is only what is right beyond doubt: a cell within the first 702 columns, a number of up to 15 digits.
    What may be at fault (`A0`, `XFE1`, a text that is not closed, a word) stays as it is. So does a formula in which
    a blank stands between two operands, for whether ranges meet there depends on where they are, and one with square
    brackets, in which a letter may be R1C1's. The texts of HYPERLINK stay, for they say whether it leaves the
    workbook.
    """
    said = pc.utf8_trim_whitespace(pc.replace_substring_regex(formulas, _BLANKS, " "))
    abstract = pc.replace_substring_regex(said, r'("[^"]*")+', '"S"')
    said = pc.ascii_upper(pc.if_else(pc.match_substring(said, "hyperlink", ignore_case=True), said, abstract))
    for pattern, fixed in _TIDY:
        said = pc.replace_substring_regex(said, pattern, fixed)
    abstract = said
    for pattern, fixed in _FIXED:
        abstract = pc.replace_substring_regex(abstract, pattern, fixed)
    return pc.if_else(pc.match_substring_regex(said, r"[ \[]"), said, abstract)


_BLANKS = r"[\s\x{00A0}\x{200B}\x{3000}\x{FEFF}]+"
_TIDY = (
    (r"_XL(?:FN|WS)\.", ""),
    (r" ([-+*/^&=<>(),;:{}%])", r"\1"),
    (r"([-+*/^&=<>(),;:{}%@]) ", r"\1"),
    (r"'[^'\[\]\"]+'!", "'S'!"),
)
_APART = r"(^|[^A-Z0-9_.$가-힣ㄱ-ㅎㅏ-ㅣ])"
_SMALL = rf"{_APART}(?:[1-9][0-9]{{0,5}}(?:\.[0-9]{{1,9}})?|0?\.[0-9]{{1,9}})([^A-Z0-9_.가-힣ㄱ-ㅎㅏ-ㅣ]|$)"
_FIXED = (
    (rf"{_APART}\$?[A-Z]{{1,2}}\$?[1-9][0-9]{{0,5}}\b", r"\1A2"),
    (r"\bA2:A2\b", "A2:A9"),
    (rf"{_APART}\$?[A-Z]{{1,2}}:\$?[A-Z]{{1,2}}\b", r"\1A:A"),
    (_SMALL, "\\1\x01\\2"),
    (_SMALL, "\\1\x01\\2"),  # again: two numbers share the sign between them
    ("\x01", "1"),
    (r"([(,=<>+\-*/^&{])[1-9][0-9]{6,14}([),=<>+\-*/^&}%]|$)", r"\11\2"),
)
"""RE2 has no look-around: what must not stand beside is matched and put back. `LOG10(`, `A2A10`, `$$A1` stay."""


@lru_cache(maxsize=65_536)
def _between(said: str, literals: bool) -> str:
    """What stands between references and texts: words in capitals, numbers in one way, no needless blanks."""
    tidy = _NEEDLESS.sub("", _PREFIX.sub("", said)).upper()
    return re.sub(r"\s+", " ", _NUMBER.sub(_number if literals else "N", tidy))


def _symbol(said: str, seen: dict[str, str], counts: dict[str, int], sizes: dict[tuple[int, int], str]) -> str:
    """The symbol of a reference that is written like this for the first time, perhaps not the first time as such."""
    sheet, mark, plain = said.replace("$", "").upper().rpartition("!")
    size = ""
    if "[" in plain:
        letter = "S"
    elif (corners := _RANGE.fullmatch(plain)) is not None:
        letter = "R"
        one, top, other, bottom = _column(corners[1]), int(corners[2]), _column(corners[3]), int(corners[4])
        left, right, top, bottom = min(one, other), max(one, other), min(top, bottom), max(top, bottom)
        plain = f"{left}.{top}:{right}.{bottom}"
        size = sizes.setdefault((right - left, bottom - top), chr(ord("a") + len(sizes)) if sizes else "")
    else:
        letter = "W" if ":" in plain else "C"
    key = f"{sheet}{mark}{plain}"
    if key not in seen:
        counts[letter] = counts.get(letter, 0) + 1
        seen[key] = f"{letter}{counts[letter]}{size}"
    return seen[key]


@lru_cache
def _column(letters: str) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return column


def _number(match: re.Match[str]) -> str:
    value = float(match.group())
    return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
