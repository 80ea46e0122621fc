"""A service in a thread of the test's own process, and waiting for what it does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol


class Service(Protocol):
    """`ApiServer` and `GatewayServer`."""

    @property
    def started(self) -> bool: ...
    def run(self) -> None: ...
    def stop(self) -> None: ...
    def close(self) -> None: ...


@contextmanager
def in_thread(service: Service) -> Iterator[None]:
    """Run it, from when it has started until it has ended."""
    thread = threading.Thread(target=service.run, daemon=True)
    thread.start()
    try:
        assert eventually(lambda: service.started or not thread.is_alive())
        yield
    finally:
        service.stop()
        thread.join(timeout=30)
        service.close()


def eventually(holds: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether something comes true before long."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
