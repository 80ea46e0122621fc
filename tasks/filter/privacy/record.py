"""One record: find what its texts hold, call equal values by one placeholder, write the texts anew."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from tasks.filter.privacy import addresses, mail, named, passwords, phones, registrations, tokens
from tasks.filter.privacy.labels import Labels, lowered
from tasks.filter.privacy.page import JOINT, Page
from tasks.filter.privacy.placeholders import NUMBER, PASSWORD, Finding, Ledger, replacement
from tasks.filter.privacy.view import View

Finder = Callable[[Page], Iterator[Finding]]

FINDERS: dict[str, Finder] = {
    # The surest first: what overlaps an earlier finding is none.
    "tokens": tokens.find,
    "passwords": passwords.find,
    "mail": mail.find,
    "phones": phones.find,
    "residents": registrations.residents,
    "licences": registrations.licences,
    "named": named.find,
    "cards": registrations.cards,
    "businesses": registrations.businesses,
    "singles": registrations.singles,
    "passports": registrations.passports,
    "addresses": addresses.find,
}
"""By the name of the hint that calls for it."""

_DIGITS = re.compile(rf"\d(?:{JOINT}\d){{7,}}")
_LEAST_REPEATED = 6
"""A shorter password is a word or number that may stand elsewhere in its own right."""


class Record:
    """The texts of one row, with what a pre-test saw in each (the names in FINDERS, `speaks`, `spelt`)."""

    def __init__(self, texts: Sequence[str | None], hints: Sequence[frozenset[str]], leave: frozenset[str]) -> None:
        self._texts, self._leave = texts, leave
        views = [View.of(text or "", spelt="spelt" in seen) for text, seen in zip(texts, hints, strict=True)]
        spoken = [_spoken(view) if "speaks" in seen else frozenset() for view, seen in zip(views, hints, strict=True)]
        self._pages = [
            Page(view, seen, frozenset().union(*spoken[:at], *spoken[at + 1 :]))
            for at, (view, seen) in enumerate(zip(views, hints, strict=True))
        ]

    def scrubbed(self) -> tuple[list[str | None], list[str]] | None:
        """The texts with placeholders and the sorted kinds that were replaced; None where nothing was found."""
        found = [_claimed(_findings(page)) for page in self._pages]
        values = {f.value: f for each in found for f in each if f.placeholder is None and f.kind not in self._leave}
        if not values:
            return None
        ledger = Ledger()
        for finding in (finding for each in found for finding in each):
            ledger.reserve(finding)
        words = _words(values)
        texts = [
            self._written(page, _claimed((*each, *_again(page, values, words))), ledger) if text else text
            for page, each, text in zip(self._pages, found, self._texts, strict=True)
        ]
        return texts, sorted({finding.kind for finding in values.values()})

    def _written(self, page: Page, findings: list[Finding], ledger: Ledger) -> str:
        parts: list[str] = []
        view, at = page.view, 0
        for finding in findings:
            if finding.placeholder is None and finding.kind not in self._leave:
                start, end = view.source(finding.start, finding.end)
                parts += (view.original[at:start], replacement(view, finding, ledger.number(finding)))
                at = end
        return "".join((*parts, view.original[at:]))


def _spoken(view: View) -> frozenset[str]:
    return frozenset(label.kind for label in Labels(lowered(view.text)).all if label.strong)


def _findings(page: Page) -> Iterator[Finding]:
    for hint, find in FINDERS.items():
        if hint in page.hints:
            yield from (finding for finding in find(page) if not page.is_parted(finding))
    yield from (finding for finding in page.settled() if not page.is_parted(finding))


def _claimed(findings: Iterator[Finding] | Sequence[Finding]) -> list[Finding]:
    """The findings that overlap none before them, in the order of the text."""
    claimed: list[Finding] = []
    for finding in findings:
        if all(finding.end <= other.start or finding.start >= other.end for other in claimed):
            claimed.append(finding)
    return sorted(claimed)


def _words(values: dict[str, Finding]) -> re.Pattern[str] | None:
    """What finds the passwords and keys among the values wherever they stand."""
    words = [
        value
        for value, finding in values.items()
        if (finding.family == PASSWORD or finding.letters) and len(value) >= _LEAST_REPEATED and not value.isdigit()
    ]
    return re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True)))) if words else None


def _again(page: Page, values: dict[str, Finding], words: re.Pattern[str] | None) -> Iterator[Finding]:
    """Where values that were found stand once more, without a name or shape of their own."""
    for found in _DIGITS.finditer(page.text):
        known = values.get("".join(filter(str.isdigit, found[0])))
        if known is not None and known.family == NUMBER and not known.letters:
            yield known._replace(start=found.start(), end=found.end())
    for found in words.finditer(page.text) if words else ():
        known = values[found[0]]
        edits = ((*found.span(), known.edits[0][2]),) if known.edits else ()
        yield known._replace(start=found.start(), end=found.end(), edits=edits)
