"""Streams are read the same however their bytes are cut, and what is no stream is told."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.endpoint.stream import MAX_EVENT, Events, GarbageError, read


def cut(data: bytes, places: list[int]) -> list[str]:
    events = Events()
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    found = [one for start, end in pairwise(edges) for one in events.feed(data[start:end])]
    return [*found, *events.end()]


@given(st.lists(st.integers(0, 10_000), max_size=12), st.sampled_from(["\n", "\r\n", "\r"]))
def test_however_the_bytes_are_cut_and_lines_end(places: list[int], newline: str) -> None:
    text = ': a comment\nevent: x\nid: 7\ndata: {"합계":\ndata: 1}\n\n\n\ndata:둘\nretry: 5\n\ndata: [DONE]\n\n'
    assert cut(text.replace("\n", newline).encode(), places) == ['{"합계":\n1}', "둘", "[DONE]"]


def test_an_event_that_the_stream_ends_within_counts() -> None:
    assert cut(b"data: one\n\ndata: two", []) == ["one", "two"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"<html>busy</html>\n\n", "no server-sent event"),
        (b"\xff\xfe\n\n", "no UTF-8"),
        (b"data: " + b"x" * (MAX_EVENT + 1), "an event of more than"),
        ((b"data: " + b"x" * 999 + b"\n") * (MAX_EVENT // 999 + 1), "an event of more than"),
    ],
    ids=["html", "binary", "long line", "many lines"],
)
def test_what_is_no_stream_is_told(data: bytes, why: str) -> None:
    with pytest.raises(GarbageError, match=why):
        cut(data, [])


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("hello", "not JSON"),
        ("[1]", "no object"),
        ('{"a": 1}', "without `choices`"),
        ('{"choices": [1]}', "without `choices`"),
        ('{"choices": [{"delta": {"content": 7}}]}', "no text"),
        ('{"error": {"message": "overloaded"}}', "an error inside the stream: .*overloaded"),
    ],
)
def test_an_event_that_is_no_chunk_is_told(data: str, why: str) -> None:
    with pytest.raises(GarbageError, match=why):
        read(data)


def test_a_chunk_is_read() -> None:
    found = read(json.dumps({"model": "m", "choices": [{"delta": {"content": "가"}, "finish_reason": None}]}))
    assert (found.content, found.model, found.finish_reason, found.done) == ("가", "m", None, False)
    usage = read(json.dumps({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4}}))
    assert (usage.prompt_tokens, usage.completion_tokens, usage.content) == (3, 4, "")
    assert read("[DONE]").done
    assert read('{"choices": [{"delta": {}, "finish_reason": "stop"}]}').finish_reason == "stop"
    assert read('{"choices": [{"delta": null}]}').content == ""
