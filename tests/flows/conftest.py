"""A night as a user runs it: the `exhell` command in a process of its own, on a copy of the demo's profile."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from bench.workplace import free_port, traffic, write_profile

EXHELL = str(Path(sys.executable).with_name("exhell"))


@dataclass
class Workplace:
    """A profile of its own with a workspace of its own, and the command run on it."""

    folder: Path
    port: int = field(default_factory=free_port)

    @property
    def profile(self) -> Path:
        return self.folder / "profile.yaml"

    @property
    def workspace(self) -> Path:
        return self.folder / "workspace"

    @property
    def database(self) -> Path:
        return self.workspace / "app.db"

    def traffic(self, what: str) -> None:
        """`create` the app's database, or `add-day` to it."""
        traffic(self.folder, what)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT")}
        return subprocess.Popen(
            [EXHELL, *arguments, "--profile", str(self.profile)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment | {"COLUMNS": "200"},
            start_new_session=True,  # a process group of its own, as a terminal gives it: see `press_ctrl_c`
        )

    @staticmethod
    def press_ctrl_c(process: subprocess.Popen[str]) -> None:
        """What a terminal does: SIGINT to the whole process group, not to the command alone."""
        os.killpg(process.pid, signal.SIGINT)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments)
        output, errors = process.communicate(timeout=900)
        return subprocess.CompletedProcess(arguments, process.returncode, output, errors)

    def json(self, *arguments: str) -> Any:
        """What a command prints with --json; it must succeed."""
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def processes(self) -> list[str]:
        """Command lines of every process that works on this workspace."""
        found = []
        for process in psutil.process_iter(["cmdline", "environ", "status"]):
            words = " ".join(process.info["cmdline"] or [])
            home = (process.info["environ"] or {}).get("PREFECT_HOME", "")
            ours = str(self.folder) in words or str(self.folder) in home
            if ours and process.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(words)
        return found


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """A workplace for a module's tests; whatever still serves at their end is stopped."""
    place = Workplace(tmp_path_factory.mktemp("night"))
    write_profile(place.folder, place.port)
    yield place
    place.run("down")
    assert place.processes() == []
