"""Passwords that no name announces but the place where they stand: addresses, command lines, pairs, VBA's Unprotect."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tasks.privacy.page import Page
from tasks.privacy.password_forms import TRAILING, is_password, is_signed, is_strong
from tasks.privacy.passwords import NAME, password
from tasks.privacy.placeholders import PASSWORD, Finding

_URL = re.compile(
    r"(?<![A-Za-z])[A-Za-z][A-Za-z0-9+.-]{1,20}://(?P<user>[^\s:/@\"'<>]{0,60}):(?P<value>[^\s\"'<>]{1,100}?)@(?=[\w\[][\w.:\]-]*(?:[/?\s\"',;)>]|$|[가-힣]))"
)


def _plainly(value: str) -> bool:
    return is_password(value, plainly=True, quoted=True)


def _named(value: str) -> bool:
    return is_password(value, named=True)


def _whatever(value: str) -> bool:
    return bool(value)


class _Form(NamedTuple):
    """A way to write a password. `words`: one of them is in every text that holds one, in lower case; most texts hold
    none, and need no search. `fits`: what else must hold of the value; of the whole of it where it is taken
    `as_written`, else without the punctuation behind it."""

    words: tuple[str, ...]
    fits: Callable[[str], bool]
    pattern: re.Pattern[str]
    as_written: bool = False


_FORMS = (
    _Form(
        ("mysql", "sshpass", "curl", "password", "identified", "securestring"),
        _plainly,
        re.compile(
            r"(?:\bmysql\w*\b[^\n]{0,60}?\s-p|\bsshpass\s+-p\s?|\bcurl\b[^\n]{0,80}?\s(?:-u|--user)[ =]\S{1,40}?:|--password[ =]|\s-Password\s+|IDENTIFIED\s+BY\s+"
            r"|SecureString\s+(?:-String\s+)?)[\"']?(?P<value>[^\s\"']{4,80})",
            re.IGNORECASE,
        ),
    ),
    _Form(
        ("thin:", "oci:", "sqlplus"),
        _plainly,
        re.compile(r"(?:thin:|oci:|sqlplus )\w{1,30}/(?P<value>[^\s/@]{3,60})@", re.IGNORECASE),
    ),
    _Form(
        ("@",),
        _plainly,
        re.compile(r"(?<![\w/.@-])[A-Za-z]\w{1,30}/(?P<value>[^\s/@]{3,60})@(?://|[\w.-]{1,60}:\d{2,5}/)"),
    ),
    _Form(
        ("/user:",),
        _plainly,
        re.compile(
            r"\bnet\s+use\b[^\n]{0,120}?(?:/user:\S{1,60}\s+|\\\\\S{1,80}\s+(?=\S{1,60}\s+/user:))(?P<value>[^\s/]\S{2,60})",
            re.IGNORECASE,
        ),
    ),
    _Form(
        ("zip ",),
        _plainly,
        re.compile(r"\b(?:un)?zip\b[^\n]{0,80}?\s-P\s?[\"']?(?P<value>[^\s\"']{4,80})"),
    ),
    _Form(
        ("7z", "rar"),
        _plainly,
        re.compile(r"\b(?:7z[ar]?|rar|unrar)(?:\.exe)?[\"']?\s[^\n]{0,80}?\s-h?p[\"']?(?P<value>[^\s\"']{4,80})"),
    ),
    _Form(
        ("input", "prompt"),
        _plainly,
        re.compile(
            r"(?:비밀번호|암호|password|passwd|비번)[^\"\n]{0,24}\"[^\n=]{0,12}\)\s{0,3}(?:=|<>)\s{0,3}\"(?P<value>[^\"\n]{3,60})\"",
            re.IGNORECASE,
        ),
    ),
    _Form(
        ("protect",),
        _plainly,
        re.compile(r"(?:un)?protect[ (]{1,3}(?:password ?:?= ?)?[\"'](?P<value>[^\"'\n]{3,60})[\"']", re.IGNORECASE),
    ),
    _Form(
        (" -u",),
        is_strong,
        re.compile(
            r"\s-u(?:ser(?:name)?)?[ =]?\S{1,40}\s[^\n]{0,40}?(?<=\s)-p(?:ass)?[ =]?[\"']?(?P<value>[^\s\"']{4,80})",
            re.IGNORECASE,
        ),
        as_written=True,
    ),
    _Form(
        ("redis-cli",),
        is_strong,
        re.compile(r"\bredis-cli\b[^\n]{0,80}?\s-a[ =]?[\"']?(?P<value>[^\s\"']{4,80})"),
        as_written=True,
    ),
    _Form(
        ("auth", "credential", ".login(", "getconnection("),
        is_strong,
        re.compile(
            r"(?:(?:\bauth ?= ?|BasicAuth|Credentials?|\.login)\(|getConnection\([\"'][^\"'\n]{1,200}[\"'],) ?[\"'][^\"'\n]{1,60}[\"'] ?, ?[\"'](?P<value>[^\"'\n]{4,60})[\"']",
            re.IGNORECASE,
        ),
        as_written=True,
    ),
    _Form(  # put("mail.password", "abcd!234")
        ("pass", "pwd", "pw"),
        is_strong,
        re.compile(
            r"\(\s?[\"'][\w.:/#-]{0,60}(?:password|passwd|pass|pwd|pw)[\"'] ?, ?[\"'](?P<value>[!#-&(-~]{4,60})[\"']",
            re.IGNORECASE,
        ),
        as_written=True,
    ),
    _Form(  # .pgpass
        (":5432:", ":*:"),
        is_strong,
        re.compile(
            r"^[\w.*-]{1,60}:(?:\d{2,5}|\*):[\w*-]{1,40}:[\w.-]{1,40}:(?P<value>[^\s:]{4,60})[ \t]*$", re.MULTILINE
        ),
        as_written=True,
    ),
    _Form(
        ("admin", "root", "sa", "master", "manager", "관리자"),
        is_strong,
        re.compile(
            r"(?<![\w/.-])(?:admin(?:istrator)?|root|sa|master|manager|관리자)(?: / ?| ?/ | ?/ ?(?=[!-~]{0,39}[!@#$%^&*]))(?P<value>[!-~]{4,40})",
            re.IGNORECASE,
        ),
        as_written=True,
    ),
    _Form(  # A script of ftp.
        ("user",),
        is_strong,
        re.compile(r"^[ \t]*user[ \t]+[\w.@-]{2,40}[ \t]+(?P<value>[!-~]{4,40})[ \t]*$", re.IGNORECASE | re.MULTILINE),
        as_written=True,
    ),
    _Form(
        ("초기화", "리셋", "재설정", "통일"),
        is_strong,
        re.compile(
            r"(?:로그인|계정|접속|비번|비밀번호|암호)[^\n]{0,60}?[\s\"'](?P<value>[!-~]{5,40}?)[\"']? ?(?:으로|로) ?(?:초기화|리셋|재설정|통일)"
        ),
        as_written=True,
    ),
    _Form(
        ("패스",),
        is_strong,
        re.compile(r"(?<![가-힣])패스(?:는|은|가)? ?[:=]? ?(?P<value>(?=[!-~]{0,39}[!@#$%^&*])[!-~]{5,40})"),
        as_written=True,
    ),
    _Form(
        ("현관", "출입", "도어", "대문", "정문", "후문"),
        _whatever,
        re.compile(
            r"(?:현관|출입 ?(?:문|구)?|도어 ?락|대문|정문|후문)(?: ?(?:번호|비번|비밀번호|암호|코드))?(?:은|는)? ?[:=]? ?"
            r"(?P<value>[*#]{1,2}\d{3,10}[*#]{0,2}|\d{3,10}[*#]{1,2}|\d{4,8}(?=[*#]{0,2} ?(?:누르|눌러|치고|입력)))"
        ),
        as_written=True,
    ),
    _Form(
        ("/",),
        _named,
        re.compile(
            rf"(?:\bID|아이디|계정|\buser(?:name)?|\blogin|로그인|접속 ?정보|관리자|어드민|\badmin|와이파이|\bwi-?fi|\bSSID|\bcredentials?)(?: ?[/,&] ?{NAME})?(?: ?정보)? ?(?:는|은|이|가)?"
            r" ?[:=]? {0,2}(?:[\w.@:-]{2,40} {0,2}/ {0,2}){1,2}(?P<value>[!-~]{4,80})",
            re.IGNORECASE,
        ),
    ),
    _Form(  # typewrite("abcd!234")  # 비밀번호 입력
        ("#", "//", "'", "--"),
        is_signed,
        re.compile(
            rf"[\"'](?P<value>[!#-&(-~]{{4,40}})[\"'](?:, ?\w{{1,10}})?\)?;?[ \t]{{0,4}}(?:#|//|'|--)[ \t]{{0,2}}[^\n\"']{{0,12}}?{NAME}",
            re.IGNORECASE,
        ),
        as_written=True,
    ),
    _Form(  # hong / abcd1234로 로그인.
        ("로그인", "접속"),
        _named,
        re.compile(r"(?<![\w/.@-])[A-Za-z][\w.@-]{1,40} ?/ ?(?P<value>[!-~]{4,40}?) ?(?:으로|로) ?(?:로그인|접속)"),
    ),
)


def find(page: Page) -> Iterator[Finding]:
    text, lower = page.text, page.lower
    if "://" in text:
        for found in _URL.finditer(text):
            edits = ((*found.span("value"), "Password-{:04d}"),)
            # The whole of user, password and @ is taken, or it would look like an e-mail.
            yield Finding(found.start(), found.end(), "password", found["value"], PASSWORD, edits=edits)
    for form in _FORMS:
        if any(word in lower for word in form.words):
            for found in form.pattern.finditer(text):
                start = found.start("value")
                value = found["value"] if form.as_written else found["value"].rstrip(TRAILING)
                if form.fits(value):
                    yield password(text, start, start + len(value))
