"""E-mail addresses, plain and disguised: kim@naver.com, kim (at) naver [dot] com, kim골뱅이네이버닷컴."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tasks.filter.privacy.page import Page
from tasks.filter.privacy.placeholders import MAIL, Finding

_PROVIDERS = (
    r"(?:naver|gmail|daum|hanmail|nate|kakao|hotmail|outlook|yahoo|icloud|paran|empal|네이버|지메일|다음|한메일|네이트)"
)
_LOCAL = r"(?P<local>[A-Za-z0-9](?:[A-Za-z0-9._%+'-]{0,62}[A-Za-z0-9_+-])?|(?<![가-힣])[가-힣]{1,12})"
_LABEL = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?|[가-힣]{1,20})"
_AT_SIGN = r"\s{0,2}(?:@|%40|&#0?64;|&commat;)\s{0,2}"
_AT_MARK = r"\s{0,2}[(\[{<]\s?(?:at|@|a|골뱅이|앳|엣)\s?[)\]}>]\s{0,2}"
_AT_WORD = r"\s{0,2}(?:골뱅이|앳(?=\s?[A-Za-z가-힣])|(?<=[A-Za-z0-9])[_-]at[_-](?=[A-Za-z]))\s{0,2}"
_DOT = r"(?:\.|\s{0,2}[(\[{<]\s?(?:dot|\.|점|닷|쩜)\s?[)\]}>]\s{0,2}|\s{0,2}(?:닷|쩜|(?<=[A-Za-z가-힣])점)\s{0,2}|\s{1,2}dot\s{1,2}|_dot_)"
_END = r"(?P<end>[A-Za-z]{2,24}|한국|컴|넷)(?![A-Za-z0-9@]|[-_][A-Za-z0-9])"
_FILES = frozenset(
    "png jpg jpeg gif svg webp bmp xlsx xlsm xls csv tsv pdf docx pptx hwp txt json yaml js ts py css html".split()
)

_SIGNED = re.compile(
    rf"{_LOCAL}(?:{_AT_SIGN}|{_AT_MARK}|{_AT_WORD})(?P<domain>{_LABEL}(?:{_DOT}{_LABEL}){{0,4}}?)(?P<dot>{_DOT}){_END}",
    re.IGNORECASE,
)
_SAID = re.compile(
    rf"{_LOCAL}\s{{1,2}}at\s{{1,2}}(?P<domain>{_LABEL}(?:\s{{1,2}}dot\s{{1,2}}{_LABEL}){{0,3}}?)(?P<dot>\s{{1,2}}dot\s{{1,2}}){_END}",
    re.IGNORECASE,
)
"""kim at naver dot com: in English, `at` alone says nothing, so `dot` must be there too."""
_PROVIDED = re.compile(
    rf"{_LOCAL}(?:{_AT_SIGN}|{_AT_MARK}|{_AT_WORD})(?P<domain>{_PROVIDERS})(?P<end>\s?[,. ]\s?(?:com|net|co\.?kr))?(?![A-Za-z0-9.])",
    re.IGNORECASE,
)
"""kim@naver, kim@gmail,com: what people type when they hurry, at the providers that need no more to be understood."""


def find(page: Page) -> Iterator[Finding]:
    """Every address in the text. Excel's own @ (=@A1, [@금액]) has nothing before it that could be a mailbox."""
    for found in _SIGNED.finditer(page.text):
        if found["end"].lower() not in _FILES:
            value = f"{found['local']}@{_plain(found['domain'])}.{_plain(found['end'])}"
            yield _finding(found, value, (*found.span("end"), "com"))
    for found in _SAID.finditer(page.text):
        value = f"{found['local']}@{_plain(found['domain'])}.{found['end']}"
        yield _finding(found, value, (*found.span("end"), "com"))
    for found in _PROVIDED.finditer(page.text):
        domain = (found.start("domain"), found.end(), "example.com")
        edits = ((*found.span("local"), "person{}"), domain)
        yield Finding(*found.span(), "email", f"{found['local']}@{found['domain']}.com".lower(), MAIL, edits=edits)


def _finding(found: re.Match[str], value: str, end: tuple[int, int, str]) -> Finding:
    edits = ((*found.span("local"), "person{}"), (*found.span("domain"), "example"), end)
    return Finding(*found.span(), "email", value.lower(), MAIL, edits=edits)


_SAID_DOTS = re.compile(r"\W+|닷|쩜|점|(?<![A-Za-z])dot(?![A-Za-z])|_dot_", re.IGNORECASE)
_NAMES = {
    "네이버": "naver",
    "지메일": "gmail",
    "다음": "daum",
    "한메일": "hanmail",
    "네이트": "nate",
    "컴": "com",
    "넷": "net",
}


def _plain(domain: str) -> str:
    """A domain as it is dialled, whatever its dots were disguised as."""
    labels = [label for label in _SAID_DOTS.split(domain.replace("-", "\0")) if label]
    return ".".join(_NAMES.get(label, label) for label in labels).replace("\0", "-")
