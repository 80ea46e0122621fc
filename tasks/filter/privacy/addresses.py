"""Public addresses of the Internet Protocol in records that speak of such: elsewhere 1.2.3.4 is a version or a chapter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv6Address

from tasks.filter.privacy.page import Page
from tasks.filter.privacy.placeholders import ADDRESS, Finding

_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_DOT = r"(?: ?\. ?|[\[({]\.[\])}]|[\[({]dot[\])}]| dot )"
_FOUR = re.compile(rf"(?<![\d.])(?:{_OCTET}{_DOT}){{3}}{_OCTET}(?!\d|\.\d)", re.IGNORECASE)
_SIX = re.compile(r"(?<![0-9A-Za-z:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![0-9A-Za-z:])")
WORD = r"(?:^|[^a-z])(?:ip(?:v[46])?|host|cidr|ping|ssh|whois)(?:[^a-z]|$)|아이피|접속|서버|방화벽|공인|호스트|주소"
_WORD = re.compile(WORD, re.IGNORECASE | re.MULTILINE)
_URL = re.compile(r"://(?:[^\s/@]*@)?$|data source\s*=\s*$|server\s*=\s*(?:tcp:)?$", re.IGNORECASE)
_VERSION = re.compile(r"(?:버전|버젼|빌드|version|ver\.?|build|v)\s*[:=]?\s*$", re.IGNORECASE)
_MASK = re.compile(r"(?:255|254|252|248|240|224|192|128|0)(?:\.(?:255|254|252|248|240|224|192|128|0)){3}")


def find(page: Page) -> Iterator[Finding]:
    """Every public address that a word in the record, or the sign :// before it, shows to be one."""
    text, spoken = page.text, "addresses" in page.spoken or _WORD.search(page.text) is not None
    for found in _FOUR.finditer(text):
        parts = re.findall(r"\d+", found[0])
        if not (spoken or _URL.search(page.before(found.start(), 40))) or not _is_public(list(map(int, parts))):
            continue
        if _VERSION.search(page.before(found.start(), 12)) or _MASK.fullmatch(".".join(parts)):
            continue
        numbers = list(re.finditer(r"\d+", found[0]))
        edits = tuple(
            (found.start() + part.start(), found.start() + part.end(), new)
            for part, new in zip(numbers, ("192", "0", "2", "{}"), strict=True)
        )
        yield Finding(*found.span(), "ip_address", ".".join(parts), ADDRESS, edits=edits)
    if spoken and text.count(":") > 1:
        for found in _SIX.finditer(text):
            address = _six(found[0])
            if address is not None and address.is_global:
                edits = ((*found.span(), "2001:db8::{}"),)
                yield Finding(*found.span(), "ip_address", address.compressed, ADDRESS, edits=edits)


def _is_public(octets: list[int]) -> bool:
    first, second, *_ = octets
    private = first in {0, 10, 127} or first >= 224 or (first, second) in {(192, 168), (169, 254)}
    return not private and not (first == 172 and 16 <= second <= 31) and not (first == 100 and 64 <= second <= 127)


def _six(text: str) -> IPv6Address | None:
    try:
        return IPv6Address(text)
    except AddressValueError:
        return None
