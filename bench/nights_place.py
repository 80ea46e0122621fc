"""A workplace for `bench.nights`: an app, a profile with stand-ins for trainer and server, and a Prefect server.

    with workplace(Place(folder)) as place:
        place.night().wait()

Everything but the two stand-ins is what a user runs: the `exhell` command in a process of its own, SQLite files, a
store of artifacts. The workspace lies on a small disk of its own where the machine lets us mount one, so that it can
be full.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self, TypeVar

from bench import nights_stub
from bench.nights_stub import Plan
from bench.workplace import free_port, write_profile
from configs.load import load_profile, store_root
from configs.schema import Profile
from deployments.demo import app_database
from flows.prefect_server import server_job
from flows.ui import Page, wait_for
from tasks import jobs, processes
from tasks.serving import stop_servers
from tasks.storage import Store
from tasks.tracking import Tracker, tracker

FIRST_ROWS = 2_000
"""Of the demo's 6,400: some 1,000 good ones, which are tokenised and proven in three seconds."""

DISK_MIB = 1_536
NIGHT_LIMIT_S = 420
UNFINISHED = ("RUNNING", "PENDING", "CANCELLING")

SETTINGS: dict[str, dict[str, Any]] = {
    "convert": {"test_share": 0.3},
    "train": {
        "logging_steps": 1,
        "save_steps": 2,
        "lora": {"rank": 2, "dropout": 0.0, "target_modules": ["q_proj", "v_proj"]},
    },
    # Questions enough for a gain of 18 points at the hundredth look; no general ones, of which the stub knows nothing.
    "evaluate": {"max_cases": 250, "max_recent_cases": 40, "general_set": "", "workbooks": 2},
    # The demo's app is so small that a day can move it; a held night would wait for a person, as it should.
    "night": {"max_shift": None, "min_records": 500},
    "retention": {"newest": 3, "grace_hours": 0, "runs": 10, "history": 20},
}
"""What differs from the demo's profile."""


@dataclass
class Night:
    """One run of `exhell night`; `document` is what it printed, empty where it failed."""

    process: subprocess.Popen[bytes]
    output: Path
    errors: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def runs(self) -> bool:
        return self.process.poll() is None

    def wait(self) -> Self:
        """Until it has ended; one that hangs is killed, and its status says so."""
        try:
            self.process.wait(NIGHT_LIMIT_S)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self.process.wait()
        return self

    @property
    def status(self) -> int:
        return int(self.process.returncode)

    @cached_property
    def document(self) -> dict[str, Any]:
        text = self.output.read_text(encoding="utf-8")
        return dict(json.loads(text)) if self.status == 0 else {}

    @property
    def error(self) -> str:
        """The sentence that it ended with, without the log before it; empty where it told none."""
        # Not always at a line's start: Prefect's log handler writes none of its own to an end.
        _, found, told = self.errors.read_text(encoding="utf-8", errors="replace").rpartition("error: ")
        return told.strip() if found else ""


@dataclass
class Place:
    """The workplace. Its folder is made by `workplace`."""

    folder: Path
    has_own_disk: bool = False
    remote: str = ""
    """A store that is not this machine's disk, as in s3://bucket/artifacts."""
    reached_by: dict[str, str] = field(default_factory=dict)
    """Variables by which it is reached."""
    prefect_port: int = field(default_factory=free_port)
    nights: list[Night] = field(default_factory=list)
    torn: set[str] = field(default_factory=set)
    """URIs of artifacts that a fault damaged, of which nobody asks that they open."""

    @property
    def workspace(self) -> Path:
        return self.folder / "workspace"

    @property
    def database(self) -> Path:
        return self.workspace / "app.db"

    @property
    def mlflow(self) -> Path:
        return self.workspace / "mlflow.db"

    @cached_property
    def profile(self) -> Profile:
        return load_profile(str(self.folder / "profile.yaml"))

    @cached_property
    def store(self) -> Store:
        return Store(store_root(self.profile))

    @cached_property
    def tracker(self) -> Tracker:
        return tracker(self.profile)

    def settings(self) -> dict[str, dict[str, Any]]:
        """What differs from the demo's profile, besides the stand-ins."""
        return SETTINGS

    def make(self) -> None:
        """The profile, the stand-ins, and the app's first rows."""
        stubs = nights_stub.make(self.folder, self.remote or str(self.workspace / "artifacts"), self.reached_by)
        changes = {name: dict(group) for name, group in self.settings().items()}
        changes["train"]["environment"] = str(stubs["train"])
        changes["serve"] = {"environment": str(stubs["serve"])}
        write_profile(self.folder, free_port(), store=self.remote, **changes)
        app_database.create(self.database)
        with closing(sqlite3.connect(self.database)) as app, app:
            app.execute(
                "DELETE FROM interactions WHERE id NOT IN (SELECT id FROM interactions ORDER BY id LIMIT ?)",
                [FIRST_ROWS],
            )
        Plan(0.0).write(self.folder)

    def night(self) -> Night:
        """Start one; the caller waits for it."""
        logs = self.folder / "nights"
        logs.mkdir(exist_ok=True)
        number = len(self.nights) + 1
        output, errors = logs / f"{number}.json", logs / f"{number}.txt"
        process = self._start("night", "--json", output=output, errors=errors)
        self.nights.append(Night(process, output, errors))
        return self.nights[-1]

    def retention(self) -> None:
        """Raises CalledProcessError where it fails."""
        log = self.folder / "retention.txt"
        process = self._start("retention", output=log, errors=log)
        if process.wait(NIGHT_LIMIT_S):
            raise subprocess.CalledProcessError(process.returncode, "exhell retention", log.read_text(encoding="utf-8"))

    def _start(self, *arguments: str, output: Path, errors: Path) -> subprocess.Popen[bytes]:
        with output.open("wb") as out, errors.open("wb") as err:
            return subprocess.Popen(
                [self.exhell, *arguments, "--profile", str(self.folder / "profile.yaml")],
                stdout=out,
                stderr=err,
                env=self.environment(),
                start_new_session=True,
            )

    @property
    def exhell(self) -> str:
        return str(Path(sys.executable).with_name("exhell"))

    def environment(self) -> dict[str, str]:
        """Of its commands: none of the caller's Prefect."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT")}
        return (
            inherited
            | self.reached_by
            | {
                "PREFECT_API_URL": f"{self.prefect}/api",
                "PREFECT_HOME": str(self.folder / "home"),
                "COLUMNS": "200",
            }
        )

    @property
    def prefect(self) -> str:
        return f"http://127.0.0.1:{self.prefect_port}"

    @property
    def prefect_record(self) -> Path:
        return self.folder / "prefect.json"

    def start(self) -> None:
        """Prefect's server, as `exhell up` starts it, unless it runs."""
        if jobs.running(self.prefect_record) is not None:
            return
        job = server_job("prefect", self.folder / "prefect", self.prefect_port, self.folder / "prefect.log")
        jobs.stop(self.prefect_record)
        jobs.start(job, self.prefect_record)
        wait_for(Page("Prefect", self.prefect, job, f"{self.prefect}/api/health"), job, self.prefect_record)

    def end(self) -> None:
        """What runs here."""
        for night in self.nights:
            if night.runs():
                processes.end_group(night.pid)
                night.wait()
        stop_servers(self.workspace)
        jobs.stop(self.prefect_record)

    def unfinished(self) -> list[str]:
        """Flow runs that Prefect's server holds for running, by name."""
        database = self.folder / "prefect" / "prefect.db"
        marks = ", ".join("?" * len(UNFINISHED))
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)) as prefect:
            found = prefect.execute(f"SELECT name FROM flow_run WHERE state_type IN ({marks})", UNFINISHED)  # noqa: S608
            return [str(name) for (name,) in found]

    def slots(self) -> int:
        """Slots of the GPU pool that are held; here is no pool."""
        return 0

    def champion(self) -> str:
        """The digest of the adapter that should serve; empty before the first."""
        found = self.tracker.champion()
        return found.adapter.sha256 if found is not None else ""

    def disk_mb(self) -> dict[str, float]:
        """Megabytes of each part of the workspace, and of Prefect's database."""
        parts = {part.name: part for part in self.workspace.iterdir()} | {"prefect": self.folder / "prefect"}
        return {name: round(_bytes(part) / 1e6, 2) for name, part in sorted(parts.items())}


def _bytes(part: Path) -> int:
    """What a file or folder takes; a file that two names share counts once."""
    found = {}
    for file in [part, *part.rglob("*")]:
        with suppress(FileNotFoundError):
            stat = file.stat(follow_symlinks=False)
            found[stat.st_ino] = stat.st_blocks * 512
    return sum(found.values())


P = TypeVar("P", bound=Place)


@contextmanager
def workplace(place: P) -> Iterator[P]:
    """A place with its servers, its workspace on a small disk of its own where this user may mount one; everything that
    it started is ended with the block."""
    place.workspace.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", str(place.workspace)]
    place.has_own_disk = os.geteuid() == 0 and subprocess.run(mount, check=False, capture_output=True).returncode == 0
    try:
        place.make()
        place.start()
        yield place
    finally:
        place.end()
        place.__dict__.pop("tracker", None)
        if place.has_own_disk:
            subprocess.run(["umount", "--lazy", str(place.workspace)], check=False)
