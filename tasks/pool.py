"""Do independent pieces of work side by side: in processes, the default for what a task runner does on many machines,
or in threads, where all but a little of the work is done without the interpreter's lock.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from importlib import import_module
from itertools import islice
from types import TracebackType
from typing import Any, Protocol, TypeVar

import psutil

Piece = TypeVar("Piece")
Result = TypeVar("Result")


class Mapper(Protocol):
    """Applies a function of a module to every piece, and returns the results in the pieces' order. `more` says that
    the next call follows at once."""

    def __call__(
        self, work: Callable[[Piece], Result], pieces: Sequence[Piece], *, more: bool = False
    ) -> list[Result]: ...

    def start(self, work: Callable[[Any], object]) -> None:
        """Make ready for a call of `work` that follows soon, beside what is done meanwhile."""

    def rest(self) -> None:
        """No call follows soon: give back what would be held till then."""


def processes() -> int:
    """How many processes may run at once here: the cores that this process may use."""
    return len(os.sched_getaffinity(0))


LONG = 8
"""Pieces for each process, after which a call was so long that another start is little beside it."""
HEAVY_BYTES = 400 << 20
"""What a process may hold that stays after such a call: the work over so many results may need the memory."""


class Processes:
    """A Mapper to a process for each core. They start with the first pieces, or before, and stay until the block ends,
    for a start costs a second of a core. After a LONG call they end if they have grown heavy, unless there is `more`. A
    single piece is done in this process; what it raises is raised here."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Processes:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def start(self, work: Callable[[Any], object]) -> None:
        if processes() > 1:
            pool = self._started()
            for _ in range(processes()):
                pool.submit(import_module, work.__module__)

    def rest(self) -> None:
        self._end()

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # Spawned: a fork would copy the threads' locks of Arrow and Prefect in whatever state they are.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(processes(), mp_context=context, initializer=_alone)
        return self._pool

    def __call__(self, work: Callable[[Piece], Result], pieces: Sequence[Piece], *, more: bool = False) -> list[Result]:
        if min(processes(), len(pieces)) <= 1:
            return [work(piece) for piece in pieces]
        give_back()
        try:
            results = list(self._started().map(work, pieces))
        except BrokenProcessPool:  # one was killed; who asks again gets others
            self._pool = None
            raise
        if len(pieces) >= LONG * processes() and not more and _are_heavy():
            self._end()
        return results


class _InProcesses:
    """A Mapper to processes that end with each call."""

    def __call__(self, work: Callable[[Piece], Result], pieces: Sequence[Piece], *, more: bool = False) -> list[Result]:
        with Processes() as mapper:
            return mapper(work, pieces, more=more)

    def start(self, work: Callable[[Any], object]) -> None:
        """There is nobody yet."""

    def rest(self) -> None:
        """There is nobody any more."""


in_processes = _InProcesses()


def in_threads(work: Callable[[Piece], Result], pieces: Iterable[Piece], count: int | None = None) -> Iterator[Result]:
    """A thread for each core, or so many, and the results in the pieces' order as they come: for digests, disks, Arrow
    and numpy, which do not hold the lock. What a piece raises is raised here."""
    with ThreadPoolExecutor(count or processes()) as threads:
        yield from threads.map(work, pieces)


def ahead(items: Iterable[Piece]) -> Iterator[Piece]:
    """The items, each fetched in a thread while the one before it is worked on."""
    source = iter(items)

    def fetch() -> list[Piece]:
        return list(islice(source, 1))

    with ThreadPoolExecutor(1) as thread:
        fetched = thread.submit(fetch)
        while item := fetched.result():
            fetched = thread.submit(fetch)
            yield from item


def give_back() -> None:
    """Let the allocators give back to the system what is free: they keep it for this process alone.

    Measured where 3,000,000 rows had been looked at together: 326 of 730 MB.
    """
    import pyarrow as pa  # noqa: PLC0415 - who only wants threads need not load it

    for name in pa.supported_memory_backends():
        getattr(pa, f"{name}_memory_pool")().release_unused()
    with suppress(AttributeError):  # another C library than glibc
        ctypes.CDLL(None).malloc_trim(0)


def _are_heavy() -> bool:
    """Whether this process's own hold more than HEAVY_BYTES each, on average."""
    held = []
    for child in multiprocessing.active_children():
        with suppress(psutil.Error):
            held.append(psutil.Process(child.pid).memory_info().rss)
    return sum(held) > HEAVY_BYTES * len(held)


def _alone() -> None:
    """One thread a process: as many processes as cores already keep them busy. It ends with the one that started it.

    The C library allocates: of its arrays, which come and go by the batch, jemalloc gives each back to the system, and
    64,000 page faults on 32,768 rows cost a twentieth of the time (5,000 here; 360 MB at most against 340).
    """
    import pyarrow as pa  # noqa: PLC0415 - see give_back

    pa.set_memory_pool(pa.system_memory_pool())
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A parent that is killed tells its pool nothing, which would wait for work without end."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
