"""Codes of a few digits that prove who someone is: one-time codes (OTP 742529, 인증번호 [742529]), PINs, a card's CVC.

Only digits directly beside the name in a sentence: a column that is called so holds certificates' numbers or counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tasks.privacy.page import Page
from tasks.privacy.passwords import password
from tasks.privacy.placeholders import Finding

_OWN = r"(?:(?<![가-힣A-Za-z])(?<!제품 )(?<!품질 )(?<!안전 )(?<!KC )(?<!ISO )|(?<=본인)|(?<=확인)|(?<=휴대폰)|(?<=문자)|(?<=2차)|(?<=2단계))"
"""A certificate has an 인증번호 as well: KC 인증번호 12345, 제품인증번호 12345."""
_CALLED = rf"(?:{_OWN}(?:인증 ?(?:번호|코드)|보안 ?코드)|(?<![A-Za-z])(?:verification|security|authentication|one[- ]time) (?:pass)?code)"
_ONE_TIME = rf"(?:{_CALLED}|(?<![A-Za-z])OTP(?! ?(?:수|건))(?: ?(?:번호|코드|number|code))?)"
_IS = r"(?: ?(?:은\(는\)|는|은|이|가|is))? ?[:=]? ?[\[(<\"'「]{0,2} ?"
_END = (
    r"(?![\dA-Za-z%]|[.,:/~-]\d| ?(?:이상|이하)| (?:원|개|건|명|자|회|부터|까지))"
    r"(?=[^가-힣]|$|번?(?:입니다|이에요|예요|에요|이야|인데|이고|임|을|를|으로|로|이|가|은|는|라고)|번 입)"
)
"""Hangul directly behind a code is grammar; behind an amount it is a unit (1234건, 150벌)."""
_FORMS = (
    rf"{_ONE_TIME}{_IS}(?P<value>\d{{4,8}}|\d{{3}}[ -]\d{{3}}){_END}",
    rf"(?<![A-Za-z])PIN(?: ?(?:no\.?|number))?(?: ?(?:은|는|이|is))? ?[:=]? ?(?P<value>\d{{4}}|\d{{6}}){_END}",
    rf"(?<![A-Za-z])(?:CVC|CVV|CVN)2?(?: ?(?:번호|코드|code|number))?{_IS}(?P<value>\d{{3,4}}){_END}",
    rf"(?<![\dA-Za-z.,-])(?:G-)?(?P<value>\d{{4,8}})[\])]?(?: ?(?:은\(는\)|은|는|is))? ?(?:[^\d\n\t|,;]{{1,24}} )?{_CALLED}(?:입니다|이에요|예요|[을를] ?입력|[.!]?$)",
)
_PATTERNS = tuple(re.compile(form, re.IGNORECASE | re.MULTILINE) for form in _FORMS)


def find(page: Page) -> Iterator[Finding]:
    for pattern in _PATTERNS:
        for found in pattern.finditer(page.text):
            yield password(page.text, *found.span("value"))
