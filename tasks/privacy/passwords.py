"""Passwords that a text gives by name: 비밀번호는 hunter2!! 입니다, PW: abcd, a column headed 비번.

Most sentences about passwords hold none (비밀번호는 8자리 이상, 암호 설정 방법), so a value must look like one: letters with
digits or signs anywhere, a plain word or number only where it is plainly given as the password. Those that no name
announces (postgresql://app:secret@host, -p secret) are in `credentials`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tasks.privacy.page import Page
from tasks.privacy.password_forms import (
    HANGUL,
    TRAILING,
    is_cell,
    is_code,
    is_korean,
    is_mixed,
    is_password,
    is_remark,
    is_signed,
    is_strong,
)
from tasks.privacy.placeholders import PASSWORD, Finding
from tasks.privacy.tables import Place, Span

NAME = (
    r"(?:비 ?밀 ?번 ?호|비 ?번(?!역|식|호|째|지)|패스 ?워드|패스 ?코드|(?:핀|PIN) ?(?:번호|코드|넘버)|암 ?호(?!화|문|학|키)"
    r"|(?:[A-Za-z]{1,20}[_-]?)?(?:passwords?|passwd|passphrase|passcode)(?:\d|[_-][A-Za-z]+)?(?![A-Za-z])"
    r"|(?<![A-Za-z])(?:[A-Za-z]{1,20}[_-])?(?:pass word|pwd|pass|p/?w)(?:\d|[_-][A-Za-z]+)?(?![A-Za-z]|-\d{4}(?!\d))"
    r"|(?<=[a-z])(?-i:Pwd|Pass|PW|Pw)(?![A-Za-z])|(?<![A-Za-z])(?:user|db|login|admin|member)(?:pwd|pw|pass)(?![A-Za-z]))"
)
_NAME = re.compile(NAME, re.IGNORECASE)
_AFTER = re.compile(
    r"(?:[\"'] ?,? ?[\"']?value(?=[\"']?\s?[:=]))?(?: ?\((?:(?![^()\n]*\d)[^()\n]{1,12}|[가-힣 ]{0,4}\d{1,2} ?자리[가-힣 ]{0,6})\))?(?: ?(?:네|여섯|[4-8]) ?자리)?(?: ?(?:확인|값|설정값|초기화 ?값|초기값|정보|문구|변경(?= ?[:=] ?[!-~]{4,40} ?(?:→|-{1,2}>|={1,2}>)))| as string)?(?: (?:for|of|to) [\w ]{1,20}?(?= is | was |:| (?:re)?set to | changed to ))?",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"(?P<sign>[\"'\]}*`]{0,3}(?:\s{0,3}(?:\)(?:\.\w{1,12})? ?=|\)\.(?:send_?keys|fill|type|val)\((?=[\"'])|=>|:=|->|→|⇒|[:=>)](?![ \t]*\r?\n)|[~…](?= ))|[ \t]{0,3}-(?= ))[:=>]?[ \t]{0,3}\*{0,2} ?)"
    r"|(?P<particle> {0,2}(?:는요|는|은|이|가|를|을|도|란|로|으로|만|인)(?![가-힣]{2})[,:]? {0,2}[:=]? {0,2})"
    r"|(?P<verb> {1,3}(?:is|was) {1,2})|(?P<line> ?[:=]? {0,3}\r?\n {0,3})|(?P<blank>[\"'\]]? {1,3})|(?P<none>(?=[\"'`(\[])|(?<=[호번드])(?=[!-~]*[0-9]))",
    re.IGNORECASE,
)
_FILLER = re.compile(
    r"(?:(?:현재|지금|그냥|바로|아마|임시로?|초기값?|새로?|기존|제|내|변경된|바뀐|일단|각각|모두|다|전부|예전|원래|마지막에?|(?:네|여섯|[4-8]) ?자리|that|is|was|'s|has been|(?:re)?set to|changed (?:to|from)|currently)[ ]{1,2}){1,3}",
    re.IGNORECASE,
)
_OPENED = re.compile(r"(?:[A-Za-z](?=[\"']))?(?P<open>[\"'`(<\[{「]) ?")
_ARGUMENT, _GOT = re.compile(r"(?P<quote>[\"'])(?P<value>[!-~]{4,40}?)(?P=quote)\)"), re.compile(r"(?i)\Aget")
"""set_password("prot#55"), but no get_password("service1")."""
_QUOTES = frozenset("\"'`「")
_CLOSERS = {'"': '"', "'": "'", "`": "`", "(": ")", "<": ">", "[": "]", "{": "}", "「": "」"}
_TOKEN = re.compile(r"[!-~](?:[!-~]|[가-힣]{1,12}(?=[!-~]{0,127}[0-9!@#$%^&*])(?=[!-~])){2,127}(?![!-~])")
_KOREAN = re.compile(r"[가-힣][가-힣!-~]{2,29}")
_APP = re.compile(
    r"(?!(?:[a-z]{4} ){0,3}(?:that|this|with|more|than|must|have|from|will|your|when|into|only|they|then|also|each|file|cell|does|been|what|need)\b)"
    r"[a-z]{4}(?: [a-z]{4}){3}(?![A-Za-z0-9]| [A-Za-z])"
)
"""abcd efgh ijkl mnop: as Google shows those that it makes for applications."""
_STOP = re.compile(
    r"[;](?=\s|$|[\w ]{1,30}=)|&(?=\w+=|amp;)|,(?=\s|$|[\"'{\[가-힣]|\w+\s?[=:])|</|[\"'`][,;)}\]]|\\[nrt\"]|\)(?=[가-힣])|[\"'`](?=$|\s)|\||\}\}|\*\*$"
)
_NEXT = re.compile(r";(?=[\w ]{1,30}=)")
"""Password=abcd!234;Initial Catalog=DW: the next field's name has a blank."""
_LONGEST_NAME = 32
_UNITS = re.compile(
    r" ?(?:자|글자|개|회|번째|일|분|초|년|월|시간|행|열|단계|가지|차|명|%|점|원|셀|칸|범위|종|이상|이하|부터|까지|~\d|bit|비트|byte|번(?![가-힣]))"
)
_LIKE = re.compile(r" ?같은 ")
"""1234 같은 쉬운 값: an example."""
_COPULA = re.compile(
    r"[\"'`)\]}」]{0,2} ?(?:입니다|이에요|예요|에요|이야|야(?![가-힣])|임(?![가-힣])|이고|이며|인데|인 |인거|이라고|라고|이?랍니다|이?래요|이?라네요|이?라는데|이?라던데|이라|였|이었|이다|다\.|이요|요(?![가-힣])|로 ?(?:설정|변경|바꿔|바꾸|바꿨|잠|걸|로그인|접속|들어|해|했|지정|열|풀|시도|초기화)|으로 ?(?:설정|변경|바꿔|바꾸|바꿨|잠|걸|로그인|접속|들어|해|했|지정|열|풀|시도|초기화))"
)
_KOREAN_TAIL = re.compile(
    r"(?:입니다|이에요|예요|에요|이야|야|이고|이며|인데|이라고|라고|으로|로|임|이요|요|였어요|이었어요)[.,]?$"
)
_NUMBER_LAST = re.compile(r"[0-9]{3}[!@#$%^&*]{0,3}\Z")
"""곰돌이푸1234, at the end of a line."""
_MENTIONED = re.compile(
    r"(?:[가-힣 ,~!?]{1,30}?[ \"'`(“][(\"']?|[^\n=&(,]{1,60}?\s[\"'“])(?P<value>[!-~]{6,40}?)(?=[\"'`)”]{0,2}(?:[ ;]|[.,?](?:\s|$)|[가-힣]|$))"
    r"|[가-힣A-Za-z0-9 ,~!?+]{1,40}? (?P<last>[!-~]{6,40}?)(?= ?(?:으로|로|이에요|입니다|예요|인데|였|이고))"
    r"|[가-힣A-Za-z0-9 ,~!?+]{1,30}?[ (\[](?P<number>\d{4,12})(?=[)\]]? ?[가-힣])",
    re.MULTILINE,
)
"""암호를 걸었는데 abc!2345 치면 안 열려요: a name, and behind it in the sentence what looks like a password."""
_BELOW = re.compile(
    r"(?: ?(?:은|는|을|를|이|가|도))? ?(?:(?P<plainly>(?:아래|다음|이하)(?:와|과) ?같(?:습니다|아요|음|다)[:.]?| ?(?:(?:for|of|to) [\w ]{1,20}? )?(?:is|are) (?:as follows|below|the following)[:.]?)"
    r"|(?:아래|밑)에? ?(?:적|남기|남겨|써|첨부|참고|참조|입니다)[^\n:]{0,16}:?|(?:보내|알려|전달|공유) ?(?:해 ?)?드[^\n:]{0,10}:?|[:=]?(?= {0,3}\r?\n *\r?\n))"
    r"(?:(?: {0,3}\r?\n[ \t]*){1,3}(?P<value>[!-~]{4,40})(?=[ \t]*(?:\r|\n|\Z))| {0,2}[:-] {1,2}(?P<beside>[!-~]{4,40})(?=\s|\Z)|(?<=[:.]) {1,2}(?P<behind>[!-~]{4,40})(?=\s|\Z))",
    re.IGNORECASE,
)
"""암호는 아래와 같습니다, and on a line of its own the password."""
_ASKED = re.compile(
    r"[^\n]{0,20}(?:뭐|뭔|무엇|\?)[^\n]{0,12}\n(?:[^\n]{0,30}[:\]] ?)?(?P<value>[!-~]{6,40}?)(?= ?(?:이?요|이?예요|이에요|입니다|임|이?야)?[.!~]{0,2}[ \t\r]*(?:\n|\Z))"
)
"""[김] 암호 뭐였죠? and on the next line of the chat nothing but the answer: [박] abc!2345 요"""
_RESET = re.compile(r" ?(?:으로|로) ?(?:초기화|재설정|리셋|reset|재발급)")
_LOST = re.compile(r"분실|잊|까먹|잃어")
_CALLED = re.compile(r"[)\]]? ?(?:이?라고|입니다|이에요|예요|이야|였)")
_CHANGED = re.compile(
    r"[\"'`)\]]{0,2} ?(?:에서|->|=>|→|말고|대신|(?:이?였는데|이었는데|인데),?(?: (?:이제|새로|지금은|앞으로는))?)(?: (?:새 ?)?(?:비밀번호|비번|암호|패스워드))? ?[\"'`(\[]{0,2}"
    r"(?P<value>[!-~]{4,40}?)[\"'`)\]]{0,2} ?(?:으로|로|\(으\)로)(?![A-Za-z])"
)
_BECAME = re.compile(
    r"(?:\([가-힣A-Za-z]{1,6}\))?[\"'`]? ?(?:-{1,2}>|={1,2}>|>{1,2}|→|⇒|➜|▶|to(?= )) ?[\"'`]?(?P<value>[!-~]{4,40}?)(?=[\"'`.,;)]{0,2}(?:\s|\Z|[가-힣(>→⇒]|->))"
)
"""abc!23 → def!45. A menu's path has arrows as well, but no passwords."""
_OR = re.compile(
    r"[\"'`)\]]{0,2} (?:아니면|또는|혹은|이거나) ?[\"'`(\[]{0,2}(?P<value>[!-~]{4,40}?)[\"'`)\]]{0,2} ?(?=인|이|일|입|였|둘|중|로|으로|을|를)"
)
"""비번이 7777 아니면 8888 인 것 같아요"""
_LISTED = re.compile(
    r"[\"'`)\]]{0,2}(?:\s?[,/]\s?|\s(?:이랑|랑|하고|and|or)\s)[\"'`(\[]?(?P<value>[!-~]{4,40}?)(?=[\"'`)\].]{0,2}(?:\s|,|\Z))"
)
_PAIRED = re.compile(r"(?:id|아이디|계정|user(?:name)?|login|로그인)\s?[/,&]\s?\Z", re.IGNORECASE)
_SLASHED = re.compile(r" ?/ ?\S")
_TAKEN = re.compile(
    r"[\"'`(\[]{0,2}(?P<value>[!-~]{4,80}?)[\"'`)\]]{0,2} {0,2}(?:(?P<called>이라는|라는|이란)|은|는|이|가|도)? {0,2}"
    r"(?:(?:제|내|우리|저희|현재|임시|초기|새|기존|관리자|로그인|와이파이|엑셀|시트|파일|바로|그) ?){0,3}(?:비밀 ?번호|비번|패스 ?워드|암호)(?!화|문)"
    r"(?P<copula>예요|에요|이에요|입니다|이야|야|임(?![가-힣])|인데|이고|이라|라고|였|이었|이다|고요|구요)?"
)
_REST = re.compile(r" ?(?:확인|값|정보|란|칸|입력값)?\d? ?(?:\([^()]*\))? ?[:*]?")
NAME_AND_VALUE = 2
"""Columns of a list of settings."""

_CLOSED = re.compile(r"[\"'`][)\]};,]+\Z")
"""A cell that is the end of a call: define('DB_PASSWORD', 'abc');"""
_ROWS = 2
"""Lines that blanks alone make a table need so many under their header: two sentences may have as many words."""
_SUFFIX = 10
"""Characters that a cell may have beside the name that heads a column: 비밀번호 (초기값)."""


def find(page: Page) -> Iterator[Finding]:
    """Every password that a name announces."""
    text = page.text
    for name in _NAME.finditer(text):
        span = _given(page, name)
        if span is None and (placed := _MENTIONED.match(text, name.end())):
            start, end = _trimmed(text, *placed.span(placed.lastgroup or "value"))
            number = text[start:end].isdigit() and _CALLED.match(text, end) is not None
            reset = _RESET.match(text, end) or _LOST.search(text, name.end(), start)
            fits = number or is_strong(text[start:end]) or (reset is not None and is_mixed(text[start:end]))
            span = (start, end) if fits and not _LIKE.match(text, end) else None
        if span is None:
            span = _below(text, name.end())
        if span is not None:
            yield password(text, *span)
            yield from _changed(text, span[1])
            yield from listed(text, span[1])
        yield from _in_cells(page, name)
    for found in _TAKEN.finditer(text):
        start, end = _trimmed(text, *found.span("value"))
        if (found["called"] or found["copula"]) and is_password(text[start:end]):
            yield password(text, start, end)


def _changed(text: str, end: int) -> Iterator[Finding]:
    """What a password became: abc!23에서 def!45로, and so on."""
    while True:
        found = _CHANGED.match(text, end)
        if found is None or not is_password(found["value"], plainly=True):
            found = _BECAME.match(text, end)
            if found is None or not is_mixed(found["value"]):
                found = _OR.match(text, end)
            if found is None or not is_password(found["value"], plainly=True):
                return
        yield password(text, *found.span("value"))
        end = found.end("value")


def listed(text: str, end: int) -> Iterator[Finding]:
    """What is listed with a password: apple!11 / grape!22."""
    while (found := _LISTED.match(text, end)) and is_signed(found["value"]):
        end = found.end("value")
        yield password(text, *found.span("value"))


def _below(text: str, end: int) -> Span | None:
    """The value that is announced, and stands on the next line or at the end of the sentence."""
    found = _BELOW.match(text, end)
    if found is None:
        answer = _ASKED.match(text, end)
        return answer.span("value") if answer and is_strong(answer["value"]) else None
    start, end = _trimmed(text, *found.span(found.lastgroup or "value"))
    value = text[start:end]
    fits = is_password(value, named=True) if found["plainly"] is not None else is_strong(value)
    return (start, end) if fits else None


def password(text: str, start: int, end: int) -> Finding:
    return Finding(start, end, "password", text[start:end], PASSWORD, edits=((start, end, "Password-{:04d}"),))


def _given(page: Page, name: re.Match[str]) -> Span | None:
    """The value behind a name, if it is a password."""
    text, begin = page.text, name.end()
    if after := _AFTER.match(text, begin):
        begin = after.end()
    link = _LINK.match(text, begin)
    if link is None or (link["line"] is not None and not _is_headline(text, name)):
        return None
    begin = link.end()
    if filler := _FILLER.match(text, begin):
        begin = filler.end()
    opened = _OPENED.match(text, begin)
    if opened:
        return _argument(text, name, opened) or _quoted(
            text, opened, named=link["sign"] is not None or opened["open"] not in "(<[{"
        )
    token = _APP.match(text, begin) or _TOKEN.match(text, begin)
    if token is None:
        korean = _KOREAN.match(text, begin)
        return _korean(text, korean, signed=link["sign"] is not None) if korean else None
    start, end = _trimmed(text, *_stopped(token, page))
    if _PAIRED.search(text, max(0, name.start() - _SUFFIX), name.start()) and _SLASHED.match(text, end):
        return None  # ID/PW = hong / abcd1234: `credentials` knows the two apart.
    sure = link["sign"] is not None or link["line"] is not None or link["verb"] is not None
    plainly = sure or bool(_COPULA.match(text, end))
    if (
        (_UNITS.match(text, end) and not is_signed(text[start:end]))
        or _LIKE.match(text, end)
        or (link["line"] is not None and text[end : end + 1] not in {"", "\n", "\r"})
        or ("==" in link[0] and text[start:end].isalpha())  # password == stored: a name in a program.
    ):
        return None
    return (start, end) if is_password(text[start:end], plainly=plainly, named=True) else None


def _argument(text: str, name: re.Match[str], opened: re.Match[str]) -> Span | None:
    """The value in a call of what a name ends."""
    found = _ARGUMENT.match(text, opened.end()) if opened["open"] == "(" else None
    return found.span("value") if found and is_mixed(found["value"]) and not _GOT.search(name[0]) else None


def _is_headline(text: str, name: re.Match[str]) -> bool:
    """Whether a name has its line to itself, so that what it names is on the next."""
    start = text.rfind("\n", 0, name.start()) + 1
    return name.start() - start <= _SUFFIX and not any(map(str.isdigit, text[start : name.start()]))


def _quoted(text: str, opened: re.Match[str], *, named: bool) -> Span | None:
    """A value in quotes or brackets, whole."""
    start = opened.end()
    end = text.find(_CLOSERS[opened["open"]], start, start + 80)
    if end < 0 or "\n" in text[start:end]:
        return None
    value = text[start:end].strip()
    start = text.index(value, start) if value else start
    condition = opened["open"] == "(" and "=" in value
    if not value or is_code(value) or condition or (" " in value and not named):
        return None
    if HANGUL.search(value):
        fits = not is_remark(value) and (opened["open"] in _QUOTES or any(map(str.isdigit, value)))
    else:
        fits = is_password(value, plainly=True, named=True, quoted=named)
    return (start, start + len(value)) if fits else None


def _korean(text: str, found: re.Match[str], *, signed: bool) -> Span | None:
    """A password with Hangul in it (사과나무123!): with a digit or sign of its own, or alone behind a sign."""
    start, end = found.span()
    tail = _KOREAN_TAIL.search(text[start:end])
    stop = _STOP.search(text, start, end)
    if stop:
        end = stop.start()
    elif tail:
        end = start + tail.start()
    start, end = _trimmed(text, start, end)
    if _UNITS.search(text[start:end][-3:]):
        return None
    alone = text[end : end + 1] in {"", "\n", ",", "\t"}
    given = signed or tail is not None or (alone and _NUMBER_LAST.search(text, start, end) is not None)
    return (start, end) if is_korean(text[start:end], given=given, alone=signed and alone) else None


def _stopped(token: re.Match[str], page: Page) -> Span:
    """A token up to what parts it from the next field."""
    start, end = token.span()
    stop = _STOP.search(page.text, start + 1, end)
    end = stop.start() if stop else end
    following = _NEXT.search(page.text, start + 1, end + _LONGEST_NAME)
    end = min(end, following.start()) if following else end
    if page.table.marks[page.table.place(start).line] in {",", ";"}:
        comma = page.text.find(page.table.marks[page.table.place(start).line], start, end)
        end = comma if comma > start else end
    return start, end


def _in_cells(page: Page, name: re.Match[str]) -> Iterator[Finding]:
    """The cells under a header that is a name of passwords, and the cell beside it."""
    table = page.table
    place = table.place(name.start())
    cell = table.cell(place)
    if not table.marks[place.line] or cell is None or name.start() - cell[0] > _SUFFIX:
        return
    if not _REST.fullmatch(page.text, name.end(), cell[1]):
        return
    places = list(table.below(place)) if table.is_header(place.line) and not _heads_a_list(page, place) else []
    if table.marks[place.line] == " " and len(places) < _ROWS:
        return
    if not places or len(table.cells(place.line)) == 2:
        places.append(Place(place.line, place.column + 1))
    for one in places:
        span = table.cell(one)
        if span is None:
            continue
        start, end = span
        if closed := _CLOSED.search(page.text, start, end):
            end = closed.start()
        if is_cell(page.text[start:end]):
            yield password(page.text, start, end)


def _heads_a_list(page: Page, place: Place) -> bool:
    """Whether a name in the first of two columns has its value beside it, as in a list of settings, and heads nothing."""
    beside = page.table.cell(Place(place.line, 1))
    two = place.column == 0 and len(page.table.cells(place.line)) == NAME_AND_VALUE
    return two and beside is not None and is_strong(page.text[slice(*beside)])


def _trimmed(text: str, start: int, end: int) -> Span:
    """Without the punctuation and quotes that close it, unless they are all there is."""
    last = end - 2 if text[max(0, start - 2) : start] == "**" and text[start:end].endswith("**") else end
    while last > start and text[last - 1] in TRAILING and not (text[last - 1] == ")" and "(" in text[start:last]):
        last -= 1
    return (start, last) if last > start else (start, end)
