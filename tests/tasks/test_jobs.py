"""Jobs: what a program sees and leaves, and that nothing of it outlives its caller."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from configs.load import PROJECT
from tasks import jobs, processes
from tasks.jobs import Job, JobError

TREE = """
import os, subprocess, sys, time
if len(sys.argv) < 3:
    open(os.path.join(sys.argv[1], f"pid-{os.getpid()}"), "w").close()
    time.sleep(600)
for _ in range(2):
    subprocess.Popen([sys.executable, __file__, sys.argv[1]])
subprocess.Popen([sys.executable, __file__, sys.argv[1]], start_new_session=True)
open(os.path.join(sys.argv[1], f"pid-{os.getpid()}"), "w").close()
print("started", flush=True)
time.sleep(600)
"""
"""A job with two children in its process group and one that left it; each writes its process id as a file's name."""
TREE_SIZE = 4

CALLER = """
import signal, sys
from pathlib import Path
from tasks import jobs

def interrupt(number, frame):
    raise KeyboardInterrupt

signal.signal(signal.SIGTERM, interrupt)
folder = Path(sys.argv[1])
record = folder / "record" if "record" in sys.argv else None
tree = jobs.Job("tree", (sys.executable, str(folder / "tree.py"), str(folder), "root"), folder, folder / "log")
jobs.run(tree, record=record)
"""


def python(code: str, folder: Path, **env: str) -> Job:
    return Job("job", (sys.executable, "-c", code), folder, folder / "job.log", env)


def eventually(condition: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def tree_pids(folder: Path) -> list[int]:
    return [int(path.name.removeprefix("pid-")) for path in folder.glob("pid-*")]


def alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if processes.identity(pid) is not None]


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "tree.py").write_text(TREE)
    yield tmp_path
    for pid in alive(tree_pids(tmp_path)):
        psutil.Process(pid).kill()


def caller(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Another process that runs the tree as a job, with the tree up."""
    process = subprocess.Popen(
        [sys.executable, "-c", CALLER, str(folder), *arguments],
        cwd=PROJECT,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert eventually(lambda: len(tree_pids(folder)) == TREE_SIZE)
    return process


# ---- run


def test_every_line_is_streamed_and_logged(tmp_path: Path) -> None:
    lines: list[str] = []
    jobs.run(python(r"print('하나'); print('10%\r20%\rlast', end='')", tmp_path), on_line=lines.append)
    assert lines == ["하나", "10%", "20%", "last"]
    assert (tmp_path / "job.log").read_text(encoding="utf-8").splitlines() == lines


def test_errors_are_streamed_too(tmp_path: Path) -> None:
    lines: list[str] = []
    jobs.run(python("import sys; print('problem', file=sys.stderr)", tmp_path), on_line=lines.append)
    assert lines == ["problem"]


def test_a_job_sees_its_own_variables_and_none_of_its_callers_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "secret")
    lines: list[str] = []
    jobs.run(python("import os; print(sorted(os.environ))", tmp_path, HF_HUB_OFFLINE="1"), on_line=lines.append)
    assert "DATABASE_PASSWORD" not in lines[0]
    assert "'HF_HUB_OFFLINE'" in lines[0]
    assert "'PATH'" in lines[0]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("print('the reason'); raise SystemExit(3)", r"job ended with exit status 3\. Log: .*job\.log\nthe reason"),
        ("import os; os.kill(os.getpid(), 9)", "job was ended by SIGKILL; the machine may have run out of memory"),
        ("import os; os.kill(os.getpid(), 11)", "job was ended by SIGSEGV; a compiled library of its environment"),
        ("import os; os.kill(os.getpid(), 15)", "job was ended by SIGTERM; something outside asked it to end"),
        ("raise SystemExit(137)", "job was ended by SIGKILL; the machine may have run out of memory"),
    ],
)
def test_a_status_becomes_a_reason(tmp_path: Path, code: str, message: str) -> None:
    with pytest.raises(JobError, match=message):
        jobs.run(python(code, tmp_path))


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    job = Job("axolotl train", (str(tmp_path / "axolotl"),), tmp_path, tmp_path / "log")
    with pytest.raises(JobError, match=r"cannot start axolotl train: .*: No such file or directory; `make setup`"):
        jobs.run(job)


@pytest.mark.slow
def test_a_silent_job_is_ended(tree: Path) -> None:
    job = Job("tree", (sys.executable, "tree.py", str(tree), "root"), tree, tree / "log")
    with pytest.raises(JobError, match=r"tree printed nothing for 2 s and was ended\. Log: .*\nstarted"):
        jobs.run(job, stall_timeout_s=2)
    assert alive(tree_pids(tree)) == []


@pytest.mark.slow
def test_output_keeps_a_job_from_being_ended_as_silent(tmp_path: Path) -> None:
    code = "import time\nfor number in range(6): print(number, flush=True); time.sleep(0.5)"
    lines: list[str] = []
    jobs.run(python(code, tmp_path), on_line=lines.append, stall_timeout_s=2)
    assert lines == ["0", "1", "2", "3", "4", "5"]


@pytest.mark.slow
def test_a_check_that_raises_ends_the_job(tree: Path) -> None:
    def check() -> None:
        if len(tree_pids(tree)) == TREE_SIZE:
            raise RuntimeError("cancelled")

    job = Job("tree", (sys.executable, "tree.py", str(tree), "root"), tree, tree / "log")
    with pytest.raises(RuntimeError, match="cancelled"):
        jobs.run(job, check=check)
    assert alive(tree_pids(tree)) == []


@pytest.mark.slow
def test_what_a_job_leaves_in_its_group_is_ended(tmp_path: Path) -> None:
    code = "import subprocess; print(subprocess.Popen(['sleep', '600']).pid)"
    lines: list[str] = []
    began = time.monotonic()
    jobs.run(python(code, tmp_path), on_line=lines.append)
    assert alive([int(lines[0])]) == []
    assert time.monotonic() - began < processes.GRACE_S / 2


def test_a_job_that_ignores_sigterm_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "GRACE_S", 0.3)
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); print('ready', flush=True); time.sleep(600)"

    def on_line(_: str) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        jobs.run(python(code, tmp_path), on_line=on_line)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_caller_ends_the_whole_tree(tree: Path, number: signal.Signals) -> None:
    process = caller(tree)
    process.send_signal(number)
    assert process.wait(processes.GRACE_S) != 0
    assert alive(tree_pids(tree)) == []


def test_a_second_interrupt_does_not_leave_the_tree(tmp_path: Path) -> None:
    stubborn = TREE.replace("import os,", "import signal; signal.signal(15, signal.SIG_IGN)\nimport os,")
    (tmp_path / "tree.py").write_text(stubborn)
    process = caller(tmp_path)
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    process.wait(processes.GRACE_S / 2)
    assert eventually(lambda: alive(tree_pids(tmp_path)) == [], 2)


def test_a_job_runs_in_a_worker_thread(tmp_path: Path) -> None:
    lines: list[str] = []
    job = python("print('from a thread')", tmp_path)
    thread = threading.Thread(target=jobs.run, args=(job, lines.append))
    thread.start()
    thread.join(20)
    assert lines == ["from a thread"]


@pytest.mark.slow
def test_a_job_of_a_worker_thread_ends_with_the_program(tree: Path) -> None:
    threaded = CALLER.replace(
        "jobs.run(tree", "import threading\nthreading.Thread(target=jobs.run, args=(tree,)).start()\n#"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", threaded, str(tree)], cwd=PROJECT, stderr=subprocess.DEVNULL, start_new_session=True
    )
    assert eventually(lambda: len(tree_pids(tree)) == TREE_SIZE)
    process.wait(10)
    assert alive(tree_pids(tree)) == []


def test_the_next_run_ends_what_a_killed_caller_left(tree: Path) -> None:
    process = caller(tree, "record")
    process.kill()
    process.wait()
    left = tree_pids(tree)
    assert alive(left) == left
    jobs.run(python("print('next')", tree), record=tree / "record")
    assert alive(left) == []
    assert not (tree / "record").exists()


def test_a_job_that_runs_for_another_caller_is_not_started_twice(tree: Path) -> None:
    process = caller(tree, "record")
    with pytest.raises(JobError, match=f"job already runs for process {process.pid}; wait for it or end it"):
        jobs.run(python("", tree), record=tree / "record")
    assert len(alive(tree_pids(tree))) == TREE_SIZE
    process.terminate()
    process.wait()


# ---- start, running, stop


@pytest.fixture
def service(tree: Path) -> Iterator[Path]:
    """A running service's record, beside its log and its processes."""
    record = tree / "services" / "tree.json"
    jobs.start(Job("tree", (sys.executable, "tree.py", str(tree), "root"), tree, tree / "log"), record)
    assert eventually(lambda: len(tree_pids(tree)) == TREE_SIZE)
    yield record
    jobs.stop(record)


def test_a_service_is_found_and_stopped_with_all_its_children(service: Path) -> None:
    found = jobs.running(service)
    assert found is not None
    assert (found["name"], found["log"]) == ("tree", str(service.parents[1] / "log"))
    assert jobs.stop(service)
    assert alive(tree_pids(service.parents[1])) == []
    assert jobs.running(service) is None
    assert not jobs.stop(service)


def test_a_service_is_not_started_twice(service: Path) -> None:
    with pytest.raises(JobError, match=r"job already runs \(process \d+\); stop it first"):
        jobs.start(python("", service.parent), service)


def test_children_that_outlived_their_service_are_stopped(service: Path) -> None:
    folder = service.parents[1]
    found = jobs.running(service)
    assert found is not None
    os.kill(found["pid"], signal.SIGKILL)
    assert eventually(lambda: jobs.running(service) is None)
    inside = [pid for pid in alive(tree_pids(folder)) if os.getpgid(pid) == found["pid"]]
    assert len(inside) == 2
    assert jobs.stop(service)
    assert alive(inside) == []


def test_a_service_that_ended_is_not_running(tmp_path: Path) -> None:
    record = tmp_path / "record"
    jobs.start(python("print('short')", tmp_path), record)
    assert eventually(lambda: jobs.running(record) is None)
    assert jobs.tail_of(tmp_path / "job.log") == "short"
    assert not jobs.stop(record)
    assert not record.exists()


def test_a_reused_process_id_is_not_ours(tmp_path: Path) -> None:
    record = tmp_path / "record"
    jobs.start(python("", tmp_path), record)
    assert eventually(lambda: jobs.running(record) is None)
    content = json.loads(record.read_text())
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as stranger:
        try:
            record.write_text(json.dumps(content | {"pid": stranger.pid}))
            assert jobs.running(record) is None
            assert not jobs.stop(record)
            assert stranger.poll() is None
        finally:
            stranger.kill()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', "null"])
def test_a_broken_record_is_none(tmp_path: Path, content: str) -> None:
    record = tmp_path / "record"
    record.write_text(content)
    assert jobs.running(record) is None
    assert not jobs.stop(record)


def test_a_service_that_cannot_be_recorded_is_ended(tree: Path) -> None:
    (tree / "blocked").write_text("a file in the folder's place")
    job = Job("tree", (sys.executable, "tree.py", str(tree), "root"), tree, tree / "log")
    with pytest.raises(OSError, match="blocked"):
        jobs.start(job, tree / "blocked" / "record")
    assert alive(tree_pids(tree)) == []


def test_the_tail_of_a_log_that_is_not_there(tmp_path: Path) -> None:
    assert jobs.tail_of(tmp_path / "log") == "(no log)"


def test_an_interrupt_waits_until_a_started_process_is_known(tmp_path: Path) -> None:
    """The interrupt comes while the process is being started: it is raised after its record is there."""
    record = tmp_path / "record.json"
    job = Job("sleeper", (sys.executable, "-c", "import time; time.sleep(60)"), tmp_path, tmp_path / "log")
    with pytest.raises(KeyboardInterrupt), processes.undisturbed():  # noqa: PT012 - it comes at the end of both
        signal.raise_signal(signal.SIGINT)
        jobs.start(job, record)

    assert jobs.running(record) is not None
    assert jobs.stop(record)
