"""The data stage on a disk that fills up, and killed at any moment: whoever reads finds whole artifacts or none.

Each time, the run that follows comes to the dataset of an undisturbed one, byte for byte.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.data import PRODUCTION
from bench.workplace import write_profile
from configs.load import PROJECT, load_profile, store_root
from configs.schema import ConvertConfig, FilterConfig, Profile
from tasks import remembered
from tasks.artifacts import Dataset
from tasks.convert.convert import convert
from tasks.extract.extract import extract
from tasks.filter.filter import filter_extract
from tasks.records import Interaction
from tasks.storage import StorageError, Store
from tests.disk import needs_root, small_disk
from tests.tasks.builders import add, change, database, interaction, source

KINDS = ("extracts", "screened", "filtered", "datasets")
KILLS = 20
FIRST_KIB, GROWTH = 96, 1.15
LETTERS = "가나다라마바사아자차카타파하0123456789\t\n"

pytestmark = pytest.mark.slow


def rows(count: int, first: int = 1) -> list[Interaction]:
    """Interactions with tables of nothing that could be compressed away."""
    dice = random.Random(first)  # noqa: S311 - no secret
    return [interaction(number, input="".join(dice.choices(LETTERS, k=400))) for number in range(first, first + count)]


def prepare(path: Path, store: Store) -> Dataset:
    extracted = extract(source(path), store)
    return convert(filter_extract(extracted, FilterConfig(), store), ConvertConfig(decontaminate=("exact",)), 1, store)


def everything_there_is_whole(store: Store) -> None:
    for kind in KINDS:
        for uri in store.all(kind):
            store.open(uri)


@needs_root
def test_a_disk_that_is_full_at_any_point_is_told_and_holds_nothing_by_halves(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = database(tmp_path / "app.db", rows(1_500))
    calm = prepare(path, Store(str(tmp_path / "calm")))
    stopped: list[str] = []
    with small_disk(tmp_path / "disk", FIRST_KIB) as disk:
        store, size, found = Store(str(disk / "store")), FIRST_KIB, None
        while found is None:
            try:
                found = prepare(path, store)
            except StorageError as error:
                assert "No space left on device; nothing was published. Free disk space" in str(error)  # noqa: PT017
                stopped.append(str(error).split()[2])
            everything_there_is_whole(store)
            assert not any((disk / "store" / ".drafts").glob("*"))
            size = round(size * GROWTH)
            subprocess.run(["mount", "-o", f"remount,size={size}k", disk], check=True)
        assert found.sha256 == calm.sha256
    assert set(stopped) - {remembered.KIND} == set(KINDS)
    assert "Traceback" not in capfd.readouterr().err


class Workspace:
    """A profile over a database, and the data stage run on it as a program in a process group of its own."""

    def __init__(self, folder: Path, path: Path) -> None:
        folder.mkdir()
        settings = PRODUCTION | {"convert": {"decontaminate": ["exact"]}}
        self.file = write_profile(folder, 8000, source={"url": f"sqlite:///{path}"}, **settings)
        self.log = folder / "log"

    @property
    def profile(self) -> Profile:
        return load_profile(str(self.file))

    @property
    def store(self) -> Store:
        return Store(store_root(self.profile))

    def start(self) -> subprocess.Popen[bytes]:
        with self.log.open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "bench.ours", str(self.file)],
                cwd=PROJECT, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def run(self) -> str:
        """The digest of the dataset that comes out."""
        started = time.monotonic()
        with self.start() as process:
            assert process.wait() == 0, self.log.read_text()
        self.seconds = time.monotonic() - started
        newest = self.store.pointer("datasets/newest")
        assert newest is not None
        return str(self.store.manifest(newest["uri"])["sha256"])


def test_a_stage_that_is_killed_at_any_moment_leaves_nothing_by_halves(tmp_path: Path) -> None:
    path, dice = database(tmp_path / "app.db", rows(1_500)), random.Random(7)  # noqa: S311 - no secret
    disturbed, calm = Workspace(tmp_path / "disturbed", path), Workspace(tmp_path / "calm", path)
    disturbed.run()  # a first night, so that there is something to break
    add(path, rows(600, first=5_000))
    change(path, 7, training_consent=0)
    wanted = calm.run()
    for _ in range(KILLS):
        process = disturbed.start()
        time.sleep(dice.uniform(0.3, calm.seconds))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        everything_there_is_whole(disturbed.store)

    assert disturbed.run() == wanted
    disturbed.store.sweep()
    assert not any(Path(store_root(disturbed.profile), ".drafts").glob("*"))
