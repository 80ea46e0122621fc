"""Fingerprints: a passage leaves the same ones wherever it stands."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.passages import PASSAGE, after_greeting, anchors, without_courtesy
from tasks.texts import folded


def of(question: str, answer: str = "") -> tuple[set[int], set[int]]:
    """Fingerprints of the question's core, and of the whole row."""
    batch = anchors(folded(pa.array([question])), folded(pa.array([answer])))
    found, first, own = (batch.column(name)[0].as_py() for name in ("anchors", "first", "question"))
    return set(found[first : first + own]), set(found)


@pytest.mark.slow
@settings(deadline=None)
@given(st.text(min_size=PASSAGE, max_size=200), st.text(max_size=80), st.text(max_size=80))
def test_a_question_inside_another_text_has_all_its_fingerprints_there(text: str, before: str, after: str) -> None:
    assert of(text)[0] <= of(before + text + after)[1]
    assert of(text)[0] <= of("", before + text + after)[1]


@pytest.mark.parametrize(
    "other",
    [
        "a2:a10 에서 서울 매출의 합계를 구하는 수식!",
        "A2:A10에서\n'서울'  매출의 합계를, 구하는 수식을 알려 주세요",
        "안녕하세요. ａ２：ａ１０에서 서울 매출의 합계를 구하는 수식",
    ],
)
def test_blanks_signs_and_courtesy_make_no_difference(other: str) -> None:
    assert of("A2:A10에서 서울 매출의 합계를 구하는 수식을 알려줘")[0] & of(other)[1]
    assert of("A2:A10에서 서울 매출의 합계를 구하는 수식")[0] <= of(other)[1]


def test_what_is_asked_for_is_no_courtesy() -> None:
    question = after_greeting(
        pa.array(["혹시 서울 지점 매출의 합계를 구하는 수식을 알려 주실 수 있나요? ㅠㅠ 감사합니다!"])
    )

    assert without_courtesy(question).to_pylist() == ["서울 지점 매출의 합계를 구하는 수식을"]


def test_courtesy_is_part_of_a_question_that_is_too_short_without_it() -> None:
    """Nine letters would be looked for in no other text; with "알려 주실 수 있나요" they are."""
    question = after_greeting(pa.array(["혹시 합계를 구하는 수식을 알려 주실 수 있나요?"]))

    assert without_courtesy(question).to_pylist() == ["합계를 구하는 수식을 알려 주실 수 있나요?"]


def test_neighbours_in_a_batch_make_no_difference() -> None:
    texts = ["가나다라마바사" * 9, "짧다", "", "abcdefgh " * 30]
    batch = anchors(pa.array(texts), pa.array([""] * 4)).column("anchors").to_pylist()
    assert [set(one) for one in batch] == [of(text)[1] for text in texts]
    assert batch[1] == batch[2] == []


def test_a_slice_of_a_batch_is_read_as_it_is() -> None:
    texts = pa.array(["하나" * 40, "둘" * 60, "셋" * 50])
    assert (
        anchors(texts[1:], texts[1:]).column("anchors")[0].as_py() == anchors(texts, texts).column("anchors")[1].as_py()
    )
