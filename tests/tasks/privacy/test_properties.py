"""Whatever surrounds a value comes out byte for byte, and no text takes for ever."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.privacy import hints
from tasks.privacy.record import Record

EVERYTHING = frozenset(hints.KINDS)
HARMLESS = st.text(
    st.sampled_from("나다라마바사아자차카타파하 거너더러머버,.!?\n\t()「」~·…“”\u200b\u00a0🙂🇰🇷é\ufe0fᄒ"), max_size=40
)
"""Text without digits and without words that name a number."""


@settings(max_examples=150, derandomize=True, database=None, deadline=None)
@given(HARMLESS, HARMLESS)
def test_the_text_around_a_match_is_untouched(before: str, behind: str) -> None:
    found = Record([f"{before} 010-2345-6789 {behind}"], [EVERYTHING], frozenset()).scrubbed()
    assert found == ([f"{before} 010-0000-0001 {behind}"], ["phone"])


@settings(max_examples=150, derandomize=True, database=None, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_taken_and_its_line_breaks_stay(text: str) -> None:
    found = Record([text, text[::-1]], [EVERYTHING, EVERYTHING], frozenset()).scrubbed()
    if found is not None:
        assert [one.count("\n") for one in found[0] if one is not None] == [text.count("\n")] * 2


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "piece",
    ["1", "1 ", "1-", "1.", "a", "aB3", "a@b.", "공일", "전화 ", "주민", "계좌,", "비밀번호:", "key=", "\u200b", "-", '"', "1 1-", "900101-", "a/",
     "eyJ", "mysql ", "-----BEGIN RSA PRIVATE KEY-----", "PuTTY-User-Key-File-2", "http://a:", "ab:", "가\t", "<td>",
     "ssn1", "1\t", '"1"&', "010★", "A1=\"", "비번 If a ", "EXACT(", "암호는 아래 ", "비번 분실 ", "AB1<", "ppt "],
)  # fmt: skip
def test_a_long_line_of_beginnings_ends_and_nothing_is_found(piece: str) -> None:
    """An expression that matches in two ways takes exponential time here; the limit is there to end it."""
    assert Record([piece * (8_000 // len(piece)) + "!"], [EVERYTHING], frozenset()).scrubbed() is None


@pytest.mark.timeout(60)
def test_a_long_line_of_one_number_ends_and_all_of_it_is_replaced() -> None:
    found = Record(["010-2345-6789 " * 600], [EVERYTHING], frozenset()).scrubbed()
    assert found == (["010-0000-0001 " * 600], ["phone"])


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", ["비밀번호가 달라요 a!b1c2 ", "비밀번호 후보 : ab!c1 ", "비밀번호가 달라요 a!b1c2, "])
def test_a_long_line_of_passwords_is_read_once(piece: str) -> None:
    """Each of its names once read the rest of the line: ten times this length took a hundred times as long."""
    found = Record([piece * 8_000], [EVERYTHING], frozenset()).scrubbed()
    assert found is not None
    assert found[1] == ["password"]
    assert "!" not in (found[0][0] or "")
