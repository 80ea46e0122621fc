"""The open loop against a real server with known delays."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from tasks.endpoint.ask import Endpoint, Record
from tasks.endpoint.load import Plan, run
from tasks.endpoint.prompts import EndpointError, Prompt
from tasks.endpoint.summary import Limits, Measured, latency, summarise
from tests.tasks.endpoint.server import FIRST_S, STALL_S, TIMED_FIRST_S, TIMED_GAP_S, TOKENS

PROMPTS = tuple(Prompt(str(number), ({"role": "user", "content": f"질문 {number}"},), "답") for number in range(5))
WITHIN = 0.02
NONE = Limits()


def measure(url: str, model: str, plan: Plan, limits: Limits = NONE, key: str = "") -> tuple[list[Record], Measured]:
    endpoint = Endpoint(url, model, key)
    records = asyncio.run(run(endpoint, PROMPTS, plan))
    return records, summarise(records, endpoint, plan, limits)


@pytest.mark.slow
def test_known_delays_are_found_within_two_percent(url: str) -> None:
    records, found = measure(url, "timed", Plan(rate=8, requests=24))
    sent = [[float(word) for word in one.text.split()] for one in records]
    assert found.answered == found.requests == 24
    assert {len(times) for times in sent} == {TOKENS}
    known = {
        # From the first piece that is not empty: the role and an empty piece come at once.
        "ttft": [times[0] - one.due for one, times in zip(records, sent, strict=True)],
        "tpot": [(times[-1] - times[0]) / (TOKENS - 1) for times in sent],
        "latency": [times[-1] - one.due for one, times in zip(records, sent, strict=True)],
    }
    meant = {"ttft": TIMED_FIRST_S, "tpot": TIMED_GAP_S, "latency": TIMED_FIRST_S + (TOKENS - 1) * TIMED_GAP_S}
    for name, delays in known.items():
        measured = getattr(found, name)
        for share in ("p50", "p95"):
            truth = float(np.quantile(delays, int(share[1:]) / 100))
            assert getattr(measured, share).value == pytest.approx(truth, rel=WITHIN), (name, share)
        assert measured.p50.value >= meant[name] * (1 - WITHIN)
        assert measured.p50.low <= measured.p50.value <= measured.p50.high
    assert (found.answer_tokens, found.prompt_tokens) == (24 * TOKENS, 24 * 7)
    assert found.failures == ()


@pytest.mark.slow
def test_a_stall_counts_for_every_request_that_was_due_meanwhile(url: str) -> None:
    """A closed loop would send nothing during the stall and see one slow request; here all that were due waited."""
    records, found = measure(url, "in-turn", Plan(rate=20, requests=21, arrivals="constant", warmup=0))
    waited = [latency(one) or 0.0 for one in records]
    # The third request is due at 0.1 s and holds the server for a second at least: so long waits what is due meanwhile.
    for number in range(3, 20):
        assert waited[number] >= 0.1 + STALL_S - number / 20 - 0.05
    assert found.answered == 21
    assert sum(one > STALL_S / 2 for one in waited) >= 9


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "kind", "said"),
    [
        ("status-429", "HTTP 429", "not now"),
        ("status-500", "HTTP 500", "not now"),
        ("silent", "timeout", "no whole answer within 0.5 s"),
        ("trickle", "timeout", "no whole answer within 0.5 s"),
        ("garbage", "garbage stream", "without `choices`"),
        ("binary", "garbage stream", "no UTF-8"),
        ("endless", "garbage stream", "more than 1,048,576 characters"),
        ("cut", "cut stream", "without finish_reason"),
        ("empty", "empty answer", "no content"),
        ("inside", "model changed", "inside became another within one answer"),
        ("key", "HTTP 401", "no key"),
    ],
)
def test_failures_are_counted_by_kind_and_named(url: str, model: str, kind: str, said: str) -> None:
    plan = Plan(rate=50, requests=3, timeout_s=0.5 if kind == "timeout" else 30, warmup=0)
    _, found = measure(url, model, plan, Limits(latency_s=10))
    assert [(one.kind, one.count) for one in found.failures] == [(kind, 3)]
    assert said in found.failures[0].first
    assert found.answered == 0
    assert found.latency is None
    assert found.good_share == 0.0


def test_answers_that_nobody_grades_are_not_kept(url: str) -> None:
    prompts = [Prompt("1", ({"role": "user", "content": "질문"},), reference) for reference in (None, "질문")]
    records = asyncio.run(run(Endpoint(url, "echo"), prompts, Plan(rate=50, requests=2, warmup=0)))
    assert {one.prompt: one.text for one in records} == {0: "", 1: "질문"}
    assert [one.completion_tokens for one in records] == [TOKENS, TOKENS]


@pytest.mark.slow
def test_a_model_that_changes_in_mid_run_is_found(url: str) -> None:
    _, found = measure(url, "changes", Plan(rate=10, requests=8, arrivals="constant", warmup=0))
    assert found.answered_as == "version-1"
    assert found.answered == 4
    assert [(one.kind, one.count) for one in found.failures] == [("model changed", 4)]
    assert found.failures[0].first == "version-1 at first, version-2 here"


def test_nothing_listens(url: str) -> None:
    _, found = measure("http://127.0.0.1:9", "steady", Plan(rate=50, requests=2, warmup=0))
    assert [(one.kind, one.count) for one in found.failures] == [("connection", 2)]


def test_the_key_goes_along_and_is_in_no_record(url: str) -> None:
    records, found = measure(url, "key", Plan(rate=50, requests=2, warmup=0), key="secret-7")
    assert found.answered == 2
    assert "secret-7" not in repr(records) + found.model_dump_json() + repr(Endpoint(url, "key", "secret-7"))


def test_without_usage_pieces_are_counted_and_it_is_said(url: str) -> None:
    _, found = measure(url, "no-usage", Plan(rate=20, requests=3, warmup=0))
    assert found.answer_tokens == 3 * TOKENS
    assert found.tokens_counted_by == "pieces"
    assert any("sends no usage" in note for note in found.notes)


def test_requests_beyond_those_that_may_be_open_are_not_sent_and_counted(url: str) -> None:
    plan = Plan(rate=100, requests=10, arrivals="constant", warmup=0, max_in_flight=4)
    records, found = measure(url, "steady", plan)
    assert found.answered == 4
    assert [(one.kind, one.count) for one in found.failures] == [("not sent", 6)]
    assert [one.failure for one in records[:4]] == [None] * 4


@pytest.mark.slow
def test_goodput_counts_what_kept_every_limit(url: str) -> None:
    _, found = measure(url, "steady", Plan(rate=20, requests=5), Limits(latency_s=10, ttft_s=FIRST_S / 2))
    assert found.good_share == 0.0
    assert found.limits == {"latency": 10, "TTFT": FIRST_S / 2}


def test_an_address_that_is_none_is_told() -> None:
    with pytest.raises(EndpointError, match="localhost:8000 is no address of an endpoint"):
        Endpoint("localhost:8000", "m")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("http://h:1", "http://h:1/v1/chat/completions"),
        ("http://h:1/v1/", "http://h:1/v1/chat/completions"),
        ("https://h/openai/deployments/x", "https://h/openai/deployments/x/chat/completions"),
        ("http://h/v1/chat/completions", "http://h/v1/chat/completions"),
    ],
)
def test_addresses_are_taken_as_people_write_them(given: str, expected: str) -> None:
    assert Endpoint(given, "m").completions == expected


def test_a_body_puts_fields_in_and_takes_them_out() -> None:
    endpoint = Endpoint("http://h", "m", body={"max_completion_tokens": 9, "max_tokens": None})
    body = endpoint.request(PROMPTS[0], 64)
    assert body["max_completion_tokens"] == 9
    assert "max_tokens" not in body


def test_poisson_arrivals_have_the_rate_and_are_seeded() -> None:
    from tasks.endpoint.arrivals import due

    offsets = due(4.0, 10_001, "poisson", seed=3)
    gaps = np.diff(offsets)
    assert offsets[0] == 0.0
    assert gaps.mean() == pytest.approx(1 / 4.0, rel=0.03)
    assert gaps.std() == pytest.approx(gaps.mean(), rel=0.05)  # as exponential gaps have, and constant ones have not
    assert np.array_equal(offsets, due(4.0, 10_001, "poisson", seed=3))
    assert not np.array_equal(offsets, due(4.0, 10_001, "poisson", seed=4))
    assert np.allclose(due(4.0, 5, "constant"), [0, 0.25, 0.5, 0.75, 1.0])
