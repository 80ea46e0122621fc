"""Public addresses of the Internet Protocol in records that speak of such: elsewhere 1.2.3.4 is a version or a chapter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv6Address

from tasks.privacy.page import Page
from tasks.privacy.placeholders import ADDRESS, Finding

_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_DOT = r"(?: ?\. ?|[\[({]\.[\])}]|[\[({]dot[\])}]| dot )"
_FOUR = re.compile(rf"(?<![\d.])(?:{_OCTET}{_DOT}){{3}}{_OCTET}(?!\d|\.\d)", re.IGNORECASE)
_SIX = re.compile(r"(?<![0-9A-Za-z:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![0-9A-Za-z:])")
WORD = r"(?:^|[^a-z])(?:ip(?:v[46])?|host|server|router|nginx|apache|whitelist|proxy|gateway|dns|vpn|cidr|ping|ssh|whois|from)(?:[^a-z]|$)|아이피|접속|서버|공유기|라우터|화이트리스트|http/[12]|방화벽|공인|호스트|data source|(?:client|user|remote|source|src|peer)[_-]?ip|remote[_-]?addr|x-forwarded|://[0-9]"
"""What shows that a record speaks of addresses (`hints`)."""
_VERSION = re.compile(r"(?:버전|버젼|빌드|(?<![a-z])(?:version|ver\.?|build|v))\s*[:=]?\s*$", re.IGNORECASE)


_EVERYBODYS = frozenset(
    "8.8.8.8 8.8.4.4 1.1.1.1 1.0.0.1 9.9.9.9 208.67.222.222 208.67.220.220 168.126.63.1 168.126.63.2 164.124.101.2 203.248.252.2"
    " 210.220.163.82 219.250.36.130".split()
)
"""Resolvers that anybody may ask, those of Korea's carriers among them."""


def find(page: Page) -> Iterator[Finding]:
    """Every public address in a text of a record that speaks of them."""
    text = page.text
    for found in _FOUR.finditer(text):
        numbers = list(re.finditer(r"\d+", found[0]))
        parts = [number[0] for number in numbers]
        if (
            ".".join(parts) in _EVERYBODYS
            or not _is_public([*map(int, parts)])
            or _VERSION.search(page.before(found.start(), 12))
        ):
            continue
        edits = tuple(
            (found.start() + number.start(), found.start() + number.end(), new)
            for number, new in zip(numbers, ("192", "0", "2", "{}"), strict=True)
        )
        yield Finding(*found.span(), "ip_address", ".".join(parts), ADDRESS, edits=edits)
    for found in _SIX.finditer(text) if text.count(":") > 1 else ():
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
