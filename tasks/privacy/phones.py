"""Phone numbers by their shape: mobile, landline, internet and safe numbers, Korean ones from abroad, foreign ones.

Not numbers of companies alone (1588-1234, 112): they are nobody's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from tasks.privacy.page import END, JOINED, JOINT, Page, digits_of, finding, has_sign
from tasks.privacy.placeholders import Finding
from tasks.privacy.vocabulary import ACCOUNT, OTHER, PHONE

_AREAS = r"2|3[1-3]|4[1-4]|5[1-5]|6[1-4]|70|80|60|50[2-8]"
"""Without the leading zero: landlines, internet phones, freephone, paid lines, safe numbers."""
_FINE = r"(?: {0,2}(?:[-.] {0,2})?)"
"""Between single digits."""

_MOBILE = re.compile(rf"(?P<head>01[016789]|[0Oo][1lI][016789Oo])(?P<a>{JOINT})\d{{3,4}}(?P<b>{JOINT})\d{{4}}{END}")
_LOOSE = re.compile(rf"(?<!\d)(?<!\d[ .-])(?P<head>0{_FINE}1{_FINE}[016789])(?:{_FINE}\d){{8}}(?! ?\d)")
_LANDLINE = re.compile(rf"(?P<head>[0Oo](?:50[2-8]|{_AREAS}))(?P<a>{JOINT})[1-9]\d{{2,3}}(?P<b>{JOINT})\d{{4}}{END}")
_KOREAN = re.compile(
    rf"(?P<head>(?P<plus>\+ ?|00[127]?[ -]?(?:700[ -]?)?|\()?\+?82\)?{JOINT}(?:\(?0\)?{JOINT})?(?:1[016789]|50[2-8]|{_AREAS}))\)?"
    rf"(?P<a>{JOINT})\d{{3,4}}(?P<b>{JOINT})\d{{4}}{END}"
)
_FOREIGN = re.compile(
    r"\+(?!82|0)(?P<head>[1-9]\d{0,2})(?:[ .()-]{1,3}\d{1,5}){2,5}(?!\d)|\+(?!82|0)[1-9]\d{9,13}(?!\d)"
)
_ODD = re.compile(
    rf"(?P<head>01[016789])(?<![\w#^&+]01\d)(?P<sign> ?(?:[^\w\s.,;|\"'<>/\\]{{1,2}}|{JOINED}) ?)\d{{3,4}}(?P=sign)\d{{4}}(?!\d)"
)
"""010#1234#5678, 010?1234?5678, "010"&"1234"&"5678": whatever parts it, if it does so twice."""
_LOOKALIKE = re.compile(
    r"(?P<head>[0Oo](?<![A-Za-z0-9_.-][0Oo])(?:[1lI][016789OolI]|2|[3-6][1-5lI]|7[0Oo]))(?P<a>[ .-]{1,3})[\dOolI]{3,4}[ .-]{1,3}[\dOolI]{4}(?![A-Za-z0-9_-])"
)
"""O1O-6623-9l8O: with letters that look like digits anywhere."""
_REAL = 6
"""Digits that are such in a number with look-alikes: fewer are words."""
_CELLS = re.compile(r"(?<![\d.,-])(?P<head>01[016789])(?P<a>\"?\s?[\t|,;]\s?\"?)\d{3,4}(?P=a)\d{4}(?![\d.-])")
"""One number over three cells."""
_WORD = re.compile(r"(?:^|[^a-z])(?:tel|hp|h|m|t|p|c|mobile|phone|mob|cell|no)$", re.IGNORECASE)
_TRUNK = re.compile(rf"(?:0|(?:00)?820?)(?:1[016789]|50[2-8]|{_AREAS})|82|1[016789](?=\d{{7,8}}\Z)")
_IN_CODE_BEFORE, _IN_CODE_AFTER = re.compile(r"(?:^|[^가-힣])_$"), re.compile(r"_(?![가-힣])")
"""계약서_01012345678_김나영.xlsx is no code: what files are called in Korean parts it so."""
_LOOSE_SIGNS = set("*=:")
_CODE = r"(?:제품|상품|품목|물품|자재|부품|파트|자산|비품|관리|계약|문서|도면) ?(?:코드|번호|no\.?)|품번|(?<![가-힣])(?<!고객 |회원 |연락 |전화 |직원 |사원 )코드|계약 ?건|(?:part|product|item|material|asset|contract|document)[ _-]?(?:no\.?|number|num|code|#)"
"""What things are called by. Customers and members are, too, but by their phone numbers."""
_CALLED_CODE, _CODES = re.compile(rf"(?:{_CODE})(?:는|은|이|가|를|도)?[ :=(\[\"']{{0,3}}\Z"), re.compile(_CODE)
_CODE_REACH = 20
_PERSON = r"추천인?|거래처|담당자?|고객|회원|직원|사원|환자|학생|가입자|계약자|신청자|신청인|customer|client|member|employee|contact|patient|student|referr(?:al|er)"
_OF_PERSON = re.compile(rf"(?:{_PERSON}|인증)(?:님|님?의|별|'s)? ?\Z")
"""추천인 코드, 담당자 관리번호: people are known by their phone numbers."""
_PEOPLE = re.compile(
    rf"(?:{_PERSON}) ?(?:이름|성명|성함|명|님|name)?|이름|성명|성함|생년 ?월일|(?:full |first |last |user ?)?name"
)
"""Headers of tables of people, in which a code that is a phone's number is one."""
_FIELD = re.compile(rf"^[ \t*•-]{{0,4}}(?:{_PEOPLE.pattern}) ?[:=]", re.MULTILINE)
"""성명: 김철수, on a line of a form."""
_FORM = 120
"""How far around a number the other fields of its form may stand, in characters."""
_DIALLED = re.compile(r"[^\n.?!,\d]{0,12}(?:전화|연락|문자(?!열|형|로 ?(?:바|변|인식))|보내)")
"""010-… 으로 전화 주세요: whatever the number is called, somebody answers. 문자열로, 문자로 바꾸기 are of Excel."""
_FREE = re.compile(r"080\d{7}")
"""Freephone numbers, which are companies'. Mobile numbers of Japan and Nigeria begin so as well, but are longer."""
_ASSIGNED = re.compile(rf"010[2-9]\d{{7}}|01[16789][2-9]\d{{6}}|0(?:{_AREAS})[2-9]\d{{6,7}}|050[2-8]\d{{7,8}}")
_UNASSIGNED = frozenset("01")
"""First digits of no exchange; our own placeholders have one."""


def find(page: Page) -> Iterator[Finding]:
    """Every phone number. What is called a code in one place and stands without that name in another is none."""
    codes: set[str] = set()
    phones: set[str] = set()
    for pattern, is_one, keep in _SHAPES:
        for found in pattern.finditer(page.text):
            if not is_one(page, found):
                continue
            digits = digits_of(found[0])
            if _is_code(page, found, digits):
                codes.add(digits)
            elif not _FREE.fullmatch(digits):
                phones.add(digits)
                yield finding(found, PHONE, keep=keep or len(digits_of(found["head"] or "1")))
    page.codes |= codes - phones


def _is_code(page: Page, found: re.Match[str], digits: str) -> bool:
    """Whether a number is in so many words a code: 자재코드 010-2200-3300, or the column of such. One that somebody may
    have is none where people are near: their numbers are codes to shops and in lists of contracts."""
    start = found.start()
    called = _CALLED_CODE.search(page.lower, max(0, start - _CODE_REACH), start)
    header = page.table.header(page.table.place(start))
    if called is None and not (header and _CODES.fullmatch(page.lower, *header)):
        return False
    if not is_assigned(digits):
        return digits.startswith("0")
    if called and _OF_PERSON.search(page.lower, max(0, called.start() - _CODE_REACH), called.start()):
        return False
    return not (_DIALLED.match(page.lower, found.end()) or is_among_people(page, start))


def is_among_people(page: Page, at: int) -> bool:
    """Whether a character stands in a table of people, or in the form of one."""
    above = page.table.headers[page.table.place(at).line]
    if above >= 0 and any(_PEOPLE.fullmatch(page.lower, *cell) for cell in page.table.cells(above)):
        return True
    return _FIELD.search(page.lower, max(0, at - _FORM), at + _FORM) is not None


def trunk(digits: str) -> int:
    """How many digits of a phone number are its trunk, area or country code."""
    found = _TRUNK.match(digits)
    return found.end() if found else 0


def is_dialled(digits: str) -> bool:
    """Whether bare digits can be somebody's who is dialled in Korea: with a trunk or country code, or a mobile number that
    lost its 0."""
    if digits.startswith("10"):
        return len(digits) == len("1012345678")
    return digits.startswith(("0", "82")) and _FREE.fullmatch(digits) is None


def is_assigned(digits: str) -> bool:
    """Whether bare digits are a number that somebody may have: of a trunk or area and an exchange that exist."""
    return _ASSIGNED.fullmatch(digits) is not None


def _is_korean(page: Page, found: re.Match[str]) -> bool:
    if _goes_on(page, found) or not page.starts_number(found.start()):
        return False
    if (found["plus"] or "(") != "(" or found[0].startswith("+"):
        return True
    kind, signs = page.kind(found), has_sign(found["a"]) and has_sign(found["b"])
    if signs:
        return kind == PHONE or (kind != OTHER and not found["head"].isdigit())  # 82-10-…, no 8210-….
    mobile = digits_of(found["head"]).endswith("10")
    if kind == PHONE or kind is not None or not mobile or page.has_unit(found.end()):
        return kind == PHONE
    if not found[0].isdigit():
        return True
    return page.before(found.start()) not in {"/", "="} and page.agrees(found, _is_from_abroad)


def _is_from_abroad(digits: str) -> bool:
    return re.fullmatch(r"8210[2-9]\d{7}", digits) is not None


def _is_mobile(page: Page, found: re.Match[str]) -> bool:
    before, digits = page.before(found.start()), digits_of(found[0])
    if before.isdigit() or (not found["head"].isdigit() and before.isalpha()) or _goes_on(page, found):
        return False
    signs = has_sign(found["a"]) and has_sign(found["b"])
    if set(digits) == {"0", "1"} and set(digits[3:]) != {"0"}:  # A binary number, unless it is written as a phone's.
        return signs
    if signs and page.kind(found) == OTHER and (digits[3] in _UNASSIGNED or _is_year(digits[3:])):
        page.codes.add(digits)
        return False
    if signs and digits[3] in _UNASSIGNED and len(digits) < len("01012345678") and digits.startswith("010"):
        return page.kind(found) == PHONE
    if found["a"] or found["b"]:
        return signs or digits[3] not in _UNASSIGNED or page.kind(found) == PHONE
    return _is_plain_mobile(page, found, before, len(digits))


def _goes_on(page: Page, found: re.Match[str]) -> bool:
    """Whether more groups of digits follow: 018-312-4404-066 is no phone number."""
    return re.match(r"[-.]\d", page.text[found.end() : found.end() + 2]) is not None


def _is_plain_mobile(page: Page, found: re.Match[str], before: str, length: int) -> bool:
    """Eleven digits without a gap: no part of a word, of a decimal, of what is called a code, of a column of codes."""
    if before == "." or re.match(r"[A-Za-z]|\.\d", page.text[found.end() : found.end() + 2]):
        return False
    if _IN_CODE_BEFORE.search(page.before(found.start(), 2)) or _IN_CODE_AFTER.match(page.text, found.end()):
        return False
    if before.isascii() and before.isalpha() and not _WORD.search(page.before(found.start(), 8)):
        return False
    kind = page.kind(found)
    if kind in {PHONE, OTHER, ACCOUNT}:
        return kind == PHONE
    if page.is_said(found):
        return True
    return length == 11 and found["head"] == "010" and page.agrees(found, is_assigned)


def _is_landline(page: Page, found: re.Match[str]) -> bool:
    kind, a, b = page.kind(found), found["a"], found["b"]
    if not page.starts_number(found.start()):
        return False
    if not found["head"].isdigit() and (page.before(found.start()).isalnum() or not (has_sign(a) and has_sign(b))):
        return False
    if kind == PHONE:
        return has_sign(a + b) or not page.has_unit(found.end())
    exchange = digits_of(found[0])[len(found["head"]) :]
    bare = not page.is_said(found) and (not a or not b or bool(set(a + b) & (_LOOSE_SIGNS if a == b else set("~*=:/"))))
    if kind == OTHER:
        page.codes.add(digits_of(found[0]))
    if kind == OTHER or bare or exchange[0] == "1" or _goes_on(page, found):
        return False
    if not has_sign(a + b) and not page.is_said(found):
        return not page.has_neighbours(found)
    # 공사번호 02-2024-1234 와 02-2024-1235: the second is a code as well.
    return not (_is_year(exchange) and (page.codes or page.in_table(found.start()))) and page.agrees(found, is_assigned)


def _is_year(exchange: str) -> bool:
    """Whether exchange and number begin with a year: 010-2024-0001 in a list of codes."""
    return len(exchange) == 8 and exchange[:2] in {"19", "20"}


def _is_foreign(page: Page, found: re.Match[str]) -> bool:
    before = page.before(found.start())
    if before.isalnum() or before in {")", "]"} or not 9 <= len(digits_of(found[0])) <= 15:
        return False
    signs = sum(found[0].count(sign) for sign in "-(.")
    return signs > 1 or page.kind(found) == PHONE


def _is_loose(page: Page, found: re.Match[str]) -> bool:
    """Digit by digit."""
    written = found[0]
    if written.isdigit() or digits_of(written)[3] in _UNASSIGNED or not page.starts_number(found.start()):
        return False
    return page.kind(found) in {None, PHONE}


def _is_odd(page: Page, found: re.Match[str]) -> bool:
    return is_assigned(digits_of(found[0])) and page.kind(found) != OTHER


def _is_lookalike(page: Page, found: re.Match[str]) -> bool:
    real = sum(map(str.isdigit, found[0]))
    return _REAL <= real < len(digits_of(found[0])) and is_assigned(digits_of(found[0])) and page.kind(found) != OTHER


def _is_over_cells(page: Page, found: re.Match[str]) -> bool:
    return page.kind(found) in {None, PHONE}


_SHAPES: tuple[tuple[re.Pattern[str], Callable[[Page, re.Match[str]], bool], int], ...] = (
    (_KOREAN, _is_korean, 0),
    (_MOBILE, _is_mobile, 3),
    (_LOOSE, _is_loose, 3),
    (_LANDLINE, _is_landline, 0),
    (_ODD, _is_odd, 3),
    (_LOOKALIKE, _is_lookalike, 0),
    (_CELLS, _is_over_cells, 3),
    (_FOREIGN, _is_foreign, 0),
)
"""Expression, what else must hold, and digits that say nothing of a person: those of `head` where it says 0."""
