"""Numbers that the state or a bank gives out, by their shape: registrations, licences, passports, cards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, pairwise

from tasks.privacy import checksums
from tasks.privacy.page import END, GAP, JOINED, JOINT, TYPOS, Page, digits_of, finding, has_sign
from tasks.privacy.phones import is_assigned, trunk
from tasks.privacy.placeholders import Finding
from tasks.privacy.tables import HEADLINE, Place
from tasks.privacy.vocabulary import (
    ACCOUNT,
    BUSINESS,
    CARD,
    CORPORATE,
    CUSTOMS,
    FOREIGNER,
    INVOICE,
    LICENCE,
    OTHER,
    PASSPORT,
    PHONE,
    RESIDENT,
)

_BORN = re.compile(
    rf"(?P<century>19|20)?(?P<birth>\d{{2}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?P<joint>{JOINT}|{JOINED})(?P<tail>\d{{7}}){END}"
)
_DOTTED = re.compile(
    rf"(?P<century>19|20)?(?P<birth>\d{{2}}[./-]\d{{2}}[./-]\d{{2}})(?P<joint> ?- ?)(?P<tail>[1-8]\d{{6}}){END}"
)
_HALVES = re.compile(r"(?:주민|외국인)[^\n\d]{0,24}(?P<birth>\d{6})(?P<joint>[^\n\d]{1,24})(?P<tail>[1-8]\d{6})(?!\d)")
"""앞자리 900101 뒷자리 1234567"""
_STEMS = ("주민", "외국인", "ssn", "jumin", "rrn", "resident")
_FIELDS = re.compile(
    rf"(?P<stem>{'|'.join(_STEMS)})(?<![aeiou]ssn)[^\n\d]{{0,20}}(?:1[^\n\d]{{1,8}})?(?P<birth>\d{{6}})"
    r"(?P<joint>[^\n\d]{0,12}(?:1[^\n\d]{1,8})?\n?[^\n\d]{0,12}(?P=stem)[^\n\d]{0,20}(?:2[^\n\d]{1,8})?)(?P<tail>[1-8]\d{6})(?!\d)",
    re.IGNORECASE,
)
"""{"jumin1":"900101","jumin2":"1234567"}: two fields of one name."""
_BROKEN = re.compile(r"(?P<birth>\d{6})(?P<joint>[ \t]*\r?\n[ \t]{0,8}-?[ \t]{0,3})(?P<tail>[1-8]\d{6})(?!\d)")
"""A line breaks before the hyphen: believed only where a name says so."""
_FRONT, _BACK = re.compile(r"앞 ?(?:자리|번호|6)|생년 ?월일"), re.compile(r"[뒤뒷] ?(?:자리|번호|7)")
"""Headers of two columns, 앞자리 or 생년월일, and 뒷자리."""
_PERSON = re.compile(r"이름|성명|성함|(?:직원|사원|고객|회원|환자|학생)명|생년 ?월일")
"""Headers of tables of people, where halves need no other name."""
_THIRTEEN = re.compile(r"\d{13}")
_CELLWISE = re.compile(r"\d(?<!\d\d)(?<!\d[\t|]\d)(?:[\t|](?:-[\t|])?\d){12}(?![\t|]?\d)")
"""One digit a cell, as forms have it."""
_CORPORATE = re.compile(rf"[12]\d[01]\d(?:1[1-5]|2[12]) ?- ?\d{{7}}{END}")
"""Registry office, kind of company, number."""
_COMPANY = re.compile(r"주식회사|유한회사|\(주\)|\(유\)|법인")
_CARD = re.compile(
    rf"[2-69]\d{{3}}(?P<a>{JOINT})\d{{4}}(?P<b>{JOINT})\d{{4}}(?P<c>{JOINT})\d{{4}}{END}"
    rf"|3[04-9]\d{{2}}(?P<d>{JOINT})\d{{6}}(?P<e>{JOINT})\d{{4,5}}{END}"
)
_BUSINESS = re.compile(rf"\d{{3}}(?P<a>{GAP})\d{{2}}(?P<b>{GAP})\d{{5}}{END}")
_WORKPLACE = re.compile(rf"\d{{3}}(?P<a>{JOINT})\d{{2}}(?P<b>{JOINT})\d{{5}}(?={JOINT}\d{END})")
"""사업장관리번호 123-45-67890-0: a workplace of the insurances is known by its business's number and one digit more."""
_BARE_BUSINESS = re.compile(r"(?<!\d)\d{3}(?P<a>)\d{2}(?P<b>)\d{5}(?!\d)")
_REGISTERED_AT_ALL = re.compile("(?:등록|고유) ?번호")
_REGISTERED = re.compile(r"(?:등록|고유) ?번호[^\n\d]{0,10}\Z")
_INVOICE = re.compile("세금 ?계산서|사업자|공급(?:받는 ?)?자")
"""Where a registration is a business's even without its hyphens."""
_REGIONS = "서울|부산|경기|강원|충북|충남|전북|전남|경북|경남|제주|대구|인천|광주|대전|울산"
_LICENCE = re.compile(
    rf"(?P<region>\d{{2}}|(?:{_REGIONS})(?: ?[남북]부)?)(?P<a>{JOINT})\d{{2}}(?P<b>{GAP})\d{{6}}(?P<c>{GAP})\d{{2}}{END}"
)
_SINGLES = re.compile(r"(?<!\d)(?<!\d[ .-])\d(?:(?: {1,4}| {0,2}[-.] {0,2})\d){8,18}(?! {0,2}(?:[-.] {0,2})?\d)")
_PASSPORT = re.compile(
    r"(?<![A-Za-z0-9])(?:(?P<one>[MSRODGmsrodg])[ -]?(?:\d(?:[ -]?\d){7}|\d{3}[ -]?[A-Za-z][ -]?\d{4})|[A-Za-z]{2}[ -]?\d{7}(?!\()"
    r"|[A-Za-z]-?\d{7,8}[A-Za-z]?(?!\()|\d{9}(?!\())(?![A-Za-z0-9!])"
)
"""`one`: Korea's, and those of the same form. Others are believed where they are called passports; before a bracket they
are the name of a function."""
_CUSTOMS = re.compile(r"(?<![A-Za-z0-9])[Pp][ -]?(?P<number>\d(?:[ -]?\d){11})(?![A-Za-z0-9])")
"""개인통관고유부호, by which the customs know who imports."""
_LAST_ROW = 1_048_576
"""A1048576 is a cell."""
_MACHINE = re.compile(
    r"(?<![A-Z0-9<])(?P<number>(?=[A-Z]{0,2}[0-9])[A-Z0-9]{7}[A-Z0-9<]{2})[0-9<](?P<nation>[A-Z]{3}|[A-Z]<<)\d{6}[0-9<][MFX<]\d{6}[0-9<](?P<own>[A-Z0-9<]{7,16})(?![A-Z0-9<])"
)
"""The second of the lines that machines read (ICAO 9303, part 4). In older ones of Korea, `own` begins with the last seven
digits of the resident number."""
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]{4}){2,7}(?: ?[A-Za-z0-9]{1,3})?(?![A-Za-z0-9])")


def residents(page: Page) -> Iterator[Finding]:
    """Resident and foreigner registration numbers, wherever date and seventh digit are those of a birth; those of
    companies beside their names."""
    _doubt_companies(page)
    fields = (_FIELDS,) if any(stem in page.lower for stem in _STEMS) else ()
    broken = (_BROKEN,) if page.names & {RESIDENT, FOREIGNER} else ()
    for pattern in (_BORN, _DOTTED, _HALVES, *fields, *broken):
        for found in pattern.finditer(page.text):
            digits = digits_of(found["birth"]) + found["tail"]
            if page.before(found.start()).isdigit() or checksums.birth_year(digits) is None:
                continue
            kind, start, end = resident_kind(digits), found.start("birth"), found.end()
            if pattern is _FIELDS:  # The fields' names have digits, which stay.
                edits = ((*found.span("birth"), "0" * 6), (*found.span("tail"), "{:07d}"))
                yield Finding(start, end, kind, digits, edits=edits)
            elif pattern is _BROKEN:
                label = page.label(start, found.end("birth"))
                if label and label.strong and label.kind in {RESIDENT, FOREIGNER}:
                    yield Finding(start, end, kind, digits)
            elif pattern is _HALVES or _is_resident(page, found, digits):
                yield Finding(start, end, kind, digits)
    yield from _in_single_cells(page)
    yield from _in_halves(page)


def _in_halves(page: Page) -> Iterator[Finding]:
    """Resident numbers of which two columns hold the halves, 앞자리 | 뒷자리: in records that speak of such each that is one,
    in tables of people where every row has one."""
    table = page.table
    spoken = page.speaks_of(RESIDENT) or page.speaks_of(FOREIGNER)
    if not any(table.marks) or not _BACK.search(page.text):
        return
    for line in filter(table.is_header, range(len(table.spans))):
        names = [page.text[slice(*cell)] for cell in table.cells(line)]
        for column, pair in enumerate(pairwise(names)):
            if not (_FRONT.search(pair[0]) and _BACK.search(pair[1])):
                continue
            places = list(table.below(Place(line, column)))
            found = [one for place in places if (one := _over_two(page, place)) is not None]
            if spoken or (len(found) == len(places) and any(map(_PERSON.fullmatch, names))):
                yield from found


def _over_two(page: Page, place: Place) -> Finding | None:
    """The resident number that begins in a cell and ends in the next."""
    first, last = page.table.cell(place), page.table.cell(Place(place.line, place.column + 1))
    digits = page.text[slice(*first)] + page.text[slice(*last)] if first and last else ""
    if not (first and last) or not _THIRTEEN.fullmatch(digits) or digits[6] in "90":
        return None
    return Finding(first[0], last[1], resident_kind(digits), digits) if checksums.birth_year(digits) else None


def _in_single_cells(page: Page) -> Iterator[Finding]:
    """Resident numbers with a cell for every digit, in records that speak of such."""
    if not (page.speaks_of(RESIDENT) or page.speaks_of(FOREIGNER)):
        return
    for found in _CELLWISE.finditer(page.text):
        digits = digits_of(found[0])
        if digits[6] in "12345678" and checksums.birth_year(digits) is not None:
            yield finding(found, resident_kind(digits))


def resident_kind(digits: str) -> str:
    return FOREIGNER if digits[6] in checksums.FOREIGNERS else RESIDENT


def _is_resident(page: Page, found: re.Match[str], digits: str) -> bool:
    """Whether a number is called one. What is not called anything has to pass in its column (`Page.settled`)."""
    label, joint = page.label(*found.span()), found["joint"]
    checked = checksums.has_resident_check(digits) and digits[6] not in "90"
    if label and label.strong:
        return label.kind in {RESIDENT, FOREIGNER} or (
            checked and has_sign(joint) and label.kind not in {OTHER, "corporate_number"}
        )
    year = checksums.birth_year(digits) or 0
    if found.groupdict().get("century"):
        passes = checked and year // 100 == int(found["century"])
    elif not joint or set(joint) & set(".:="):
        passes = checked
    else:
        passes = checked or checksums.OLDEST <= year <= checksums.NEWEST
    if joint and not has_sign(joint) and page.has_neighbours(found):
        return False
    if not joint and (checksums.is_barcode(digits) or page.is_cut(found)):
        return False
    page.doubt(found, resident_kind(digits), RESIDENT, passes=passes, shaped=has_sign(joint))
    return False


def _doubt_companies(page: Page) -> None:
    """A company's registration number beside its name, which nothing calls so: 주식회사 새론 (110111-1234567)."""
    if not _COMPANY.search(page.text):
        return
    for found in _CORPORATE.finditer(page.text):
        digits, label = digits_of(found[0]), page.label(*found.span())
        begin, end = page.table.spans[page.table.place(found.start()).line]
        if page.is_cut(found) or (label and label.strong) or not _COMPANY.search(page.text, begin, end):
            continue
        page.doubt(found, CORPORATE, CORPORATE, passes=checksums.has_corporate_check(digits), shaped=True)


def businesses(page: Page) -> Iterator[Finding]:
    """Business registration numbers in the form 123-45-67890."""
    spoken = page.speaks_of(BUSINESS)
    if spoken:
        yield from _workplaces(page)
    registered = _registered(page)
    bare = _BARE_BUSINESS.finditer(page.text) if spoken or registered else ()
    for found in chain(_BUSINESS.finditer(page.text), bare):
        digits, signs = digits_of(found[0]), has_sign(found["a"]) and has_sign(found["b"])
        if page.is_cut(found):
            continue
        if registered and _column(page, found) in registered and checksums.has_business_check(digits):
            yield finding(found, BUSINESS)
            continue
        if not signs and not spoken:
            continue
        label = page.label(*found.span())
        if label and label.kind == BUSINESS and (signs or label.strong):
            yield finding(found, BUSINESS)
        elif (
            not (label and label.strong)
            and digits[0] != "0"
            and digits[3:5] != "00"
            and (signs or not page.has_neighbours(found))
        ):
            page.doubt(found, BUSINESS, BUSINESS, passes=checksums.has_business_check(digits), shaped=signs or spoken)


def speaks_of_invoices(page: Page) -> bool:
    return _INVOICE.search(page.text) is not None


def _workplaces(page: Page) -> Iterator[Finding]:
    """The businesses in the numbers of workplaces, where the check digit says so."""
    for found in _WORKPLACE.finditer(page.text):
        label = page.label(*found.span())
        called = label is not None and label.kind == BUSINESS
        if called and not page.before(found.start()).isdigit() and checksums.has_business_check(digits_of(found[0])):
            yield finding(found, BUSINESS)


def _column(page: Page, found: re.Match[str]) -> tuple[int, int]:
    """The column of a table that a match is in; of prose its line."""
    place = page.table.place(found.start())
    return (page.table.heads[place.line] if page.table.headers[place.line] >= 0 else place.line, place.column)


def _registered(page: Page) -> frozenset[tuple[int, int]]:
    """The columns of numbers that are called 등록번호 or 고유번호, as invoices call a business's: so much may be called that the
    form and the check digits of nearly all must speak for it as well."""
    columns: dict[tuple[int, int], list[bool]] = {}
    if not _REGISTERED_AT_ALL.search(page.text):
        return frozenset()
    bare = _BARE_BUSINESS.finditer(page.text) if INVOICE in page.spoken else ()
    for found in chain(_BUSINESS.finditer(page.text), bare):
        signs = has_sign(found["a"]) and has_sign(found["b"])
        if (signs or found[0].isdigit()) and not page.is_cut(found) and _is_registered(page, found):
            columns.setdefault(_column(page, found), []).append(checksums.has_business_check(digits_of(found[0])))
    return frozenset(
        place for place, passing in columns.items() if sum(passing) >= len(passing) - len(passing) // TYPOS
    )


def _is_registered(page: Page, found: re.Match[str]) -> bool:
    header = page.table.header(page.table.place(found.start()))
    over = page.text[slice(*header)] if header else ""
    return any(_REGISTERED.search(name) is not None for name in (over, page.before(found.start(), 20)))


def licences(page: Page) -> Iterator[Finding]:
    """Driving licences in the form 11-22-123456-78, or 서울 22-123456-78."""
    for found in _LICENCE.finditer(page.text):
        if page.is_cut(found):
            continue
        label, region = page.label(*found.span()), found["region"]
        known = not region.isdigit() or (region in checksums.LICENCE_REGIONS and has_sign(found["a"]))
        signs = has_sign(found["b"]) and has_sign(found["c"])
        spoken = page.speaks_of(LICENCE)
        if (label and label.kind == LICENCE) or (known and (spoken or (signs and not (label and label.strong)))):
            yield finding(found, LICENCE)


def cards(page: Page) -> Iterator[Finding]:
    """Payment cards of 14 to 16 digits."""
    for found in _CARD.finditer(page.text):
        if page.is_cut(found):
            continue
        digits, joints = digits_of(found[0]), [joint for joint in found.groups() if joint is not None]
        if checksums.is_stamp(digits):
            continue
        label, signs = page.label(*found.span()), all(map(has_sign, joints))
        passes = checksums.has_card_check(digits) and checksums.has_card_prefix(digits)
        if label and label.kind == CARD and (label.strong or signs):
            yield finding(found, CARD)
        elif not (label and label.strong) or (label.kind == ACCOUNT and passes):
            if signs or not any(joints) or not page.has_neighbours(found):
                page.doubt(found, CARD, CARD, passes=passes, shaped=all(joints))


def singles(page: Page) -> Iterator[Finding]:
    """Numbers written digit by digit: 9 0 0 1 0 1 - 1 2 3 4 5 6 7."""
    for found in _SINGLES.finditer(page.text):
        digits, kind = digits_of(found[0]), None
        if len(digits) == 13 and digits[6] in "12345678" and checksums.birth_year(digits) is not None:
            if "-" in found[0] or checksums.has_resident_check(digits):
                kind = resident_kind(digits)
        elif checksums.has_card_prefix(digits) and checksums.has_card_check(digits):
            kind = CARD
        elif is_assigned(digits) and "-" in found[0]:
            kind = PHONE
        elif len(digits) == 10 and "-" in found[0] and checksums.has_business_check(digits):
            kind = BUSINESS
        if kind is not None and page.kind(found) != OTHER:
            yield finding(found, kind, keep=trunk(digits) if kind == PHONE else 0)


def passports(page: Page) -> Iterator[Finding]:
    """Passports, old (M12345678), new (M123A4567) and of other countries, in records that speak of passports; and as
    machines read them."""
    for found in _MACHINE.finditer(page.text) if "<" in page.text else ():
        yield _numbered(page, *found.span("number"))
        if found["nation"] == "KOR" and re.match(r"[1-8]\d{6}", found["own"]):
            start = found.start("own")
            yield Finding(start, start + 7, RESIDENT, found["own"][:7])
    if not page.speaks_of(PASSPORT):
        return
    yield from _listed_passports(page)
    for found in _PASSPORT.finditer(page.text):
        label = page.label(*found.span())
        if label and label.kind == PASSPORT:
            if found["one"] or _is_foreign_passport(page, found):
                yield _numbered(page, *found.span())
        elif not (label and label.strong) and found["one"]:
            yield _numbered(page, *found.span())


def _listed_passports(page: Page) -> Iterator[Finding]:
    """The lines under a short one that names passports last, up to the first that is none; a list of them alone where the
    record's other texts name them, but not of bare numbers."""
    table = page.table
    named = {table.place(label.start).line for label in page.labels.all if label.kind == PASSPORT}
    for head in sorted(named) or [-1]:
        begin, end = table.spans[head] if named else (0, 0)
        label = page.labels.of_cell(begin, end)
        if named and (table.marks[head] or end - begin > HEADLINE or not label or label.kind != PASSPORT):
            continue
        for start, stop in table.spans[head + 1 :]:
            found = _PASSPORT.fullmatch(page.text, start, stop)
            if found is None or (found[0].isdigit() and not named):
                break
            if found["one"] or _is_foreign_passport(page, found):
                yield _numbered(page, start, stop)


def _is_foreign_passport(page: Page, found: re.Match[str]) -> bool:
    """Whether what is called a passport can be one of another country: no cell, no part of a number, no count."""
    digits = digits_of(found[0])
    if found[0].isdigit():
        return (
            not page.is_cut(found)
            and not page.has_unit(found.end())
            and page.text[found.end() : found.end() + 1] != ","
        )
    if len(digits) > len(str(_LAST_ROW)) or int(digits) > _LAST_ROW:
        return True
    # What fills a cell under a header of passports refers to no other cell.
    place = page.table.place(found.start())
    return page.table.header(place) is not None and page.table.cell(place) == found.span()


def customs(page: Page) -> Iterator[Finding]:
    """Personal customs codes, in records that speak of such. The P before the digits says nothing of a person."""
    for found in _CUSTOMS.finditer(page.text) if page.speaks_of(CUSTOMS) else ():
        label = page.label(*found.span())
        if label is None or not label.strong or label.kind == CUSTOMS:
            yield Finding(*found.span("number"), CUSTOMS, digits_of(found["number"]))


def _numbered(page: Page, start: int, end: int) -> Finding:
    """A passport from its first digit on: the letters before it name its kind."""
    start += next(at for at, one in enumerate(page.text[start:end]) if one.isdigit())
    return Finding(start, end, PASSPORT, digits_of(page.text[start:end]))


def ibans(page: Page) -> Iterator[Finding]:
    """International account numbers, by their check digits. Letters stay: they name the country and the bank."""
    for found in _IBAN.finditer(page.text):
        number = found[0].replace(" ", "")
        if checksums.has_iban_check(number):
            yield Finding(found.start() + 2, found.end(), ACCOUNT, number[2:])
