"""What the demo's application answered, right and wrong, and what its users made of that: edits and ratings."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from random import Random

from deployments.demo.sheets import Question

REFUSALS = ("죄송합니다. 해당 요청은 도와드릴 수 없습니다.", "죄송합니다, 이해하지 못했습니다. 다시 말씀해 주세요.")
JUNK_ANSWERS = ("", "안녕하세요! 무엇을 도와드릴까요?", "네, 말씀해 주세요.", REFUSALS[1])
ENOUGH_TRIES = 12


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer and its fate: the user's own correction, the app's score 0..1, the user's rating 1..5."""

    output: str
    edited: str | None
    score: float | None
    rating: int | None

    @property
    def is_judged(self) -> bool:
        return self.edited is not None or self.rating is not None


def answer_junk(rng: Random) -> Answered:
    low = round(rng.uniform(0, 0.5), 3)
    return Answered(rng.choice(JUNK_ANSWERS), None, rng.choice((None, low)), rng.choice((None, 1, 3, 5)))


def answer(rng: Random, asked: Question) -> Answered:
    """What the app answered and what the user made of it."""
    right, kind = _right(rng, asked), rng.random()
    if kind < 0.76:
        rating = rng.choices((None, 3, 4, 5), (12, 4, 30, 54))[0]
        return Answered(right, None, score(rng, rating), rating)
    wrong = _wrong(rng, asked)
    if kind < 0.86:  # repaired by the user, who then rates what came of it
        rating = rng.choices((None, 2, 3, 4, 5), (10, 8, 12, 40, 30))[0]
        return Answered(wrong, right, score(rng, rating), rating)
    if kind < 0.985:
        rating = rng.choices((None, 1, 2, 3, 5), (16, 40, 32, 10, 2))[0]
        return Answered(wrong, None, score(rng, rating), rating)
    return Answered(rng.choice(("", *REFUSALS)), None, score(rng, 1), rng.choice((None, 1, 1, 2)))


def _right(rng: Random, asked: Question) -> str:
    if not asked.formula:
        return asked.explanation
    return f"{asked.formula}\n{asked.explanation}" if rng.random() < 0.08 else asked.formula


def _wrong(rng: Random, asked: Question) -> str:
    """A wrong answer of the kinds that models give: another function, column or row, a broken formula, prose."""
    if not asked.formula:
        return rng.choice(
            ("잘 모르겠습니다.", asked.explanation[: len(asked.explanation) // 2], "메뉴에서 찾아보세요.")
        )
    for _ in range(ENOUGH_TRIES):
        wrong = _mutant(rng, asked.formula)
        if wrong != asked.formula:
            return wrong
    return "수식을 직접 입력해 보세요."


def _mutant(rng: Random, formula: str) -> str:
    name, _, rest = formula.partition("(")
    return rng.choice(
        (
            f"={rng.choice(('SUM', 'COUNT', 'AVERAGE', 'MAX'))}({rest}",
            re.sub(r"[A-L](?=\d)", lambda column: chr(ord(column[0]) + 1), formula),
            f"{name}({rest.replace('2', '3', 1)}",
            formula[:-1],
            formula.removeprefix("="),
            f"{name.removeprefix('=')} 함수를 사용하세요.",
        )
    )


def repaired(output: str) -> str | None:
    """The formula behind an answer that only lost its `=` or its last bracket, else None."""
    if output.startswith("=") and output.count("(") == output.count(")") + 1 and "\n" not in output:
        return output + ")"
    return f"={output}" if output[:1].isalpha() and output[:1].isascii() and output.endswith(")") else None


def is_poor(output: str) -> bool:
    """Whether anyone can see at a glance that this is no good answer."""
    return output == "" or output in REFUSALS or repaired(output) is not None


def score(rng: Random, rating: int | None) -> float | None:
    """The app's own quality score: it agrees with the rating more often than not, and is sometimes missing."""
    if rng.random() < 0.03:
        return None
    middle = {None: 0.75, 1: 0.25, 2: 0.4, 3: 0.6, 4: 0.85, 5: 0.93}[rating]
    return round(min(1.0, max(0.0, rng.gauss(middle, 0.07))), 3)


def with_personal_data(rng: Random, asked: Question) -> Question:
    detail = _personal_detail(rng)
    return replace(asked, input=f"{asked.input}\n{detail}" if asked.input else detail)


def _personal_detail(rng: Random) -> str:
    """Personal data that looks real to a filter and is nobody's.

    Resident numbers have a right checksum and a region code (96-99) that was never given out, phone numbers lie in the
    unassigned 010-0, mail addresses in RFC 2606's example domains, card numbers in the networks' test range 4000 00.
    """
    name = rng.choice("김이박최정") + rng.choice(("민준", "서연", "지훈", "하은", "도윤"))
    mailbox = f"{rng.choice(('minjun', 'seoyeon', 'jihoon'))}{rng.randint(1, 999)}"
    return rng.choice(
        (
            f"이름\t주민번호\n{name}\t{_resident_number(rng)}",
            f"{name} 연락처 010-0{rng.randint(0, 999):03d}-{rng.randint(0, 9999):04d}",
            f"담당자 메일: {mailbox}@example.com",
            f"결제 카드 {_card_number(rng)}",
        )
    )


def _resident_number(rng: Random) -> str:
    born = f"{rng.randint(60, 99)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}"
    digits = f"{born}{rng.choice((1, 2))}{rng.randint(96, 99)}{rng.randint(0, 999):03d}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5), strict=True))
    return f"{digits[:6]}-{digits[6:]}{(11 - total % 11) % 10}"


def _card_number(rng: Random) -> str:
    digits = f"400000{rng.randint(0, 10**9 - 1):09d}"
    doubled = [int(digit) * (2 - index % 2) for index, digit in enumerate(digits)]
    total = sum(value - 9 if value > 9 else value for value in doubled)
    whole = f"{digits}{-total % 10}"
    return "-".join(whole[start : start + 4] for start in range(0, 16, 4))
