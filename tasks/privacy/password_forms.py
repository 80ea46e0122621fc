"""What passwords look like, and what stands behind the word and is none: references, files, formulas, remarks."""

from __future__ import annotations

import re

_LEAST = 4
TRAILING = ".,;:()]}>\"'`"
"""What may close a value and is none of it."""
HANGUL = re.compile("[가-힣]")
_KEYED = re.compile(r"[!@#$%^&*~?]")
_OTHER_LITERAL = re.compile(r"[#*?]|\w+!\$?[A-Z]{1,3}\$?\d|(?i:sheet|시트)\d{0,3}!|@[a-z]\w*\Z|\d{1,3}(?:\.\d+)?%")
"""A colour, an anchor, a wildcard, a cell of another sheet, a sheet, somebody's name in a chat, 50%off."""
_SIGNED = re.compile(r"[0-9!@#$%^&*]")
_REFERENCE = re.compile(
    r"\$?[A-Z]{1,3}\$?\d{1,4}(?:(?:[:,&+*/<>=]|-(?![a-z]{2,}\d+\Z)).*)?|[A-Z]:[A-Z]|[A-Z][A-Z]?\d{5,7}(?=[:,])"
)
_CODE = re.compile(
    r"[=\"'`)\]}>.,;:&|\\/?]|[A-Z][A-Z.]*\(|\$\{|\{\{|<[a-z_ ]+>|%[a-z(]|\*+$|[x*•#?_.~-]+$|.*\.\.\.$|https?:|[A-Za-z_.]+\(.*\)?|[A-Za-z_][\w.]*\[[\"']|\$[A-Z]+\$|[A-Za-z가-힣_]+!\$?[A-Z]{1,3}(?:\$?\d|:|$)|(?:your|my|new|old)[ _-]?pass(?:word|wd)?$"
    r"|[a-z][a-z-]{1,20}=[\"']"
)
_IDENTIFIER = re.compile(
    r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+|[a-z]+(?:[A-Z][a-z]+)+|[A-Z][a-z]+(?:[A-Z][a-z]+)+|[A-Za-z]+_[A-Za-z_]+|[A-Z][A-Za-z]+-[A-Z][A-Za-z]+"
)
_NUMBERED = re.compile(
    r"(?:sheets?|books?|ver|version|v|col|column|row|cell|field|file|table|tbl|page|user|id|key|test|sql|python|utf|sha|md|aes|rsa|vba|textbox|label|btn|mod|module|class|step|level|type|no|kb|bcrypt|scrypt|argon|pbkdf|q|h|f)[-_. ]?\d[\d.]{0,2}[A-Za-z]?"
    r"|(?:excel|office|windows?|win)[-_. ]?(?:20[012]\d|365|9[578]|1[01]|[78]|xp)",
    re.IGNORECASE,
)
_FILE = re.compile(
    r".*\.(?:xls[xmb]?|csv|tsv|txt|docx?|pptx?|pdf|hwpx?|zip|py|js|html?|json|xml|vba|bas|com|kr|net|org)",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_DATE = re.compile(r"(?:19|20)\d\d[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}:\d\d(?::\d\d)?")
_WORDS = frozenset(
    "password passwd pwd pass pw string text str null none true false required optional varchar char int integer number"
    " excel sheet protect protection reset change changed unlock lock locked hash hashed encrypted encryption input field column value"
    " user admin login email example sample your here this that with for and the not is are should must can will please if or when"
    " vba code macro file open save click enter strong weak length policy manager generator unprotect workbook protected cracker"
    " hint change_me changeme yourpassword your_password mypassword fail pass/fail prompt box dialog inputbox variable parameter"
    " below follows following above attached enclosed from case return"
    " values select insert into where primary unique default username userid loginid"
    " xxxx xxxxx xxxxxx na n/a tbd todo nothing empty blank".split()
)
_TALK = re.compile(
    r"없|미설정|설정|변경|확인|필수|입력|초기화|비공개|생략|동일|미정|해당|숨김|숨기|암호|보호|해제|잠금|잠그|분실|재설정|오류|틀|모름|모르|영문|숫자|문자|자리|이상|텍스트"
    r"|사용|관리|비밀|번호|방법|시트|파일|엑셀|셀|열|행|수식|함수|저장|삭제|추가|필요|가능|불가|생성|조합|길이|규칙|대소|특수|같|다름|빈|공백|아이디|이름|계정|매번|항상|따로|아래|위|다음|참고|문의|담당|직접|제한|형식|서식"
)
_REMARK = re.compile(
    r"없음|설정|변경|확인|필수|입력|초기화|비공개|생략|동일|미정|해당|숨김|암호|보호|해제|잠금|분실|오류|틀림|모름|영문|숫자|문자|자리|이상|텍스트|사용|관리|비밀|번호|방법|시트|파일|엑셀"
    r"|수식|함수|저장|삭제|추가|필요|가능|불가|생성|조합|길이|규칙|대소|공백|아이디|이름|계정|따로|아래|다음|참고|문의|담당|직접|제한|형식|서식|안내|별도|세요|합니다|입니다"
)
"""What is in quotes behind the name of a password and is none."""
_NUMBERED_WORD = re.compile(r"[가-힣]{2,}\d{2,}[!@#$%^&*]*")
"""보호해제77 is a password, whatever its word means."""
_TALK_ENDS = re.compile(
    r"(?:요|다|음|함|기|시오|세요|까|니까|은|는|을|를|에|의|도|만|죠|지|네|고|며|면|서|게|해|줘|임|됨|중|전|후|때|것|거|등)[.?!~]*$"
)
_PUT = re.compile(r"[A-Z0-9-]+\Z|.*[/\\:=(),<>\[\]{}+]|.*\.[a-z]|.*-\d+$")
"""Codes, paths and formulas, which are no passwords because one is spoken of."""


def is_password(value: str, *, plainly: bool = False, named: bool = False, quoted: bool = False) -> bool:
    """Whether a value may be a password. `named`: the word stands before it; `plainly`: with a sign between them;
    `quoted`: in quotes, so that it is no name in a program."""
    if len(value) < (3 if plainly else _LEAST) or _is_other(value, plainly=plainly, quoted=quoted):
        return False
    letters, digits = any(map(str.isalpha, value)), any(map(str.isdigit, value))
    signs = any(not character.isalnum() for character in value.strip("/-_.,"))
    if letters and (digits or signs):
        return len(value) >= _LEAST
    if digits:
        return (plainly or named) and len(value) >= _LEAST and (plainly or not _YEAR.fullmatch(value))
    return plainly and letters and len(value) >= _LEAST and (quoted or value == value.lower() or value == value.upper())


def _is_other(value: str, *, plainly: bool, quoted: bool) -> bool:
    """Whether a value is known to be something else."""
    if is_code(value) or _FILE.fullmatch(value) or _DATE.fullmatch(value):
        return True
    if not quoted and (_REFERENCE.fullmatch(value) or _IDENTIFIER.fullmatch(value)):
        return True
    return not plainly and _NUMBERED.fullmatch(value) is not None


def is_code(value: str) -> bool:
    """Whether a value is a piece of a program or one of its words."""
    return _CODE.match(value) is not None or value.lower() in _WORDS


def is_strong(value: str) -> bool:
    """Whether a value looks like a password wherever it stands: letters and digits, and no name of a thing."""
    mixed = any(map(str.isalpha, value)) and any(map(str.isdigit, value))
    return mixed and not _PUT.match(value) and is_password(value)


def is_mixed(value: str) -> bool:
    """Whether a value is a password where the sentence says that one was given: letters and digits."""
    mixed = any(map(str.isalpha, value)) and any(map(str.isdigit, value))
    return mixed and is_password(value)


def is_signed(value: str) -> bool:
    """Whether a value is a password among other literals of a program: letters, digits, and a sign of those that keys
    have."""
    return _KEYED.search(value) is not None and not _OTHER_LITERAL.match(value) and is_strong(value)


def is_cell(value: str) -> bool:
    """Whether a cell that is said to be a password is one, and not empty, masked, a formula or a remark."""
    if not 3 <= len(value) <= 80 or " " in value or is_code(value) or _REFERENCE.fullmatch(value):
        return False
    return not HANGUL.search(value) or (_SIGNED.search(value) is not None and not _TALK.search(value))


def is_korean(value: str, *, given: bool, alone: bool) -> bool:
    """Whether a value with Hangul in it is a password (사과나무123!), not talk about one: with a digit or sign of its own
    where it is `given` as one, or `alone` behind a sign."""
    if len(value) < _LEAST or _TALK.search(value):
        return False
    mixed = _SIGNED.search(value.rstrip("!?~.,")) or _SIGNED.search(value[-1])
    return (mixed is not None and given) or (alone and not _TALK_ENDS.search(value))


def is_remark(value: str) -> bool:
    """Whether quoted Hangul is a remark in place of a password: '별도 안내'."""
    return len(value) < 3 or (_REMARK.search(value) is not None and not _NUMBERED_WORD.fullmatch(value))
