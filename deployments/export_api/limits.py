"""How often a caller may call, and how many exports are made at once."""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from deployments.export_api.answers import too_many

MOST_CALLERS = 10_000
"""Callers remembered; the one who was silent longest is forgotten, who then has a full bucket again."""

BUSY_RETRY_S = 10


class Buckets:
    """A token bucket a caller: `per_minute` calls at once, and as many a minute from then on."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._size, self._clock = per_minute, clock
        self._rate = per_minute / 60
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str) -> None:
        """Count a call. Raises a Refusal (429) that says when the next one is welcome."""
        now = self._clock()
        left, since = self._left.pop(caller, (float(self._size), now))
        left = min(self._size, left + (now - since) * self._rate)
        self._left[caller] = (left - 1 if left >= 1 else left, now)
        if len(self._left) > MOST_CALLERS:
            self._left.popitem(last=False)
        if left < 1:
            raise too_many(
                f"more than {self._size} calls a minute; wait and call again", wait_s=(1 - left) / self._rate
            )


class Slots:
    """Exports that are being made: one a caller, `most` for all callers. Used by one thread, the event loop's."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: Counter[str] = Counter()

    @contextmanager
    def held(self, caller: str) -> Iterator[None]:
        """One of them, inside the block. Raises a Refusal: 429 for the caller's second, 503 where all are taken."""
        if self._taken[caller]:
            raise too_many("another export of yours is being made; wait until it has ended", BUSY_RETRY_S)
        if self._taken.total() >= self._most:
            raise too_many(f"{self._most} exports are being made for others; try again", BUSY_RETRY_S, status=503)
        self._taken[caller] += 1
        try:
            yield
        finally:
            self._taken[caller] -= 1
            if not self._taken[caller]:
                del self._taken[caller]
