"""How often a caller may call, and how many exports are made at once."""

from __future__ import annotations

import pytest

from deployments.export_api import limits
from deployments.export_api.answers import Refusal
from deployments.export_api.limits import Buckets, Slots


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_empties_and_fills_again() -> None:
    clock = Clock()
    buckets = Buckets(2, clock)
    buckets.take("a")
    buckets.take("a")
    with pytest.raises(Refusal) as caught:
        buckets.take("a")

    assert (caught.value.status, caught.value.headers) == (429, {"Retry-After": "30"})
    clock.now = 29.0
    with pytest.raises(Refusal):
        buckets.take("a")
    clock.now = 30.0
    buckets.take("a")


def test_callers_do_not_drink_from_each_other_s_buckets() -> None:
    buckets = Buckets(1, Clock())
    for caller in ("a", "b"):
        buckets.take(caller)
        with pytest.raises(Refusal) as caught:
            buckets.take(caller)
        assert caught.value.status == 429


def test_of_many_callers_the_one_longest_silent_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_CALLERS", 2)
    buckets = Buckets(1, Clock())
    for caller in ("a", "b", "c"):
        buckets.take(caller)

    buckets.take("a")
    with pytest.raises(Refusal):
        buckets.take("c")


def test_a_caller_has_one_export_at_a_time() -> None:
    slots = Slots(2)
    with slots.held("a"), pytest.raises(Refusal) as caught, slots.held("a"):
        pass

    assert caught.value.status == 429
    with slots.held("a"):
        pass


def test_all_callers_together_have_so_many() -> None:
    slots = Slots(1)
    with slots.held("a"), pytest.raises(Refusal) as caught, slots.held("b"):
        pass

    assert caught.value.status == 503
    assert caught.value.headers["Retry-After"]


def test_an_export_that_fails_gives_its_place_back() -> None:
    slots = Slots(1)
    with pytest.raises(ValueError, match="broken"), slots.held("a"):
        raise ValueError("broken")

    with slots.held("a"):
        pass
