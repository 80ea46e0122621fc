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
from tasks.filter.injection_signals import talks_it_round
from tasks.scan.patterns import Patterns
from tasks.scan.text import Texts, on_rows

_KOREAN = Patterns(*injection_korean.PATTERNS)
_ENGLISH = Patterns(*injection_english.PATTERNS, *injection_english.OTHERS)
_SENDS = Patterns(*injection_korean.SENDS, *injection_english.SENDS)
_ADDRESS = r"://|@"

_SPELLED = r"(?:\b[a-z][\s._*|-]{1,3}){5,}[a-z]\b"
"""i g n o r e"""
_SPELLED_RUN = re.compile(_SPELLED)
_GAPS = re.compile(r"[\s._*|-]+")


def orders_the_model(texts: Texts) -> pa.Array:
    """Mask of the plain texts that order the model about, in known wordings, letter by letter, or in other words."""
    spelled = pc.match_substring_regex(texts, _SPELLED)
    apart = on_rows(texts, spelled, lambda some: _ENGLISH.match(_drawn_together(some)))
    sends = on_rows(texts, pc.match_substring_regex(texts, _ADDRESS), _SENDS.match)
    found = pc.or_(pc.or_(_KOREAN.match(texts), _ENGLISH.match(texts)), pc.or_(apart, sends))
    return pc.or_(found, talks_it_round(texts))


def _drawn_together(texts: Texts) -> Texts:
    """Spelled-out words as words: gaps between single letters go, wider ones become one blank."""
    return pa.array([_SPELLED_RUN.sub(_words, text) for text in texts.to_pylist()], texts.type)


def _words(match: re.Match[str]) -> str:
    wide = re.split(r"(?:[\s._*|-]){2,}", match[0])
    parts = wide if len(wide) > 1 and max(map(len, wide)) > 1 else [match[0]]
    return " ".join(_GAPS.sub("", part) for part in parts)
