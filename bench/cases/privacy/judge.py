"""Marked cases, and whether what came out of the data stage is what should.

A text marks what is personal: `연락처 ⟦phone:010-2345-6789⟧ 입니다`. A case without marks is innocent: its texts must come
out byte for byte. Value and placeholder are read here without the engine: NFKC, no invisible characters, no separators.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from bench.cases.privacy.values import NUMBERS
from bench.score import Score

if TYPE_CHECKING:
    from bench.planted import Outcome

MARK = re.compile(r"⟦(?P<kind>[a-z_]+):(?P<value>.*?)⟧", re.DOTALL)
_HANGUL = str.maketrans("공영빵일이삼사오육륙칠팔구", "0001234566789")
_LOOKALIKES = str.maketrans("olι", "011")
_DIGITS = frozenset(NUMBERS)
_PHONE_CORE = 7
"""Digits of a phone number that are a person's: what comes before is a trunk, area or country code."""
_NUMBER_DIGITS = 3


@dataclass(frozen=True)
class Case:
    """An interaction with marked texts. `what` is for the person who reads that it went wrong."""

    instruction: str
    input: str = ""
    output: str = "=SUM(A2:A10)"
    edited: str | None = None
    what: str = ""

    @property
    def learnt(self) -> tuple[str, str, str]:
        """The texts that come out: an edit takes the answer's place."""
        return self.instruction, self.input, self.output if self.edited is None else self.edited

    @property
    def marks(self) -> list[re.Match[str]]:
        return [mark for text in self.learnt for mark in MARK.finditer(text)]


class Seen(NamedTuple):
    """A mark, and what stands in its place; None where the text around it did not come out as it was."""

    kind: str
    value: str
    after: str | None


def unmarked(text: str) -> str:
    return MARK.sub(lambda mark: mark["value"], text)


def seen(case: Case, outcome: Outcome) -> list[Seen]:
    """Every mark of a case with what came out in its place."""
    found = []
    for text, after in zip(case.learnt, (outcome.instruction, outcome.input, outcome.output), strict=True):
        marks = list(MARK.finditer(text))
        outside = [re.escape(part) for part in _outside(text)]
        whole = re.fullmatch("(.*?)".join(outside), after, re.DOTALL)
        found += [
            Seen(mark["kind"], mark["value"], whole[at] if whole else None) for at, mark in enumerate(marks, start=1)
        ]
    return found


def surroundings_stand(case: Case, outcome: Outcome) -> bool:
    """Whether everything outside of the marks came out byte for byte."""
    return all(
        re.fullmatch("(.*?)".join(map(re.escape, _outside(text))), after, re.DOTALL)
        for text, after in zip(case.learnt, (outcome.instruction, outcome.input, outcome.output), strict=True)
    )


def judge(case: Case, outcome: Outcome, scores: dict[str, Score]) -> None:
    """Count each mark of a planted case, its surroundings, and whether equal values have equal placeholders."""
    came = (outcome.instruction, outcome.input, outcome.output)
    marks = seen(case, outcome)
    for mark in marks:
        gone = not any(_holds(text, mark) for text in came)
        stands = mark.after is not None and is_placeholder(mark.kind, mark.value, mark.after)
        scores[mark.kind].expect(gone and stands, f"{case.what}: {_told(case)} -> {_shown(came)}")
    scores["surroundings"].spare(not surroundings_stand(case, outcome), f"{case.what}: {_told(case)} -> {_shown(came)}")
    if len(marks) > 1:
        scores["consistency"].expect(_are_consistent(marks), f"{case.what}: {_told(case)} -> {_shown(came)}")


def spare(case: Case, outcome: Outcome, score: Score) -> None:
    """Count an innocent case."""
    came = (outcome.instruction, outcome.input, outcome.output)
    score.spare(came != case.learnt, f"{case.what}: {_told(case)} -> {_shown(came)}")


_MARKS = {
    "email": re.compile(r"person(\d{1,3}).*example", re.DOTALL),
    "password": re.compile(r"password-(\d{4})"),
    "ip_address": re.compile(r"(?:192\.0\.2\.|2001:db8::)(\d{1,3})"),
}
"""Placeholders in words; the others have the form of what they replace."""


def is_placeholder(kind: str, before: str, after: str) -> bool:
    """Whether `after` is a placeholder of the kind in the form of `before`."""
    if kind in _MARKS:
        return _MARKS[kind].search(_joined(after)) is not None
    if not _has_the_form(before, after):
        return False
    old, new = core(kind, before), core(kind, after)
    if kind in _DIGITS:
        return re.fullmatch(rf"0*\d{{1,{_NUMBER_DIGITS}}}", new) is not None
    if kind == "passport":
        return re.fullmatch(r"[a-z]{0,2}0{3}[a-z]?0+\d{0,3}[a-z]?", new) is not None
    kept = next((at for at, (a, b) in enumerate(zip(old, new, strict=True)) if a != b), len(old))
    return re.fullmatch(r"0*\d{1,3}", new[kept:]) is not None and kept < len(old) / 2


def core(kind: str, value: str) -> str:
    """What of a value is somebody's, whatever it is parted by."""
    folded = _folded(value)
    if kind not in _DIGITS:
        return "".join(filter(str.isalnum, re.sub(r"\\[nrt]", "", folded)))
    if kind != "driver_licence":  # 대구 is no nine.
        folded = folded.translate(_HANGUL)
    digits = re.sub(r"\D", "", folded.translate(_LOOKALIKES))
    return digits[-_PHONE_CORE:] if kind == "phone" else digits


def number(kind: str, after: str) -> int:
    """The number of a placeholder."""
    found = _MARKS[kind].search(_joined(after)) if kind in _MARKS else None
    return int(found[1] if found else re.sub(r"\D", "", core(kind, after))[-_NUMBER_DIGITS:])


def _are_consistent(marks: list[Seen]) -> bool:
    numbers: dict[tuple[str, str], set[int]] = {}
    for mark in marks:
        if mark.after is None or not is_placeholder(mark.kind, mark.value, mark.after):
            return False
        numbers.setdefault((mark.kind, core(mark.kind, mark.value)), set()).add(number(mark.kind, mark.after))
    by_kind: dict[str, list[int]] = {}
    for (kind, _), given in numbers.items():
        if len(given) > 1:
            return False
        by_kind.setdefault(kind, []).extend(given)
    return all(len(set(given)) == len(given) for given in by_kind.values())


def _holds(text: str, mark: Seen) -> bool:
    """Whether a text still holds a value, in any spelling."""
    value, folded = core(mark.kind, mark.value), _folded(text)
    if mark.kind not in _DIGITS:
        return value in "".join(filter(str.isalnum, re.sub(r"\\[nrt]", "", folded)))
    return value in re.sub(r"\D", "", folded) or value in re.sub(r"\D", "", folded.translate(_HANGUL))


def _has_the_form(before: str, after: str) -> bool:
    """Whether digits and letters stand where they stood, and everything between them is the same."""
    return len(before) == len(after) and all(
        a == b or (_is_figure(a) and _is_figure(b)) for a, b in zip(before, after, strict=True)
    )


def _is_figure(character: str) -> bool:
    return character.isalnum() or unicodedata.digit(character, None) is not None


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text)
    plain = "".join(
        str(unicodedata.decimal(one, one)) for one in plain if unicodedata.category(one) not in {"Cf", "Mn", "Me"}
    )
    return plain.casefold()


def _joined(text: str) -> str:
    """The text without brackets and blanks: dots may be written as [.]."""
    return re.sub(r"[\[\]() ]", "", _folded(text))


def _outside(text: str) -> list[str]:
    """The texts before, between and after the marks."""
    parts = MARK.split(text)
    return parts[:: MARK.groups + 1]


def _told(case: Case) -> str:
    return " ¦ ".join(text for text in case.learnt if MARK.search(text) or text is case.instruction)[:300]


def _shown(texts: tuple[str, ...]) -> str:
    return " ¦ ".join(filter(None, texts))[:300]
