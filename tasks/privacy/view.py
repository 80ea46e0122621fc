"""A text as a matcher wants to read it, and the way back to the text as it was written.

Matching happens on NFKC text with one kind of hyphen, blank and quote, without invisible characters, with digits spelt
in Hangul written as digits. What is stored never changes outside of a match: every character of a view knows which
characters of the original it came from.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache

_STRANGE = re.compile("[ᄀ-ᄒ][ᅡ-ᅵ][ᆨ-ᇂ]?|[^\x00-\x7f가-힣ㄱ-ㅎㅏ-ㅠㅢㅣ]")
"""A syllable of conjoining jamo (what macOS makes of Hangul), or a character that may stand for another."""

_HYPHENS = frozenset("‐‑‒–—―−⁃⁻﹘﹣－ー─━ㅡ一˗➖ｰ")
_DOTS = frozenset("·•‧∙⋅。．｡ㆍ")
_TILDES = frozenset("～∼〜")
_QUOTES = {
    "“": '"',
    "”": '"',
    "„": '"',
    "«": '"',
    "»": '"',
    "「": '"',
    "」": '"',
    "『": '"',
    "』": '"',
    "‘": "'",
    "’": "'",
}
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u20e3")
"""Blank letters and the keycap mark, which NFKC leaves."""

SPELT = {"공": "0", "영": "0", "빵": "0", "령": "0", "일": "1", "이": "2", "삼": "3", "사": "4", "오": "5", "육": "6",
         "륙": "6", "칠": "7", "팔": "8", "구": "9"}  # fmt: skip
_SPELT = "".join(SPELT)
_SAID = re.compile(
    rf"(?<![A-Za-z$])(?:[{_SPELT}\d](?:[ .,-]{{0,3}}| ?(?:다시|에|의|대시|하이픈|국에?|번에?) ?)){{7,}}[{_SPELT}\d]"
)
"""A number read out: at least eight digits, Hangul or not, with what is said in place of a hyphen."""
_COPULA = re.compile(r"이(?= ?(?:야|에|며|고|니|라|지|거|었|네|구)| [가-힣])")
"""The last 이 of 오육칠팔이야 is no two."""
_WORD_AFTER = re.compile(rf"(?<=\S) +[{_SPELT}]{{1,2}}$")
"""… 오육칠팔 이게, … 오육칠팔 사장님: the beginning of a word is no digit."""
_WHOLE = {"010": (11, 13), "0": (10, 13), "": (13, 16)}
"""Digits of a mobile number, of a landline, of others: whole with a last 이, which then is a two all the same."""
_LAST_GROUP = (4, 7)
_LEAST_SPELT = 3
_LEAST_SAID = 8
_MOBILE_SAID = re.compile(r"(?=[01]{0,2}[공영빵일])[공영빵0][일1][공영빵0](?:[ .-]{0,3}[0-9]){8}")
"""공1공-1234-5678: of a mobile number the first group alone may be spelt."""


@dataclass(frozen=True, slots=True)
class View:
    """`text` is what to match; `starts[i]`, `ends[i]` bound the source of its i-th character in `original`.

    No `starts` means that both texts have the same characters at the same places, spelt digits apart.
    """

    original: str
    text: str
    starts: list[int] | None = None
    ends: list[int] | None = None

    @classmethod
    def of(cls, original: str, *, spelt: bool = True) -> View:
        """`spelt` is off where it is known that no number is read out."""
        view = cls(original, original)
        if not original.isascii() and _STRANGE.search(original):
            view = _normalised(original)
        return replace(view, text=_spelt_out(view.text)) if spelt else view

    def source(self, start: int, end: int) -> tuple[int, int]:
        """Where in the original the characters `start`..`end` of the text come from."""
        if self.starts is None or self.ends is None or start == end:
            return start, end
        return self.starts[start], self.ends[end - 1]

    def written(self, start: int, end: int) -> str:
        """The original of the characters `start`..`end` of the text."""
        first, last = self.source(start, end)
        return self.original[first:last]


def _normalised(original: str) -> View:
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for found in _STRANGE.finditer(original):
        begin, end = found.span()
        text.append(original[at:begin])
        starts.extend(range(at, begin))
        ends.extend(range(at + 1, begin + 1))
        at = end
        folded = " " if _is_ornament(original, begin, end) else _folded(found[0])
        text.append(folded)
        if folded:
            starts.extend([begin] * len(folded))
            ends.extend([end] * len(folded))
        elif ends:
            ends[-1] = end  # What is invisible belongs to what it follows.
    text.append(original[at:])
    starts.extend(range(at, len(original)))
    ends.extend(range(at + 1, len(original) + 1))
    return View(original, "".join(text), starts, ends)


def _is_ornament(original: str, begin: int, end: int) -> bool:
    """Whether a circled or raised digit stands alone: a bullet or a footnote, no part of a number."""
    if unicodedata.category(original[begin]) != "No":
        return False
    around = original[begin - 1 : begin] + original[end : end + 1]
    return not any(unicodedata.category(character) == "No" for character in around)


@lru_cache(maxsize=4096)
def _folded(written: str) -> str:
    """What one character, or one syllable of jamo, stands for."""
    if written in _HYPHENS:
        return "-"
    if written in _DOTS:
        return "."
    if written in _TILDES:
        return "~"
    if written in _QUOTES:
        return _QUOTES[written]
    if written in _FILLERS or unicodedata.category(written[0]) in {"Cf", "Mn", "Me"}:
        return ""
    digit = unicodedata.decimal(written, None) if len(written) == 1 else None
    return str(digit) if digit is not None else unicodedata.normalize("NFKC", written)


def _spelt_out(text: str) -> str:
    """The text with numbers that are read out (공일공에 일이삼사에 오육칠팔) in digits; its length stays."""
    if text.isascii():
        return text
    parts: list[str] = []
    at = 0
    for found in _SAID.finditer(text):
        begin, end = found.span()
        if text[end - 1] == "이" and _COPULA.match(text, end - 1) and not _is_whole(text[begin:end]):
            end -= 1
        if (tail := _WORD_AFTER.search(text, begin, end)) and "가" <= text[end : end + 1] <= "힣":
            end = tail.start()
        said = text[begin:end]
        digits = _figures(said)
        spelt = sum(character in SPELT for character in said) >= _LEAST_SPELT or _MOBILE_SAID.fullmatch(said)
        if digits < _LEAST_SAID or not spelt:
            continue
        parts += (text[at:begin], "".join(SPELT.get(c, "-" if "가" <= c <= "힣" else c) for c in said))
        at = end
    return "".join((*parts, text[at:])) if parts else text


def _is_whole(said: str) -> bool:
    """Whether a number that ends in 이 is whole with it, by its last group or by all of it."""
    group = len(said) - len(said.rstrip(f"{_SPELT}0123456789"))
    if group < len(said):
        return group in _LAST_GROUP
    digits = "".join(SPELT.get(character, character) for character in said)
    return len(digits) in next(lengths for start, lengths in _WHOLE.items() if digits.startswith(start))


def _figures(said: str) -> int:
    return sum(character in SPELT or character.isdigit() for character in said)
