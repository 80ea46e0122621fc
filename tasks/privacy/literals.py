"""What stands as a literal in a formula or a program, told by what is done with it: formatted, or compared.

=TEXT(1012345678,"000-0000-0000")       the form of a kind of number
=IF(B2="356-0912-7741-33","본인","")     in a record that speaks of accounts
=IF(B2="openSesame#1","OK","")           in a record that speaks of passwords
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tasks.privacy import checksums, phones
from tasks.privacy.called import LENGTHS, called
from tasks.privacy.page import Page
from tasks.privacy.password_forms import is_signed, is_strong
from tasks.privacy.passwords import password
from tasks.privacy.placeholders import PASSWORD, Finding
from tasks.privacy.registrations import resident_kind
from tasks.privacy.vocabulary import BUSINESS, CARD, OTHER, PHONE

_MASKED = re.compile(
    r"(?:TEXT|FORMAT)\$?\( ?[\"']?(?P<number>\d{9,16})[\"']? ?, ?[\"']\(?(?P<mask>0{2,6}(?:[-.) ]{1,2}0{2,7}){1,3})[\"']",
    re.IGNORECASE,
)
_PHONE_MASKS = ("3 4 4", "3 3 4", "2 4 4", "2 3 4")
_RESIDENT_MASK, _BUSINESS_MASK, _CARD_MASK = "6 7", "3 2 5", "4 4 4 4"

_CELL = (
    r"(?:[A-Za-z]\$?\d{1,7}|[)\]]|\.(?:Value|Text)|(?<![A-Za-z])If [^\n\"=]{1,40}?|[A-Za-z_]\w{0,40} ?(?:=|(?=<>|!)))"
)
_COMPARED = rf"{_CELL} ?(?:==?|<>|!=) ?|\b(?:EXACT|SWITCH)\([^\"()\n]{{0,40}}, ?|\bEXACT\( ?|\bCase "
"""What stands before a literal that cells are compared with. A field of XML (no="1") is none."""
_SOUGHT = r"\b(?:COUNTIFS?|SUMIFS?|AVERAGEIFS?)\([^\"()\n]{0,40}, ?|\b(?:[VHX]?LOOKUP|X?MATCH|FIND|SEARCH)\( ?"
"""The same of one that is looked up, which passwords are not."""
_QUOTED = re.compile(r"[\"']\d[\d -]{7,18}\d[\"']")
_NUMBER = re.compile(rf"(?:{_COMPARED}|{_SOUGHT})[\"'](?P<value>\d[\d -]{{7,18}}\d)[\"']", re.IGNORECASE)
_SECRET = re.compile(rf"(?:{_COMPARED})[\"'](?P<value>[!#-&(-~]{{4,40}})[\"']", re.IGNORECASE)
_SPEAKS = re.compile(r"비 ?밀 ?번 ?호|비번|암 ?호(?!화|문)|패스 ?워드|passw|(?<![a-z])pwd", re.IGNORECASE)
_PAIR = re.compile(r"(?<![\w./:-])[A-Za-z][\w.@-]{2,40} / (?P<value>[!-~]{5,40})[ \t]*$", re.MULTILINE)
"""haru01 / tax@haru1, at the end of a line in a record that speaks of passwords."""
_VERDICT = re.compile(r"맞|틀|일치|오류|로그인|통과|확인|접속|\bOK\b|\btrue\b", re.IGNORECASE)
_NAMED_VERDICT = re.compile(
    r"[\"'][^\"'\n]{0,10}(?:비밀 ?번호|비번|암호|패스 ?워드|password)[^\"'\n]{0,10}(?:오류|틀|맞|일치|wrong|error|incorrect)",
    re.IGNORECASE,
)
"""=IF(B1="…","열림","비밀번호 오류")"""
_PLAIN = re.compile(r"[a-z]{2,}\d{2,}")


def masked(page: Page) -> Iterator[Finding]:
    """Numbers that a formula writes in the form of a kind."""
    if not any(name in page.lower for name in ("text(", "format(", "format$(")):
        return
    for found in _MASKED.finditer(page.text):
        digits, kind, keep = found["number"], None, 0
        groups = " ".join(str(len(group)) for group in re.findall("0+", found["mask"]))
        whole = digits.zfill(sum(map(int, groups.split())))
        if groups in _PHONE_MASKS and phones.is_assigned(whole):
            kind, keep = PHONE, phones.trunk(digits)
        elif groups == _RESIDENT_MASK and len(whole) == LENGTHS[resident_kind(whole)][0]:
            kind = resident_kind(whole) if checksums.birth_year(whole) is not None else None
        elif groups == _BUSINESS_MASK and checksums.has_business_check(whole):
            kind = BUSINESS
        elif groups == _CARD_MASK and checksums.has_card_check(whole):
            kind = CARD
        if kind is not None:
            yield Finding(*found.span("number"), kind, digits, keep=keep)


def numbers(page: Page) -> Iterator[Finding]:
    """Numbers that cells are compared with, of the kind that the record speaks of."""
    if not _QUOTED.search(page.text):
        return
    spoken = page.spoken | page.names
    for found in _NUMBER.finditer(page.text) if not spoken.isdisjoint(LENGTHS) else ():
        start, end = found.span("value")
        label = page.label(start, end)
        if label is not None and label.kind == OTHER:
            continue
        fitting = (called(page, start, end, kind, strong=False) for kind in LENGTHS if kind in spoken)
        yield from [one for one in fitting if one is not None][:1]


def passwords(page: Page) -> Iterator[Finding]:
    """Passwords that cells are compared with, in records that speak of passwords."""
    if PASSWORD not in page.spoken:
        return
    for found in _SECRET.finditer(page.text):
        value = found["value"]
        line = page.text[slice(*page.table.spans[page.table.place(found.start()).line])]
        told = _SPEAKS.search(line) is not None and _VERDICT.search(line) is not None
        plainly = _PLAIN.fullmatch(value) or _NAMED_VERDICT.search(line)
        if is_signed(value) or (told and is_strong(value) and plainly):
            yield password(page.text, *found.span("value"))
    for found in _PAIR.finditer(page.text):
        if is_signed(found["value"]):
            yield password(page.text, *found.span("value"))


def speaks_of_passwords(page: Page) -> bool:
    return _SPEAKS.search(page.text) is not None
