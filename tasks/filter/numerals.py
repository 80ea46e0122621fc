"""Amounts as people write them, in figures: 5천만 원 is 50000000원, 삼월 is 3월, 십 퍼센트 is 10%.

Korean counts by ten thousands, and writes 만 and 억 behind figures (1억 5천만), in words (삼천만), or not at all. One
expression for RE2 finds the few questions that hold such a word; these are read one by one, with their blanks: in 매일
월별 there is no January.
"""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

_DIGITS = dict(zip("영일이삼사오육칠팔구", range(10), strict=True))
_TENS = {"십": 10, "백": 100, "천": 1000}
_MYRIADS = {"만": 10**4, "억": 10**8, "조": 10**12}
_MONTHS = {"유": 6, "시": 10}
"""유월 and 시월 have lost a consonant."""

_COUNTED = (
    r"(?:원|달러|엔|유로|명|개(?!월|인|수)|건|이상|이하|초과|미만|보다|[을를]?\s?넘|단위|이면|[을를]\s(?:더|빼|곱|나)"
    r"|년(?!대|필)|개월|시간|점(?!수|포|유|심|검))"
)
"""What an amount is of, or compared by: without it, 만 behind a figure is a particle (시트1만 복사)."""
_WRITTEN = re.compile(
    rf"(?<![a-z0-9$.,])(\d[\d,]*(?:\.\d+)?\s?[십백천]?[만억조](?:\s?\d[\d,]*\s?[십백천]?[만억]?)*|\d[\d,]*\s?[백천])(?=\s?{_COUNTED})"
)
_SPOKEN = re.compile(
    rf"(?<![가-힣0-9])([일이삼사오육칠팔구]?[십백천만억](?:[일이삼사오육칠팔구십백천만억]|\s(?=[만억]))*)(?=\s?{_COUNTED})"
)
_PERCENT = re.compile(
    r"(?<![가-힣0-9])([일이삼사오육칠팔구]?[십백][일이삼사오육칠팔구십]*|[삼사오육칠팔구])\s?(?:퍼센트|퍼센티지|프로(?!그|젝|필|세|모|덕|토|파|시|바))"
)
_MONTH = re.compile(
    r"(?<![가-힣0-9])(십[일이]?|[일삼사오육유칠팔구시])월(?=(?:부터|까지|에|에는|의|은|는|이|을|를|과|와|달|분|말|초|중순)?(?:[^가-힣]|$))"
)
"""이월 is what is carried over."""

_UNITS = r"\s?(?:원|달러|엔|유로|명|개|건|이상|이하|초과|미만|보다|[을를]|넘|단위|이면|퍼센|프로|년|시간|점)"
_NATIVE = dict(zip(["한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉"], range(1, 10), strict=True))
_NATIVE_TENS = dict(
    zip(["열", "스무", "스물", "서른", "마흔", "쉰", "예순", "일흔"], (10, 20, 20, 30, 40, 50, 60, 70), strict=True)
)
_THINGS = r"(?:개(?!월|인|선|발|정)|명|건|글자|자리|칸|줄|가지|곳|장|시간|달|배(?!송|열|경|당|치))"
_WORD = re.compile(rf"(?<![^\s(])({'|'.join(list(_NATIVE)[1:])})(?:\s(?={_THINGS})|(?={_THINGS}\s))")
"""세 개, and 세개 before a blank; never a syllable inside a word."""
_TENFOLD = re.compile(
    rf"(?<![^\s(])(?<![a-z0-9번빈]\s)({'|'.join(_NATIVE_TENS)})({'|'.join(_NATIVE)})?\s?"
    r"(?=(?:개(?!월|인|선|발|정|수)|명|건(?!수)|가지|곳|글자|살)(?!수|씩))"
)
"""열 개, 열두 명, 서른 곳; but in "B 열 개수" 열 is a column."""
_FEW = re.compile(
    r"(?<![가-힣0-9])([일이삼사오육칠팔구])(?:(?=개월|학년)|\s(?=개월)|\s?(?=년(?:차|간|\s?(?:이상|이하|초과|미만|동안|이내))))"
)
"""삼개월, 사학년, 오년 이상: one syllable is a number before few words."""
_HINT = (
    r"(?:^|[\s(])(?:[두세네]|다섯|여섯|일곱|여덟|아홉)\s?(?:개|명|건|글자|자리|칸|줄|가지|곳|장|시간|달|배)|"
    r"(?:^|[\s(])(?:열|스[무물]|서른|마흔|쉰|예순|일흔)[한두세네다여일아]?[섯곱덟홉]?\s?(?:개|명|건|가지|곳|글자|살)|"
    r"(?:^|[^가-힣0-9])[일이삼사오육칠팔구]\s?(?:개월|학년|년)|"
    rf"\d\s?[십백천만억조]|(?:^|[^가-힣0-9])[일이삼사오육칠팔구]?[십백천만억][일이삼사오육칠팔구십백천만억]*{_UNITS}"
    r"|(?:^|[^가-힣0-9])(?:[일삼사오육유칠팔구시]|십[일이]?)(?:월|\s?프로|\s?퍼센)"
)
"""Wider than the expressions above, for RE2."""


def in_figures(questions: pa.StringArray) -> pa.StringArray:
    """Questions whose amounts, shares and months stand in figures."""
    some = pc.match_substring_regex(questions, _HINT)
    few = questions.filter(some)
    if not len(few):
        return questions
    return pc.replace_with_mask(questions, some, pa.array([_read(text) for text in few.to_pylist()], questions.type))


def _read(text: str) -> str:
    text = _WRITTEN.sub(lambda found: amount(found[1]), text)
    text = _PERCENT.sub(lambda found: f"{amount(found[1])}%", text)
    text = _SPOKEN.sub(lambda found: amount(found[1]), text)
    text = _WORD.sub(lambda found: str(_NATIVE[found[1]]), text)
    text = _TENFOLD.sub(lambda found: str(_NATIVE_TENS[found[1]] + _NATIVE.get(found[2], 0)), text)
    text = _FEW.sub(lambda found: amount(found[1]), text)
    return _MONTH.sub(lambda found: f"{_MONTHS.get(found[1]) or amount(found[1])}월", text)


def amount(written: str) -> str:
    """The figures of an amount in figures, in words or in both: 1.5억, 3,000만, 삼천오백만.

    What is no amount (2만3만) stays as it is written.
    """
    total = under = 0.0
    last = float("inf")
    figure: float | None = None
    for number, word in re.findall(r"(\d[\d,]*(?:\.\d+)?)|([가-힣])", written):
        if number:
            figure = float(number.replace(",", ""))
        elif word in _DIGITS:
            figure = _DIGITS[word]
        elif word in _TENS:
            under += (1 if figure is None else figure) * _TENS[word]
            figure = None
        else:
            if _MYRIADS[word] >= last:
                return written
            last = _MYRIADS[word]
            total += (under + (figure or 0) or 1) * last
            under, figure = 0.0, None
    total += under + (figure or 0)
    return str(int(total)) if total == int(total) else written
