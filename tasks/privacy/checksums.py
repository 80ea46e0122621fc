"""What makes a number a valid one of its kind: check digits, calendar dates, prefixes that were given out.

Takes bare digits and knows nothing of the text around them.
"""

from __future__ import annotations

import re
from calendar import monthrange

_RESIDENT_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
_BUSINESS_WEIGHTS = (1, 3, 7, 1, 3, 7, 1, 3, 5)
_CENTURIES = {"1": 1900, "2": 1900, "3": 2000, "4": 2000, "5": 1900, "6": 1900, "7": 2000, "8": 2000, "9": 1800,
              "0": 1800}  # fmt: skip
FOREIGNERS = frozenset("5678")

OLDEST, NEWEST = 1931, 2012
"""Years of birth that need no check digit where a hyphen parts the halves. Earlier and later ones do: 240315-3234567 is
more often an order's date and number than somebody born in 2024, and 240315-1234567 is nobody born in 1924."""

_STAMP = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d[0-5]\d")

LICENCE_REGIONS = frozenset(map(str, (*range(11, 27), 28)))


def has_resident_check(digits: str) -> bool:
    """Whether the last of 13 digits checks the others: residents' rule, or foreigners' (Decree of the Resident
    Registration Act; numbers given out since October 2020 end at random)."""
    total = sum(int(digit) * weight for digit, weight in zip(digits, _RESIDENT_WEIGHTS, strict=False))
    base = 13 if digits[6] in FOREIGNERS else 11
    return (base - total % 11) % 10 == int(digits[12])


def birth_year(digits: str) -> int | None:
    """The year of birth in a resident or foreigner number, or None where its first seven digits are no birth."""
    year, month, day = _CENTURIES[digits[6]] + int(digits[:2]), int(digits[2:4]), int(digits[4:6])
    return year if 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1] else None


def has_corporate_check(digits: str) -> bool:
    """Whether the last of 13 digits checks the others (Rules on the Registration of Corporations' Numbers, article 3)."""
    return -sum(int(digit) * (1 + at % 2) for at, digit in enumerate(digits[:12])) % 10 == int(digits[12])


def has_business_check(digits: str) -> bool:
    """Whether the last of 10 digits checks the others (National Tax Service's rule)."""
    total = sum(int(digit) * weight for digit, weight in zip(digits, _BUSINESS_WEIGHTS, strict=False))
    return (10 - (total + int(digits[8]) * 5 // 10) % 10) % 10 == int(digits[9])


def has_card_check(digits: str) -> bool:
    """Luhn's check (ISO/IEC 7812-1, annex B)."""
    doubled = (int(digit) * (1 + index % 2) for index, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def has_card_prefix(digits: str) -> bool:
    """Whether a card network gives out numbers of this beginning and length. 9 begins Korea's domestic cards."""
    two, four = int(digits[:2]), int(digits[:4])
    if len(digits) == 16:
        networks = 51 <= two <= 55 or 2221 <= four <= 2720 or two in {35, 36, 60, 62, 64, 65}
        return networks or digits[0] in "49"
    return (
        two in {34, 37}
        if len(digits) == 15
        else len(digits) == 14 and (two in {36, 38, 39} or 300 <= four // 10 <= 305)
    )


def is_stamp(digits: str) -> bool:
    """Whether digits begin with a date and a time of day: 20240503112102, 2024050311210234. No network's cards do."""
    return _STAMP.match(digits) is not None


def has_iban_check(number: str) -> bool:
    """The check digits of an international account number without blanks (ISO 13616-1: mod 97 of ISO/IEC 7064)."""
    return int("".join(str(int(sign, 36)) for sign in number[4:] + number[:4])) % 97 == 1


def is_barcode(digits: str) -> bool:
    """Whether 13 digits are an EAN-13 of Korea's prefix 880, which reads as a birth in 1988."""
    if not digits.startswith("880"):
        return False
    total = sum(int(digit) * (1 + index % 2 * 2) for index, digit in enumerate(digits[:12]))
    return (10 - total % 10) % 10 == int(digits[12])
