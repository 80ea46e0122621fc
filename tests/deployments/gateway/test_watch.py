"""When a new champion must be taken back."""

from __future__ import annotations

from configs.schema import CanaryConfig
from deployments.gateway.watch import Parity, Window, verdict

LIMITS = CanaryConfig(window_s=30, min_requests=20, max_error_share=0.05, max_ttft_ratio=3.0, min_parity=0.8)
NOW = 1_000.0


def window(count: int, *, failed: int = 0, ttft_s: float = 0.1, at: float = NOW) -> Window:
    found = Window()
    for number in range(count):
        found.add(at, failed=number < failed, ttft_s=ttft_s)
    return found


def test_one_that_is_as_good_stays() -> None:
    assert verdict(window(100, failed=5), window(100), 1.0, LIMITS, NOW) == ""


def test_errors() -> None:
    assert verdict(window(100, failed=6), window(100), None, LIMITS, NOW) == (
        "6% of the last 100 requests failed, over 5%"
    )
    assert verdict(window(19, failed=19), window(100), None, LIMITS, NOW) == ""
    assert verdict(window(100, failed=100, at=NOW - 31), window(100), None, LIMITS, NOW) == ""


def test_latency() -> None:
    assert verdict(window(20, ttft_s=0.31), window(20, ttft_s=0.1), None, LIMITS, NOW) == (
        "the median time to the first token is 310 ms, over 3 times the 100 ms before"
    )
    assert verdict(window(20, ttft_s=0.3), window(20, ttft_s=0.1), None, LIMITS, NOW) == ""
    # Four times as slow, and still nothing that a person would notice.
    assert verdict(window(20, ttft_s=0.04), window(20, ttft_s=0.01), None, LIMITS, NOW) == ""
    assert verdict(window(20, ttft_s=0.9), window(19, ttft_s=0.1), None, LIMITS, NOW) == ""


def test_parity() -> None:
    parity = Parity({0: True, 1: True})
    assert parity.share is None
    parity.last[2] = False
    assert verdict(Window(), Window(), parity.share, LIMITS, NOW) == (
        "67% of the known questions are answered as evaluated, under 80%"
    )
