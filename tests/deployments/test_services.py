"""What the services that listen share: how often a caller may call, and where they listen."""

from __future__ import annotations

import socket

import pytest

from configs.errors import ExhellError
from deployments import services
from deployments.services import Buckets


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_empties_and_fills_again() -> None:
    clock = Clock()
    buckets = Buckets(2, clock)

    assert [buckets.take("a") for _ in range(3)] == [0, 0, 30]
    clock.now = 29.0
    assert buckets.take("a") == pytest.approx(1)
    clock.now = 30.0
    assert buckets.take("a") == 0


def test_callers_do_not_drink_from_each_other_s_buckets() -> None:
    buckets = Buckets(1, Clock())

    assert [buckets.take(caller) > 0 for caller in ("a", "b", "a", "b")] == [False, False, True, True]


def test_of_many_callers_the_one_longest_silent_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_CALLERS", 2)
    buckets = Buckets(1, Clock())
    for caller in ("a", "b", "c"):
        buckets.take(caller)

    assert buckets.take("a") == 0
    assert buckets.take("c") > 0


@pytest.mark.parametrize(("host", "url"), [("127.0.0.1", "http://127.0.0.1:"), ("::1", "http://[::1]:")])
def test_an_address_is_told_as_a_url(host: str, url: str) -> None:
    with services.listen(host, 0, "api.port", 5, ExhellError) as listening:
        port = listening.getsockname()[1]
        assert services.address(listening, host) == f"{url}{port}"
        with socket.create_connection((host, port), timeout=5):
            pass


def test_a_taken_port_names_its_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ExhellError, match=rf"port {port}: .* choose another with --port or api\.port"):
            services.listen("127.0.0.1", port, "api.port", 5, ExhellError)
