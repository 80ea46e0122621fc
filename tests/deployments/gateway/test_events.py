"""Events on their way, however the network tears them."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from deployments.gateway.events import DONE, Events, error_event

CONTENT = [b'data: {"choices":[{"delta":{"content":"%d"}}]}\n\n' % number for number in range(3)]
USAGE = b'data: {"id":"1","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}}\n\n'
STREAM = b"".join([*CONTENT, USAGE, DONE])


@given(st.lists(st.integers(0, len(STREAM)), max_size=12), st.booleans())
def test_the_usage_is_counted_and_taken_out_at_any_tear(cuts: list[int], keep: bool) -> None:
    events = Events(keep_usage=keep)
    places = [0, *sorted(cuts), len(STREAM)]
    handed_on = b"".join(events.feed(STREAM[a:b]) for a, b in pairwise(places)) + events.rest()
    assert handed_on == (STREAM if keep else b"".join([*CONTENT, DONE]))
    assert (events.prompt_tokens, events.answer_tokens, events.done) == (7, 3, True)


def test_what_was_torn_waits_for_the_rest() -> None:
    events = Events(keep_usage=False)
    assert events.feed(CONTENT[0] + CONTENT[1][:9]) == CONTENT[0]
    assert events.rest() == CONTENT[1][:9]
    assert events.feed(CONTENT[1][9:]) == CONTENT[1]


def test_an_error_event_of_the_server_is_noticed() -> None:
    events = Events(keep_usage=False)
    events.feed(error_event("no memory", "x"))
    assert events.failed
    assert not events.done
