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
    rf"{_ONE_TIME}(?: ?\d ?자리)?{_IS}(?P<value>\d{{4,8}}|\d{{3}}[ -]\d{{3}}){_END}",
    r"인증 ?\[(?P<value>\d{4,8})\]",
    rf"{_ONE_TIME} ?[:=] ?(?P<value>(?=[A-Z]*\d)(?=\d*[A-Z])[A-Z0-9]{{6,8}}){_END}",
    rf"(?:백업|복구|backup|recovery) ?(?:코드|code)s?(?: ?\d{{1,2}} ?자리)?{_IS}(?P<value>\d{{4}}[ -]\d{{4}}|[A-Za-z0-9]{{4,5}}-[A-Za-z0-9]{{4,5}}|\d{{6,10}}){_END}",
    rf"(?:비밀 ?번호|비번|암호|뒷면)(?: ?\(?(?:앞|뒤|끝|숫자))? ?\(?(?:두|세|네|[2-4]) ?자리(?: ?(?:숫자|번호))?\)?{_IS}(?P<value>\d{{2,4}}){_END}",
    rf"보안 ?카드[^\d\n]{{0,6}}\d{{1,2}}번?(?: ?앞| ?뒤)?(?: ?(?:두|2) ?자리)?{_IS}(?P<value>\d{{2}})(?:[ ,/]{{1,3}}(?:뒤|앞)(?: ?(?:두|2) ?자리)?{_IS}(?P<other>\d{{2}}))?(?!\d)",
    rf"(?<![A-Za-z])PIN(?: ?(?:no\.?|number))?(?: ?(?:은|는|이|is))? ?[:=]? ?(?P<value>\d{{4}}|\d{{6}}){_END}",
    rf"(?<![A-Za-z])(?:CVC|CVV|CVN)2?(?: ?(?:번호|코드|code|number))?{_IS}(?P<value>\d{{3,4}}){_END}",
    rf"(?<![\dA-Za-z.,-])(?:G-)?(?P<value>\d{{4,8}})[\])]?(?: ?(?:은\(는\)|은|는|is))? ?(?:[^\d\n\t|,;]{{1,24}} )?{_CALLED}(?:입니다|이에요|예요|[을를] ?입력|[.!]?$)",
)
_PATTERNS = tuple(re.compile(form, re.IGNORECASE | re.MULTILINE) for form in _FORMS)


_SPEAKS = re.compile("인증|보안|OTP|PIN|CV[CVN]|code|코드|자리", re.IGNORECASE)
"""What every form holds a word of: few texts about passwords do."""


def find(page: Page) -> Iterator[Finding]:
    if not _SPEAKS.search(page.text):
        return
    for pattern in _PATTERNS:
        for found in pattern.finditer(page.text):
            for group, value in found.groupdict().items():
                if value is not None:
                    yield password(page.text, *found.span(group))
