from __future__ import annotations

from unicodedata import normalize

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.nfkc import lower_nfkc, nfkc


@pytest.mark.parametrize(
    ("raw", "composed"),
    [
        ("ＡＢ１：０", "AB1:0"),
        (normalize("NFD", "합계"), "합계"),
        ("㎏", "kg"),
        ("e\u0301", "é"),
        ("합계 😀", "합계 😀"),
    ],
)
def test_gives_composed_characters(raw: str, composed: str) -> None:
    assert nfkc(pa.array([raw])).to_pylist() == [composed]


def test_nulls_stay_and_so_do_texts_in_nfkc() -> None:
    texts = pa.array(["합계", None, "ｶﾞ"])
    assert nfkc(texts).to_pylist() == ["합계", None, "ガ"]


@given(st.lists(st.text()))
def test_equals_the_standard_librarys(texts: list[str]) -> None:
    assert nfkc(pa.array(texts, pa.string())).to_pylist() == [normalize("NFKC", text) for text in texts]


def test_lower_case_is_arrows_for_every_character_there_is() -> None:
    every = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    texts = pa.array([*every, "AbC 가A", "가Ａ", "ꙀB", "Éa"])
    assert lower_nfkc(texts).equals(pc.utf8_lower(nfkc(texts)))
    assert lower_nfkc(texts[5:]).equals(pc.utf8_lower(nfkc(texts[5:])))
