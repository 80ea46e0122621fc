"""Pieces of work in processes of this machine: their order, their errors, and their end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import psutil
import pytest

from configs.load import PROJECT
from tasks import pool
from tasks.pool import LONG, Processes, ahead, in_processes, processes

PROGRAM = """
import time
from tasks.pool import in_processes

if __name__ == "__main__":
    in_processes(time.sleep, [600, 600])
"""

pytestmark = pytest.mark.slow  # processes start


ONE_CORE = pytest.mark.skipif(processes() < 2, reason="one core: the work is done in the calling process")


def process(_: int) -> int:
    return os.getpid()


def squared(number: int) -> int:
    if number == 7:
        raise ValueError("seven")
    return number * number


def test_results_come_in_the_pieces_order_and_errors_come_out() -> None:
    assert in_processes(squared, [3, 1, 2]) == [9, 1, 4]
    with pytest.raises(ValueError, match="seven"):
        in_processes(squared, [1, 7, 2])


def killed(_: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def test_the_next_item_is_fetched_while_one_is_worked_on() -> None:
    fetched: list[int] = []
    second = threading.Event()

    def items() -> Iterator[int]:
        for number in range(3):
            fetched.append(number)
            if number == 1:
                second.set()
            yield number

    worked_on = ahead(items())
    assert next(worked_on) == 0
    assert second.wait(10)
    assert [*worked_on] == [1, 2]
    assert fetched == [0, 1, 2]


@pytest.mark.parametrize(("wanted", "backend"), [({}, "jemalloc"), ({"ARROW_DEFAULT_MEMORY_POOL": "system"}, "system")])
def test_arrow_takes_memory_from_jemalloc_where_nobody_wants_another(wanted: dict[str, str], backend: str) -> None:
    """Whatever takes memory: the pool of compute's own threads cannot be set later."""
    argv = [sys.executable, "-c", "import tasks, pyarrow; print(pyarrow.default_memory_pool().backend_name, end='')"]
    environment = {name: value for name, value in os.environ.items() if name != "ARROW_DEFAULT_MEMORY_POOL"} | wanted
    done = subprocess.run(argv, env=environment, cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout == backend


def test_what_fetching_raises_is_raised_where_the_item_is_wanted() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("gone")

    worked_on = ahead(items())
    assert next(worked_on) == 1
    with pytest.raises(ValueError, match="gone"):
        next(worked_on)


@ONE_CORE
def test_processes_stay_for_several_calls_and_end_with_the_block() -> None:
    with Processes() as mapper:
        first, second = (set(mapper(process, range(8))) for _ in range(2))
        assert len(first | second) <= processes()
        assert os.getpid() not in first | second
    assert not any(psutil.pid_exists(number) for number in first | second)


@ONE_CORE
def test_heavy_processes_end_after_a_long_call_and_others_take_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "HEAVY_BYTES", 1 << 20)
    with Processes() as mapper:
        first = set(mapper(process, range(LONG * processes())))
        assert not any(psutil.pid_exists(number) for number in first)
        assert mapper(squared, [3, 1, 2]) == [9, 1, 4]


@ONE_CORE
def test_no_process_stays_where_no_call_follows_and_another_call_is_done_all_the_same() -> None:
    with Processes() as mapper:
        first = set(mapper(process, range(8)))
        mapper.rest()
        assert not any(psutil.pid_exists(number) for number in first)
        assert mapper(squared, [3, 1, 2]) == [9, 1, 4]


@ONE_CORE
def test_light_processes_stay_after_a_long_call() -> None:
    with Processes() as mapper:
        first = set(mapper(process, range(LONG * processes())))
        assert set(mapper(process, range(8))) <= first


@ONE_CORE
def test_heavy_processes_stay_after_a_long_call_where_there_is_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "HEAVY_BYTES", 1 << 20)
    with Processes() as mapper:
        first = set(mapper(process, range(LONG * processes()), more=True))
        assert set(mapper(process, range(8))) <= first


@ONE_CORE
def test_processes_that_were_started_ahead_do_the_work() -> None:
    me = psutil.Process()
    with Processes() as mapper:
        before = {child.pid for child in me.children(recursive=True)}
        mapper.start(process)
        started = {child.pid for child in me.children(recursive=True)} - before
        assert set(mapper(process, range(8))) <= started
    assert not any(psutil.pid_exists(number) for number in started)


@ONE_CORE
def test_who_asks_again_after_a_process_was_killed_gets_others() -> None:
    with Processes() as mapper:
        with pytest.raises(BrokenProcessPool):
            mapper(killed, [1, 2])
        assert mapper(squared, [3, 1, 2]) == [9, 1, 4]


@ONE_CORE
def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    with subprocess.Popen([sys.executable, program], env=os.environ | {"PYTHONPATH": str(PROJECT)}) as parent:
        children = await_children(psutil.Process(parent.pid), 3)  # two workers, and multiprocessing's own helper
        time.sleep(1)
        parent.send_signal(signal.SIGKILL)
    _, alive = psutil.wait_procs(children, timeout=20)
    assert alive == []


def await_children(parent: psutil.Process, count: int) -> list[psutil.Process]:
    for _ in range(600):
        children = parent.children(recursive=True)
        if len(children) >= count:
            return children
        time.sleep(0.05)
    pytest.fail("no worker was started")
