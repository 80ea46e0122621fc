"""Formulas that are right but that the strict parser does not read: made into ones that it reads, with stand-ins.

    plain("=SUM(표1[매출])")                       # Plain("=SUM(A2:A9)", stands_in=True)
    plain("=VLOOKUP(찾을값, 범위, 열번호, 0)")      # None: a description of the syntax, nothing to run

Tables, defined names, three-dimensional references, R1C1 and functions handed over as such (`BYROW(A2:C9,SUM)`)
become a range: so what is wrong around them still shows. What is surely no name (a text without its quotes, `A2:A`,
`A2A9`) is refused with the reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tasks.judge.functions import ARITY, PAIRED
from tasks.judge.lexer import FormulaError, Token, tokens

STAND_IN = "A2:A9"

_STRING = re.compile(r'"(?:[^"]|"")*"')
_CONCRETE = re.compile(r"(?<![\w.])\$?[A-Z]{1,3}\$?[1-9][0-9]*(?![\w(])|(?<![\w.])\$?[A-Z]{1,3}:\$?[A-Z]{1,3}(?![\w(])")
_ELLIPSIS = re.compile(r"\.\.\.|[…⋯]|,\s*\.\.")
_CURLY = re.compile("[“”„‟〝〞＂‘’]")
_KOREAN = re.compile(r"[ㄱ-ㅎㅏ-ㅣ가-힣]")

_SHEET = re.compile(r"'[^']*'!|[^\W\d][\w.]*!")
_EXTERNAL = re.compile(r"\[[^\[\]]*\][^\[\]()\",]*!")
_R1C1 = re.compile(r"(?<![\w.])R(?:\[-?\d+\]|\d+)?C(?:\[-?\d+\]|\d+)?(?![\w(\[])")
_HAS_R1C1 = re.compile(r"(?<![\w.])(?:R\d*)?(?:R|C)\[-?\d+\]")
_TABLE = re.compile(r"(?:[^\W\d][\w.]*)?\[(?:[^\[\]]|\[(?:[^\[\]]|\[[^\[\]]*\])*\])*\]")
_SQUARE_CALL = re.compile(r"(?<![\w.])([A-Z][A-Z0-9.]*)\[\$?[A-Z]{1,3}\$?[1-9][0-9]*[\]:,]")
_SHEETS = re.compile(r"(?<![\w!.$'])[^\W\d][\w.]*:[^\W\d][\w.]*!")
_NUMBERED_SHEET = re.compile(r"(?<![\w!.'$:])\d[\w.]*!(?=\$?[A-Z]{1,3}(?:\$?\d|:)|\$?\d)")
_CALLED_AT_ONCE = re.compile(r"(?<![\w.])LAMBDA\(")

_ARGUMENT = re.compile(
    r"(?:열|행|표|셀|키|값|참|거짓|원본|개수|형식|서식|위치|길이|이름|항목|단위|결과|목록|시작|끝|종료|기준|옵션|시트|필드|데이터)\d*"
    r"|\w*(?:범위|조건|번호|배열|텍스트|문자열?|숫자|참조|수식|함수|인수|인자|기준값|날짜|시작일|종료일|자릿수|자리수|글자수|테이블|영역"
    r"|구분자|논리식|논리값|[가-힣]값|[가-힣]셀|[가-힣]열|합계열|평균열|기준열|일치유형|일치옵션|정렬순서|반환|검색|찾을|찾는)\w*"
    r"|\w+_\w+|(?:RANGE|VALUE|ARRAY|CRITERIA|NUMBER|TEXT|LOGICAL|LOOKUP|TABLE|CELL|DATE|CONDITION|REFERENCE|DELIMITER)\d*"
)
"""Words that stand for an argument where a function's syntax is explained, in Korean and as Excel's help has them."""

_UNIT = frozenset("원개명건점년월일시분초회살세님") | {"개월", "만원", "천원", "시간"}
_RANGE_TYPO = re.compile(r"\$?[A-Z]{1,3}\$?\d+\.+\$?[A-Z]{1,3}\$?\d+|(?:[A-Z]{1,2}\d+){2,}|[A-Z]{1,3}0+\d*")
_CELL_AND_UNIT = re.compile(r"[A-Z]{1,3}[0-9]+(?P<unit>[가-힣]+)")
_MISSPELT = frozenset({"FALS", "FASLE", "FLASE", "TREU", "TRU", "TURE"})

_BRANCHES = {
    "IF": (1, 2),
    "IFERROR": (1,),
    "IFNA": (1,),
    "COUNTIF": (1,),
    "SUMIF": (1,),
    "AVERAGEIF": (1,),
    "TEXT": (1,),
}
"""Functions to the arguments that are texts, not names, when a lone word stands there."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A formula that the strict parser reads, or refuses for cause; `stands_in` where something in it was replaced."""

    text: str
    stands_in: bool


@dataclass(slots=True)
class _Word:
    """A lone word (one name, or several with blanks between) and where it stands."""

    first: Token
    last: Token
    text: str
    before: Token | None
    after: Token
    function: str
    argument: int


def plain(formula: str) -> Plain | None:
    """The formula with stand-ins; None where it describes a syntax. Expects capitals, as `outlines` writes them.

    Raises FormulaError where a word in it is surely at fault.
    """
    bare = _STRING.sub('""', formula)
    concrete = _CONCRETE.search(bare) is not None
    if _ELLIPSIS.search(bare):
        return None
    if (match := _EXTERNAL.search(bare)) is not None:
        raise FormulaError("a link to another workbook", match.start(), "unsafe")
    if _CURLY.search(bare) and not concrete:
        return None
    text = _references(formula)
    try:
        found = tuple(tokens(text))
    except FormulaError as error:
        if error.reason.endswith("means nothing in a formula") and _KOREAN.search(_SHEET.sub("", bare)):
            return None  # prose that only looks like one, as `=단가×수량`
        raise
    words = list(_words(found))
    for word in words:
        _refuse(word, concrete)
    if any(_ARGUMENT.fullmatch(word.text) or " " in word.text for word in words):
        return None
    if not concrete and any(_KOREAN.search(token.text) for token in found if token.kind == "function"):
        return None
    for word in reversed(words):
        end = word.last.position + len(word.last.text)
        text = f"{text[: word.first.position]}{STAND_IN}{text[end:]}"
    return Plain(text, text != formula)


def calls_at_once(formula: str) -> bool:
    """Whether a LAMBDA is in it, which may be called where it stands: the parser does not read that."""
    return _CALLED_AT_ONCE.search(formula) is not None


def _references(formula: str) -> str:
    """Tables, sheets and R1C1 as plain references, outside of texts."""
    if "[" not in formula and "!" not in formula:
        return formula
    pieces = _STRING.split(formula)
    texts = _STRING.findall(formula)
    for at, piece in enumerate(pieces):
        if (match := _SQUARE_CALL.search(piece)) is not None and match[1] in ARITY:
            raise FormulaError(f"{match[1]} takes its arguments in round brackets", 0)
        if _HAS_R1C1.search(piece):
            piece = _R1C1.sub("A2", piece)  # noqa: PLW2901
        piece = _TABLE.sub(STAND_IN, piece) if "[" in piece else piece  # noqa: PLW2901
        piece = _SHEETS.sub("S!", piece)  # noqa: PLW2901
        pieces[at] = _NUMBERED_SHEET.sub("S!", piece)
    return "".join(piece + text for piece, text in zip(pieces, [*texts, ""], strict=True))


def _words(found: tuple[Token, ...]) -> list[_Word]:
    """The lone words that no LET or LAMBDA binds, with the function and the argument that they stand in."""
    bound = _bound(found)
    words: list[_Word] = []
    stack: list[list[str | int]] = [["", 0]]
    for at, token in enumerate(found):
        before = found[at - 1] if at else None
        if token.text == "(":
            stack.append([before.text if before is not None and before.kind == "function" else "", 0])
        elif token.text == ")" and len(stack) > 1:
            stack.pop()
        elif token.text == "," and token.kind == "sign":
            stack[-1][1] = int(stack[-1][1]) + 1
        elif token.kind == "name" and token.text not in bound:
            if words and before is words[-1].last:
                words[-1].last, words[-1].after = token, found[at + 1]
                words[-1].text += f" {token.text}"
            else:
                function, argument = str(stack[-1][0]), int(stack[-1][1])
                words.append(_Word(token, token, token.text, before, found[at + 1], function, argument))
    return words


def _bound(found: tuple[Token, ...]) -> frozenset[str]:
    if not any(token.kind == "function" and token.text in ("LET", "LAMBDA") for token in found):
        return frozenset()
    return frozenset(
        token.text
        for before, token, after in zip(found, found[1:], found[2:], strict=False)
        if token.kind == "name" and before.text in ("(", ",") and after.text == ","
    )


def _alone(word: _Word) -> bool:
    return word.before is not None and word.before.text in ("(", ",") and word.after.text in (",", ")")


def _refuse(word: _Word, concrete: bool) -> None:
    """Raise FormulaError for a word that is surely at fault."""
    position, before, after = word.first.position, word.before, word.after
    if word.text in _MISSPELT:
        raise FormulaError(f"{word.text} is no known name", position)
    if (match := _CELL_AND_UNIT.fullmatch(word.text)) is not None and match["unit"] in _UNIT:
        raise FormulaError(f"{match['unit']} stands after the end of a value", position)
    if _RANGE_TYPO.fullmatch(word.text):
        raise FormulaError(f"{word.text} is no range", position)
    if word.text in ARITY and after.kind in ("cell", "number", "text", "columns", "rows"):
        raise FormulaError(f"{word.text} takes its arguments in round brackets", position)
    for other in (before, after):
        if other is not None and other.text == ":" and word.text.isascii() and len(word.text) <= 3:
            raise FormulaError(f"the range at {word.text} has a column without a row", position)
    if before is not None and (before.kind in ("cell", "number", "text", "columns") or before.text in (")", "}", "%")):
        raise FormulaError(f"{word.text} stands after the end of a value", position)
    if not concrete or _ARGUMENT.fullmatch(word.text) or "_" in word.text or "." in word.text:
        return
    compared = any(other is not None and other.text in ("=", "<>") for other in (before, after))
    joined = word.text in _UNIT and before is not None and before.text == "&"
    formats = word.function == "TEXT" and word.argument == 1  # `yyyy-mm-dd` without its marks is a difference of names
    if compared or joined or formats or (_alone(word) and _is_text_slot(word.function, word.argument)):
        raise FormulaError(f"{word.text} is no known name; a text needs straight double quotes", position)


def _is_text_slot(function: str, argument: int) -> bool:
    if function in _BRANCHES:
        return argument in _BRANCHES[function]
    if function in PAIRED:
        ahead = PAIRED[function]
        return argument > ahead and (argument - ahead) % 2 == 1
    return function == "SWITCH" and argument >= 2
