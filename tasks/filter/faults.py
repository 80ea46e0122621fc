"""Which refused formula makes an answer a bad example, and which the answer only talks about.

An answer is judged by the formulas that it offers as its result. Those are the ones that stand alone (on a line of
their own, after a label, in a fence), and where there are none, those within its sentences, table cells and quotation
marks. Any refused one among them is a fault. None is:

- what the prompt says already: an answer that mends a formula quotes the broken one, most often first;
- what the answer itself calls wrong, or writes rightly elsewhere (the same cells, nearly the same letters);
- a piece: `=SUM(` while the steps of typing are told, the beginning of a formula that is taken apart, `=SUM()` as a
  name;
- what another program takes, or the user's own workbook, where the text says that it is about that: Google Sheets, DAX,
  Power Query, a function of their own, a defined name.

A formula that is broken in itself, and is all that the answer says, is always a fault.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher

from tasks.filter.offers import FENCE, Offer, Unit
from tasks.judge.acceptance import Verdict

ALIKE = 0.8
"""How alike (difflib's ratio) a broken formula and its mended form are: `=IF(A1>1,가,나)` with its four marks has
0.85."""

_WRONG = re.compile(
    r"잘못|틀린|틀렸|오타|입력하신|작성하신|쓰신|질문하신|주신 (?:수식|식)|보내주신|올려주신|사용하신"
    r"|원래 (?:수식|식)|기존 ?(?:수식|식)|현재 (?:수식|식)"
    r"|(?:수정|고치기|변경) 전|안 ?됩니다|안 ?돼요|안 ?되는|쓰면 안|하면 안|작동하지 않|나쁜 예"
    r"|빠졌|빠져 ?있|빠진|누락|[❌✗✘❎]"
    r"|\b(?:before|wrong|incorrect|invalid|broken|typo|original formula)\b",
    re.IGNORECASE,
)
_ERROR = re.compile(r"오류|에러|#(?:NAME|VALUE|REF)|\berrors?\b", re.IGNORECASE)
_CATCHES_ERRORS = re.compile(r"IFERROR|ISERR|IFNA|ISNA|ERROR\.TYPE|AGGREGATE", re.IGNORECASE)
_NOT_THIS = re.compile(r"[\s`'\"”’」)]*(?:이|가|은|는|을|를)?\s*(?:아니라|아닌|말고|대신)")
_TYPING = re.compile(r"까지|부분|이어서|드래그|닫[는고아으]|선택|클릭|시작")
_BEGINS = re.compile(r"=\s*[A-Za-z][\w.]*\(\s*")
_NAMES_IT = re.compile(r"=\s*[A-Za-z][\w.]*\s*\(\s*\)")
_CELLS = re.compile(r"(?<![A-Za-z])\$?([A-Za-z]{1,3})\$?([0-9]+)(?![0-9(])")

_OTHER_PROGRAM = re.compile(
    r"구글|google|앱스 ?스크립트|apps ?script|리브레|libreoffice|오픈 ?오피스|openoffice|한셀|넘버스"
    r"|\bDAX\b|파워 ?피벗|power ?pivot|파워 ?쿼리|power ?query|power ?bi|파워 ?비아이|측정값"
    r"|M ?(?:언어|코드)|사용자 지정 열",
    re.IGNORECASE,
)
_OWN_FUNCTION = re.compile(
    r"사용자 ?(?:정의|지정) ?함수|\bUDF\b|\bLAMBDA\b|이름 ?관리자|매크로|\bVBA\b"
    r"|애드인|추가 ?기능|add-?in|\bFunction\s+\w+\s*\(",
    re.IGNORECASE,
)
_OWN_NAME = re.compile(r"이름 ?(?:정의|관리자|상자)|(?:정의된|정의한) ?이름|named range|defined? names?", re.IGNORECASE)
_IN_ITSELF = re.compile(r"is not closed|closes nothing|ends where a value")
"""Faults that every program finds."""


@dataclass(frozen=True, slots=True)
class Found:
    """A formula of an answer, where it stands, and the verdict on it."""

    unit: Unit
    offer: Offer
    verdict: Verdict


def fault(answer: str, prompt: str, found: list[Found]) -> str | None:
    """Why the answer's formula is refused, or None."""
    if not any(one.verdict.is_refusal for one in found):
        return None
    read = _Answer(answer, prompt, found)
    live = [one for one in found if not (one.verdict.is_refusal and read.only_talks_about(one))]
    results = [one for one in live if one.offer.alone and one.verdict.kind != "description"] or live
    return next((_say(one.verdict) for one in results if one.verdict.is_refusal), None)


def _say(verdict: Verdict) -> str:
    return f"{verdict.kind}: {verdict.reason}"


class _Answer:
    """An answer with refused formulas in it, and what was asked."""

    def __init__(self, answer: str, prompt: str, found: list[Found]) -> None:
        self._answer, self._prompt, self._found = answer.strip(), prompt, found
        self._lines = answer.split("\n")
        self._asked = _squeeze(prompt)
        self._accepted = [one for one in found if not one.verdict.is_refusal]

    def only_talks_about(self, one: Found) -> bool:
        """Whether a refused formula is none that the answer offers."""
        text = one.offer.text
        if self._is_for_elsewhere(one.verdict):
            return True
        if self._answer.strip("`") == text:
            return False
        return (
            self._is_quoted(one)
            or self._is_called_wrong(one)
            or self._is_mended(one)
            or _NAMES_IT.fullmatch(text) is not None
            or (not one.offer.alone and self._is_piece(one))
        )

    def _is_for_elsewhere(self, verdict: Verdict) -> bool:
        if _IN_ITSELF.search(verdict.reason):
            return False
        said = f"{self._prompt}\n{self._answer}"
        return (
            _OTHER_PROGRAM.search(said) is not None
            or (verdict.kind == "unknown function" and _OWN_FUNCTION.search(said) is not None)
            or (verdict.kind == "unknown name" and _OWN_NAME.search(said) is not None)
        )

    def _is_quoted(self, one: Found) -> bool:
        """Whether the prompt says it, and the answer does not just say it again as its result."""
        key = _squeeze(one.offer.text)
        at = self._asked.find(key)
        while at >= 0 and self._asked[at + len(key) : at + len(key) + 1] == ")" and one.offer.alone:
            at = self._asked.find(key, at + 1)
        repeats = one is self._found[0] and one.unit.line == 0 and one.offer.alone and not self._accepted
        return at >= 0 and not repeats

    def _is_called_wrong(self, one: Found) -> bool:
        line = self._lines[one.unit.line]
        _, _, behind = line.partition(one.offer.text)
        said = line.replace(one.offer.text, " ")
        if one.offer.alone:
            said = f"{self._line_before(one.unit.line)} {said}"
        if _WRONG.search(said) or _NOT_THIS.match(behind):
            return True
        return (
            _CATCHES_ERRORS.search(one.offer.text) is None and _ERROR.search(said) is not None and not one.offer.alone
        )

    def _line_before(self, line: int) -> str:
        """The last line above that says anything, a fence's own not counted."""
        above = (said for said in reversed(self._lines[:line]) if said.strip() and not FENCE.fullmatch(said.rstrip()))
        return next(above, "")

    def _is_mended(self, one: Found) -> bool:
        """Whether the answer holds the same formula written rightly: anywhere for one in a sentence, else below."""
        text = one.offer.text
        at = next(index for index, other in enumerate(self._found) if other is one)
        others = self._found[at + 1 :] if one.offer.alone else self._found
        cells = _cells(text)
        return any(
            not other.verdict.is_refusal
            and _cells(other.offer.text) == cells
            and SequenceMatcher(None, text, other.offer.text, autojunk=False).ratio() >= ALIKE
            for other in others
        )

    def _is_piece(self, one: Found) -> bool:
        text = one.offer.text
        key = _squeeze(text)
        return (
            _BEGINS.fullmatch(text) is not None
            or (
                _IN_ITSELF.search(one.verdict.reason) is not None
                and _TYPING.search(self._lines[one.unit.line]) is not None
            )
            or any(_squeeze(other.offer.text).startswith(key) for other in self._accepted)
        )


def _cells(formula: str) -> set[str]:
    return {f"{column}{row}".upper() for column, row in _CELLS.findall(formula)}


def _squeeze(text: str) -> str:
    """A text without blanks, in capitals and plain signs: what two ways of writing one formula share."""
    return "".join(unicodedata.normalize("NFKC", text).upper().split())
