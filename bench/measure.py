"""Run a program and say what it cost: seconds, processor seconds, and the peak memory of it and its children."""

from __future__ import annotations

import json
import resource
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import psutil

from tasks import jobs
from tasks.jobs import Job

SAMPLE_S = 0.1
"""A peak shorter than this can be missed."""


@dataclass
class Cost:
    """Wall seconds, processor seconds of all processes together, and the highest sum of their resident memory.

    Pages that processes share (a forked interpreter, a mapped file) count once for each of them: an upper bound.
    """

    seconds: float = 0.0
    cpu_s: float = 0.0
    peak_mib: float = 0.0
    result: dict[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        return {"seconds": round(self.seconds, 2), "cpu_s": round(self.cpu_s, 1), "peak_mib": round(self.peak_mib)}


def run(job: Job) -> Cost:
    """Run a job whose last line is JSON; that line is the result. Raises JobError if it fails."""
    lines = [""]

    def remember(line: str) -> None:
        if line.strip():
            lines[0] = line

    job.log.parent.mkdir(parents=True, exist_ok=True)
    before = _used()
    with watched() as cost:
        jobs.run(job, on_line=remember)
    cost.cpu_s = max(cost.cpu_s, _used() - before)
    with suppress(json.JSONDecodeError):
        cost.result = json.loads(lines[0])
    return cost


def _used() -> float:
    """Processor seconds of all children that ended, to the last one: sampling misses what a child does last."""
    found = resource.getrusage(resource.RUSAGE_CHILDREN)
    return found.ru_utime + found.ru_stime


@contextmanager
def watched() -> Iterator[Cost]:
    """The cost of the block: what children do meanwhile that were not there before."""
    cost, done = Cost(), threading.Event()
    me = psutil.Process()
    before = {child.pid for child in me.children(recursive=True)}
    used: dict[int, float] = {}

    def sample() -> None:
        while not done.is_set():
            total = 0
            for child in me.children(recursive=True):
                if child.pid in before:
                    continue
                with suppress(psutil.Error):
                    if child.pid not in used:  # seen for the first time: it may still be a copy of this program
                        used[child.pid] = 0.0
                        continue
                    total += child.memory_info().rss
                    times = child.cpu_times()
                    used[child.pid] = times.user + times.system
            cost.peak_mib = max(cost.peak_mib, total / 2**20)
            done.wait(SAMPLE_S)

    thread = threading.Thread(target=sample, daemon=True)
    started = time.perf_counter()
    thread.start()
    try:
        yield cost
    finally:
        cost.seconds = time.perf_counter() - started
        done.set()
        thread.join()
        cost.cpu_s = sum(used.values())
