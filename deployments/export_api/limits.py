"""How many exports are made at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from deployments.export_api.answers import too_many

BUSY_RETRY_S = 10


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
