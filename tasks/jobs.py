"""Run other programs: a `Job` is argv, environment and folder; it runs as a process group with a log.

Two ways to run one:

- `run(job, on_line=...)` waits for it. Whatever ends the wait (an exception, Ctrl-C, SIGTERM, a stall) ends the whole
  process group too.
- `start(job, record)` leaves it running as a service and writes a record (process id and identity), so that a later
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

from configs.errors import ExhellError
from tasks import processes

PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "TZ",
    "CUDA_VISIBLE_DEVICES",
    "LD_LIBRARY_PATH",
    "OMP_NUM_THREADS",
    "DOCKER_HOST",
)
"""Variables of the caller that every job sees."""

TAIL_LINES = 15
"""Lines of the log that an error quotes."""

_HINTS: dict[int, str] = {
    signal.SIGKILL: "; the machine may have run out of memory",
    signal.SIGTERM: "; something outside asked it to end",
    signal.SIGSEGV: "; a compiled library of its environment is broken, or does not fit the machine",
    signal.SIGILL: "; a compiled library of its environment was built for another processor",
    signal.SIGBUS: "; shared memory (/dev/shm) or the disk under a mapped file may be full",
}
"""What usually stands behind the end by a signal."""

_IDLE_S = 1.0
_SIGNALLED = 128
"""A shell reports the end by signal N as this plus N."""


class JobError(ExhellError):
    """A job that could not start, failed, or said nothing for too long. The message quotes the end of its log."""


class StalledJobError(JobError):
    """A job that was ended because it printed nothing for too long."""


class NoJobError(JobError):
    """No job at all: its program is not there, or the program that ran it is ending."""


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
    record: Path | None = None,
) -> None:
    """Run a job to its end, streaming each line of its output to its log and to `on_line`. Works in any thread.

    `check` is called about once a second and may raise to end the job. `record` is where the job is written down while
    it runs: a caller that is killed outright leaves its job behind, and the next one ends that first.
    Raises JobError if the job cannot start, ends with another status than 0, or prints nothing for `stall_timeout_s`.
    """
    tail: deque[str] = deque(maxlen=TAIL_LINES)
    last_output = last_check = time.monotonic()
    with _process(job, record) as process, job.log.open("a", encoding="utf-8") as log:
        for line in _lines(process):
            now = time.monotonic()
            if now - last_check >= _IDLE_S or line is None:
                last_check = now
                _end_with_the_program(job)
                check()
            if line is not None:
                last_output = now
                tail.append(line)
                log.write(line + "\n")
                log.flush()
                on_line(line)
            elif stall_timeout_s is not None and now - last_output > stall_timeout_s:
                raise StalledJobError(_failure(job, f"printed nothing for {stall_timeout_s:.0f} s and was ended", tail))
        status = process.wait()
    if status != 0:
        raise JobError(_failure(job, _reason(status), tail))


def start(job: Job, record: Path) -> int:
    """Start a job that outlives this process; write `record` and return its process id.

    An interrupt meanwhile is raised once the record is written: a caller that stops the record misses nothing.
    Raises JobError if it cannot start, or if the record's job still runs.
    """
    if found := running(record):
        raise JobError(f"{job.name} already runs (process {found['pid']}); stop it first")
    job.log.parent.mkdir(parents=True, exist_ok=True)
    with job.log.open("ab") as log, processes.undisturbed():
        process = _popen(job, log)
        try:
            _write_record(job, process.pid, record)
        except BaseException:
            processes.end_group(process.pid)
            process.wait()
            raise
    # A thread reaps the child: a service that dies under this process must not look alive as a zombie.
    threading.Thread(target=process.wait, daemon=True, name=f"reap-{job.name}").start()
    return process.pid


def running(record: Path) -> dict[str, Any] | None:
    """The record of a job that still runs, or None. A process id that another program got since counts as none."""
    content = _read_record(record)
    return content if content is not None and processes.is_alive(content["pid"], content["started"]) else None


def stop(record: Path) -> bool:
    """End a job and all its children, also those that outlived it; True if any ran."""
    content = _read_record(record)
    ended = content is not None and _is_its_group(content)
    if content is not None and ended:
        processes.end_group(content["pid"])
    record.unlink(missing_ok=True)
    return ended


def tail_of(log: Path, lines: int = TAIL_LINES) -> str:
    """The last lines of a log, for an error message."""
    if not log.is_file():
        return "(no log)"
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


@contextlib.contextmanager
def _process(job: Job, record: Path | None) -> Iterator[subprocess.Popen[bytes]]:
    if record is not None:
        _end_what_was_left(job, record)
    process: subprocess.Popen[bytes] | None = None
    try:
        with processes.undisturbed():
            process = _popen(job, subprocess.PIPE)
        if record is not None:
            _write_record(job, process.pid, record)
        yield process
    finally:
        if process is not None:
            # Also after a normal end: a trainer may leave data-loader workers in its group.
            processes.end_group(process.pid)
            process.wait()
        if record is not None:
            record.unlink(missing_ok=True)


def _end_what_was_left(job: Job, record: Path) -> None:
    content = _read_record(record)
    if content is not None and processes.is_alive(content["parent"]["pid"], content["parent"]["started"]):
        raise JobError(f"{job.name} already runs for process {content['parent']['pid']}; wait for it or end it")
    stop(record)


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
        raise NoJobError(f"cannot start {job.name}: {job.argv[0]}: {error.strerror}; {_advice(job.argv[0])}") from error


def _advice(program: str) -> str:
    return "`make setup` makes the environments" if "/" in program else f"install {program}, or put it on the PATH"


def _end_with_the_program(job: Job) -> None:
    """A job may be run by a worker thread, which no signal reaches: the end of the main thread is its signal."""
    if not threading.main_thread().is_alive():
        raise NoJobError(f"{job.name} was ended because the program that ran it is ending")


def _lines(process: subprocess.Popen[bytes]) -> Iterator[str | None]:
    """Lines as they come, and None about once a second while there are none."""
    queue: Queue[str | None] = Queue()
    threading.Thread(target=_pump, args=(process.stdout, queue), daemon=True).start()
    while True:
        try:
            line = queue.get(timeout=_IDLE_S)
        except Empty:
            if process.poll() is not None and queue.empty():
                return  # a grandchild holds the pipe open, but the job itself has ended
            yield None
            continue
        if line is None:
            return
        yield line


def _pump(stream: Any, queue: Queue[str | None]) -> None:
    # A progress bar redraws its line with carriage returns: each redraw counts as a line, a blank one as none.
    pending = b""
    with stream:
        while chunk := os.read(stream.fileno(), 65536):
            *whole, pending = (pending + chunk).replace(b"\r", b"\n").split(b"\n")
            for line in filter(bytes.strip, whole):
                queue.put(line.decode("utf-8", errors="replace"))
    if pending.strip():
        queue.put(pending.decode("utf-8", errors="replace"))
    queue.put(None)


def _write_record(job: Job, pid: int, record: Path) -> None:
    content = {
        "name": job.name,
        "pid": pid,
        "started": processes.identity(pid),
        "boot": processes.boot(),
        "parent": {"pid": os.getpid(), "started": processes.identity(os.getpid())},
        "argv": list(job.argv),
        "log": str(job.log),
    }
    record.parent.mkdir(parents=True, exist_ok=True)
    beside = record.with_name(f".{record.name}.{pid}")
    beside.write_text(json.dumps(content, indent=1), encoding="utf-8")
    beside.replace(record)


def _read_record(record: Path) -> dict[str, Any] | None:
    try:
        content: dict[str, Any] = json.loads(record.read_text(encoding="utf-8"))
        _ = content["pid"], content["started"], content["boot"], content["parent"]["pid"], content["parent"]["started"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return content


def _is_its_group(content: Mapping[str, Any]) -> bool:
    """Whether the processes in a record's group are that job's, whose leader may have died under them.

    A process id stays taken while a group bears it, so without another leader the group is the recorded one.
    """
    if processes.is_alive(content["pid"], content["started"]):
        return True
    orphaned = processes.identity(content["pid"]) is None and content["boot"] == processes.boot()
    return orphaned and bool(processes.members(content["pid"]))


def _reason(status: int) -> str:
    number = -status if status < 0 else status - _SIGNALLED
    try:
        name = signal.Signals(number).name
    except ValueError:
        return f"ended with exit status {status}"
    return f"was ended by {name}{_HINTS.get(number, '')}"


def _failure(job: Job, what: str, tail: deque[str]) -> str:
    return f"{job.name} {what}. Log: {job.log}\n" + "\n".join(tail)
