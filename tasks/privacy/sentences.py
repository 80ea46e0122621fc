"""Passwords that a sentence gives in other words than behind their name.

    qhdks12 입력하라고 하셨는데 비밀번호가 틀리대요     what was typed, then that it is wrong
    비번이 달라요 1월 jan!01a 2월 feb!02b            several, each behind what it opens
    Use Otter!2211 as the password                 English, which names it last
    The file opens with "gr33nTea!"                or not at all

So little of this says that a value is the password that it must look like one: letters and digits, mostly a sign too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from tasks.privacy.page import Page
from tasks.privacy.password_forms import is_mixed, is_signed, is_strong
from tasks.privacy.passwords import listed, password
from tasks.privacy.placeholders import Finding
from tasks.privacy.tables import Span

_NAME = re.compile(
    r"비밀 ?번호|비번(?!역|식|호|째|지)|패스 ?워드|암호(?!화|문|학|키)|(?<![A-Za-z])(?:passwords?|passcode|passphrase|pwd)(?![A-Za-z])",
    re.IGNORECASE,
)
_REACH = 70
"""How far before a name its value may stand, in characters."""
_VALUE = r"(?<![^\s\"'`(])(?P<value>[!-~]{4,40}?)[\"'`)]{0,2}"
_TRIED = re.compile(
    rf"{_VALUE} ?(?:을|를|로|으로|라고|이라고)? ?(?:입력|치|쳤|쳐|넣|눌|누르)[가-힣]{{0,6}}[^\n.?!]{{0,40}}\Z"
)
_WRONG = re.compile(r" ?(?:가|이|는|은)? ?(?:틀|안 ?맞|맞지|오류[가라래]|다르|아니|잘못)")
_INTO = re.compile(r"(?:셀|열|칸|행|시트|[A-Za-z]\d{0,4})(?:에|에다|에는) [\"'`(]?\Z")
"""What is typed into a cell opens nothing."""
_SHEET = re.compile(r"(?:sheet|table|book|시트|표)\d{0,3}!|\w+!\$?[A-Z]{1,3}\$?\d", re.IGNORECASE)
_THIS = re.compile(rf"{_VALUE} (?:이|그|위|해당) ?\Z")
_OPENS = re.compile(r" ?로 ?(?:열|풀|들어|로그인|접속|해제|입력|하면)")
_USED = re.compile(
    rf"(?:(?<![A-Za-z])(?:use|using|used|enter|try|type)) {_VALUE} (?:as|for) (?:(?:the|a|my|your|our) )?(?:[a-z]{{1,12}} )?\Z",
    re.IGNORECASE,
)
_OF_WHAT = re.compile(
    r"'?s? (?:column|field|hash|sheet|cell|list|policy|table|range|box|label|name|strength|rule|prompt|hint)",
    re.IGNORECASE,
)
_SET = re.compile(
    r"(?<![A-Za-z])(?:set|chang|reset|updat|rotat|switch)[a-z]{0,4}(?: [a-z]{1,12}){0,3} \Z", re.IGNORECASE
)
_TO = re.compile(r" to [\"'`(]?(?P<value>[!-~]{4,40})(?=\s|\Z)", re.IGNORECASE)
_COUNTED = re.compile(r"\d{1,3}(?:-|st|nd|rd|th|x)", re.IGNORECASE)
"""8-character, 2nd: what a password has or opens."""
_ONE = re.compile(
    r"[^\n]{0,60}?(?<![A-Za-z])(?:new|old|temp|temporary|current|other|previous|first|second) one(?: is| was)?[:=]? [\"'`(]?(?P<value>[!-~]{4,40})(?=\s|\Z)",
    re.IGNORECASE,
)
_RIGHT = re.compile(
    r"[^\n]{0,30}? (?P<value>[!-~]{4,40}) is (?:right|correct|the (?:right|correct) one)(?=\s*(?:[.,;!)\n]|\Z|(?:but|and|so)\s))",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r" ?(?:를|을|가|는|만)? ?(?:물어|물으|묻|뜨면|나오면|요구|달라)(?![가-힣 ]{0,8}(?:셀|열|행|시트)에)[가-힣 ]{0,8} (?P<value>\d{4,8})(?:번|을|를|로)? ?(?:누르|눌|치|쳐|입력|넣)"
)
_SEVERAL = re.compile(
    r"(?: ?(?:이|가|은|는))? ?(?:(?:\d{1,2}|두|세|네|여러|몇) ?(?:가지|개|종류?)|후보|목록|종류|리스트|모두|전부|각각|다(?= ))"
    r"(?:들?(?:이|가|은|는)?)?(?: ?중(?:에서?)?)?(?: ?(?:하나|있|다르|달라|다음|아래|이렇|이에|예|입니|인|이)[가-힣]{0,4})? ?[:：]"
)
"""비밀번호 후보: and what is listed behind it. A heading of other words (비밀번호 시트 이름:) lists something else."""
_DIFFERENT = re.compile(r" ?(?:이|가|은|는)? ?(?:(?:다|각각|모두|전부|서로) )?(?:달라|다르|다릅|다름|틀려|제각각|여러)")
_WORD = re.compile(r"(?<!\S)[!-~]{4,40}(?!\S)")
_OPENS_WITH = re.compile(
    r"(?:open|unlock)(?:s|ed)?(?: it| them)? with (?P<quote>[\"'`])(?P<value>[!-~]{5,40}?)(?P=quote)", re.IGNORECASE
)
_FAR = 200
"""How far behind a name the first of several may stand, in characters."""
_CLOSING = ".,;:)\"'`"
_MANY = 2


def find(page: Page) -> Iterator[Finding]:
    """Every password that a sentence about one gives. A line and a list are read once, however many names they hold."""
    text, read, reached = page.text, 0, 0
    for name in _NAME.finditer(text):
        spans = [*_before(text, name), *_behind(text, name)]
        if name.start() >= read and _DIFFERENT.match(text, name.end()):
            read = _line_end(text, name.end())
            words = list(_words(text, name.end(), read))
            spans += words if len(words) >= _MANY else ()
        for start, end in spans:
            yield password(text, start, end)
            for also in listed(text, end) if start >= reached else ():
                reached = also.end
                yield also
    for found in _OPENS_WITH.finditer(text):
        if is_signed(found["value"]) and not _SHEET.match(found["value"]):
            yield password(text, *found.span("value"))


def _before(text: str, name: re.Match[str]) -> Iterator[Span]:
    """The value before a name, by what is said of it."""
    begin = max(0, name.start() - _REACH)
    begin = max(begin, text.rfind("\n", begin, name.start()) + 1)
    for pattern, behind, wanted in ((_TRIED, _WRONG, True), (_THIS, _OPENS, True), (_USED, _OF_WHAT, False)):
        if (behind.match(text, name.end()) is not None) != wanted:
            continue
        found = pattern.search(text, begin, name.start())
        if found is None or (pattern is _TRIED and _INTO.search(text, begin, found.start("value"))):
            continue
        value = found["value"]
        general = pattern is _USED and (_COUNTED.match(value) or (name[0].endswith("s") and not is_signed(value)))
        if is_strong(value) and not general and not _SHEET.match(value):
            yield found.span("value")


def _behind(text: str, name: re.Match[str]) -> Iterator[Span]:
    """The value behind a name, at a distance."""
    forms = [_ONE, _RIGHT]
    if _SET.search(text, max(0, name.start() - _REACH), name.start()):
        forms.append(_TO)
    for form in forms:
        if found := form.match(text, name.end()):
            start, end = found.span("value")
            end = start + len(found["value"].rstrip(_CLOSING))
            if is_mixed(text[start:end]) and not _COUNTED.match(text, start) and not _SHEET.match(text, start):
                yield start, end
    if asked := _ASKED.match(text, name.end()):
        yield asked.span("value")
    if several := _SEVERAL.match(text, name.end()):
        yield from islice(_words(text, several.end(), _line_end(text, several.end(), _FAR)), 1)


def _line_end(text: str, start: int, reach: int | None = None) -> int:
    stop = len(text) if reach is None else min(len(text), start + reach)
    end = text.find("\n", start, stop)
    return stop if end < 0 else end


def _words(text: str, start: int, end: int) -> Iterator[Span]:
    """The words of a line that look like nothing but passwords."""
    for word in _WORD.finditer(text, start, end):
        stop = word.start() + len(word[0].rstrip(_CLOSING))
        if is_signed(text[word.start() : stop]):
            yield word.start(), stop
