"""Fingerprints: a passage leaves the same ones wherever it stands."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.passages import PASSAGE, anchors


def of(text: str) -> list[int]:
    found: list[int] = anchors(pa.array([text]), pa.array([""])).column("anchors")[0].as_py()
    return found


@settings(deadline=None)
@given(st.text(min_size=PASSAGE, max_size=200), st.text(max_size=80), st.text(max_size=80))
def test_a_text_inside_another_has_all_its_fingerprints_there(text: str, before: str, after: str) -> None:
    assert set(of(text)[:-1]) <= set(of(before + text + after))


def test_neighbours_in_a_batch_make_no_difference() -> None:
    texts = ["가나다라마바사" * 9, "짧다", "", "abcdefgh " * 30]
    batch = anchors(pa.array(texts), pa.array([""] * 4)).column("anchors").to_pylist()
    assert batch == [of(text) for text in texts]
    assert batch[1] == batch[2] == []


def test_a_slice_of_a_batch_is_read_as_it_is() -> None:
    texts = pa.array(["하나" * 40, "둘" * 60, "셋" * 50])
    assert (
        anchors(texts[1:], texts[1:]).column("anchors")[0].as_py() == anchors(texts, texts).column("anchors")[1].as_py()
    )


def test_a_questions_own_fingerprints_come_first() -> None:
    question = "지점별 매출 표에서 서울 지점의 목표 달성률을 구하는 방법을 알려 주세요"
    alone = of(question)
    found = anchors(pa.array([question]), pa.array(["답: " + "0123456789" * 20]))
    count = found.column("question")[0].as_py()
    assert count > 0
    assert found.column("anchors")[0].as_py()[:count] == alone[:count]
