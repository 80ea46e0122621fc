"""Check digits and prefixes: the published rules, on numbers whose validity is known."""

from __future__ import annotations

import pytest

from tasks.privacy import checksums


@pytest.mark.parametrize(
    ("check", "valid"),
    [
        (checksums.has_resident_check, "9001011234568"),
        (checksums.has_resident_check, "9001015123452"),
        (checksums.has_business_check, "1208147521"),
        (checksums.has_corporate_check, "1301110006246"),
        (checksums.has_card_check, "4111111111111111"),
        (checksums.has_card_check, "378282246310005"),
    ],
)
def test_a_valid_number_passes_and_no_other_last_digit_does(check, valid: str) -> None:  # type: ignore[no-untyped-def]
    passing = [digit for digit in "0123456789" if check(valid[:-1] + digit)]
    assert passing == [valid[-1]]


@pytest.mark.parametrize(
    ("digits", "year"),
    [("9001011", 1990), ("0001013", 2000), ("0001011", 1900), ("9013011", None), ("9002301", None), ("0402293", 2004)],
)
def test_the_seventh_digit_gives_the_century_and_the_date_must_exist(digits: str, year: int | None) -> None:
    assert checksums.birth_year(f"{digits}000000") == year


@pytest.mark.parametrize(
    ("digits", "given"),
    [("4111111111111111", True), ("9410123412341234", True), ("2221001234123412", True), ("2720991234123412", True),
     ("2721001234123412", False), ("1234123412341234", False), ("378282246310005", True), ("398282246310005", False)],
)  # fmt: skip
def test_networks_own_their_prefixes(digits: str, given: bool) -> None:
    assert checksums.has_card_prefix(digits) is given


@pytest.mark.parametrize(
    ("digits", "stamp"),
    [("20240503112102", True), ("2024050311210234", True), ("20241303112102", False), ("20240503252102", False)],
)
def test_a_date_and_a_time_of_day_begin_a_stamp(digits: str, stamp: bool) -> None:
    assert checksums.is_stamp(digits) is stamp
