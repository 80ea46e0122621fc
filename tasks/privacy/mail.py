"""E-mail addresses, plain and disguised: kim@naver.com, kim (at) naver [dot] com, kim골뱅이네이버닷컴.

Goes from the signs for @ to what stands around them: a text has few of those.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tasks.privacy.page import Page
from tasks.privacy.placeholders import MAIL, Edits, Finding

_PROVIDERS = r"(?:naver|gmail|daum|hanmail|nate|kakao|hotmail|outlook|yahoo|icloud|paran|empal|네이버|지메일|쥐메일|다음|한메일|네이트|카카오|핫메일|야후)"
_SIGN = re.compile(
    r"\s{0,2}(?:(?P<plain>@|%40|&#0?64;|&commat;)|[(\[{<]\s?(?:at|@|a|골뱅이|앳|엣)\s?[)\]}>]|(?P<word>골뱅이|앳|엣|[_-]at[_-])|(?P<at>(?<=\s)at(?=\s)))\s{0,2}(?:(?<=@)[\"'] ?[,&] ?[\"'])?",
    re.IGNORECASE,
)
_LOCAL = re.compile(
    r"(?:(?<![A-Za-z0-9._%+-])(?<![A-Za-z0-9]')[A-Za-z0-9](?:[A-Za-z0-9._%+'-]{0,62}[A-Za-z0-9_+-])?|(?<![가-힣A-Za-z0-9])[가-힣]{1,12}[0-9]{0,6})\Z"
)
_REACH = 70
_JOINED = re.compile(r"[\"'] ?[,&] ?[\"']\Z")
"""CONCAT("kim","@","naver.com")"""
_LABEL = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?|[가-힣]{1,20}?)"
_DOT = r"(?:\.|(?: {1,2}\. {0,2}|\. {1,2})(?=(?:com|net|org|kr|(?:co|or|go|ac|ne) {0,2}\. {0,2}kr)(?![A-Za-z]))|\s{0,2}[(\[{<]\s?(?:dot|\.|점|닷|쩜)\s?[)\]}>]\s{0,2}|\s{0,2}(?:닷|쩜|점)\s{0,2}|\s{1,2}dot\s{1,2}|_dot_)"
_END = r"(?P<end>[A-Za-z]{2,24}|한국|컴|넷)(?![A-Za-z0-9@]|[-_][A-Za-z0-9])"
_DOMAIN = re.compile(rf"(?P<domain>{_LABEL}(?:{_DOT}{_LABEL}){{0,4}}?)(?P<dot>{_DOT}){_END}", re.IGNORECASE)
_SAID = re.compile(
    rf"(?P<domain>{_LABEL}(?:\s{{1,2}}dot\s{{1,2}}{_LABEL}){{0,3}}?)(?P<dot>\s{{1,2}}dot\s{{1,2}}|\.){_END}",
    re.IGNORECASE,
)
"""kim at naver dot com: in English, `at` alone says nothing, so `dot` must be there too, or a provider."""
_PROVIDED = re.compile(
    rf"(?P<domain>{_PROVIDERS})(?P<end>\s?[,. ]\s?(?:com|net|co\.?kr))?(?![A-Za-z0-9.])", re.IGNORECASE
)
"""kim@naver, kim@gmail,com: what people type when they hurry, at the providers that need no more to be understood."""
_NOBODYS = re.compile(
    r"(?:users?|tests?|tester|admin|example|sample|(?:your[._-]?)?(?:name|e?mail|id)|info|foo|bar|abc|someone|me|you|no-?reply|contact|hello|support|sales|(?:john|jane)[._-]?doe)\d{0,3}"
    r"@(?:.{1,60}\.)?(?:example\.(?:com|net|org)|example|test|invalid|localhost)"
)
"""Documentation's mailboxes at the domains that RFC 2606 sets aside. A name at such a domain may be somebody's all the
same: hong.gildong@example.com."""
_FILES = frozenset(
    "png jpg jpeg gif svg webp bmp xlsx xlsm xls csv tsv pdf docx pptx hwp txt json yaml js ts py css html sql".split()
)


def find(page: Page) -> Iterator[Finding]:
    """Every address in the text. Excel's own @ (=@A1, [@금액]) has nothing before it that could be a mailbox."""
    text, end = page.text, 0
    for sign in _SIGN.finditer(text):
        start = sign.start()
        if text[start - 1 : start] in {'"', "'"} and (joined := _JOINED.search(text, max(end, start - 5), start)):
            start = joined.start()
        local = _LOCAL.search(text, max(end, start - _REACH), start)
        if local is None:
            continue
        found = (_SAID if sign["at"] else _DOMAIN).match(text, sign.end())
        if found and found["end"].lower() not in _FILES and (not sign["at"] or "dot" in found["dot"].lower()):
            value = f"{local[0]}@{_plain(found['domain'])}.{_plain(found['end'])}"
            edits: Edits = (
                (*local.span(), "person{}"),
                (*found.span("domain"), "example"),
                (*found.span("end"), "com"),
            )
        elif not sign["at"] and (found := _PROVIDED.match(text, sign.end())):
            value = f"{local[0]}@{_plain(found['domain'])}.com"
            edits = ((*local.span(), "person{}"), (found.start("domain"), found.end(), "example.com"))
        else:
            continue
        if _NOBODYS.fullmatch(value.lower()):
            continue
        end = found.end()
        yield Finding(local.start(), end, "email", value.lower(), MAIL, edits=edits)


_SAID_DOTS = re.compile(r"\W+|닷|쩜|점|(?<![A-Za-z])dot(?![A-Za-z])|_dot_", re.IGNORECASE)
_NAMES = {"네이버": "naver", "지메일": "gmail", "쥐메일": "gmail", "다음": "daum", "한메일": "hanmail", "네이트": "nate", "카카오": "kakao",
          "핫메일": "hotmail", "야후": "yahoo", "컴": "com", "넷": "net"}  # fmt: skip


def _plain(domain: str) -> str:
    """A domain as it is dialled, whatever its dots were disguised as."""
    labels = [label for label in _SAID_DOTS.split(domain.replace("-", "\0")) if label]
    return ".".join(_NAMES.get(label, label) for label in labels).replace("\0", "-")
