from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.search import Column, Expression

NUMBER = Expression(r"(?:^|[^0-9])[0-9]{3}(?:[^0-9]|$)")
SPREAD = Expression("a[^b]{0,3}c")
"""It may run over the edge of a text."""
TEXTS = st.lists(st.one_of(st.none(), st.text("abc12 가\n", max_size=9)), max_size=12)


@given(TEXTS, TEXTS)
def test_finds_what_is_found_in_each_text_alone(first: list[str | None], second: list[str | None]) -> None:
    column = Column(pa.array(first, pa.string()), pa.array(second, pa.string()))
    for expression, alone in ((NUMBER, r"(?<![0-9])[0-9]{3}(?![0-9])"), (SPREAD, "a[^b]{0,3}c")):
        wanted = [re.search(alone, text or "") is not None for text in (*first, *second)]
        assert expression.found(column).tolist() == wanted
        some = np.arange(len(wanted)) % 2 == 0
        assert expression.found(column, some).tolist() == [one and at % 2 == 0 for at, one in enumerate(wanted)]


@pytest.mark.parametrize("texts", [["010", "010"], ["a", "bc", "a", "c"], ["", "", "123"], ["12", "3"]])
def test_a_text_ends_where_it_ends(texts: list[str]) -> None:
    column = Column(pa.array(texts))
    assert NUMBER.found(column).tolist() == [len(text) == 3 for text in texts]
    assert not SPREAD.found(column).any()


def test_texts_of_any_offsets_and_a_part_of_a_column() -> None:
    texts = pa.array(["123", "x", "456", "7"])
    assert NUMBER.found(Column(texts.cast(pa.large_string())[1:])).tolist() == [False, True, False]
    assert NUMBER.found(Column(texts[:0])).tolist() == []


def test_an_expression_that_is_none_is_refused() -> None:
    with pytest.raises(Exception, match="missing"):
        Expression("(").found(Column(pa.array(["a"])))
