"""Whether a number can be of the kind that it is called, and is no amount, date or measure that stands there too."""

from __future__ import annotations

import re

from tasks.privacy import checksums, phones
from tasks.privacy.page import Page, digits_of
from tasks.privacy.placeholders import Finding
from tasks.privacy.registrations import resident_kind
from tasks.privacy.vocabulary import (
    ACCOUNT,
    BUSINESS,
    CARD,
    CORPORATE,
    FOREIGNER,
    LICENCE,
    OTHER,
    PHONE,
    RESIDENT,
)

LENGTHS: dict[str, tuple[int, int]] = {
    RESIDENT: (13, 13),
    FOREIGNER: (13, 13),
    CORPORATE: (13, 13),
    BUSINESS: (10, 10),
    CARD: (14, 16),
    PHONE: (7, 13),
    ACCOUNT: (10, 16),
    LICENCE: (10, 12),
}
"""Digits of a number of each kind, at least and at most."""
_OTHER_COMPANIES = {BUSINESS: (13,), CORPORATE: (10,)}
"""A company's two numbers are called by each other's names (corpNum, 법인번호): their lengths tell them apart."""
_DATE = re.compile(r"(?:19|20)\d\d([-./]?)(?:0?[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])(?!\d)")
_DATED = re.compile(r"(?:19|20)\d\d ?(?:-|(?:0[1-9]|1[0-2]))|97[89](?:-?\d){10}(?!-?\d)")
_STAMP = re.compile(r"1[3-9]\d{11}|20[0-3]\d(?:0[1-9]|1[0-2])\d{6,8}|88\d{11}|97[89]\d{10}")
"""Milliseconds since 1970, a date and time, a barcode, an ISBN."""
_HALVED, _HALVES = frozenset((RESIDENT, FOREIGNER, CORPORATE)), re.compile(r"\d{6}\.\d{7}")
_THOUSANDS = re.compile(r",\d{3}(?!\d)")
_DECIMAL = re.compile(r"\d+\.\d+")
_BESIDE_LEAST, _BESIDE_MOST = 11, 14
_ACCOUNT = re.compile(r"\d{2,6}(?: ?- ?\d{1,8}){1,4}")
_SHORT = re.compile(r"\d\d-\d\d-\d{6}")
"""Accounts of 10 digits, as Jeju Bank gives them."""
_GROUPED = re.compile(
    r"\d{3,4}(?P<sign>[ .])(?:\d{2,3}(?P=sign)\d{6}|\d{2}(?P=sign)\d{7}|\d{6}(?P=sign)\d{5}|\d{4}(?P=sign)\d{4}(?P=sign)\d{2})"
    r"|\d{6}(?P<other>[ .])\d{2}(?P=other)\d{6}"
)
"""Groups in which banks write their numbers, parted by blanks or dots: in a table that may be anything."""
_CHINESE = re.compile(r"1[3-9]\d([ -])\d{4}\1\d{4}")
"""138 1172 9047: as mobile numbers are written in China."""
_WITH_TRUNK = 9
"""Digits of the shortest phone number that can be dialled from anywhere: 8295-0809 is not from abroad."""
_COMPANY = re.compile(r"1[5-8]\d\d")
"""1588-1234: a company's."""


def called(page: Page, start: int, end: int, kind: str, *, strong: bool, bank: bool = False) -> Finding | None:
    """The number at `start`..`end` as a finding, if it can be of a kind. `strong`: its own name says so, not what it is
    about; `bank`: the cell beside it is a bank's."""
    text = page.text[start:end]
    digits = digits_of(text)
    if strong and len(digits) in _OTHER_COMPANIES.get(kind, ()):
        kind = CORPORATE if kind == BUSINESS else BUSINESS
    if kind == OTHER or not LENGTHS[kind][0] <= len(digits) <= LENGTHS[kind][1]:
        return None
    if kind == CARD and checksums.is_stamp(digits):
        return None
    if _is_amount(page, start, end, text) and not (strong and _HALVES.fullmatch(text) and kind in _HALVED):
        return None
    parted = not text.isdigit()
    if not strong and not (
        _is_shaped(page, start, kind, text) if parted else _is_plausible(page, start, kind, digits, bank=bank)
    ):
        return None
    if kind == PHONE and not _is_phone(text, digits, strong=strong and page.before(start) != "-"):
        return None
    if kind in {RESIDENT, FOREIGNER}:
        kind = resident_kind(digits)
    return Finding(
        start, end, kind, digits, keep=phones.trunk(digits) if kind == PHONE and len(digits) >= _WITH_TRUNK else 0
    )


def _is_phone(text: str, digits: str, *, strong: bool) -> bool:
    if len(digits) >= _WITH_TRUNK:
        return phones.is_dialled(digits) or (strong and _CHINESE.fullmatch(text) is not None)
    whole = len(digits) == _WITH_TRUNK - 1 or (not text.isdigit() and len(digits) == _WITH_TRUNK - 2)
    return strong and whole and digits[0] != "0" and not _COMPANY.match(digits)


def _is_amount(page: Page, start: int, end: int, text: str) -> bool:
    """Whether a number is money, a measure, a decimal or a date, whatever stands near it."""
    if _DECIMAL.fullmatch(text) or _DATE.match(text) or not page.starts_number(start):
        return True
    if text.isdigit() and page.has_unit(end):
        return True
    grouped = page.before(start, 2)[-1:] == "," and page.before(start, 2)[:1].isdigit()
    return (
        (grouped and text.isdigit() and len(text) == 3)
        or _THOUSANDS.match(page.text, end) is not None
        or page.before(start) in {"₩", "$", "€", "\\"}
    )


def _is_shaped(page: Page, start: int, kind: str, text: str) -> bool:
    """Whether a number with gaps may be of a kind that only its surroundings speak of."""
    if kind != ACCOUNT:
        return True
    if _DATED.match(text) or (sum(map(str.isdigit, text)) < _BESIDE_LEAST and not _SHORT.fullmatch(text)):
        return False
    if _GROUPED.fullmatch(text):
        return not page.in_table(start) and not text.endswith("000")
    return _ACCOUNT.fullmatch(text) is not None


def _is_plausible(page: Page, start: int, kind: str, digits: str, *, bank: bool) -> bool:
    """Whether a bare number may be of a kind that only its surroundings speak of (전화, 입금, 신한)."""
    if kind == BUSINESS:
        return checksums.has_business_check(digits)
    if kind == CARD:
        return checksums.has_card_check(digits) and checksums.has_card_prefix(digits)
    if kind == PHONE:
        return phones.is_dialled(digits)
    told = bank or not page.in_table(start)
    return (
        told
        and _BESIDE_LEAST <= len(digits) <= _BESIDE_MOST
        and not digits.endswith("000")
        and not _STAMP.fullmatch(digits)
    )
