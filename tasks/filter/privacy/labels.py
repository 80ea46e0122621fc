"""What a number is called where it stands: by words before it, by its column's header, by the cell or words beside it.

A bare number is personal only because it is called so, and no other number is: 금액 1234567890 stays, 사업자번호 1234567890
does not. The nearest name counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tasks.filter.privacy.tables import Place, Table

OTHER = "other"
"""What names that are nobody's say: amounts, codes, order numbers."""

RESIDENT, FOREIGNER, CORPORATE, BUSINESS = "resident_number", "foreigner_number", "corporate_number", "business_number"
CARD, PHONE, ACCOUNT, LICENCE, PASSPORT = "card", "phone", "account", "driver_licence", "passport"

# Every alternative begins with a plain character, so that the search can skip whatever begins none of them; a Latin word
# looks back at what stands before it only then. Texts are lowered before.
_NO = r"(?:\s?(?:no\.?|num|number|#))?"
_NAMES: tuple[tuple[str, bool, tuple[str, ...]], ...] = (
    (RESIDENT, True, (r"주민\s?(?:등록)?\s?번호", "주민번", "주민등록", "주민", r"rrn(?<![a-z]rrn)(?![a-z])",
                      r"resident(?<![a-z]resident)\s(?:registration)?" + _NO)),
    (FOREIGNER, True, (r"외국인\s?(?:등록)?\s?번호", r"외국인\s?등록", r"거소\s?신고", r"alien\s?registration",
                       r"foreigner\s?registration")),
    (CORPORATE, True, (r"법인\s?(?:등록)?\s?번호", r"corporate\s?(?:registration)?\s?(?:no|number)")),
    (BUSINESS, True, (r"사업자\s?(?:등록)?\s?(?:번호|번|증|no)", "사업자등록", r"business\s?(?:registration)?\s?(?:no|number|id)",
                      r"brn(?<![a-z]brn)(?![a-z])")),
    (CARD, True, (r"카드\s?(?:번호|no\.?|넘버)", r"card(?<![a-z]card)\s?(?:no|num|number|#)", r"credit\s?card")),
    (PHONE, True, (r"휴대\s?(?:폰|전화)?\s?(?:번호)?", r"핸드\s?폰\s?(?:번호)?", "핸펀", r"폰\s?번호", r"전화\s?번호", "전번", "폰번",
                   r"연락\s?처", "모바일", r"팩스\s?번호", r"콜백\s?번호", r"tel(?:ephone)?(?<![a-z]tel)" + _NO + r"(?![a-z])",
                   r"phone" + _NO + r"(?![a-z])", r"mobile" + _NO + r"(?![a-z])", r"cell(?<![a-z]cell)" + _NO + r"(?![a-z])",
                   r"fax(?<![a-z]fax)" + _NO + r"(?![a-z])", r"h\.?p\.?(?<![a-z]hp)(?<![a-z]h\.p)" + _NO + r"(?![a-z])",
                   r"contact(?<![a-z]contact)" + _NO + r"(?![a-z])", r"mob(?<![a-z]mob)(?![a-z])")),
    (ACCOUNT, True, (r"계좌\s?(?:번호)?", r"통장\s?번호", r"account(?<![a-z]account)" + _NO + r"(?![a-z])",
                     r"acct(?<![a-z]acct)" + _NO + r"(?![a-z])", r"a/c(?<![a-z]a/c)" + _NO, r"iban(?<![a-z]iban)(?![a-z])")),
    (LICENCE, True, (r"운전\s?면허(?:증)?\s?(?:번호)?", r"면허(?:증)?\s?(?:번호)?", r"driver'?s?\s?licen[cs]e" + _NO,
                     r"driving\s?licen[cs]e" + _NO)),
    (PASSPORT, True, (r"여권\s?(?:번호)?", "passport" + _NO)),
    (OTHER, True, (
        r"입금\s?(?:금?액|건수)", r"송금\s?(?:금?액|건수|수수료)", r"이체\s?(?:금?액|건수|수수료)", r"출금\s?금?액", r"환불\s?(?:금?액|건수)",
        r"카드\s?(?:매출|금액|대금|결제액|사용액|한도|건수|수수료)", r"결제\s?(?:금액|건수)", r"통화\s?(?:시간|요금|건수|료)",
        r"전화\s?(?:건수|요금|비용|횟수|시간|료)", "금액", "매출", "잔액", "잔고", "수량", "단가", "합계", "총액", "총계", "소계", "비용", "요금",
        "급여", "연봉", "예산", "원가", "재고", "가격", "매입", "이익", "손익", "점수", "인구", "조회", "건수", "평균", "바코드", "품번", "모델",
        "시리얼", "주문", "송장", "운송장", "전표", "순번", "사번", "학번", "군번", "버전", "타임스탬프", "대출", "한도", "이자", "수수료",
        r"번호(?<=[가-힣]\s번호|[가-힣]{2}번호)", r"코드(?<=[가-힣]\s코드|[가-힣]{2}코드)", r"액(?=$)", r"금(?=$)",
        *(rf"{word}(?<![a-z]{word}){_NO}(?![a-z])" for word in (
            "code", "barcode", "sku", "ean", "upc", "isbn", "serial", "s/n", "order", "invoice", "tracking", "amount", "price",
            "total", "qty", "quantity", "sum", "balance", "revenue", "timestamp", "version", "lot")))),
    (CARD, False, ("카드", r"card(?<![a-z]card)(?![a-z])")),
    (PHONE, False, ("전화", "연락", "팩스", "문자", "통화", "카톡", r"call(?<![a-z]call)(?![a-z])")),
    (BUSINESS, False, ("사업자",)),
    (FOREIGNER, False, ("외국인",)),
    (ACCOUNT, False, (
        "예금주", "입금", "송금", "이체", "환불", "통장", "새마을금고", "우체국", "신협", "농협", "수협", "카뱅", "토뱅", "케뱅", "국민", "신한", "우리",
        "하나", "기업", "카카오", "토스", "씨티", "외환", "제일", "은행", "뱅크", r"bank(?![a-z])", r"kb(?<![a-z]kb)(?![a-z])",
        r"nh(?<![a-z]nh)(?![a-z])", r"ibk(?<![a-z]ibk)(?![a-z])", r"kdb(?<![a-z]kdb)(?![a-z])", r"sc(?<![a-z]sc)(?![a-z])")),
)  # fmt: skip
_LABEL = re.compile("|".join(word for _, _, words in _NAMES for word in words))
_MEANINGS = tuple((re.compile("|".join(words)), kind, strong) for kind, strong, words in _NAMES)

REACH = 40
"""How far before a number its name may stand, in characters."""
_REACH_RIGHT = 16
_DIRECTLY = re.compile(r"[\s:=#>\"'(\[\].,~-]*(?:(?:는|은|이|가|도|만|의)[\s:=]*)?(?:no\.?|#)?[\s:=\"'(\[-]*")
_CELL_END = re.compile(r"[\n\t|]")


class Label(NamedTuple):
    """A name in a text, at `start`..`end`. `strong`: that of the number itself (계좌번호), not of its matter (입금)."""

    kind: str
    strong: bool
    start: int
    end: int


def lowered(text: str) -> str:
    """The text in lower case, character by character."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def labels(text: str) -> Iterator[Label]:
    """The names in a lowered text."""
    for found in _LABEL.finditer(text):
        for words, kind, strong in _MEANINGS:
            if words.fullmatch(text, *found.span()):
                yield Label(kind, strong, *found.span())
                break


def name_of(table: Table, start: int, end: int) -> Label | None:
    """What the number at `start`..`end` of a lowered text is called, or None where nothing says it."""
    text, place = table.text, table.place(start)
    begin = max(table.starts[place.line], start - REACH)
    before = text[begin:start]
    near = _last(_CELL_END.split(before)[-1] if place.mark != " " else before)
    if near is not None:
        return near
    header = table.header(place)
    named = _last(header, anywhere=True) if header is not None else None
    if named is not None:
        return named
    beside = _last(table.beside(place), anywhere=True)
    if beside is not None and (beside.kind != OTHER or header is None):
        return beside
    if header is not None and place.mark:
        return None
    after = next(labels(_CELL_END.split(text[end : end + _REACH_RIGHT], maxsplit=1)[0]), None)
    return after if after and after.kind != OTHER else None


def header_names(table: Table, place: Place) -> Label | None:
    """What a column's header calls its cells."""
    header = table.header(place)
    return _last(header, anywhere=True) if header else None


def _last(text: str, *, anywhere: bool = False) -> Label | None:
    """The last name in a text. One that is nobody's counts only directly before the number, or in a header."""
    found = None
    for found in labels(text):  # noqa: B007 - the last one is what is wanted
        pass
    if found is None or (found.kind == OTHER and not anywhere and not _DIRECTLY.fullmatch(text, found.end)):
        return None
    return found
