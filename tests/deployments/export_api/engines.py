"""Engines for tests: the night's own without a process of its own, and one that does as it is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from configs.schema import FilterConfig
from deployments.export_api import engine
from deployments.export_api.engine import HungUpError, NightEngine
from deployments.export_api.stats import Stats, collect
from tests.tasks.builders import batch, interactions


class DirectEngine(NightEngine):
    """The night's engine in this process: a second sooner, and deaf to callers who hang up meanwhile."""

    def _prepare(self, settings: FilterConfig, folder: Path, hung_up: threading.Event) -> dict[str, Any]:
        profile = self._profile.model_copy(update={"filter": settings})
        (folder / "profile.json").write_text(profile.model_dump_json(exclude={"api"}), encoding="utf-8")
        engine.prepare(folder)
        return engine._result(folder)


class FakeExport:
    """`count` blocks, each made by `block`; counts how many were, and whether it was closed."""

    rows = 7

    def __init__(self, count: int, block: Callable[[], bytes]) -> None:
        self._count, self._block = count, block
        self.made = 0
        self.closed = threading.Event()

    def stats(self) -> Stats:
        return collect(0, (), (), "")

    def lines(self, format_name: str) -> Iterator[bytes]:
        for _ in range(self._count):
            self.made += 1
            yield self._block()

    def close(self) -> None:
        self.closed.set()


class FakeEngine:
    """Opens what `make` returns or raises; with `wait`, only when that event is set, or the caller has hung up."""

    def __init__(self, make: Callable[[], FakeExport] | None = None, wait: threading.Event | None = None) -> None:
        self._make = make or (lambda: FakeExport(1, lambda: b'{"text":"1"}\n'))
        self._wait = wait
        self.opened: list[FakeExport] = []
        self.asked: list[FilterConfig] = []
        self.waiting = threading.Event()

    def open_export(self, settings: FilterConfig, hung_up: threading.Event) -> FakeExport:
        self.asked.append(settings)
        while self._wait is not None and not self._wait.wait(0.02):
            self.waiting.set()
            if hung_up.is_set():
                raise HungUpError
        self.opened.append(self._make())
        return self.opened[-1]

    def close(self) -> None:
        """Holds nothing."""


def examples(count: int) -> Any:
    """A batch in EXAMPLE_SCHEMA."""
    return batch(*interactions(count))
