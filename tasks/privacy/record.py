"""One record: find what its texts hold, call equal values by one placeholder, write the texts anew."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from tasks.privacy import (
    addresses,
    codes,
    credentials,
    literals,
    mail,
    named,
    passwords,
    phones,
    registrations,
    sentences,
    tokens,
)
from tasks.privacy.page import JOINT, Page
from tasks.privacy.phones import trunk
from tasks.privacy.placeholders import ABROAD, MAIL, NUMBER, PASSWORD, TEMPLATES, Finding, Ledger, replacement, written
from tasks.privacy.view import View
from tasks.privacy.vocabulary import INVOICE, PASSPORT, PHONE

Finder = Callable[[Page], Iterator[Finding]]

FINDERS: dict[str, Finder] = {
    # The surest first: what overlaps an earlier finding is none.
    "tokens": tokens.find,
    "credentials": credentials.find,
    "passwords": passwords.find,
    "sentences": sentences.find,
    "compared": literals.passwords,
    "codes": codes.find,
    "mail": mail.find,
    "phones": phones.find,
    "masked": literals.masked,
    "residents": registrations.residents,
    "licences": registrations.licences,
    "ibans": registrations.ibans,
    "named": named.find,
    "equals": literals.numbers,
    "cards": registrations.cards,
    "businesses": registrations.businesses,
    "singles": registrations.singles,
    "passports": registrations.passports,
    "customs": registrations.customs,
    "addresses": addresses.find,
}
"""By the name of the hint that calls for it."""
_HINTS = {
    "credentials": "passwords",
    "codes": "passwords",
    "sentences": "passwords",
    "masked": "phones",
    "equals": "named",
    "customs": "passports",
}

_NO_DIGIT, _GROUP = re.compile(r"\D+"), re.compile(r"\d+")
_CODE = 4
"""Digits of a country code, with two zeros before it."""
_JOINT = re.compile(JOINT)
_MOMENT = re.compile(r"(?:19|20)\d\d[-./]\d\d[-./]\d\d[ .]{1,2}\d\d:\d\d")
"""A date and a time of day are no number, though their digits be those of one."""
_LEAST_DIGITS = 8
_FEW = 8
_LEAST_REPEATED = 6
"""A shorter password is a word or number that may stand elsewhere in its own right."""


class Record:
    """The texts of one row, with what a pre-test saw in each (the names in FINDERS, `speaks`, `spelt`)."""

    def __init__(self, texts: Sequence[str | None], hints: Sequence[frozenset[str]], leave: frozenset[str]) -> None:
        self._texts, self._leave = texts, leave
        self._pages = [
            Page(View.of(text or "", spelt="spelt" in seen), seen) for text, seen in zip(texts, hints, strict=True)
        ]
        for page in self._pages:
            page.spoken = frozenset().union(*(other.names for other in self._pages if other is not page))
        if any("compared" in seen for seen in hints) and any(map(literals.speaks_of_passwords, self._pages)):
            for page in self._pages:
                page.spoken |= {PASSWORD}
        if any("businesses" in seen for seen in hints) and any(map(registrations.speaks_of_invoices, self._pages)):
            for page in self._pages:
                page.spoken |= {INVOICE}

    def scrubbed(self) -> tuple[list[str | None], list[str]] | None:
        """The texts with placeholders and the sorted kinds that were replaced; None where nothing was found."""
        found = self._found()
        secret = [[f for f in each if f.placeholder is None and f.kind not in self._leave] for each in found]
        if not any(secret):
            return None
        ledger = Ledger()
        for finding in (finding for each in found for finding in each):
            ledger.reserve(finding)
        known = Known(list(zip(self._pages, secret, strict=True)))
        texts = [
            self._written(page, _claimed((*each, *known.again(page, each))), ledger) if text else text
            for page, each, text in zip(self._pages, found, self._texts, strict=True)
        ]
        return texts, sorted({finding.kind for each in secret for finding in each})

    def brought(self) -> list[str]:
        """The sorted kinds of what the last text holds of personal data, and none before it does."""
        *before, (page, last) = zip(self._pages, self._found(), strict=True)
        secret = [f for f in last if f.placeholder is None and f.kind not in self._leave]
        if not secret:
            return []
        known = Known([(page, secret)])
        given = {finding.identity for _, each in before for finding in each}
        given |= {finding.identity for other, each in before for finding in known.again(other, each)}
        return sorted({finding.kind for finding in secret if finding.identity not in given})

    def _found(self) -> list[list[Finding]]:
        """What each text holds, but for what another calls a code."""
        found = [_claimed(_findings(page)) for page in self._pages]
        codes = frozenset().union(*(page.codes for page in self._pages))
        if not codes:
            return found
        return [
            [one for one in each if one.value not in codes or one.kind != PHONE or _is_somebodys(page, one)]
            for page, each in zip(self._pages, found, strict=True)
        ]

    def _written(self, page: Page, findings: list[Finding], ledger: Ledger) -> str:
        parts: list[str] = []
        view, at = page.view, 0
        for finding in findings:
            if finding.placeholder is None and finding.kind not in self._leave:
                start, end = view.source(finding.start, finding.end)
                parts += (view.original[at:start], replacement(view, finding, ledger.number(finding)))
                at = end
        return "".join((*parts, view.original[at:]))


def _is_somebodys(page: Page, finding: Finding) -> bool:
    """Whether a text says that a number is a phone, or stands among people, whatever another text calls it."""
    label = page.label(finding.start, finding.end)
    return (label is not None and label.kind == PHONE) or phones.is_among_people(page, finding.start)


def _findings(page: Page) -> Iterator[Finding]:
    yield from written(page.text)
    for name, find in FINDERS.items():
        if _HINTS.get(name, name) in page.hints:
            yield from (finding for finding in find(page) if not page.is_parted(finding))
    yield from (finding for finding in page.settled() if not page.is_parted(finding))


def _claimed(findings: Iterator[Finding] | Sequence[Finding]) -> list[Finding]:
    """The findings that overlap none before them, in the order of the text."""
    claimed: list[Finding] = []
    for finding in findings:
        place = bisect_left(claimed, (finding.start,))
        before, after = claimed[place - 1 : place], claimed[place : place + 1]
        if all(other.end <= finding.start for other in before) and all(other.start >= finding.end for other in after):
            claimed.insert(place, finding)
    return claimed


class Known:
    """What was found in a record, to be found wherever it stands once more, without a name or shape of its own."""

    def __init__(self, found: Sequence[tuple[Page, list[Finding]]]) -> None:
        self._numbers: dict[str, Finding] = {}
        self._words: dict[str, Finding] = {}
        for page, findings in found:
            for finding in findings:
                if finding.family == NUMBER and not finding.letters and finding.kind != PASSPORT:
                    self._numbers[finding.identity] = finding
                elif finding.family != MAIL:
                    word = finding.value if finding.edits else page.text[finding.start : finding.end]
                    if len(word) >= _LEAST_REPEATED and not word.isdigit():
                        self._words[word] = finding
        words = sorted(self._words, key=len, reverse=True)
        either = "|".join(map(re.escape, words))
        self._pattern = re.compile(rf"(?<![A-Za-z0-9])(?:{either})(?![A-Za-z0-9])") if words else None
        self._tails = Counter(number[-_LEAST_DIGITS:] for number in self._numbers)

    def again(self, page: Page, found: list[Finding]) -> Iterator[Finding]:
        """What is in a text besides what was found there."""
        if self._tails and self._has_more(page.text, found):
            yield from self._numbers_again(page.text)
        for word in self._pattern.finditer(page.text) if self._pattern else ():
            known = self._words[word[0]]
            edits = ((*word.span(), TEMPLATES[known.family]),) if known.edits else ()
            yield known._replace(start=word.start(), end=word.end(), edits=edits)

    def _has_more(self, text: str, found: list[Finding]) -> bool:
        """Whether a text has the digits of a known number more often than it was found there."""
        digits = _NO_DIGIT.sub("", text)
        seen = Counter(finding.identity[-_LEAST_DIGITS:] for finding in found if finding.family == NUMBER)
        if len(self._tails) <= _FEW:
            return any(digits.count(tail) > seen[tail] for tail in self._tails)
        parts = (digits[at : at + _LEAST_DIGITS] for at in range(len(digits)))
        held = Counter(part for part in parts if part in self._tails)
        return any(count > seen[tail] for tail, count in held.items())

    def _numbers_again(self, text: str) -> Iterator[Finding]:
        """Known numbers among the groups of digits of a text, whatever parts the groups."""
        groups = [group.span() for group in _GROUP.finditer(text)]
        most = max(map(len, self._numbers)) + _CODE
        for first, (start, _) in enumerate(groups):
            digits, end = "", start
            for begin, stop in groups[first:]:
                if (end != start and not _JOINT.fullmatch(text, end, begin)) or len(digits) + stop - begin > most:
                    break
                digits, end = digits + text[begin:stop], stop
                if len(digits) >= _LEAST_DIGITS:
                    known = self._numbers.get(digits) or self._numbers.get(f"0{ABROAD.sub('', digits, count=1)}")
                    if known is not None and (known.value == digits or known.kind == PHONE):
                        keep = trunk(digits) if known.kind == PHONE else known.keep
                        if not _MOMENT.match(text, start):
                            yield known._replace(start=start, end=end, value=digits, keep=keep, edits=())
                        break
