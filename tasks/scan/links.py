"""Formulas and links by which an answer makes a program call on another host, start a program, or open a file.

All expressions are for plain texts (tasks/scan/text.py): NFKC, lower case, nothing invisible. Sources: OWASP's "CSV
injection"; the function references of Microsoft, Google and LibreOffice; dynamic data exchange, `=program|'topic'!item`.

A function that is named, or shown with a placeholder (`WEBSERVICE(url)`), is explained and harmless. Shown with an
address or a cell, it is a formula that a model would learn to write.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tasks.scan.patterns import Patterns
from tasks.search import Expression

_PROGRAMS = (
    r"(?:c\s*m\s*d|msexcel|excel|winword|msword|word|powershell|pwsh|rundll32|mshta|regsvr32|wscript|cscript|certutil"
    r"|bitsadmin|explorer|iexplore|msaccess|outlook|soffice|calc|notepad|wmic|msiexec|bash|sh|python3?|dde)"
)
_EXCHANGES = (
    rf"[=+@*/,;&(\"'-]\s*'?(?:[a-z]:)?[\w\\/. ]{{0,60}}\b{_PROGRAMS}(?:\.exe)?\s*\|",
    r"(?:^|[=+@*/,;&(\n\t|>`-])\s*'?[a-z][\w .\\:/-]{0,80}\|\s*'[^'\n]{0,300}'+\s*!\s*[\w'\"#$]",
    r"[=+@-]\s*[a-z]\w{1,20}\|[\w.:\\/-]{1,120}!\s*[\w']",
    r"\bddeauto\b|\bdde\s*\(\s*[\"'a-z$]|\{\s*dde\b",
)
"""Dynamic data exchange: a formula that starts a program or talks to one."""

_RUNS = (
    r"\b(?:exec|call|register(?:\.id)?|sql\.request|run)\s*\(\s*[\"']|\brtd\s*\(\s*[\"'][\w.]",
    r"(?:javascript|vbscript|search-ms|ms-(?:excel|word|msdt|officecmd|settings)|jar)\s*:\s*[\w/(%]",
    r"data\s*:\s*(?:text/html|[\w/+.-]*;\s*base64)",
    r"createobject\s*\(\s*[\"'](?:wscript\.|msxml2\.|microsoft\.xmlhttp|winhttp|adodb\.stream|shell\.application|internetexplorer)",
    r"urldownloadtofile|internetopenurl|powershell(?:\.exe)?[\"']?\s+-|\bcmd(?:\.exe)?\s*/[ck]\b|certutil\s+-|bitsadmin\s*/",
    r"mshta\s+(?:http|java|vb)|regsvr32\s+/|rundll32\s+\w|net\s+user\s+\w+\s+\S+\s*/add",
    r"\bshell\s*\(?\s*[\"'](?:cmd|powershell|mshta|wscript|cscript|curl|c:\\windows)",
    r"\bshell\s*\(?\s*[\"']explorer(?:\.exe)?\s[^\n]{0,120}(?:https?:|\\\\[\w-]*\.|\.(?:exe|bat|cmd|com|vbs|js|hta|ps1|lnk|scr|msi)\b|shell:|ms-)",
    # A program whose name is put together is to be hidden.
    r"(?:create|get)object\s*\(\s*(?:[\"'][^\"'\n]{0,40}[\"']\s*[&+]|chrw?\$?\s*\(|strreverse)",
    r"(?:\bchrw?\$?\s*\(\s*(?:6[5-9]|[78]\d|9[07-9]|1[01]\d|12[0-2])\s*\)\s*[&+]\s*){3}",
    r"\b(?:curl|wget|invoke-webrequest|iwr|invoke-expression|iex)\s+[\"'(-]*\s*(?:https?:|-)",
    r"<\s*(?:script|iframe|object|embed)\b|<[^>\n]{0,200}\bon(?:error|load|click|mouseover|focus)\s*=",
    r"(?:[\"'(=<]|\]\()\s*file\s*:|\bfile:(?:/|\\){2}[a-z0-9]",
    r"(?:\.delete(?:file|folder)|\bkill|\brmdir)\s*\(?\s*[\"'][a-z]:\\+(?:\*|windows|program files|users\\)",
)
"""Macro functions, macros and commands that run something; links that are programs or files of the machine."""

REACHES_OUT = Patterns(*_EXCHANGES, *_RUNS)

LINK_HINT = Expression(
    r":\s*(?:/|\\){2}|\\\\|www\.|hyperlink|image\s*\(|webservice|import(?:xml|data|html|feed|range|json)|web\.(?:contents|page|browser)"
    r"|fetch|(?:href|src|action|srcset)\s*=\s*[\"']?(?:/|\\){2}|\]\(\s*(?:/|\\){2}|followhyperlink"
)
"""Texts that may hold a link or a request, and only they are looked at one by one."""

_REQUEST = re.compile(
    r"\b(?:webservice|importxml|importdata|importhtml|importfeed|importrange|importjson|web\.contents|web\.page"
    r"|web\.browsercontents|urlfetchapp\.fetch|fetch)\s*\("
)
_OPENS = re.compile(r"\b(?:hyperlink|image|followhyperlink)\s*\(?")
_PLACEHOLDER = re.compile(
    r"\s*(?:\)|\.{3}|…|[\"'“‘<\[]?\s*(?:"
    r"[\w가-힣 _-]{0,16}(?:url|uri|link|주소|링크|경로|key|키)[\w가-힣 _-]{0,12}|(?:https?://)?(?:\.{3}|…)[^\n\"')]{0,8}|https?://"
    r"|문자열|텍스트|셀|참조|source|query)\s*[\"'”’>\]]?\s*(?:[,;)]|$|\s를|\s을))"
)
"""What stands for an address where a function's syntax is shown."""

_ENDING = (
    r"\.(?:com|net|org|info|biz|io|ai|me|ly|gl|gd|cc|co|kr|ru|cn|tk|xyz|top|club|online|site|shop|link|click|page)"
)
BARE = rf"{_ENDING}/"
"""How an address without a scheme is told: bit.ly/x, example.co.kr/x. Without a path it is a mere name (gmail.com)."""

_ADDRESS = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]{1,20})\s*:\s*(?:/|\\){2,}(?:[^/\\\s\"'<>@]*@)*(?P<host>\[[0-9a-f:.]+\]|[^/\\\s\"'<>()\[\],;?#&|]*)"
    r"|(?<![\w.@/-])(?P<www>www\.[\w-]+(?:\.[\w-]+)+)"
    rf"|(?<![\w.@/\\-])(?P<bare>[a-z0-9-]+(?:\.[a-z0-9-]+)*{_ENDING})/"
)
_SHARED = re.compile(r"[\"'(=\[]\s*(?:\\){2}(?P<host>[\w.$@-]+)\\")
_IN_HOUSE = re.compile(r"(?=[a-z0-9-]*[a-z])(?!0x)[a-z0-9-]{2,15}")
"""A server's name without a dot, as Windows finds it in its own network only: \\\\fileserver\\부서."""
_RELATIVE = re.compile(r"(?:\]\(|(?:href|src|action|srcset|data)\s*=\s*[\"']?)\s*(?:/|\\){2}(?P<host>[\w.-]+)")
_IN_PAGE = re.compile(
    r"\]\(\s*<?(?P<a>[^\s)>]+)|(?:href|src|action|srcset|poster|background)\s*=\s*[\"']?\s*(?P<b>[^\"'\s>]+)|<(?P<c>[a-z][a-z0-9+.-]+://[^>\s]+)>"
    r"|^\s{0,3}\[[^\]\n]+\]:\s*<?(?P<d>\S+)|url\(\s*[\"']?(?P<e>[^\"')\s]+)",
    re.MULTILINE,
)
"""Links of Markdown and HTML, and pictures, which a page fetches without asking."""
_OTHER_BOOK = re.compile(
    r"[=(,;+&\"']\s*'?\s*(?P<a>[a-z][a-z0-9+.-]+:(?:/|\\){2}[^'\n]{1,300}\[[^\]\n]{1,120}\][^'\n!]{0,60})'?\s*!"
)
"""Another workbook at an address: ='https://host/[book.xlsx]Sheet1'!A1."""

_CHARACTER = re.compile(r"\b(?:uni)?char\(\s*(\d{2,5})\s*\)")
_JOINT = re.compile(r"\"\s*&\s*\"")
_LISTED = re.compile(r"\"\s*,\s*\"(?=[^\n]*\))")
"""Pieces of a text: by an operator, or as the arguments of a function, which may make anything of them."""
_PLAIN = re.compile(r"\s*\"[^\"]*\"\s*(?=,)")
"""An address that is one text. What stands behind its comma is no part of it: HYPERLINK("address","label")."""
FORMULA_CHARS = 400
"""As much of a line as is read for the address that a function is called with."""

_NO_HOST = frozenset({"mailto", "tel", "file"})


def requests(text: str, allowed: Sequence[str]) -> bool:
    """Whether a formula or a program fetches something, but from allowed hosts."""
    for call in _REQUEST.finditer(text):
        given = _assembled(text[call.end() :])
        if _PLACEHOLDER.match(given):
            continue
        named = [*hosts(given)]
        if not named or not all(_is_allowed(host, allowed) for host in named):
            return True
    return False


def links(text: str, allowed: Sequence[str]) -> bool:
    """Whether a formula, a Markdown or an HTML link leads to a host that is not allowed."""
    targets = [_assembled(text[call.end() :]) for call in _OPENS.finditer(text)]
    targets += [next(filter(None, found.groups())) for found in _IN_PAGE.finditer(text)]
    targets += [found["a"] for found in _OTHER_BOOK.finditer(text)]
    named = [host for target in targets for host in hosts(target)]
    named += [found["host"] for found in _SHARED.finditer(text) if not _IN_HOUSE.fullmatch(found["host"])]
    named += [found["host"] for found in _RELATIVE.finditer(text)]
    return not all(_is_allowed(host, allowed) for host in named)


def addresses(answer: str, question: str, allowed: Sequence[str]) -> bool:
    """Whether an answer brings an address of a host that is neither allowed nor in its question."""
    known = {*hosts(question)}
    return not all(host in known or not host or _is_allowed(host, allowed) for host in hosts(answer))


def hosts(text: str) -> Iterator[str]:
    """The hosts of the addresses in a text."""
    for found in _ADDRESS.finditer(text):
        if found["scheme"] not in _NO_HOST:
            yield (found["www"] or found["bare"] or found["host"]).strip(".")


def _assembled(rest: str) -> str:
    """The rest of a formula's line, with the pieces of its texts put together: "ht"&"tp", CHAR(104)."""
    line = rest.partition("\n")[0][:FORMULA_CHARS]
    line = _CHARACTER.sub(lambda found: f'"{chr(int(found[1]))}"', line).replace("hxxp", "http")
    line = _JOINT.sub("", line)
    plain = _PLAIN.match(line)
    end = plain.end() if plain else 0
    return (line[:end] + _LISTED.sub("", line[end:])).lower()


def _is_allowed(host: str, allowed: Sequence[str]) -> bool:
    name = re.sub(r":\d*$", "", host).rstrip(".")
    return any(name == one or name.endswith(f".{one}") for one in allowed)
