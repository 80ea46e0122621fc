"""Every formula that an answer offers, as people write answers: in code fences, in inline code, alone on a line,
after a label, in a table's cell, in quotation marks, in the middle of a sentence.

    [offer.text for offer in offers("`=SUM(A2:A9)` 또는 =A2+A3을 쓰세요.")]     # ["=SUM(A2:A9)", "=A2+A3"]

An answer falls into units: a line, or in a fence a formula with all its lines. A unit is read alone, so that whoever
reads many answers reads equal units once (formulas.py). Fences of another language (VBA, Python, SQL, M) hold no
formulas. What stands after a formula is cut off where it surely is prose; what sticks to one that stands alone would
be typed into the cell with it, and stays.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from tasks.filter.formula_end import cut, depth

LANGUAGES = frozenset(
    {
        "",
        "excel",
        "xlsx",
        "xls",
        "xl",
        "formula",
        "formulas",
        "excel-formula",
        "fx",
        "엑셀",
        "수식",
        "text",
        "txt",
        "plain",
    }
    | {"plaintext", "csv", "tsv", "none", "spreadsheet", "spreadsheets", "sheet", "sheets", "googlesheets", "gsheet"}
    | {"google-sheets", "calc", "markdown", "md"}
)
"""What stands behind the ``` of a fence that may hold formulas."""

FENCE = re.compile(r"[ \t>]*```[^`\n]*")
"""A line that opens or closes a fence."""

LABEL = (
    r"[ \t]*(?:>+[ \t]*)?(?:[-*•·▶►✅☞✔]+[ \t]+|[0-9]+[.)][ \t]*|\([0-9]+\)[ \t]*|[①-⑳][ \t]*)?"
    r"(?:\**[^=＝`:：\n\t|\"'“‘]{1,30}\**[ \t]*[:：]\**[ \t]*)?[*_]*"
)
"""What may stand before a formula that stands alone: a bullet, a short label with its colon, bold type's asterisks."""

LONGEST = 16_384
"""Characters of a unit that are read: Excel's own limit for a formula is 8,192."""

MOST_MARKS = 100
"""Closing quotation marks that are tried for one formula."""

MOST_LINES = 40
"""Lines that a formula outside of a fence may have."""

_LABELLED = re.compile(rf"{LABEL}(?=[=＝][ \t]*[^ \t\r\n=<>])")
_BEFORE = re.compile(LABEL)
_MARKS = " \t\r.,!?:;*_\"'`“”‘’()[]{}|>~\0"
_COMMENT = re.compile(r"//|/\*|#|'|->|→|⇒|<-|←|[-–—]{1,2} ")
_CODE = re.compile(r"(`+)(?P<body>[^`\n]+)\1")
_START = re.compile(r"""(?<![\w<>=＝!)\]/&?])[=＝](?=[\w($'"{\[@+-])|(?<=["'“‘「『《〈])[=＝](?=[ ][A-Za-z])""")
_QUOTES = {'"': '"', "'": "'", "“": "”", "”": "”", "‘": "’", "「": "」", "『": "』", "《": "》", "〈": "〉"}
_ESCAPED = re.compile(r"\\([*_<>#&~+|`\[\]{}()=-])")
_ENTITY = re.compile(r"&(?:lt|gt|quot|amp|#39|nbsp);")
_TAG = re.compile(r"</?(?:code|pre|kbd|td|th|b|strong|em|p|li|span)(?: [^<>]*)?>|<br ?/?>", re.IGNORECASE)
_DOUBLED = re.compile(r'[(,&=<>+]\s*""[^",);&\s]')


@dataclass(frozen=True, slots=True)
class Offer:
    """A formula, `=` included, on one line; `alone` where nothing but a label stands with it, or it stands in a
    fence."""

    text: str
    alone: bool


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of an answer that is read alone: a line (`line` counts from 0), or a formula in a fence with all its
    lines."""

    text: str
    line: int
    fenced: bool


def offers(answer: str) -> list[Offer]:
    """All formulas of an answer, in order."""
    return [offer for unit in units(answer) for offer in read(unit.text, fenced=unit.fenced)]


def units(answer: str) -> Iterator[Unit]:
    """The pieces of an answer that may hold formulas."""
    lines = answer.split("\n")
    inside = readable = False
    start = -1
    for at, line in enumerate(lines):
        if FENCE.fullmatch(line.rstrip()):
            if start >= 0:
                yield Unit("\n".join(lines[start:at]), start, fenced=True)
            inside, start = not inside, -1
            readable = inside and line.strip(" \t\r>`").lower() in LANGUAGES
        elif not inside:
            if "=" in line or "＝" in line:
                yield Unit(line, at, fenced=False)
        elif readable and starts_formula(line):
            if start >= 0:
                yield Unit("\n".join(lines[start:at]), start, fenced=True)
            start = at
    if start >= 0:
        yield Unit("\n".join(lines[start:]), start, fenced=True)


def starts_formula(line: str) -> bool:
    """Whether a line in a fence begins a formula."""
    return _LABELLED.match(line) is not None


def on_one_line(answer: str) -> str:
    """An answer whose formulas stand on one line each, where a bracket is open at a line's end and closed later on: as
    somebody writes who forgets the fence."""
    lines, kept, at = answer.split("\n"), [], 0
    while at < len(lines):
        formula, end = lines[at], at + 1
        if starts_formula(formula) and depth(formula) > 0:
            last = min(len(lines), at + MOST_LINES)
            while depth(formula) > 0 and end < last and not starts_formula(lines[end]):
                formula, end = _continued(formula.rstrip(), lines[end].strip()), end + 1
            if depth(formula) != 0:
                formula, end = lines[at], at + 1
        kept.append(formula)
        at = end
    return "\n".join(kept)


def _continued(formula: str, line: str) -> str:
    """A formula and its next line."""
    stuck = formula[-1:] in "(,&+-*/^=<>;{" or line[:1] in "),&+-*/^=<>;}"
    return f"{formula}{line}" if stuck else f"{formula} {line}"


def read(text: str, *, fenced: bool) -> tuple[Offer, ...]:
    """The formulas of one unit."""
    text = text[:LONGEST]
    if fenced:
        return tuple(_fence(text))
    if "<" in text:
        text = _TAG.sub(lambda tag: "`" if "code" in tag[0].lower() else " ", text)
    if "&" in text and _ENTITY.search(text):
        text = html.unescape(text)
    text = text.strip()
    if text.startswith("|") or text.count("|") > 1:
        cells = [cell.replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", text)]
    elif "\t" in text:
        cells = text.split("\t")
    else:
        return tuple(_cell(text))
    return tuple(Offer(offer.text, alone=False) for cell in cells for offer in _cell(cell.strip()))


def _fence(text: str) -> Iterator[Offer]:
    """A fenced formula: its lines, joined while a bracket is open or a sign asks for more."""
    match = _LABELLED.match(text)
    if match is None:
        return
    lines = [line.strip() for line in text[match.end() :].splitlines() if line.strip()]
    formula = lines[0]
    for line in lines[1:]:
        if depth(formula) <= 0 and formula[-1] not in "&+-*/^=<>,(" and line[0] not in "&+*/^<>,)":
            break
        formula = _continued(formula, line)
    if (found := cut(formula, alone=True)[0]) is not None:
        yield Offer(found, alone=True)


def _cell(text: str) -> Iterator[Offer]:
    """The formulas of a line or of a table's cell: those in code first."""
    found: list[Offer] = []

    def blank(match: re.Match[str]) -> str:
        body = match["body"].strip().removeprefix("{")
        if body[:1] in ("=", "＝"):
            formula, _ = cut(body, alone=True)
            if formula is not None:
                found.append(
                    Offer(formula, alone=_is_before(text[: match.start()]) and _is_behind(text[match.end() :]))
                )
        return "\0" * len(match[0])

    rest = _CODE.sub(blank, text) if "`" in text else text
    yield from found
    if "=" in rest or "＝" in rest:
        yield from _prose(_ESCAPED.sub(r"\1", rest) if "\\" in rest and '\\"' not in rest else rest)


def _prose(text: str) -> Iterator[Offer]:
    """The formulas of a line outside of code."""
    at = 0
    if (match := _LABELLED.match(text)) is not None:
        formula, end = cut(text[match.end() :], alone=True)
        if formula is not None:
            yield Offer(formula, alone=_is_behind(text[match.end() + end :]))
        at = match.end() + max(end, 1)
    while (match := _START.search(text, at)) is not None:
        start = match.start()
        opener = text[start - 1] if start else ""
        if opener in _QUOTES and (quoted := _quoted(text[start:], opener)) is not None:
            formula, _ = cut(quoted, alone=True)
            end = len(quoted) + 1
        else:
            formula, end = cut(text[start:], alone=False)
        if formula is not None:
            alone = at == 0 and _is_before(text[:start]) and _is_behind(text[start + end :])
            yield Offer(formula, alone)
        at = start + max(end, 1)


def _quoted(text: str, opener: str) -> str | None:
    """What stands before the closing mark: the first at which brackets and texts are closed too."""
    closer = _QUOTES[opener]
    if opener == '"' and (match := re.match(r'(=(?:[^"\\]|\\.)*\\"(?:[^"\\]|\\.)*)"', text)) is not None:
        return match[1].replace('\\"', '"').replace("\\n", " ")  # JSON
    places = [match.start() for match in islice(re.finditer(re.escape(closer), text), MOST_MARKS)]
    for place in places:
        inside = text[:place]
        if inside.count('"') % 2 == 0 and depth(inside) <= 0 and inside.rstrip()[-1] not in "&,(<>+-*/^":
            # A string of VBA: its marks are doubled.
            return inside.replace('""', '"') if opener == '"' and _DOUBLED.search(inside) else inside
    return text[: places[0]] if places else None


def _is_before(text: str) -> bool:
    """Whether this is nothing, or what may stand before a formula that stands alone."""
    return not text.strip(_MARKS) or _BEFORE.fullmatch(text) is not None


def _is_behind(text: str) -> bool:
    """Whether this is nothing, or punctuation, or a comment."""
    rest = text.strip(_MARKS)
    return not rest or _COMMENT.match(text.strip()) is not None
