"""`exhell prepare`, killed with everything it started, twenty times: the next one comes to the same dataset."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from pathlib import Path

import pytest

from bench.workplace import write_profile
from configs.load import load_profile, store_root
from tasks.storage import Store
from tests.flows.conftest import Workplace

KILLS = 20


def place(folder: Path) -> Workplace:
    folder.mkdir()
    made = Workplace(folder)
    write_profile(folder, made.port)
    return made


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_preparation_that_is_killed_at_any_moment_costs_nothing_but_time(tmp_path: Path) -> None:
    dice = random.Random(11)  # noqa: S311 - no secret
    disturbed, calm = place(tmp_path / "disturbed"), place(tmp_path / "calm")
    disturbed.traffic("create")
    disturbed.json("prepare")
    disturbed.traffic("add-day")
    calm.database.parent.mkdir(parents=True)
    shutil.copy(disturbed.database, calm.database)
    started = time.monotonic()
    wanted = calm.json("prepare", "--out", str(tmp_path / "calm-out"))
    seconds = time.monotonic() - started
    store = Store(store_root(load_profile(str(disturbed.profile))))

    for number in range(KILLS):
        process = disturbed.start("prepare", "--out", str(tmp_path / f"out-{number}"))
        time.sleep(dice.uniform(0, seconds))
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        for kind in ("extracts", "screened", "filtered", "datasets"):
            for uri in store.all(kind):
                store.open(uri)
        out = tmp_path / f"out-{number}"
        assert not (out / "manifest.json").exists() or Store(str(tmp_path)).open(str(out))
    found = disturbed.json("prepare", "--out", str(tmp_path / "out"))

    assert found["sha256"] == wanted["sha256"]
    assert (tmp_path / "out" / "manifest.json").is_file()
    assert not any(Path(store.root, ".drafts").glob("*"))
    assert disturbed.processes() == []
