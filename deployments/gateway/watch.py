"""Is the new champion as good as what it replaced? Judged from the requests of the last seconds, and known questions.

    verdict(new, old, parity, limits, now) -> why it must be taken back, or ""

Errors are answers of status 500 and more, error events within a stream, and answers that did not begin in time. A
connection that broke is none: a server that was killed says nothing about the adapter.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from statistics import median

from configs.schema import CanaryConfig

MOST_SAMPLES = 1_000
MIN_QUESTIONS = 3
"""Known questions that must have been answered before their share says anything."""

MIN_LATE_S = 0.05
"""A median time to the first token below this is no reason for anything, however much faster the one before was."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One request that an adapter answered: when (monotonic, seconds), whether well, and its time to first token."""

    at: float
    failed: bool
    ttft_s: float | None


@dataclass
class Window:
    """The latest requests of one adapter."""

    samples: deque[Sample] = field(default_factory=lambda: deque(maxlen=MOST_SAMPLES))

    def add(self, at: float, *, failed: bool, ttft_s: float | None) -> None:
        self.samples.append(Sample(at, failed, ttft_s))

    def since(self, moment: float) -> list[Sample]:
        return [sample for sample in self.samples if sample.at >= moment]


@dataclass
class Parity:
    """The known questions of an adapter, and whether each was last answered as the evaluation heard it."""

    last: dict[int, bool] = field(default_factory=dict)

    @property
    def share(self) -> float | None:
        return sum(self.last.values()) / len(self.last) if len(self.last) >= MIN_QUESTIONS else None


def verdict(new: Window, old: Window, parity: float | None, limits: CanaryConfig, now: float) -> str:
    """Why the new champion must be taken back; empty where it need not be."""
    if parity is not None and parity < limits.min_parity:
        return f"{parity:.0%} of the known questions are answered as evaluated, under {limits.min_parity:.0%}"
    recent = new.since(now - limits.window_s)
    if len(recent) < limits.min_requests:
        return ""
    errors = sum(sample.failed for sample in recent) / len(recent)
    if errors > limits.max_error_share:
        return f"{errors:.0%} of the last {len(recent)} requests failed, over {limits.max_error_share:.0%}"
    return _too_slow(recent, list(old.samples), limits)


def _too_slow(recent: list[Sample], old: list[Sample], limits: CanaryConfig) -> str:
    after = [sample.ttft_s for sample in recent if sample.ttft_s is not None]
    before = [sample.ttft_s for sample in old if sample.ttft_s is not None]
    if min(len(after), len(before)) < limits.min_requests:
        return ""
    now_s, before_s = median(after), median(before)
    if now_s <= max(limits.max_ttft_ratio * before_s, MIN_LATE_S):
        return ""
    return (
        f"the median time to the first token is {now_s * 1e3:.0f} ms, over {limits.max_ttft_ratio:g} times the "
        f"{before_s * 1e3:.0f} ms before"
    )
