"""What stands in place of what was found: nobody's values, in the form that was written.

    mobile      010-1234-5678            010-0000-0001         trunk or area code and country code stay
    resident    ９００１０１－１２３４５６７   ００００００－０００００１   no such date; separators, width and script stay
    card        4111 1111 1111 1111      0000 0000 0000 0001
    passport    M123A4567                M000A0001
    customs     P123456789012            P000000000001
    key         sk-proj-Ab3…             sk-proj-000…001        the vendor's prefix and the length stay
    e-mail      kim(at)naver.com         person1(at)example.com RFC 2606
    password    hunter2!!                Password-0001
    address     203.0.113.9              192.0.2.1              RFC 5737

Numbers count up within a record, over all its columns; equal values get the same one, 3 digits at most. A value that
already has this form is no personal data and is left as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from tasks.privacy.view import SPELT, View

NUMBER, MAIL, PASSWORD, ADDRESS = "number", "mail", "password", "address"
"""Families: what counts together, so that different values in a record never look the same."""

TEMPLATES = {PASSWORD: "Password-{:04d}", ADDRESS: "192.0.2.{}"}

LIMIT = 999
"""Distinct values of a family in a record; what comes after shares placeholders from the first on."""
_ADDRESSES = 254
_TAIL = 3

_MAIL = re.compile(r"person(\d{1,3})@example\.com", re.IGNORECASE)
_PASSWORD = re.compile(r"Password-(\d{4})")
_ADDRESS = re.compile(r"192\.0\.2\.(\d{1,3})")
_ADDRESS_SIX = re.compile(r"2001:db8::(\d{1,3})")
ABROAD = re.compile(r"^(?:(?:00)?820?|0)")
_ZEROS = re.compile(r"0*?(\d{0,3})")
_HANGUL_DIGITS = "공일이삼사오육칠팔구"


Edits: TypeAlias = tuple[tuple[int, int, str], ...]
"""Parts of a text to replace: start, end, template of the placeholder's number."""


class Finding(NamedTuple):
    """Characters `start`..`end` of a view hold personal data.

    `value` is what they mean, however it was written. Its digits are replaced by zeros and a number, its letters too
    with `letters`, but for the first `keep` of them, which say nothing of a person; or else `edits` names the parts to
    replace (start, end, template of the number).
    """

    start: int
    end: int
    kind: str
    value: str
    family: str = NUMBER
    keep: int = 0
    letters: bool = False
    edits: Edits = ()

    @property
    def identity(self) -> str:
        """The value, whether or not a phone number is written as from abroad."""
        return f"0{ABROAD.sub('', self.value, count=1)}" if self.kind == "phone" else self.value

    @property
    def placeholder(self) -> int | None:
        """The number of the placeholder that this is, 0 for a mask of zeros, None where this is somebody's."""
        if self.family == MAIL:
            found = _MAIL.fullmatch(self.value)
        elif self.family == PASSWORD:
            found = _PASSWORD.fullmatch(self.value)
        elif self.family == ADDRESS:
            found = _ADDRESS.fullmatch(self.value) or _ADDRESS_SIX.fullmatch(self.value)
        else:
            found = _ZEROS.fullmatch(self.value[self.keep :]) if len(self.value) - self.keep > _TAIL else None
        return int(found[1] or 0) if found else None


_WRITTEN = (
    (("Password-",), re.compile(r"Password-\d{4}(?!\d)"), "password", PASSWORD),
    (
        ("192.0.2.", "2001:db8::"),
        re.compile(r"(?<![\d.])192\.0\.2\.\d{1,3}(?![\d.]*\d)|2001:db8::\d{1,3}(?!\d)"),
        "ip_address",
        ADDRESS,
    ),
)


def written(text: str) -> Iterator[Finding]:
    """The placeholders in words that a text holds already: no part of any other finding."""
    for marks, pattern, kind, family in _WRITTEN:
        for found in pattern.finditer(text) if any(mark in text for mark in marks) else ():
            yield Finding(*found.span(), kind, found[0], family)


class Ledger:
    """The numbers given out in one record."""

    def __init__(self) -> None:
        self._given: dict[tuple[str, str], int] = {}
        self._taken: dict[str, set[int]] = {}
        self._next: dict[str, int] = {}

    def reserve(self, finding: Finding) -> None:
        """If this is a placeholder already, its number is given to no other value."""
        if finding.placeholder is not None:
            self._taken.setdefault(finding.family, set()).add(finding.placeholder)

    def number(self, finding: Finding) -> int:
        key = (finding.family, finding.identity)
        if key not in self._given:
            taken = self._taken.setdefault(finding.family, set())
            limit = _ADDRESSES if finding.family == ADDRESS else LIMIT
            number = self._next.get(finding.family, 1)
            while number in taken:
                number += 1
            self._next[finding.family] = number + 1
            self._given[key] = number if number <= limit else len(self._given) % limit + 1
        return self._given[key]


def replacement(view: View, finding: Finding, number: int) -> str:
    """What to write in place of a finding."""
    if not finding.edits:
        return _zeros(view, finding, number)
    written: list[str] = []
    at = finding.start
    for start, end, template in finding.edits:
        written += (view.written(at, start), template.format(number))
        at = end
    return "".join((*written, view.written(at, finding.end)))


def _zeros(view: View, finding: Finding, number: int) -> str:
    """The finding with its letters and digits replaced in place; everything between them stays as written."""
    text = view.text
    places = [place for place in range(finding.start, finding.end) if _counts(view, place, letters=finding.letters)]
    places = places[finding.keep :]
    if not places:
        return view.written(finding.start, finding.end)
    new = dict(zip(places, str(number)[-len(places) :].zfill(len(places)), strict=True))
    if view.starts is None:
        original = view.original
        return "".join(
            _in_style(new[place], original[place]) if place in new else original[place]
            for place in range(finding.start, finding.end)
        )
    written: list[str] = []
    place = finding.start
    while place < finding.end:
        last = place + 1
        while last < finding.end and view.starts[last] == view.starts[place]:
            last += 1
        source = view.written(place, last)
        if not any(at in new for at in range(place, last)):
            written.append(source)
        elif last == place + 1:
            written.append(_in_style(new[place], source[0]) + source[1:])
        else:
            written.append("".join(new.get(at, text[at]) for at in range(place, last)))
        place = last
    return "".join(written)


def _counts(view: View, place: int, *, letters: bool) -> bool:
    """Whether a character of a finding is one to replace. A key has no digits that are read out, and its \\n stays."""
    character = view.text[place]
    if not letters:
        return character.isascii() and (character.isdigit() or character in "OolI")
    if not character.isascii() or not character.isalnum() or view.text[place - 1 : place] == "\\":
        return False
    return view.written(place, place + 1) not in SPELT


def _in_style(digit: str, like: str) -> str:
    """The digit in the script of another: full-width, Hangul, Arabic-Indic."""
    if like.isascii():
        return digit
    if like in SPELT:
        return _HANGUL_DIGITS[int(digit)]
    worth = unicodedata.digit(like, None)
    if worth is None:
        return digit
    styled = chr(ord(like) - worth + int(digit))
    return styled if unicodedata.digit(styled, None) == int(digit) else digit
