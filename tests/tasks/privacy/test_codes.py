"""A code of a few digits is found beside its name; counts, lengths and certificates' numbers stay."""

from __future__ import annotations

import pytest

from tests.tasks.privacy import after


@pytest.mark.parametrize(
    "text",
    [
        "인증번호 [{}]를 입력해 주세요", "[Web발신]\n인증번호는 {} 입니다", "본인확인 인증번호({})입니다", "2차인증 코드: {}", "OTP {} 넣었는데 만료됐대요", "otp번호가 {}",
        "Your verification code is {}", "G-{} is your Google verification code", "{} 인증번호를 입력하세요", "PIN: {}", "유심 PIN은 {}",
        "OTP번호 6자리: {}", "문자인증 [{}]", "복구 코드: {}",
    ],
)  # fmt: skip
def test_a_code_beside_its_name_is_found(text: str) -> None:
    assert after(text.format("742529")) == text.format("Password-0001")


def test_a_cards_code_of_three_digits_is_found() -> None:
    assert after("유효기간 08/27 CVC 321") == "유효기간 08/27 CVC Password-0001"


def test_the_digits_of_a_card_of_codes_are_found() -> None:
    assert after("보안카드 12번 앞 두자리 48 뒤 91") == "보안카드 12번 앞 두자리 Password-0001 뒤 Password-0002"


@pytest.mark.parametrize(
    "text",
    [
        "인증번호 발송 3200건", "인증번호 1234건", "인증번호 6자리로 맞추기", "OTP 1200건 발급", "KC 인증번호 12345", "제품인증번호 1234567", "인증번호\t발급일\n20231234\t2023-05-01",
        "인증번호 20241127-001", "PIN 1200 이상", "CVC 150벌 주문", "verification code 2024년 집계", "SUBPIN 1234", "보안카드 35개 발급", "비밀번호 앞 4자리 일치", "Error code 1004",
    ],
)  # fmt: skip
def test_what_proves_nothing_stays(text: str) -> None:
    assert after(text) == text
