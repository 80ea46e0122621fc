"""Placeholders have the form of what they replace; equal values get the same one in a record, different ones do not."""

from __future__ import annotations

import pytest

from tests.tasks.privacy import after, record


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("010-1234-5678", "010-0000-0001"),
        ("０１０－１２３４－５６７８", "０１０－００００－０００１"),
        ("010.1234.5678", "010.0000.0001"),
        ("010 – 1234 – 5678", "010 – 0000 – 0001"),
        ("+82-10-1234-5678", "+82-10-0000-0001"),
        ("공일공-일이삼사-오육칠팔", "공일공-공공공공-공공공일"),
        ("010\u200b-\u200b1234\u200b-\u200b5678", "010\u200b-\u200b0000\u200b-\u200b0001"),
        ("𝟎𝟏𝟎-𝟏𝟐𝟑𝟒-𝟓𝟔𝟕𝟖", "𝟎𝟏𝟎-𝟎𝟎𝟎𝟎-𝟎𝟎𝟎𝟏"),
        ("(031) 345-6789", "(031) 000-0001"),
    ],
)
def test_separators_width_and_script_stay(written: str, expected: str) -> None:
    assert after(f"휴대폰 {written} 입니다") == f"휴대폰 {expected} 입니다"


def test_an_equal_value_has_one_placeholder_over_texts_and_spellings() -> None:
    texts = record(
        "010-1234-5678 과 010-8765-4321", "０１０－８７６５－４３２１\n+82 10-1234-5678", "01012345678 은 B2"
    )
    assert texts == [
        "010-0000-0001 과 010-0000-0002",
        "０１０－００００－０００２\n+82 10-0000-0001",
        "01000000001 은 B2",
    ]


def test_values_of_different_kinds_never_look_the_same() -> None:
    text = after("주민 900101-1234568, 법인번호 110111-1234567")
    assert text == "주민 000000-0000001, 법인번호 000000-0000002"


def test_what_is_known_is_found_again_where_nothing_names_it() -> None:
    texts = record("비밀번호는 hunter2!! 이고 계좌는 110-234-567890", "", '=IF(A2="hunter2!!",B2,"110 234 567890")')
    assert texts[2] == '=IF(A2="Password-0001",B2,"000 000 000001")'


def test_a_short_password_is_not_replaced_inside_other_words() -> None:
    assert record("비번은 abc123 이야", "abc1234 와 xabc123")[1] == "abc1234 와 xabc123"


@pytest.mark.parametrize(
    "text",
    [
        "연락처 010-1234-5678, 메일 kim@naver.com, 비번: hunter2!!, 카드 4111-1111-1111-1111",
        "이름\t계좌번호\n김\t123456789012\n이\t110-234-567890",
        "postgresql://app:s3cret!pw@db.example.com/x 접속 IP 203.112.56.55, 여권 M12345678",
        "공일공에 일이삼사에 오육칠팔, ９００１０１－１２３４５６８",
        "API_KEY=sk-Ab3dEf6hIj9lMn2pQr5tUv8x, -----BEGIN PRIVATE KEY-----\nMIIEowIBAAKCAQEA7bq3q1Zb\n",
    ],
)
def test_scrubbing_twice_changes_nothing(text: str) -> None:
    once = after(text)
    assert once != text
    assert after(once) == once


def test_a_placeholders_number_is_not_given_to_another_value() -> None:
    assert record("010-0000-0001 은 누구 번호?", "010-1234-5678")[1] == "010-0000-0002"
    assert record("person1@example.com", "kim@naver.com")[1] == "person2@example.com"


def test_more_values_than_numbers_share_placeholders_rather_than_leak() -> None:
    numbers = [f"010-{2000 + at}-1234" for at in range(1100)]
    texts = after("\n".join(numbers)).split("\n")
    assert len(set(texts)) == 999
    assert all(text.startswith("010-0000-0") for text in texts)
