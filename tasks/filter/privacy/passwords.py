"""Passwords that stand in a text: 비밀번호는 hunter2!! 입니다, PW: abcd, postgresql://app:secret@host, -p secret.

Most sentences about passwords hold none (비밀번호는 8자리 이상, 암호 설정 방법), so a value must look like one: letters with
digits or signs anywhere, a plain word or number only where it is plainly given as the password.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tasks.filter.privacy.page import Page
from tasks.filter.privacy.placeholders import PASSWORD, Finding

NAME = (
    r"(?:비밀\s?번호|비번|패스\s?워드|패스\s?코드|(?:핀|PIN)\s?번호|암호(?!화|문)"
    r"|(?<![A-Za-z])(?:[A-Za-z]+[_-])?(?:pass(?:word|wd|code|phrase)|passwd|pwd|pass|pw)(?:\d|[_-][A-Za-z]+)?(?![A-Za-z]|-\d{4}(?!\d)))"
)
LABEL = re.compile(rf"^(?:[\w ]{{0,12}}[ _-]?)?{NAME}(?:\s?\(.*\))?$", re.IGNORECASE)
"""A table's header that announces passwords."""

_AFTER = r"(?:\s?\((?!\S*\d)[^()\n]{1,12}\))?(?:\s?(?:확인|값|설정값))?"
_PARTICLE = r"(?:는요|는|은|이|가|를|을|도|란|로|으로|만)"
_FILLER = r"(?:(?:현재|지금|그냥|바로|아마|임시로?|초기|새로?|기존|제|내|변경된|바뀐|is|was|'s)\s{1,2}){0,2}"
_OPEN = r"[\"'`(<\[{]{0,2}\s?"
_LINKS = (
    r"(?P<link>[\"'\]]{0,2}\s{0,3}(?:[:=;]|=>|:=|->|→|⇒|>|-(?=\s)|\s-\s)[:=>]?\s{0,3}"
    rf"|\s{{0,2}}{_PARTICLE}\s{{0,2}}[:=]?\s{{0,2}}|\s{{1,3}}(?:is|was)\s{{1,2}}|[\"'\]]?\s{{1,3}}|(?=[\"'`(]))"
)
_VALUE = r"(?P<value>(?:[!-~]|(?<=[!-~])[가-힣](?=[!-~])){3,80})"
_KOREAN = r"(?P<korean>[가-힣!-~]{4,30})"
_GIVEN = re.compile(rf"{NAME}{_AFTER}{_LINKS}{_FILLER}{_OPEN}(?:{_VALUE}|{_KOREAN})", re.IGNORECASE)

_TAKEN = re.compile(
    rf"(?P<value>[!-~]{{4,80}}?)[\"'`)\]]{{0,2}}\s{{0,2}}(?:이라는|라는|이란|{_PARTICLE})\s{{1,2}}(?:(?:제|내|우리|저희|현재|임시|초기|새|기존|관리자|로그인|와이파이|엑셀|시트)\s?){{0,3}}"
    rf"(?:비밀\s?번호|비번|패스\s?워드|암호)(?!화|문)",
)
"""The value first: abcd1234!가 제 비밀번호예요."""
_PAIR = re.compile(
    rf"(?:ID|아이디|계정|user(?:name)?|login|로그인|접속\s?정보)(?:\s?[/,&]\s?{NAME})?\s?(?:는|은|이|가|정보)?\s?[:=]?\s{{0,2}}[\w.@-]{{2,40}}\s{{0,2}}/\s{{0,2}}(?P<value>[!-~]{{4,80}})",
    re.IGNORECASE,
)
_URL = re.compile(
    r"(?<![A-Za-z])[A-Za-z][A-Za-z0-9+.-]{1,20}://(?P<user>[^\s:/@\"'<>]{0,60}):(?P<value>[^\s\"'<>]{1,100}?)@(?=[\w\[][\w.:\]-]*(?:[/?\s\"',;)>]|$|[가-힣]))"
)
_SHELL = re.compile(
    r"(?:\bmysql\w*\b[^\n]{0,60}?\s-p|\bsshpass\s+-p\s?|\bcurl\b[^\n]{0,80}?\s(?:-u|--user)[ =]\S{1,40}?:|--password[ =]|IDENTIFIED\s+BY\s+)[\"']?(?P<value>[^\s\"']{4,80})",
    re.IGNORECASE,
)

_UNITS = re.compile(
    r"\s?(?:자|글자|개|회|번|일|분|초|년|월|시|행|열|단계|가지|차|명|%|점|원|셀|칸|범위|종|이상|이하|부터|까지|~\d)"
)
_REFERENCE = re.compile(r"\$?[A-Z]{1,3}\$?\d{1,7}(?:[:,]\$?[A-Z]{1,3}\$?\d{1,7})?")
_CODE = re.compile(
    r"=|[A-Z][A-Z.]*\(|\$\{|\{\{|<[a-z_ ]+>|%[a-z(]|\*+$|[x*•#?_.~-]+$|\.\.\.|https?:|[A-Za-z_.]+\(.*\)|\$[A-Z]+\$|[A-Za-z가-힣_]+!\$?[A-Z]"
)
_WORDS = frozenset(
    "password passwd pwd pass pw string text str null none true false required optional varchar char int integer number"
    " excel sheet protect protection reset change changed unlock lock hash encrypted encryption input field column value"
    " user admin login email test example sample your here this that with for and the not is are should must can will"
    " vba code macro file open save click enter strong weak length policy manager generator unprotect workbook".split()
)
_COPULA = re.compile(
    r"[\"'`)\]}]{0,2}\s?(?:입니다|이에요|예요|에요|이야|야|임\b|임(?![가-힣])|이고|이며|인데|이라고|라고|였|이었|이다|다\.|로\s?(?:설정|변경|바꿔|바꾸|잠|로그인|접속|들어|해)|으로\s?(?:설정|변경|바꿔|잠|로그인|접속|해))"
)
_TRAILING = ".,;:)]}>\"'`"


def find(page: Page) -> Iterator[Finding]:
    """Every password in the text."""
    text = page.text
    for found in _URL.finditer(text):
        yield _finding(found, *found.span("value"))
    for pattern in (_SHELL, _PAIR):
        for found in pattern.finditer(text):
            start, end = _trimmed(text, *found.span("value"))
            if is_password(text[start:end], plainly=pattern is _SHELL):
                yield password(text, start, end)
    for found in _GIVEN.finditer(text):
        if found["value"]:
            yield from _given(text, found)
        elif (span := _korean(text, found)) is not None:
            yield password(text, *span)
    for found in _TAKEN.finditer(text):
        start, end = _trimmed(text, *found.span("value"))
        if is_password(text[start:end]):
            yield password(text, start, end)


def password(text: str, start: int, end: int) -> Finding:
    return Finding(start, end, "password", text[start:end], PASSWORD, edits=((start, end, "Password-{:04d}"),))


def _finding(found: re.Match[str], start: int, end: int) -> Finding:
    """The password of an address: the whole of user, password and @ is taken, or it would look like an e-mail."""
    edits = ((start, end, "Password-{:04d}"),)
    return Finding(found.start(), found.end(), "password", found["value"], PASSWORD, edits=edits)


def _given(text: str, found: re.Match[str]) -> Iterator[Finding]:
    start, end = _trimmed(text, *found.span("value"))
    value, link = text[start:end], found["link"]
    opened = text[start - 1 : start] in {'"', "'", "`", "("} and text[end : end + 1] in {'"', "'", "`", ")"}
    plainly = any(sign in link for sign in ":=→⇒>-") or opened or bool(_COPULA.match(text, end))
    if _UNITS.match(text, end) and not opened:
        return
    if is_password(value, plainly=plainly, named=True):
        yield password(text, start, end)


def is_password(value: str, *, plainly: bool = False, named: bool = False) -> bool:
    """Whether a value may be a password. `named`: the word stands before it; `plainly`: with a sign between them."""
    if len(value) < (3 if plainly else 4) or _CODE.match(value) or value.lower() in _WORDS:
        return False
    letters, digits = any(map(str.isalpha, value)), any(map(str.isdigit, value))
    signs = any(not character.isalnum() for character in value.strip("/-_.,"))
    if _REFERENCE.fullmatch(value):
        return plainly
    if letters and (digits or signs):
        return len(value) >= 4 and not value.endswith(("()", "("))
    if digits:
        return (plainly or named) and len(value) >= 4
    return plainly and letters and len(value) >= 4


def _korean(text: str, found: re.Match[str]) -> tuple[int, int] | None:
    """A password with Hangul in it (사과나무123!): after a sign, and with a digit or sign of its own."""
    start, end = found.span("korean")
    tail = re.search(r"(?:입니다|이에요|예요|이야|야|이고|이며|인데|이라고|라고|로|으로|임)[.,]?$", text[start:end])
    if tail:
        end = start + tail.start()
    start, end = _trimmed(text, start, end)
    value = text[start:end]
    given = any(sign in found["link"] for sign in ":=→") or tail is not None
    mixed = re.search(r"[가-힣]{2}", value) and re.search(r"[0-9!@#$%^&*]", value) and not re.match(r"\d", value)
    return (start, end) if given and mixed and not _UNITS.search(value) and len(value) >= 4 else None


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Without the punctuation and quotes that close it, unless they are all there is."""
    last = end
    while last > start and text[last - 1] in _TRAILING:
        last -= 1
    return (start, last) if last > start else (start, end)
