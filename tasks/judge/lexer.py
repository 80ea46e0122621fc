"""Cut a formula into tokens, strictly: what Excel would not take as typed is an error with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Fault = Literal["malformed", "unsafe", "unsupported"]

Kind = Literal[
    "number", "text", "error", "boolean", "sheet", "cell", "columns", "rows", "function", "name", "sign", "end"
]


class FormulaError(ValueError):
    """A formula that cannot be read.

    `position` counts characters from 0, the `=` included. `fault` tells a formula that Excel refuses (malformed) from
    one that reaches out of the workbook (unsafe) and from one that is right but beyond this parser (unsupported).
    """

    def __init__(self, reason: str, position: int, fault: Fault = "malformed") -> None:
        super().__init__(f"{reason} (at character {position + 1})")
        self.reason = reason
        self.position = position
        self.fault: Fault = fault


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a formula; `position` counts characters from the formula's start."""

    kind: Kind
    text: str
    position: int


_WORD = r"[^\W\d][\w.]*"
_PATTERNS: tuple[tuple[Kind | Literal["space"], str], ...] = (
    ("space", r"[ \t\n\r]+"),
    ("text", r'"(?:[^"]|"")*"'),
    ("error", r"#(?:N/A|DIV/0!|VALUE!|REF!|NAME\?|NUM!|NULL!|SPILL!|CALC!)"),
    ("sheet", r"'(?:[^'\[\]]|'')+'!|[^\W\d][\w.]*!"),
    ("columns", r"\$?[A-Za-z]{1,3}:\$?[A-Za-z]{1,3}(?![\w(.])"),
    ("rows", r"\$?[0-9]{1,7}:\$?[0-9]{1,7}(?![\w(.])"),
    ("cell", r"\$?[A-Za-z]{1,3}\$?[1-9][0-9]{0,6}(?![\w(.!])"),
    ("number", r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"),
    ("boolean", r"(?i:TRUE|FALSE)(?![\w(.])"),
    ("function", rf"{_WORD}(?=\()"),
    ("name", _WORD),
    ("sign", r"<>|<=|>=|[-+*/^&=<>%(),:;{}@#]"),
)
_TOKEN = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _PATTERNS))
_CURLY = "“”„‟〝〞＂"
_FULL_WIDTH = re.compile(r"[\uff01-\uff5e\u3000]")


def tokens(formula: str) -> Iterator[Token]:
    """The tokens of a formula after its `=`, and a last token of kind "end". Raises FormulaError."""
    if not formula.startswith("="):
        raise FormulaError("a formula starts with =", 0)
    position = 1
    while position < len(formula):
        match = _TOKEN.match(formula, position)
        if match is None:
            raise _stray(formula, position)
        if match.lastgroup != "space":
            yield Token(match.lastgroup, match.group(), position)  # type: ignore[arg-type]
        position = match.end()
    yield Token("end", "", position)


def _stray(formula: str, position: int) -> FormulaError:  # noqa: PLR0911 - one return a cause
    """Why no token starts here."""
    sign = formula[position]
    if sign == '"':
        return FormulaError("a text is not closed", position)
    if sign in _CURLY:
        return FormulaError("a text needs straight double quotes", position)
    if sign == "'" and re.match(r"'[^']*\[[^']*'!", formula[position:]):
        return FormulaError("a link to another workbook", position, "unsafe")
    if sign == "'":
        return FormulaError("a text needs double quotes, a quoted sheet name needs ! after it", position)
    if sign == "|":
        return FormulaError("a DDE link reaches out of the workbook", position, "unsafe")
    if sign == "[":
        return _bracket(formula, position)
    if _FULL_WIDTH.match(sign):
        return FormulaError(f"{sign} is a full-width sign", position)
    return FormulaError(f"{sign} means nothing in a formula", position)


def _bracket(formula: str, position: int) -> FormulaError:
    if re.match(r"\[[^\]]*\][^\[\]]*!", formula[position:]):
        return FormulaError("a link to another workbook", position, "unsafe")
    return FormulaError("a structured reference", position, "unsupported")
