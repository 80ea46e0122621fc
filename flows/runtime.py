"""The process that a night runs in: Prefect's settings, signals, and the services it may have started.

`prepare_prefect` must run before Prefect is imported: it is why the `exhell` command imports flows late.
"""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from configs.errors import ExhellError
from tasks import jobs


class NightError(ExhellError):
    """A night that cannot run now; the message says why and what to do."""


def prepare_prefect(workspace: Path, port: int) -> None:
    """Point Prefect at the user's own server if one is configured, else at the workspace.

    In the workspace it is the server that `exhell ui` started on `port`, or a temporary one on the same database.
    """
    os.environ.setdefault("DO_NOT_TRACK", "1")
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("PREFECT_LOGGING_SETTINGS_PATH", str(Path(__file__).with_name("logging.yml")))
    # A first start makes the database, which takes half a minute on a small machine; Prefect waits 20 s by default.
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "180")
    if "PREFECT_API_URL" in os.environ:
        return
    home = Path(os.environ.setdefault("PREFECT_HOME", str(workspace / "prefect")))
    home.mkdir(parents=True, exist_ok=True)
    if jobs.running(service_record(workspace, "prefect")) is not None:
        os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{port}/api"


def service_record(workspace: Path, name: str) -> Path:
    """Where the record of a running service lies."""
    return workspace / "services" / f"{name}.json"


def terminate_like_interrupt() -> None:
    """Let SIGTERM take the path of Ctrl-C, so that every `finally` runs and every child process ends."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)


@contextmanager
def one_night_at_a_time(workspace: Path) -> Iterator[None]:
    """Hold the workspace's lock. The kernel releases it however the holder ends.

    Raises NightError where another night holds it.
    """
    workspace.mkdir(parents=True, exist_ok=True)
    with (workspace / "night.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            raise NightError(
                f"another night of this workspace is running (process {holder}); wait for it or end it, then try again"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
