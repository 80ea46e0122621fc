"""Run other programs: a `Job` is argv, environment and folder; it runs as a process group with a log.

Two ways to run one:

- `run(job, on_line=...)` waits for it. Whatever ends the wait (an exception, Ctrl-C, SIGTERM, a stall) ends the whole
  process group too.
- `start(job, record)` leaves it running as a service and writes a record (process id and start time), so that a later
  process can find it (`running(record)`) and stop it (`stop(record)`).

The environment of a job is what it names plus the few variables that any program needs; the caller's own variables,
secrets among them, are not handed down.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import psutil

PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH", "OMP_NUM_THREADS")
"""Variables of the caller that every job sees."""

GRACE_S = 10.0
"""Seconds between asking a process group to end (SIGTERM) and ending it (SIGKILL)."""

TAIL_LINES = 15
"""Lines of the log that an error quotes."""


class JobError(RuntimeError):
    """A job that could not start, failed, or said nothing for too long. The message quotes the end of its log."""


@dataclass(frozen=True)
class Job:
    """A command to run: rendered by a backend, run here."""

    name: str
    argv: tuple[str, ...]
    cwd: Path
    log: Path
    env: Mapping[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """The variables that the process sees."""
        return {name: os.environ[name] for name in PASSED_ON if name in os.environ} | dict(self.env)


def run(
    job: Job,
    on_line: Callable[[str], None] = lambda _: None,
    stall_timeout_s: float | None = None,
    check: Callable[[], None] = lambda: None,
) -> None:
    """Run a job to its end, streaming each line of its output to its log and to `on_line`.

    `check` is called about once a second and may raise to end the job.
    Raises JobError if the job cannot start, ends with another status than 0, or prints nothing for `stall_timeout_s`.
    """
    tail: deque[str] = deque(maxlen=TAIL_LINES)
    last_output = time.monotonic()
    with _process(job) as process, job.log.open("a", encoding="utf-8") as log:
        for line in _lines(process):
            check()
            if line is not None:
                last_output = time.monotonic()
                tail.append(line)
                log.write(line + "\n")
                log.flush()
                on_line(line)
            elif stall_timeout_s is not None and time.monotonic() - last_output > stall_timeout_s:
                raise JobError(_failure(job, f"printed nothing for {stall_timeout_s:.0f} s and was ended", tail))
        status = process.wait()
    if status != 0:
        raise JobError(_failure(job, _reason(status), tail))


def start(job: Job, record: Path) -> int:
    """Start a job that outlives this process; write `record` and return its process id.

    Raises JobError if it cannot start.
    """
    job.log.parent.mkdir(parents=True, exist_ok=True)
    with job.log.open("ab") as log:
        process = _popen(job, log)
    content = {
        "name": job.name,
        "pid": process.pid,
        "started": psutil.Process(process.pid).create_time(),
        "argv": list(job.argv),
        "log": str(job.log),
    }
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(json.dumps(content, indent=1), encoding="utf-8")
    # A thread reaps the child: a service that dies under this process must not look alive as a zombie.
    threading.Thread(target=process.wait, daemon=True, name=f"reap-{job.name}").start()
    return process.pid


def running(record: Path) -> dict[str, Any] | None:
    """The record of a service that still runs, or None. A process id that another program got since counts as none."""
    try:
        content: dict[str, Any] = json.loads(record.read_text(encoding="utf-8"))
        process = psutil.Process(content["pid"])
        alive = process.create_time() == content["started"] and process.status() != psutil.STATUS_ZOMBIE
    except (OSError, ValueError, KeyError, psutil.Error):
        return None
    return content if alive else None


def stop(record: Path) -> bool:
    """End a service and all its children; True if one ran."""
    content = running(record)
    if content is not None:
        _end_group(content["pid"])
    record.unlink(missing_ok=True)
    return content is not None


def tail_of(log: Path, lines: int = TAIL_LINES) -> str:
    """The last lines of a log, for an error message."""
    if not log.is_file():
        return "(no log)"
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


@contextlib.contextmanager
def _process(job: Job) -> Iterator[subprocess.Popen[bytes]]:
    process = _popen(job, subprocess.PIPE)
    try:
        yield process
    finally:
        # Also after a normal end: a trainer may leave data-loader workers in its group.
        _end_group(process.pid)
        process.wait()


def _popen(job: Job, stdout: Any) -> subprocess.Popen[bytes]:
    job.log.parent.mkdir(parents=True, exist_ok=True)
    try:
        return subprocess.Popen(
            job.argv,
            cwd=job.cwd,
            env=job.environment(),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise JobError(
            f"cannot start {job.name}: {job.argv[0]}: {error.strerror}; `make setup` makes the environments"
        ) from error


def _lines(process: subprocess.Popen[bytes]) -> Iterator[str | None]:
    """Lines as they come, and None about once a second while there are none."""
    queue: Queue[str | None] = Queue()
    threading.Thread(target=_pump, args=(process.stdout, queue), daemon=True).start()
    while True:
        try:
            line = queue.get(timeout=1.0)
        except Empty:
            if process.poll() is not None and queue.empty():
                return  # a grandchild holds the pipe open, but the job itself has ended
            yield None
            continue
        if line is None:
            return
        yield line


def _pump(stream: Any, queue: Queue[str | None]) -> None:
    # A progress bar redraws its line with carriage returns: each redraw counts as a line.
    pending = b""
    while chunk := os.read(stream.fileno(), 65536):
        *whole, pending = (pending + chunk).replace(b"\r", b"\n").split(b"\n")
        for line in whole:
            queue.put(line.decode("utf-8", errors="replace"))
    if pending:
        queue.put(pending.decode("utf-8", errors="replace"))
    queue.put(None)


def _end_group(group: int) -> None:
    """SIGTERM to every process of the group, SIGKILL to what is left after the grace period."""
    if not _signal_group(group, signal.SIGTERM):
        return
    deadline = time.monotonic() + GRACE_S
    while time.monotonic() < deadline:
        if not _members(group):
            return
        time.sleep(0.05)
    _signal_group(group, signal.SIGKILL)


def _signal_group(group: int, number: signal.Signals) -> bool:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True


def _members(group: int) -> list[int]:
    """Process ids in the group that are not zombies: a zombie waits for its parent and cannot be ended."""
    found = []
    for process in psutil.process_iter(["pid", "status"]):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if process.info["status"] != psutil.STATUS_ZOMBIE and os.getpgid(process.info["pid"]) == group:
                found.append(process.info["pid"])
    return found


def _reason(status: int) -> str:
    if status >= 0:
        return f"ended with exit status {status}"
    name = signal.Signals(-status).name
    hint = "; the machine may have run out of memory" if -status == signal.SIGKILL else ""
    return f"was ended by {name}{hint}"


def _failure(job: Job, what: str, tail: deque[str]) -> str:
    return f"{job.name} {what}. Log: {job.log}\n" + "\n".join(tail)
