"""What a number is called where it stands: by words before it, by its column's header, by the cell or words beside it.

A bare number is personal only because it is called so, and no other number is: 금액 1234567890 stays, 사업자번호 1234567890
does not. The nearest name counts.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from tasks.privacy.vocabulary import COMMON, FOREIGNER, NAMES, OTHER, RESIDENT


def _compiled() -> tuple[re.Pattern[str], list[tuple[str, bool]]]:
    """One expression, its alternatives gathered by their first characters; the group that matched says which it was."""
    starts: dict[str, list[str]] = {}
    meanings: list[tuple[str, bool]] = []
    order: dict[str, list[tuple[str, bool]]] = {}
    for kind, strong, words in NAMES:
        for word in words:
            for first, rest in _firsts(word):
                starts.setdefault(first, []).append(f"({rest})")
                order.setdefault(first, []).append((kind, strong))
    for first in starts:
        meanings += order[first]
    return re.compile("|".join(f"{re.escape(first)}(?:{'|'.join(rests)})" for first, rests in starts.items())), meanings


def _firsts(word: str) -> Iterator[tuple[str, str]]:
    """First characters and what follows each: `(?:입금|송금)\\s` begins with 입 and with 송."""
    if not word.startswith("(?:"):
        yield word[0], word[1:]
        return
    end = word.index(")")
    for option in word[3:end].split("|"):
        yield option[0], option[1:] + word[end + 1 :]


_LABEL, _MEANINGS = _compiled()

REACH = 40
"""How far before a number its name may stand, in characters."""
_REACH_RIGHT = 16
_DIRECTLY = re.compile(r"[\s:=#>&\"'(\[\].,~)-]*(?:(?:는|은|이|가|도|만|의|을|를)[\s:=]*)?(?:no\.?|#)?[\s:=\"'(\[-]*")
_ITS_OWN = re.compile(r"[ :=(]{0,3}\+?\d[\d() .-]{5,}\d")
"""750812-1093821, 연락처 010-…: a name that has a number behind it is not that of the one before it."""
_STANDS_FOR = re.compile(r"[^\n\t|,;\d]{0,12}")


class Label(NamedTuple):
    """A name in a text, at `start`..`end`. `strong`: that of the number itself (계좌번호), not of its matter (입금)."""

    start: int
    end: int
    kind: str
    strong: bool


def lowered(text: str) -> str:
    """The text in lower case, character by character."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def worded(lower: str) -> str:
    """A lowered text in which programs' names are words: acct_no as acct no."""
    return lower.replace("_", " ")


def same(kind: str, other: str) -> bool:
    """Whether names go together: a foreigner's number is called a resident's, too."""
    return kind == other or {kind, other} == {RESIDENT, FOREIGNER}


class Labels:
    """The names in a lowered text, in their order."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.all: list[Label] = []
        for found in _LABEL.finditer(text):
            end = found.end() - (text[found.end() - 1] == " ")
            label = Label(found.start(), end, *_MEANINGS[(found.lastindex or 1) - 1])
            last = self.all[-1] if self.all else None
            if (
                last
                and not label.strong
                and last.strong
                and same(last.kind, label.kind)
                and _STANDS_FOR.fullmatch(text, last.end, label.start)
            ):
                label = label._replace(strong=True)  # 계좌번호는 국민은행 …: the bank stands for its account.
            self.all.append(label)

    def within(self, start: int, end: int) -> list[Label]:
        """The names that begin and end in a stretch."""
        first = bisect_left(self.all, (start,))
        last = first
        while last < len(self.all) and self.all[last].end <= end:
            last += 1
        return self.all[first:last]

    def before(self, start: int, end: int) -> Label | None:
        """The last name in a stretch that ends at a number. Some count only directly before it."""
        last = self.of_cell(start, end)
        return last if last and self.reaches(last, end) else None

    def reaches(self, label: Label, start: int) -> bool:
        """Whether a name may be that of a number at `start`. Those that are nobody's, and banks that are common words
        (제일, 하나), must stand directly before it."""
        must_touch = label.kind == OTHER or (not label.strong and self._text[label.start : label.end] in COMMON)
        return not must_touch or _DIRECTLY.fullmatch(self._text, label.end, start) is not None

    def of_cell(self, start: int, end: int) -> Label | None:
        """What a header or a cell says of another: its last name."""
        last = bisect_left(self.all, (end,)) - 1
        while last >= 0 and self.all[last].end > end:
            last -= 1
        return self.all[last] if last >= 0 and self.all[last].start >= start else None

    def after(self, end: int, stop: int) -> Label | None:
        """The first name behind a number, if it is somebody's."""
        found = self.within(end, min(stop, end + _REACH_RIGHT))
        if not found or found[0].kind == OTHER or _ITS_OWN.match(self._text, found[0].end):
            return None
        return found[0]
