"""Who gets a new champion while it is watched, and what goes to both."""

from __future__ import annotations

import time
from typing import Any

import pytest

from deployments.gateway.desired import Desired
from tests.deployments.gateway.conftest import NAME, OTHER, Start, StubServer, memory, version
from tests.deployments.in_thread import eventually


def watched(**changes: Any) -> Any:
    """A gateway that serves OTHER since a moment ago, and served NAME before."""
    new, old = version(OTHER, 2), version(NAME, 1)
    desired = Desired(champion=new, previous=old)
    state = {"desired": desired, "current": new, "before": old, "watched_until": time.time() + 100}
    return memory(**(state | changes))


@pytest.mark.slow
def test_a_share_of_users_gets_the_new_one_and_each_always_the_same(start: Start, stub: StubServer) -> None:
    gateway = start(stub, remembered=watched(), canary={"share": 0.25})
    stub.behave(events=1)
    got = {f"user-{number}": gateway.text(user=f"user-{number}").strip() for number in range(200)}
    share = sum(name == OTHER for name in got.values()) / len(got)
    assert 0.1 < share < 0.4  # 200 coins of 0.25: outside once in 100,000
    again = {user: gateway.text(user=user).strip() for user in list(got)[:20]}
    assert all(got[user] == name for user, name in again.items())


def test_when_it_has_been_watched_long_enough_everyone_gets_it(start: Start, stub: StubServer) -> None:
    gateway = start(stub, remembered=watched(watched_until=time.time() + 0.5), canary={"share": 0.001})
    stub.behave(events=1)
    assert eventually(lambda: gateway.server.status()["watched"] is None)
    assert {gateway.text(user=f"user-{number}").strip() for number in range(20)} == {OTHER}


def test_a_clock_that_was_set_back_lets_nothing_be_watched_for_ever(start: Start, stub: StubServer) -> None:
    gateway = start(stub, remembered=watched(watched_until=time.time() + 1e9), canary={"watch_s": 1})
    assert gateway.server.status()["watched"] in {OTHER, None}
    assert eventually(lambda: gateway.server.status()["watched"] is None)
    assert set(gateway.text().split()) == {OTHER}


def test_a_clock_that_was_set_ahead_ends_the_watch_and_changes_nothing_else(start: Start, stub: StubServer) -> None:
    gateway = start(stub, remembered=watched(watched_until=time.time() - 1e9), canary={"share": 0.001})
    assert gateway.server.status()["watched"] is None
    assert set(gateway.text().split()) == {OTHER}


def test_shadow_traffic_goes_to_the_other_one_and_is_only_measured(start: Start, stub: StubServer) -> None:
    gateway = start(stub, remembered=watched(), canary={"shadow_share": 1.0})
    before = stub.behave()["asked"]
    assert set(gateway.text().split()) == {OTHER}
    assert eventually(lambda: len(gateway.server.router.windows[NAME].samples) == 1)
    assert stub.behave()["asked"] - before == 2


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["errors", "slow"])
def test_it_is_taken_back_by_errors_and_by_latency(start: Start, stub: StubServer, fault: str) -> None:
    limits = {"share": 0.5, "min_requests": 10, "max_ttft_ratio": 2.0}
    gateway = start(stub, remembered=watched(), canary=limits)
    if fault == "errors":
        stub.behave(fail=[OTHER])
    else:
        stub.behave(slow={OTHER: 0.1}, events=1)

    def taken_back() -> bool:
        gateway.chat(stream=True)
        return bool(gateway.server.status()["serves"] == NAME)

    assert eventually(taken_back, 20)
    (why,) = gateway.server.status()["refused"].values()
    assert ("requests failed" if fault == "errors" else "median time to the first token") in why
