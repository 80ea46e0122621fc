"""Numbers that the state or a bank gives out, by their shape: registrations, licences, passports, cards."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tasks.filter.privacy import checksums
from tasks.filter.privacy.labels import (
    ACCOUNT,
    BUSINESS,
    CARD,
    CORPORATE,
    FOREIGNER,
    LICENCE,
    OTHER,
    PASSPORT,
    RESIDENT,
)
from tasks.filter.privacy.page import END, JOINT, Page, digits_of, finding, has_sign
from tasks.filter.privacy.placeholders import ADDRESS, Finding

_BORN = re.compile(
    rf"(?:(?:19|20)(?=\d{{6}}))?(?P<birth>\d{{2}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?P<joint>{JOINT})(?P<tail>\d{{7}}){END}"
)
_DOTTED = re.compile(
    rf"(?:19|20)?(?P<birth>\d{{2}}[./-]\d{{2}}[./-]\d{{2}})(?P<joint> ?- ?)(?P<tail>[1-8]\d{{6}}){END}"
)
_HALVES = re.compile(r"(?:주민|외국인)[^\n\d]{0,24}(?P<birth>\d{6})(?P<joint>[^\n\d]{1,24})(?P<tail>[1-8]\d{6})(?!\d)")
"""앞자리 900101 뒷자리 1234567"""
_CARD = re.compile(
    rf"[2-69]\d{{3}}(?P<a>{JOINT})\d{{4}}(?P<b>{JOINT})\d{{4}}(?P<c>{JOINT})\d{{4}}{END}"
    rf"|3[04-9]\d{{2}}(?P<d>{JOINT})\d{{6}}(?P<e>{JOINT})\d{{4,5}}{END}"
)
_PART = r" ?[-./_~ ] ?"
_BUSINESS = re.compile(rf"\d{{3}}(?P<a>{_PART})\d{{2}}(?P<b>{_PART})\d{{5}}{END}")
_REGIONS = "서울|부산|경기|강원|충북|충남|전북|전남|경북|경남|제주|대구|인천|광주|대전|울산"
_LICENCE = re.compile(
    rf"(?P<region>\d{{2}}|(?:{_REGIONS})(?: ?[남북]부)?)(?P<a> ?[-./_~ ]? ?)\d{{2}}(?P<b>{_PART})\d{{6}}(?P<c>{_PART})\d{{2}}{END}"
)
_SINGLES = re.compile(r"(?<!\d)(?<!\d[ .-])\d(?: {0,2}[-. ] {0,2}\d){9,18}(?! {0,2}[-.]? {0,2}\d)")
_PASSPORT = re.compile(
    r"(?<![A-Za-z0-9])(?:(?P<one>[MSRODGmsrodg])[ -]?(?:\d(?:[ -]?\d){7}|\d{3}[ -]?[A-Za-z][ -]?\d{4})|[A-Za-z]{2}[ -]?\d{7})(?![A-Za-z0-9(!])"
)
_PASSPORT_WORD = re.compile(r"여권|passport", re.IGNORECASE)
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_IP = re.compile(rf"(?<![\d.])(?:{_OCTET}\.){{3}}{_OCTET}(?![\d.]*\d)")
_IP_WORD = re.compile(r"(?<![a-z])(?:ip(?:v4)?|host)(?![a-z])|아이피|접속|서버", re.IGNORECASE)


def residents(page: Page) -> Iterator[Finding]:
    """Resident and foreigner registration numbers, wherever date and seventh digit are those of a birth."""
    for pattern in (_BORN, _DOTTED, _HALVES):
        for found in pattern.finditer(page.text):
            digits = digits_of(found["birth"]) + found["tail"]
            if page.before(found.start()).isdigit() or checksums.birth_year(digits) is None:
                continue
            if pattern is _HALVES or _is_resident(page, found, digits):
                yield Finding(found.start("birth"), found.end(), resident_kind(digits), digits)


def resident_kind(digits: str) -> str:
    return FOREIGNER if digits[6] in checksums.FOREIGNERS else RESIDENT


def _is_resident(page: Page, found: re.Match[str], digits: str) -> bool:
    """What the sign between the halves leaves open, the name or the check digit has to settle."""
    kind, joint = page.kind(found), found["joint"]
    if kind in {RESIDENT, FOREIGNER}:
        return True
    checked = checksums.has_resident_check(digits) and digits[6] not in "90"
    if kind in {OTHER, CORPORATE}:
        return checked and kind == OTHER and has_sign(joint)
    likely = checked or checksums.OLDEST <= (checksums.birth_year(digits) or 0) <= checksums.NEWEST
    if has_sign(joint):
        return checked if set(joint) & set(".:=") else likely
    if joint:
        return likely and not page.has_neighbours(found)
    if kind is None and not checksums.is_barcode(digits) and not page.is_cut(found):
        page.doubt(found, resident_kind(digits), passes=checked)
    return False


def businesses(page: Page) -> Iterator[Finding]:
    """Business registration numbers in the form 123-45-67890."""
    for found in _BUSINESS.finditer(page.text):
        digits, sign = digits_of(found[0]), found["a"].strip()
        if page.is_cut(found) or sign != found["b"].strip():
            continue
        kind = page.kind(found)
        if kind == BUSINESS:
            yield finding(found, BUSINESS)
        elif kind is None and digits[0] != "0" and digits[3:5] != "00" and (sign or not page.has_neighbours(found)):
            page.doubt(found, BUSINESS, passes=checksums.has_business_check(digits))


def licences(page: Page) -> Iterator[Finding]:
    """Driving licences in the form 11-22-123456-78, or 서울 22-123456-78."""
    for found in _LICENCE.finditer(page.text):
        if page.is_cut(found):
            continue
        kind, region = page.kind(found), found["region"]
        known = not region.isdigit() or (region in checksums.LICENCE_REGIONS and bool(found["a"]))
        signs = {found["b"].strip(), found["c"].strip()}
        spoken = LICENCE in page.spoken or "면허" in page.text
        if kind == LICENCE or (kind is None and known and (signs <= {"-", "_", "."} or spoken)):
            yield finding(found, LICENCE)


def cards(page: Page) -> Iterator[Finding]:
    """Payment cards of 14 to 16 digits."""
    for found in _CARD.finditer(page.text):
        digits = digits_of(found[0])
        if page.is_cut(found):
            continue
        joints = [joint for joint in found.groups() if joint is not None]
        label, signs = page.label(found), all(map(has_sign, joints))
        passes = checksums.has_card_check(digits)
        if label and label.kind == CARD and (label.strong or signs):
            yield finding(found, CARD)
        elif label is None or label.kind == CARD or (label.kind == ACCOUNT and passes):
            if signs or not any(joints) or not page.has_neighbours(found):
                page.doubt(found, CARD, passes=passes and checksums.has_card_prefix(digits))


def singles(page: Page) -> Iterator[Finding]:
    """Numbers written digit by digit: 9 0 0 1 0 1 - 1 2 3 4 5 6 7."""
    for found in _SINGLES.finditer(page.text):
        digits, kind = digits_of(found[0]), None
        if len(digits) == 13 and digits[6] in "12345678" and checksums.birth_year(digits) is not None:
            if "-" in found[0] or checksums.has_resident_check(digits):
                kind = resident_kind(digits)
        elif checksums.has_card_prefix(digits) and checksums.has_card_check(digits):
            kind = CARD
        elif len(digits) == 10 and "-" in found[0] and checksums.has_business_check(digits):
            kind = BUSINESS
        if kind is not None:
            yield finding(found, kind)


def passports(page: Page) -> Iterator[Finding]:
    """Passports, old (M12345678) and new (M123A4567), in records that speak of passports."""
    if PASSPORT not in page.spoken and not _PASSPORT_WORD.search(page.text):
        return
    for found in _PASSPORT.finditer(page.text):
        kind = page.kind(found)
        if kind == PASSPORT or (kind is None and found["one"]):
            value = "".join(filter(str.isalnum, found[0])).upper()
            yield Finding(*found.span(), PASSPORT, value, keep=1 if found["one"] else 2, letters=True)


def addresses(page: Page) -> Iterator[Finding]:
    """Public IPv4 addresses in texts that speak of such: elsewhere 1.2.3.4 is a version or a chapter."""
    if not _IP_WORD.search(page.text):
        return
    for found in _IP.finditer(page.text):
        if _is_public(found[0]):
            yield Finding(*found.span(), "ip_address", found[0], ADDRESS, edits=((*found.span(), "192.0.2.{}"),))


def _is_public(address: str) -> bool:
    first, second, *_ = map(int, address.split("."))
    private = first in {0, 10, 127} or first >= 224 or (first, second) in {(192, 168), (169, 254)}
    return not private and not (first == 172 and 16 <= second <= 31) and not (first == 100 and 64 <= second <= 127)
