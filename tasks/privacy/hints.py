"""The pre-test: which rows of a batch may hold something, and what, told by RE2 over whole columns.

One scan reads every byte, for words, signs and long numbers. Only rows that it picks are looked at again, by one pattern
a kind; what those pick goes to the exact matchers. Each pattern is necessary, not sufficient: it must find whatever the
matcher of its name could find.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tasks.privacy import addresses
from tasks.privacy.page import GAP, JOINED, JOINT
from tasks.privacy.view import View
from tasks.search import Column, Expression

Texts: TypeAlias = Any
"""A pyarrow string array, which has no types of its own."""

_STRANGE = (
    r"[\x{FE50}-\x{FE6B}\x{FF01}-\x{FF5E}\x{FFA0}\x{FFE0}-\x{FFEF}\x{2460}-\x{24FF}\x{2776}-\x{2793}\x{1D400}-\x{1D7FF}\x{00B2}\x{00B3}\x{00B9}"
    r"\x{2070}-\x{209F}\x{00AD}\x{034F}\x{061C}\x{115F}\x{1160}\x{3164}\x{180E}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}-\x{2064}"
    r"\x{FEFF}\x{FE0F}\x{20E3}\x{1100}-\x{11FF}\x{0660}-\x{0669}\x{06F0}-\x{06F9}\x{0966}-\x{096F}\x{0E50}-\x{0E59}\x{0300}-\x{036F}"
    r"\x{E0000}-\x{E007F}]"
)
"""Characters behind which a word or a digit may hide."""
_STRANGE_OR_SIGN = r"[^\x{00}-\x{7F}가-힣ㄱ-ㅎㅏ-ㅠㅢㅣ]"
"""The same, and signs that stand for others: dashes, dots, quotes."""
_SAYS = r"[공영빵령일이삼사오육륙칠팔구]"
_SAID = (
    rf"[공영빵][ -]?[일1][ -]?[공영빵육칠팔구0]|01[공영빵]|0일0|(?:{_SAYS}[ ,.-]{{0,3}}){{6}}|[0-9]{{2}}[ .-]{{0,3}}{_SAYS}{{3}}|{_SAYS}{{3}}[ .-]{{0,3}}[0-9]{{2}}"
    rf"|{_SAYS}{{3}} ?(?:다시|에|의|대시|하이픈|국에?|번에?) ?{_SAYS}{{3}}"
)
"""Digits that are read out."""

_GAP = r"[^0-9A-Za-z가-힣\t\n,;|\"']"
_SIGN = rf"(?:{_GAP}{{1,6}}|[^0-9A-Za-z가-힣\s,;|\"']\r?\n *)"
_SEP = rf"(?:{_GAP}{{0,6}}|[^0-9A-Za-z가-힣\s,;|\"']\r?\n *)"
"""What may part the digits of a number in a text as it was written."""
_B, _E = r"(?:^|[^0-9])", r"(?:[^0-9]|$)"
_CELL = r"[\"' ]{0,2}[\t|,;][\"' ]{0,2}"
_VALUE = r"[A-Za-z0-9_+/=.~%-]{8}"

_MAIL = (
    r"[0-9A-Za-z가-힣_+-]\s{0,2}@\s{0,2}[0-9A-Za-z가-힣]|골뱅이|[A-Za-z0-9] ?[앳엣] ?[A-Za-z가-힣]"
    r"|[(\[{<]\s?(?:at|a|@|앳|엣)\s?[)\]}>]|%40|&#0?64;|&commat;|[_-]at[_-]|\sat\s+[a-z0-9-]+\s+dot\s|[\"'] ?[,&] ?[\"']@|[0-9a-z가-힣_+-]@[\"'] ?[,&] ?[\"']"
)
_TOKENS = (
    r"a3t[a-z0-9]|akia|asia[a-z0-9]{12}|abia|acca[0-9a-z]{12}|a(?:gpa|ida|roa|ipa|npa|nva)[a-z0-9]{12}|gh[pousr]_|[a-z]{2,12}_[a-z0-9_]{24}"
    r"|gl[a-z]{2,5}-|gr1348941|xox[a-z]|xapp-|hooks\.(?:slack|zapier)|hook\.[a-z0-9.]*make\.com|discord|webhook|[srp]k_[lt]|whsec_|\$2[aby]\$|(?:live|test)_g?[sc]k_|sk-|aiza|ya29\.|gocspx-"
    r"|1//0|eyj|sg\.[a-z0-9_-]|npm_|hf_|gsk_|pplx-|xai-|nvapi-|r8_|sbp_|rubygems_|lin_api|glsa_|sntry[su]_|hv[sbr]\.[a-z0-9]|dp\.[a-z]{2}\.[a-z0-9]|at[ac]tt3|(?:nrak|pmak|cfpat|flwseck|pul|tvly|csk)-|tskey-|pat[a-z0-9]+\.[0-9a-f]|eaa[a-z0-9]{6}|:apa91b|ntn_|figd_|tfp_|glc_|pypi-|dckr_|dop_v1|shp[a-z]{2}_"
    r"|sq0|dapi|ltai|akid|(?:ac|sk|key-)[0-9a-f]{32}|[0-9a-z]{32}-us|[0-9]{8}:[a-z0-9_-]{35}|[mno][a-z0-9_-]{23,25}\.[a-z0-9_-]{6}\."
    r"|accountkey|sharedaccess|8q~|private key|putty-user|bearer|authorization|kakaoak"
    r"|secure=[a-z0-9]{8}|[a-z0-9]/(?:json|xml)|sess(?:ion)?[-_]?id="
    rf"|(?:licen[cs]e|key|token|secret|credential|sig|signature|seed|시드|키|토큰|시크릿|인증 ?코드)s?(?:[-_. ]?(?:id|key|value))?(?:[\"'][, ]{{1,3}}[\"']?value)?(?: ?\([^()\n]{{1,15}}\))?[^A-Za-z0-9]{{0,16}}(?:base64:)?{_VALUE}"
    r"|(?:api|access|인증|서비스|시크릿|secret)[-_. ]?(?:key|token|키|토큰)"
)
_BLANK = r"[ \t\x{A0}\x{3000}\x{2000}-\x{200A}]?"
_PASSWORDS = (
    rf"비{_BLANK}밀{_BLANK}번{_BLANK}호|비{_BLANK}번|패스 ?워드|패스 ?코드|(?:핀|pin) ?번호|암{_BLANK}호|passw|passc|passp|passwd|[_-]pass|pass[ :=]|pwd|(?:^|[^a-z])p/?w(?:[^a-z]|$)|[_-]pw|(?:user|db|login|admin|member)p(?:w|ass)"
    r"|(?:open|unlock)(?:s|ed)?(?: it| them)? with [\"'`]|otp|net +use|뒷면|(?:백업|복구) ?코드|(?:backup|recovery) code|보안 ?카드|패스[는은가]? ?[:=]? ?[!-~]|로 ?(?:초기화|리셋|재설정|통일)"
    r"|현관|출입|도어 ?락|대문|정문|후문|zip -|rar [axe] |[^0-9]7z| -u|\n[ \t]*user[ \t]|redis-cli|auth ?= ?\(|\.login\(|getconnection\(|basicauth|credential|:5432:|:\*:|(?:admin|administrator|root|sa|master|manager|관리자) ?/ ?[!-~]|인증 ?\[|@//|@[a-z0-9.-]+:[0-9]"
    r"|인증 ?번호|인증 ?코드|보안 ?코드|(?:verification|security|authentication|one[- ]time) (?:pass)?code|(?:^|[^a-z])(?:pin[^a-z]|cv[cvn])"
    r"|://[^\s/@:]*:[^\s@]+@|mysql|sshpass|curl |identified|protect[ (]{1,3}[\"']|thin:|sqlplus|/ ?[!-~]{4,40} ?(?:으로|로) ?(?:로그인|접속)"
    r"|(?:id|아이디|계정|user|username|login|로그인|접속 ?정보|관리자|어드민|admin|와이파이|wi-?fi|ssid)[^A-Za-z0-9\n]{0,8}(?:pw|password)?[^A-Za-z0-9\n]{0,8}[A-Za-z0-9_.@-]{2,40}\s{0,2}/\s{0,2}[!-~]{4}"
)
_WIDE = r"[ \x{A0}\x{3000}]{1,3}"
_BANK = r"국민|신한|우리|하나|기업|카카오|토스|씨티|외환|제일"
_NAMES = (
    rf"(?:주{_WIDE}민|외{_WIDE}국|법{_WIDE}인|사{_WIDE}업|카{_WIDE}드|휴{_WIDE}대|핸{_WIDE}드|전{_WIDE}화|연{_WIDE}락|계{_WIDE}좌|통{_WIDE}장|면{_WIDE}허)"
    r"|주민|주번|민증|외국인|외등|거소|법인|사업[자장]|카드|card|결제 ?수단|휴대|핸드 ?폰|핸펀|폰 ?번|전번|폰번|전화|연락|모바일|팩스|콜백|직통|대표 ?번|자택|회사 ?번|집 ?번"
    r"|유선|안심 ?번|[발수착]신자? ?번|상대방? ?번|보호자 ?번|부모님? ?번|비상|문자|통화|tel|phone|mob|cell|fax|whatsapp|[slm]ms|call|(?:^|[^a-z])[hc]\.?p|wa\.me/|contact|safe[_ ]?num|계좌|통장|예금주|입금|송금|이체|환불|은행|뱅크"
    r"|(?:^|[^a-z])cc[ _]?(?:no|num|#)|[(\[][국신우하농기카토새수부대광전경제][)\]] ?[0-9]{3}|bank|account|acct|acc\.? ?n|a/c|iban|농협|수협|신협|우체국|새마을|카뱅|토뱅|케뱅|(?:^|[^a-z])(?:sc|kb|nh|ibk|kdb|im|arc)[^a-z]|brn|rrn|ssn|ihidnum|jumin|resident|alien"
    r"|foreigner|corp|crno|jurir|comp(?:any)?[_ ]?reg|business|biz|wrkr|(?:^|[^a-z0-9])b[_ ]?no[^a-z]|bz(?:mn)?[_ ]?no|visa|카톡|면허|licen"
    rf"|(?:{_BANK})[^0-9A-Za-z가-힣\n]{{0,9}}\r?\n?[0-9]|[0-9]{{5}} ?[(\[]?(?:{_BANK})|[^0-9A-Za-z가-힣\s][0-9]{{1,8}}[^0-9A-Za-z가-힣\n]{{0,9}}(?:{_BANK})"
)
_MACHINE = r"[a-z<]{3}[0-9]{6}[0-9<][mfx<][0-9]{6}[0-9<]"
"""A passport as machines read it."""
_PASSPORT = rf"여권|passport|(?:^|[^a-z.])ppt?[_ ]?(?:no|num|#)|ppt[ :=]{{0,4}}[a-z]{{1,2}}[0-9]{{7}}|{_MACHINE}"
_CUSTOMS = "통관|customs|pccc"
_RARE = rf"{_STRANGE}|{_PASSPORT}|{_CUSTOMS}|[뒤뒷] ?자리|(?:등록|고유) ?번호|아이피|(?:^|[^a-z])ip(?:v[46])?(?:[^a-z]|$)|여[ \x{{A0}}\x{{3000}}]{{1,3}}권|[0-9]\.[0-9]{{1,3}}\.[0-9]{{1,3}}\.[0-9]|{_SAID}"

_WORD_OR_NAME = rf"{_MAIL}|{_TOKENS}|{_PASSWORDS}|{_RARE}|{_NAMES}"
_OVER_CELLS = rf"{_B}01[016789]{_CELL}[0-9]{{3,4}}{_CELL}[0-9]"
_LOOKALIKE = r"[0Oo](?:[1lI][016789OolI]|[2-7][0-9OolI]?)[ .-]{1,3}[0-9OolI]{3,4}[ .-]{1,3}[0-9OolI]{4}"
_MASKED = r"(?:[Tt][Ee][Xx]|[Ff][Oo][Rr][Mm][Aa])[Tt]\$?\([\"' ]{0,2}[0-9]{9}"
"""=TEXT(1012345678,"000-0000-0000")"""
_LONG = rf"[0-9]{_SIGN}[0-9](?:{_SEP}[0-9]){{4}}|{_B}(?:0[0-9]{{8,}}|8210[2-9][0-9]{{7}}|[0-9]{{13,16}}){_E}|[0-9]-?[\"'] ?[&+] ?[\"'][0-9 -]|{_LOOKALIKE}|{_MASKED}|{_OVER_CELLS}|\+ ?[1-9][0-9 .()-]{{8}}"

_AREA = r"(?:2|3[1-3]|4[1-4]|5[1-5]|6[1-4]|70|80|60|50[2-8])"
_PHONES = (
    rf"01[016789]{JOINT}[0-9]{{3,4}}{JOINT}[0-9]{{4}}|{_LOOKALIKE}|{_MASKED}|{_OVER_CELLS}"
    r"|01[016789][^0-9A-Za-z가-힣\t\n]{1,14}[0-9]{3,4}[^0-9A-Za-z가-힣\t\n]{1,14}[0-9]{4}"
    r"|(?:^|[^0-9 .-]|[^0-9][ .-])0[ .-]{0,5}1[ .-]{0,5}[016789](?:[ .-]{0,5}[0-9]){8}"
    rf"|{_B}0{_AREA}{JOINT}[1-9][0-9]{{2,3}}{JOINT}[0-9]{{4}}{_E}"
)
_ABROAD = (
    rf"{_B}(?:00[127]?[ -]?(?:700[ -]?)?)?82\)?{JOINT}\(?0?\)?{JOINT}(?:1[016789]|{_AREA})\)?{JOINT}[0-9]{{3,4}}{JOINT}[0-9]{{4}}{_E}"
    r"|\+[1-9][0-9 .()-]{9}"
)
_RESIDENTS = (
    rf"{_B}(?:19|20)?[0-9]{{2}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:{JOINT}|{JOINED})[0-9]{{7}}{_E}"
    r"|[0-9]{2}[./-][0-9]{2}[./-][0-9]{2} ?- ?[1-8][0-9]{6}"
)
_CARDS = (
    rf"{_B}[2-69][0-9]{{3}}{JOINT}[0-9]{{4}}{JOINT}[0-9]{{4}}{JOINT}[0-9]{{4}}{_E}"
    rf"|{_B}3[04-9][0-9]{{2}}{JOINT}[0-9]{{6}}{JOINT}[0-9]{{4,5}}{_E}"
)
_SHAPES = {
    "phones": rf"{_PHONES}|{_ABROAD}",
    "residents": _RESIDENTS,
    "cards": _CARDS,
    "businesses": rf"{_B}[0-9]{{3}}{GAP}[0-9]{{2}}{GAP}[0-9]{{5}}{_E}",
    "licences": rf"(?:[0-9]{{2}}|[가-힣]){JOINT}[0-9]{{2}}{GAP}[0-9]{{6}}{GAP}[0-9]{{2}}{_E}",
    "singles": rf"{_B}[0-9](?: {{0,2}}[-. ] {{0,2}}[0-9]){{8}}",
}
_TEXTS = {"mail": _MAIL, "tokens": _TOKENS, "passwords": _PASSWORDS}
_SEVEN = (
    rf"[0-9](?:{JOINT}[0-9]){{6}}"
    rf"|[0-9]{{2,4}}{_CELL}[0-9]{{2,4}}{_CELL}[0-9]{{4,6}}|[0-9]{{6}}{_CELL}[0-9]{{7}}"
)
_SPOKEN = {
    "named": (f"(?i){_NAMES}", _SEVEN),
    # Its halves in words: 앞자리 900101 뒷자리 1234567.
    "residents": (
        r"(?i)주 {0,3}민|외 {1,3}국|주번|민증|외국인|외등|거소|ssn|jumin|rrn|ihidnum|resident|alien|foreigner|(?:^|[^a-z])arc[^a-z]|[뒤뒷] ?(?:자리|번호|7)",
        r"[0-9]{6}[^0-9]+(?:[12][^0-9]+){0,2}[1-8][0-9]{6}|[0-9](?:[\t|][-\t|]{0,2}[0-9]){12}",
    ),
    "businesses": (
        r"(?i)사업[자장]|세금 ?계산서|공급(?:받는 ?)?자|business|biz|brn|corp[_ ]?num|comp(?:any)?[_ ]?reg|wrkr|(?:^|[^a-z0-9])b[_ ]?no[^a-z]|bz(?:mn)?[_ ]?no",
        rf"{_B}[0-9]{{10}}{_E}",
    ),
    "passports": (rf"(?i)여 {{0,3}}권|{_PASSPORT}|{_CUSTOMS}", r"[A-Za-z][ -]?[0-9]|[0-9]{9}"),
    "compared": (
        r"(?i)비 ?밀 ?번 ?호|비 ?번|암 ?호|패스 ?워드|passw|pwd",
        r"(?i)(?:[=>(,]|case) ?[\"'][!-~]{4,40}[\"']|[\w@-] / [!-~]{5,40}[ \t]*$",
    ),
    "ibans": (
        r"(?i)iban|bank|account|acct|계좌|통장|은행|송금|이체|입금|환불",
        r"[A-Za-z]{2}[0-9]{2} ?[A-Za-z0-9]{4} ?[A-Za-z0-9]{4}",
    ),
    "addresses": (
        f"(?i){addresses.WORD}|://[0-9]",
        r"[0-9][^0-9]{1,5}[0-9]{1,3}[^0-9]{1,5}[0-9]{1,3}[^0-9]{1,5}[0-9]|:[0-9a-fA-F]{0,4}:",
    ),
}
"""A word that one text of a record must hold, and a value that another may then hold."""

KINDS = (*_TEXTS, *_SHAPES, "speaks", "spelt", "named", "passports", "compared", "ibans", "addresses")
_BIT = {name: 1 << at for at, name in enumerate(KINDS)}

_ANYTHING = Expression(f"(?i:{_WORD_OR_NAME})|{_LONG}")
_IS_SAID, _IS_STRANGE, _IS_LONG = map(Expression, (_SAID, _STRANGE_OR_SIGN, _LONG))
_IS_TEXT = {name: Expression(f"(?i){pattern}") for name, pattern in _TEXTS.items()}
_IS_SHAPE = {name: Expression(pattern) for name, pattern in _SHAPES.items()}
_IS_SPOKEN = {name: (Expression(word), Expression(value)) for name, (word, value) in _SPOKEN.items()}

_MOST_BYTES = 2**31 - 1
"""What offsets of 32 bits reach."""

Bits: TypeAlias = NDArray[np.uint16]


def suspects(columns: list[Texts]) -> tuple[NDArray[np.int64], Bits]:
    """The rows that may hold something, and what of `KINDS` each of their texts may hold, as bits [columns, rows]."""
    rows = np.flatnonzero(_ANYTHING.found(Column(*columns)).reshape(len(columns), -1).any(axis=0))
    if not len(rows):
        return rows, np.zeros((len(columns), 0), dtype=np.uint16)
    written = _joined([column.take(pa.array(rows)) for column in columns])
    said = _IS_SAID.found(Column(written))
    texts = Column(_folded(written, said))
    bits = _looks(texts)
    bits[said] |= _BIT["spelt"]
    _speak(texts, bits, len(rows))
    bits = bits.reshape(len(columns), len(rows))
    anything = np.bitwise_or.reduce(bits) & ~np.uint16(_BIT["speaks"] | _BIT["spelt"]) != 0
    return rows[anything], bits[:, anything]


def names(bits: int) -> frozenset[str]:
    """What a number of `suspects` stands for."""
    return frozenset(name for name, bit in _BIT.items() if bits & bit)


def _looks(texts: Column) -> Bits:
    """What each text may hold by itself."""
    bits = np.zeros(len(texts), dtype=np.uint16)
    for name, expression in _IS_TEXT.items():
        bits[expression.found(texts)] |= _BIT[name]
    numeric = _IS_LONG.found(texts)
    for name, expression in _IS_SHAPE.items():
        bits[expression.found(texts, numeric)] |= _BIT[name]
    return bits


def _speak(texts: Column, bits: Bits, rows: int) -> None:
    """What a record's texts may hold by what any of them speaks of."""
    for name, (word, value) in _IS_SPOKEN.items():
        says = word.found(texts)
        bits[says] |= _BIT["speaks"]
        record = np.tile(np.logical_or.reduce(says.reshape(-1, rows)), len(texts) // rows)
        bits[value.found(texts, record)] |= _BIT[name]


def _joined(columns: list[Texts]) -> Texts:
    large = sum(column.nbytes for column in columns) > _MOST_BYTES
    return pa.concat_arrays([column.cast(pa.large_string()) if large else column for column in columns])


def _folded(texts: Texts, said: NDArray[np.bool_]) -> Texts:
    """The texts as the matchers read them, where that is not as they were written."""
    strange = said | _IS_STRANGE.found(Column(texts))
    if not strange.any():
        return texts
    mask = pa.array(strange)
    spelt = said[strange].tolist()
    plain = [View.of(text, spelt=one).text for text, one in zip(texts.filter(mask).to_pylist(), spelt, strict=True)]
    return pc.replace_with_mask(texts, mask, pa.array(plain, texts.type))
