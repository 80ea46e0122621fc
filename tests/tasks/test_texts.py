from __future__ import annotations

import re

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from tasks.texts import spaced


@given(st.lists(st.text(" \t\nab가", max_size=8)), st.integers(0, 3))
def test_spaces_are_single_and_texts_do_not_lend_one_another_theirs(texts: list[str], skipped: int) -> None:
    column = pa.array(texts, pa.string())[skipped:]
    assert spaced(column).to_pylist() == [re.sub(r"\s+", " ", text).strip() for text in texts[skipped:]]
