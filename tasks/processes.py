"""Tell processes apart, and end a whole group of them: what `tasks/jobs.py` needs to know of Linux."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

GRACE_S = 10.0
"""Seconds between asking a process group to end (SIGTERM) and ending it (SIGKILL)."""

_POLL_S = 0.05

_INTERRUPTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Hold back interrupts until the block ends, so that no process is started without its starter knowing it.

    Handlers are exchanged instead of signals blocked: a started program would inherit what is blocked. Only the main
    thread hears signals, so elsewhere there is nothing to hold back.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[int] = []
    before = {number: signal.getsignal(number) for number in _INTERRUPTS}
    exchanged = [number for number, handler in before.items() if callable(handler) or handler == signal.SIG_DFL]
    for number in exchanged:
        signal.signal(number, lambda caught, _frame: held.append(caught))
    try:
        yield
    finally:
        for number in exchanged:
            signal.signal(number, before[number])
        for caught in held:
            signal.raise_signal(caught)


def boot() -> str:
    """Identity of the machine's present run."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def identity(pid: int) -> str | None:
    """What tells a process from every other that has or had its id; None where none lives under it.

    The start time counts clock ticks since boot: a time of day would shift whenever the machine's clock is set.
    """
    try:
        # Behind the program's name, which may hold blanks and brackets; man 5 proc_pid_stat, fields 3 and 22.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else f"{boot()} {fields[19]}"


def is_alive(pid: int, started: str | None) -> bool:
    """Whether the process that had this id and identity still runs."""
    return started is not None and identity(pid) == started


def members(group: int) -> list[psutil.Process]:
    """The living processes of a group."""
    found = []
    for pid in psutil.pids():
        with contextlib.suppress(OSError, psutil.Error):
            if os.getpgid(pid) == group and _lives(process := psutil.Process(pid)):
                found.append(process)
    return found


def end_group(group: int) -> None:
    """SIGTERM to every process of the group and what it started, SIGKILL to what is left after the grace period."""
    processes = _family(group)
    if not processes:
        return
    try:
        _signal_all(processes, signal.SIGTERM)
        deadline = time.monotonic() + GRACE_S
        while (processes := _family(group, processes)) and time.monotonic() < deadline:
            time.sleep(_POLL_S)
    finally:  # also when a second Ctrl-C cuts the grace period short
        _signal_all(_family(group, processes), signal.SIGKILL)


def _family(group: int, known: list[psutil.Process] | None = None) -> list[psutil.Process]:
    """Living processes of a group, their descendants (who may have left it), and those known before."""
    found = {process.pid: process for process in known or []}
    for process in members(group):
        found.setdefault(process.pid, process)
        with contextlib.suppress(psutil.Error):
            for child in process.children(recursive=True):
                found.setdefault(child.pid, child)
    return [process for process in found.values() if _lives(process)]


def _lives(process: psutil.Process) -> bool:
    """A zombie does not: it waits for its parent and cannot be ended."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _signal_all(processes: list[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.send_signal(number)
