"""The process that a night runs in: its signals, its lock, and the records of services."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from configs.errors import ExhellError

MIN_FREE_BYTES = 256 * 2**20
"""Disk for the databases, logs and artifacts of the smallest run; `exhell doctor` says what a real one needs."""


class NightError(ExhellError):
    """A night that cannot run now; the message says why and what to do."""


def require_space(workspace: Path) -> None:
    """Raise NightError where the workspace cannot be made or its disk is nearly full: now, not hours into a run."""
    try:
        workspace.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(workspace).free
    except OSError as error:
        raise NightError(
            f"{workspace} cannot be used: {error.strerror}; set `workspace` to a folder to write to"
        ) from error
    if free < MIN_FREE_BYTES:
        raise NightError(
            f"only {free / 2**20:.0f} MiB are free under {workspace}, and a run needs {MIN_FREE_BYTES / 2**20:.0f} at "
            "least; free disk space, or set `workspace` to another disk"
        )


def make_empty(folder: Path) -> None:
    """Make a folder to write into; NightError where that is not possible or it holds something: before the work."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        empty = not any(folder.iterdir())
    except OSError as error:
        raise NightError(f"{folder} cannot be written into: {error.strerror}; name another with --out") from error
    if not empty:
        raise NightError(f"{folder} is not empty; name a new folder with --out, or empty this one")
    if not os.access(folder, os.W_OK):
        raise NightError(f"{folder} may not be written into by this user; name another with --out")


def service_record(workspace: Path, name: str) -> Path:
    """Where the record of a running service lies."""
    return workspace / "services" / f"{name}.json"


def terminate_like_interrupt() -> None:
    """Let SIGTERM, and the SIGHUP of a closed terminal, take the path of Ctrl-C: every `finally` runs."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)


def night_runs(workspace: Path) -> bool:
    """Whether a night holds the workspace's lock now."""
    try:
        with one_night_at_a_time(workspace):
            return False
    except NightError:
        return True


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
