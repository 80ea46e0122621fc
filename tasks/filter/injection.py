"""Words by which a text gives orders to the model that reads it: prompt injection, in Korean and English.

All expressions are for plain texts (tasks/scan/text.py): NFKC, lower case, nothing invisible. A wording here is meant
to be one that nobody needs to ask about a spreadsheet: "빈 셀은 무시하고" and "조건부 서식 규칙을 삭제" are ordinary,
"이전 지시는 무시하고" is not.
"""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from tasks.filter import injection_english, injection_korean
from tasks.filter.injection_signals import HINT as TALK_HINT
from tasks.filter.injection_signals import NAMES, persuasion, talks_it_round
from tasks.scan.patterns import Patterns, any_of
from tasks.scan.text import Texts, on_rows
from tasks.search import Column, Expression

_KOREAN = Patterns(*injection_korean.PATTERNS)
_ENGLISH = Patterns(*injection_english.PATTERNS, *injection_english.OTHERS)
_SENDS = Patterns(*injection_korean.SENDS, *injection_english.SENDS)
_ADDRESS = Expression("://|@")

_SPELLED = r"(?:\b[a-z][\s._*|-]{1,3}){5,}[a-z]\b"
"""i g n o r e"""
_SPELLED_RUN, _IS_SPELLED = re.compile(_SPELLED), Expression(_SPELLED)
_GAPS = re.compile(r"[\s._*|-]+")
HINT = any_of(_KOREAN.hint, _ENGLISH.hint, _SPELLED, _ADDRESS.pattern, TALK_HINT)
"""Finds whatever may be an order."""


def orders_the_model(texts: Texts | Column) -> pa.Array:
    """Mask of the plain texts that order the model about, in known wordings, letter by letter, or in other words."""
    column = texts if isinstance(texts, Column) else Column(texts)
    spelled, addressed = (pa.array(one.found(column)) for one in (_IS_SPELLED, _ADDRESS))
    apart = on_rows(column.texts, spelled, lambda some: _ENGLISH.match(_drawn_together(some)))
    sends = on_rows(column.texts, addressed, _SENDS.match)
    korean = _KOREAN.match(column)
    named = on_rows(column.texts, korean, _holds_names)
    nothing_else = pc.invert(on_rows(column.texts, named, lambda some: _KOREAN.match(_without_names(some))))
    korean = pc.and_not(korean, pc.and_(named, nothing_else))
    found = pc.or_(pc.or_(korean, _ENGLISH.match(column)), pc.or_(apart, sends))
    return pc.or_(found, talks_it_round(column))


def order_in(text: str) -> str:
    """What of a plain text that orders the model about does so; nothing where it is spelt out letter by letter."""
    text = NAMES.sub(" ", text)
    return _KOREAN.quote(text) or _ENGLISH.quote(text) or _SENDS.quote(text) or persuasion(text)


def _holds_names(texts: Texts) -> pa.Array:
    return pa.array([NAMES.search(text) is not None for text in texts.to_pylist()], pa.bool_())


def _without_names(texts: Texts) -> Texts:
    """Texts without words that only name something, though they are those of orders."""
    return pa.array([NAMES.sub(" ", text) for text in texts.to_pylist()], texts.type)


def _drawn_together(texts: Texts) -> Texts:
    """Spelled-out words as words: gaps between single letters go, wider ones become one blank."""
    return pa.array([_SPELLED_RUN.sub(_words, text) for text in texts.to_pylist()], texts.type)


def _words(match: re.Match[str]) -> str:
    wide = re.split(r"(?:[\s._*|-]){2,}", match[0])
    parts = wide if len(wide) > 1 and max(map(len, wide)) > 1 else [match[0]]
    return " ".join(_GAPS.sub("", part) for part in parts)
