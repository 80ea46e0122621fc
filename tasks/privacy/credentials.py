"""Passwords that no name announces but the place where they stand: addresses, command lines, pairs, VBA's Unprotect."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tasks.privacy.page import Page
from tasks.privacy.password_forms import TRAILING, is_password
from tasks.privacy.passwords import NAME, password
from tasks.privacy.placeholders import PASSWORD, Finding

_URL = re.compile(
    r"(?<![A-Za-z])[A-Za-z][A-Za-z0-9+.-]{1,20}://(?P<user>[^\s:/@\"'<>]{0,60}):(?P<value>[^\s\"'<>]{1,100}?)@(?=[\w\[][\w.:\]-]*(?:[/?\s\"',;)>]|$|[가-힣]))"
)
_PLAIN = (
    re.compile(
        r"(?:\bmysql\w*\b[^\n]{0,60}?\s-p|\bsshpass\s+-p\s?|\bcurl\b[^\n]{0,80}?\s(?:-u|--user)[ =]\S{1,40}?:|--password[ =]|\s-Password\s+|IDENTIFIED\s+BY\s+"
        r"|SecureString\s+(?:-String\s+)?)[\"']?(?P<value>[^\s\"']{4,80})",
        re.IGNORECASE,
    ),
    re.compile(r"(?:thin:|oci:|sqlplus )\w{1,30}/(?P<value>[^\s/@]{3,60})@", re.IGNORECASE),
    re.compile(r"(?:un)?protect[ (]{1,3}(?:password ?:?= ?)?[\"'](?P<value>[^\"'\n]{3,60})[\"']", re.IGNORECASE),
)
_PAIR = re.compile(
    rf"(?:\bID|아이디|계정|\buser(?:name)?|\blogin|로그인|접속 ?정보)(?: ?[/,&] ?{NAME})?(?: ?정보)? ?(?:는|은|이|가)? ?[:=]? {{0,2}}[\w.@-]{{2,40}} {{0,2}}/ {{0,2}}(?P<value>[!-~]{{4,80}})",
    re.IGNORECASE,
)
_USED = re.compile(r"(?<![\w/.@-])[A-Za-z][\w.@-]{1,40} ?/ ?(?P<value>[!-~]{4,40}?) ?(?:으로|로) ?(?:로그인|접속)")
"""hong / abcd1234로 로그인."""


def find(page: Page) -> Iterator[Finding]:
    text = page.text
    for found in _URL.finditer(text):
        edits = ((*found.span("value"), "Password-{:04d}"),)
        # The whole of user, password and @ is taken, or it would look like an e-mail.
        yield Finding(found.start(), found.end(), "password", found["value"], PASSWORD, edits=edits)
    for pattern in _PLAIN:
        for found in pattern.finditer(text):
            value = found["value"].rstrip(TRAILING)
            if is_password(value, plainly=True, quoted=True):
                yield password(text, found.start("value"), found.start("value") + len(value))
    for pattern in (_PAIR, _USED):
        for found in pattern.finditer(text):
            value = found["value"].rstrip(TRAILING)
            if is_password(value, named=True):
                yield password(text, found.start("value"), found.start("value") + len(value))
