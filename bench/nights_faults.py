"""What goes wrong in `bench.nights`: each fault is what happens before a night, while it runs, and when it is over.

    fault = FAULTS["kill-train"]

None of them is cleaned up after: what `after` does is that an outage ends (a database is back, a server is started
again, a disk has room), as it would without anybody's knowing of the night.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import psutil

from bench.nights_place import Night, Place
from bench.nights_stub import TrainerFault
from tasks import jobs
from tasks.train.supervise import RECORD
from tasks.train.verify import WEIGHTS

WAIT_S = 120
POLL_S = 0.02
LOCKED_S = 45

Before = Callable[[Place], None]
During = Callable[[Place, Night, Random], None]


@dataclass(frozen=True)
class Fault:
    """`what` is for people. `ends_server`: the model server goes down with it, until a night starts it again."""

    what: str
    before: Before = lambda _place: None
    during: During = lambda _place, _night, _dice: None
    after: Before = lambda _place: None
    trainer: TrainerFault = ""
    ends_server: bool = False
    needs_disk: bool = False


def _until(night: Night, holds: Callable[[], bool]) -> bool:
    """Wait for something that a night does; False where the night ends first."""
    deadline = time.monotonic() + WAIT_S
    while not holds():
        if not night.runs() or time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True


def moment(dice: Random, most_s: float) -> None:
    """Any moment of a stage that takes about so long."""
    time.sleep(dice.uniform(0, most_s))


def _begins(place: Place, night: Night) -> bool:
    lock = place.workspace / "night.lock"
    return _until(night, lambda: lock.is_file() and lock.read_text(encoding="utf-8").strip() == str(night.pid))


def trains(place: Place, night: Night) -> bool:
    """The trainer runs, of this night and not of one before."""
    return _begins(place, night) and _until(night, lambda: _trainer(place) is not None)


def _trainer(place: Place) -> int | None:
    for record in place.workspace.glob(f"train/*/{RECORD}"):
        if (found := jobs.running(record)) is not None:
            return int(found["pid"])
    return None


def _publishes(place: Place, night: Night, kind: str) -> bool:
    before = set(place.store.all(kind))
    return _until(night, lambda: bool(set(place.store.all(kind)) - before))


def _reaches(stage: str, place: Place, night: Night) -> bool:
    """Waits until the night is in a stage; False where it ended before."""
    return {
        "prepare": lambda: _begins(place, night),
        "train": lambda: trains(place, night),
        "evaluate": lambda: _publishes(place, night, "adapters"),
        "deploy": lambda: _publishes(place, night, "reports"),
    }[stage]()


def _kill(night: Night) -> None:
    with suppress(ProcessLookupError):
        os.killpg(night.pid, signal.SIGKILL)


def kill_in(stage: str, most_s: float) -> During:
    """End the night's process group without a word, somewhere in a stage."""

    def during(place: Place, night: Night, dice: Random) -> None:
        if _reaches(stage, place, night):
            moment(dice, most_s)
            _kill(night)

    return during


def kill_trainer(place: Place, night: Night, dice: Random) -> None:
    if trains(place, night):
        moment(dice, 3.0)
        if (pid := _trainer(place)) is not None:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)


def kill_server(place: Place, night: Night, dice: Random) -> None:
    record = place.workspace / "services" / "vllm.json"
    if _publishes(place, night, "adapters") and _until(night, lambda: jobs.running(record) is not None):
        moment(dice, 3.0)
        if (found := jobs.running(record)) is not None:
            with suppress(ProcessLookupError):
                os.killpg(found["pid"], signal.SIGKILL)


def _away(file: Path) -> Path:
    return file.with_name(f"{file.name}.away")


def moved(which: Callable[[Place], Path]) -> tuple[Before, Before]:
    """Take a file away, a folder in its place, and bring it back."""

    def before(place: Place) -> None:
        which(place).rename(_away(which(place)))
        which(place).mkdir()

    def after(place: Place) -> None:
        if _away(which(place)).exists():
            which(place).rmdir()
            _away(which(place)).rename(which(place))

    return before, after


def move_app_away(place: Place) -> None:
    place.database.rename(_away(place.database))


def move_app_back(place: Place) -> None:
    if _away(place.database).exists():
        _away(place.database).rename(place.database)


def once_in(stage: str, do: Before) -> During:
    """Do it as soon as the night is in a stage."""

    def during(place: Place, night: Night, _dice: Random) -> None:
        if _reaches(stage, place, night):
            do(place)

    return during


def lock_mlflow(place: Place, night: Night, _dice: Random) -> None:
    """Another program holds MLflow's file, from when the trainer runs."""
    if trains(place, night):
        holder = sqlite3.connect(place.mlflow, timeout=60, isolation_level=None)
        try:
            holder.execute("BEGIN EXCLUSIVE")
            time.sleep(LOCKED_S)
        finally:
            holder.close()


def stop_prefect(place: Place) -> None:
    jobs.stop(place.prefect_record)


def kill_prefect(place: Place, night: Night, dice: Random) -> None:
    if trains(place, night):
        moment(dice, 3.0)
        stop_prefect(place)


def truncate_extract(place: Place) -> None:
    """The newest extract's largest Parquet file loses its second half."""
    newest = place.store.all("extracts")[-1]
    place.torn.add(newest)
    file = max(Path(newest).glob("**/*.parquet"), key=lambda one: one.stat().st_size)
    file.chmod(0o644)
    os.truncate(file, file.stat().st_size // 2)


def corrupt_adapter(place: Place, night: Night, _dice: Random) -> None:
    """The adapter that was published a moment ago gets other bytes, before a model is asked."""
    before = set(place.store.all("adapters"))
    if not _publishes(place, night, "adapters"):
        return
    with suppress(psutil.NoSuchProcess):
        psutil.Process(night.pid).suspend()
        made = set(place.store.all("adapters")) - before
        for uri in made:
            file = Path(uri) / WEIGHTS
            file.chmod(0o644)
            content = bytearray(file.read_bytes())
            content[len(content) // 2] ^= 0xFF
            file.write_bytes(content)
        psutil.Process(night.pid).resume()


def second_night(place: Place, night: Night, _dice: Random) -> None:
    """It must end at once, and say which process holds the workspace."""
    if trains(place, night):
        other = place.night().wait()
        if other.status == 0 or f"process {night.pid}" not in other.error:
            raise AssertionError(f"a second night ran beside process {night.pid}: {other.error}")


FILLING = "filling"


def fill_disk(place: Place, night: Night, dice: Random) -> None:
    """No byte is free from some moment of the training on."""
    if not trains(place, night):
        return
    moment(dice, 2.0)
    with (place.workspace / FILLING).open("wb") as file:
        with suppress(OSError):
            os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(place.workspace).free)
        with suppress(OSError):
            while True:
                os.write(file.fileno(), bytes(4096))
    night.wait()


def free_disk(place: Place) -> None:
    (place.workspace / FILLING).unlink(missing_ok=True)


def move_clock(days: int) -> Before:
    """The app's clock was wrong by so many days when it wrote its last ten rows."""

    def before(place: Place) -> None:
        with sqlite3.connect(place.database) as app:
            rows = app.execute("SELECT id, updated_at FROM interactions ORDER BY id DESC LIMIT 10").fetchall()
            shifted = [(_shift(text, days), name) for name, text in rows]
            app.executemany("UPDATE interactions SET updated_at = ? WHERE id = ?", shifted)
        app.close()

    return before


def _shift(text: str, days: int) -> str:
    return (datetime.fromisoformat(text) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


_mlflow_away, _mlflow_back = moved(lambda place: place.mlflow)

FAULTS: Mapping[str, Fault] = {
    "kill-prepare": Fault("the night's process killed while it prepares", during=kill_in("prepare", 2.0)),
    "kill-train": Fault("the night's process killed while it trains", during=kill_in("train", 4.0)),
    "kill-evaluate": Fault("the night's process killed while models are asked", during=kill_in("evaluate", 4.0)),
    "kill-deploy": Fault("the night's process killed once the gate has decided", during=kill_in("deploy", 1.0)),
    "kill-trainer": Fault("the trainer killed", during=kill_trainer),
    "kill-server": Fault("the model server killed while it is asked", during=kill_server, ends_server=True),
    "trainer-fails": Fault("the trainer ends with status 1", trainer="status"),
    "trainer-idle": Fault("the trainer ends well without a step", trainer="no step"),
    "trainer-nan": Fault("the loss is NaN", trainer="nan"),
    "app-away": Fault("the app's database is gone", before=move_app_away, after=move_app_back),
    "mlflow-away": Fault("MLflow's database cannot be opened", before=_mlflow_away, after=_mlflow_back),
    "mlflow-locked": Fault("MLflow's database locked for 45 s while training", during=lock_mlflow),
    "prefect-away": Fault("no Prefect server at the start", before=stop_prefect, after=Place.start),
    "app-away-reading": Fault(
        "the app's database gone as the night begins", during=once_in("prepare", move_app_away), after=move_app_back
    ),
    "mlflow-away-end": Fault(
        "MLflow's database cannot be opened once the gate has decided",
        during=once_in("deploy", _mlflow_away),
        after=_mlflow_back,
    ),
    "prefect-killed-end": Fault(
        "Prefect's server ended once the gate has decided", during=once_in("deploy", stop_prefect), after=Place.start
    ),
    "prefect-killed": Fault("Prefect's server killed while training", during=kill_prefect, after=Place.start),
    "torn-extract": Fault("the newest extract cut in half", before=truncate_extract),
    "torn-adapter": Fault("the adapter altered before models are asked", during=corrupt_adapter),
    "two-nights": Fault("a second night started beside the first", during=second_night),
    "disk-full": Fault("no byte free while training", during=fill_disk, after=free_disk, needs_disk=True),
    "clock-ahead": Fault("the app's clock 400 days ahead for ten rows", before=move_clock(400)),
    "clock-behind": Fault("the app's clock 30 days behind for ten rows", before=move_clock(-30)),
}
