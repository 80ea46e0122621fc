"""What goes into the cells of a test workbook: values around each bound, near-matching texts, month ends, keys."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from random import Random

from tasks.judge.hints import Constant, serial


@dataclass(frozen=True, slots=True)
class ErrorValue:
    """An error that a formula gives or a cell holds, like #N/A."""

    code: str


Cell = float | str | bool | ErrorValue | None
"""What a cell holds; None is an empty one. Truth values and errors come from a given workbook only."""

TEXTS = (
    "서울특별시 강남구 테헤란로 123",
    "AB-12345-가나다",
    "김민준",
    "  앞뒤 공백  ",
    "user.name@example.com",
    "20240131",
    "Excel Report 2024",
    "가나다라",
    "010-1234-5678",
    "부산광역시-해운대구",
)
"""Texts of many lengths, in both scripts, with the separators that text functions look for."""

DATES = tuple(
    serial(date(*day))
    for day in (
        (2024, 1, 31),
        (2024, 2, 29),
        (2023, 2, 28),
        (2024, 3, 1),
        (2023, 12, 31),
        (2024, 1, 1),
        (2024, 6, 30),
        (2025, 2, 28),
        (2024, 4, 30),
        (2022, 11, 15),
        (2024, 7, 17),
        (2025, 8, 9),
    )
)
"""Month ends, a leap day, year's turns, a weekend."""

EARLIEST, LATEST = 36_526.0, 54_789.0
"""Whole numbers between these are taken for dates (2000 to 2049) where they are bounds."""

_ORDERS = {"=": (0,), "<>": (-1, 1), "<": (-1,), ">": (1,), "<=": (-1, 0), ">=": (0, 1)}
"""Sign to the outcomes (-1 below, 0 equal, 1 above) that pass."""


def number(dice: Random, style: int) -> float:
    """A number of everyday size; styles 0-4 are integers, decimals, mixed signs, few values with many ties, money."""
    if style == 0:
        return float(int(dice.random() * 999) + 1)
    if style == 1:
        return int(dice.random() * 9_999_999) / 10_000
    if style == 2:
        return int(dice.random() * 199_999) / 100 - 1_000
    if style == 3:
        return float(int(dice.random() * 12))
    return float(int(dice.random() * 900) * 1_000)


def near(sign: str, value: Constant) -> tuple[Cell, ...]:
    """Values that a condition must tell apart, the bound itself first."""
    if isinstance(value, float) and value.is_integer() and EARLIEST <= value <= LATEST:
        return (value, value + 1, value - 1, value + 31, value - 31, value - 366)  # a date: whole days
    if isinstance(value, float):
        step = 1.0 if value.is_integer() else 0.1
        return (
            value,
            value + step,
            value - step,
            value + step / 2,
            value - step / 2,
            value * 2 + 3,
            value / 2 - 3,
            0.0,
        )
    if not value:
        return (None, "값", 1.0)
    plain = value.replace("*", "").replace("?", "가") or "값"
    others = (f"{plain}시", f"새{plain}", plain[:-1] or "다른", "다른 값", None)
    if "*" in value or "?" in value:
        grown = value.replace("?", "나").replace("*", "가나")
        return (plain, grown, *others)
    return (plain, *others) if sign in ("=", "<>") else (plain, plain + "가", "가", "힣", None)


@lru_cache(maxsize=4096)
def matches(cell: Cell, sign: str, value: Constant) -> bool:
    """Whether a cell passes a condition, as COUNTIF tests it: by kind, ignoring case, with * and ? in texts."""
    if isinstance(cell, bool | ErrorValue):
        return sign == "<>"
    if isinstance(value, float):
        if not isinstance(cell, float):
            return sign == "<>"
        return (cell > value) - (cell < value) in _ORDERS[sign]
    if isinstance(cell, float):
        return sign == "<>"
    text = cell or ""
    if sign in ("=", "<>"):
        pattern = re.escape(value).replace(r"\*", ".*").replace(r"\?", ".")
        return (re.fullmatch(pattern, text, re.IGNORECASE) is not None) == (sign == "=")
    return bool(text) and (text > value) - (text < value) in _ORDERS[sign]


def split(tests: Sequence[tuple[str, Constant]]) -> tuple[list[Cell], list[Cell]]:
    """The values near all bounds of a column: those that pass every test (any, where none passes all), and the rest."""
    pool = [cell for sign, value in tests for cell in near(sign, value)]
    passing = [cell for cell in pool if all(matches(cell, *test) for test in tests)]
    if not passing:
        passing = [cell for cell in pool if any(matches(cell, *test) for test in tests)]
    failing = [cell for cell in pool if cell not in passing]
    return passing or pool, failing or pool


def keys(dice: Random, count: int, style: int, order: int) -> list[Cell]:
    """Distinct keys: texts or whole numbers for an exact lookup, numbers in order for an approximate one."""
    if order:
        start = 10.0 * (1 + dice.randrange(5))
        rising: list[Cell] = [start + 10.0 * index for index in range(count)]
        return rising if order > 0 else rising[::-1]
    drawn = dice.sample(range(100, 100 + 20 * count), count)
    return [float(one) for one in drawn] if style % 2 else [f"상품-{one}" for one in drawn]
