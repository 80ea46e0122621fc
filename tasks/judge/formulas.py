"""Find the formula in an answer, as people write it: alone, in a code fence, after a label, in the middle of prose.

    find_formula("수식은 `=SUM(A2:A10)` 입니다.")     # "=SUM(A2:A10)"
    find_formula("=SUM(A2:A10)원")                    # "=SUM(A2:A10)원": a broken formula, for the parser to refuse
    find_formula("SUM 함수를 사용하세요.")             # None

Only what surely is prose is cut off: a sentence after a blank, or a particle after a formula that prose surrounds. What
sticks to a formula that stands alone would be typed into the cell with it, and stays.
"""

from __future__ import annotations

import re
import unicodedata

_FENCE = re.compile(r"```[^\n`]*\n(?P<body>.*?)```", re.DOTALL)
_INLINE = re.compile(r"`(?P<body>[^`\n]+)`")
_LABEL = re.compile(r"^\s*(?:[-*>•]\s+|\d+[.)]\s+)?(?:\**[^=`:\n]{1,20}\**:\**\s*)?(?==)")
_IN_PROSE = re.compile(r"""(?<![\w<>=!"')\]])=(?=[\w($'"{+@-])""")
_LOOKS_LIKE_ONE = re.compile(r"[A-Za-z][\w.]*\(|\$?[A-Za-z]{1,3}\$?[0-9]|!")
_SENTENCE = re.compile(r"[가-힣]*[ \t]+[가-힣(\[]")
_DASH = re.compile(r"\s+[-–—:→]*\s*$")
_KOREAN = re.compile(r"[가-힣]")
_MARKS = ".,。!?)]*"
_BREAKING = re.compile("[＝（），：＂；＋－＊／＜＞]")
_WIDTH = {ord(wide): unicodedata.normalize("NFKC", wide) for wide in map(chr, range(0xFF01, 0xFF5F))} | {0x3000: " "}


def find_formula(answer: str, *, fold_width: bool = True) -> str | None:
    """The answer's main formula, `=` included, on one line; None where there is none.

    The first one counts, those in code before those in text. `fold_width` reads full-width signs (＝, （) as the plain
    ones that an input method replaced; texts in quotes keep theirs.
    """
    text = _fold(answer) if fold_width else answer
    for match in _FENCE.finditer(text):
        if (found := _whole(match["body"])) is not None:
            return found
    for match in _INLINE.finditer(text):
        if match["body"].strip().startswith("="):
            return match["body"].strip()
    for line in text.splitlines():
        found = _at_start(line) or _in_prose(line)
        if found is not None:
            return found
    return None


def has_full_width(text: str) -> bool:
    """Whether the text holds full-width signs that break a formula."""
    return _BREAKING.search(text) is not None


def _fold(text: str) -> str:
    """Plain signs for full-width ones, outside of straight double quotes."""
    pieces = text.split('"')
    pieces[::2] = [piece.translate(_WIDTH) for piece in pieces[::2]]
    return '"'.join(pieces)


def _whole(code: str) -> str | None:
    """A fenced block's formula: the lines from the first `=` on, joined while a bracket is open."""
    lines = [line.strip() for line in code.strip().splitlines()]
    starts = [index for index, line in enumerate(lines) if line.startswith("=")]
    if not starts:
        return None
    formula = ""
    for line in lines[starts[0] :]:
        formula += line
        if _depth(formula) <= 0:
            break
    return formula


def _at_start(line: str) -> str | None:
    """The formula of a line that begins with one, after a bullet or a short label at most."""
    match = _LABEL.match(line)
    if match is None:
        return None
    rest = line[match.end() :].strip()
    end = _end(rest)
    tail = rest[end:]
    formula = _DASH.sub("", rest[:end]) if _SENTENCE.match(tail) else rest
    return formula if len(formula) > 1 and (end > 1 or not tail) else None


def _in_prose(line: str) -> str | None:
    """The formula in the middle of a sentence: it ends where its last value or bracket ends."""
    for match in _IN_PROSE.finditer(line):
        rest = line[match.start() :]
        formula = rest[: _end(rest)].rstrip()
        while formula and formula[-1] in _MARKS and (formula[-1] != ")" or _depth(formula) < 0):
            formula = formula[:-1].rstrip()
        if _LOOKS_LIKE_ONE.search(formula):
            return formula
    return None


def _depth(text: str) -> int:
    """Brackets opened and not closed, outside of quotes."""
    outside = "".join(text.split('"')[::2])
    return outside.count("(") - outside.count(")")


def _end(text: str) -> int:
    """Where Korean prose begins after a formula that starts at 0: outside of quotes and brackets."""
    depth, quoted = 0, ""
    for index, sign in enumerate(text):
        if quoted:
            quoted = "" if sign == quoted else quoted
        elif sign in "\"'":
            quoted = sign
        elif sign == "(" and depth <= 0 and re.match(r"\s\([가-힣]", text[index - 1 : index + 2]):
            return index - 1
        elif sign in "()":
            depth += 1 if sign == "(" else -1
        elif depth <= 0 and _KOREAN.match(sign) and not _is_sheet(text, index):
            blanks = len(text[:index]) - len(text[:index].rstrip())
            return index - blanks
    return len(text)


def _is_sheet(text: str, index: int) -> bool:
    return re.match(r"[\w.]+!", text[index:]) is not None
