"""What a program cost."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench import measure
from configs.load import PROJECT
from tasks.jobs import Job, JobError


def job(folder: Path, code: str) -> Job:
    return Job("program", (sys.executable, "-c", code), PROJECT, folder / "log" / "program.log")


def test_the_last_line_is_the_result(tmp_path: Path) -> None:
    cost = measure.run(job(tmp_path, "print('so far'); print('{\"kept\": 7}'); print()"))
    assert cost.result == {"kept": 7}


@pytest.mark.slow
def test_memory_of_the_program_and_its_children_counts(tmp_path: Path) -> None:
    child = "import time; block = bytearray(150 << 20); time.sleep(1)"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}]); print('{{}}')"
    cost = measure.run(job(tmp_path, code))
    assert 150 < cost.peak_mib < 400
    assert cost.seconds > 1


@pytest.mark.slow
def test_processor_seconds_are_those_of_the_program(tmp_path: Path) -> None:
    busy = measure.run(
        job(tmp_path, "import time\nend = time.process_time() + 1\nwhile time.process_time() < end: pass")
    )
    idle = measure.run(job(tmp_path, "import time; time.sleep(1)"))
    assert busy.cpu_s > 0.7
    assert idle.cpu_s < 0.5


def test_a_program_that_fails_says_so(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="no such thing"):
        measure.run(job(tmp_path, "raise SystemExit('no such thing')"))
