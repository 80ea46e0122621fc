"""Many nights, one in five hit by a fault: does every night come to the right decision, by itself, on a bounded disk?

    python -m bench.nights [--nights 100] [--share 0.2] [--seed 1] [--fault NAME …] [--json] [--save]
    python -m bench.nights --pools --share 1 --nights 20 …

Each night is `exhell night` in a process of its own, on an SQLite app that gained a day, with a Prefect server that
stays up, MLflow, the store, the filter, the judge and the gate as they are. Stand-ins take the place of trainer and
model server (`bench/nights_stub`), so what a challenger knows is planned, and with it what the gate should decide:
18 points better than the champion, as good, or 18 points worse. A night that was hit is run again, with nothing cleaned
up, until it has decided. After every night:

    wrong           another adapter is champion than the plan says
    by_hand         no decision after AGAIN runs more
    lost            after the fault, before the next run: another champion, or a server that no longer offers it
    other_dataset   the dataset is not the one that a fresh store makes of the same rows
    other_weights   the adapter's weights are not those that the trainer makes of that dataset
    damaged         an artifact that no fault altered does not open, or a draft was left; `torn_left` counts those that
                    a fault altered and that lie there still at the end
    untold          a night that failed did not end with a sentence that says why
    left_running    flow runs that Prefect still holds for running, two minutes after the last night

With `--pools` the nights are runs of a deployment on the stack of `exhell up --stay`, each stage a run of its own on
its pool, and what is killed are parts of that stack (`bench/nights_pools.py`); besides the above:

    slots           slots of the GPU pool that were held with no run to hold them
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import yaml

from bench import report
from bench.nights_faults import FAULTS, Fault
from bench.nights_place import Night, Place, workplace
from bench.nights_pools import POOL_FAULTS, PoolPlace
from bench.nights_stub import Plan
from bench.nights_stub.server import BASE_QUALITY
from bench.nights_stub.trainer import adapter
from deployments.demo import app_database
from tasks import dataset as datasets
from tasks.convert.convert import convert
from tasks.extract.extract import extract
from tasks.filter.checks import checking
from tasks.filter.filter import filter_extract
from tasks.serving import where
from tasks.storage import StorageError, Store
from tasks.train.plan import FORMAT
from tasks.train.verify import WEIGHTS

RESULTS = report.RESULTS / "nights.json"
POOL_RESULTS = report.RESULTS / "pool_nights.json"
EVERY_FAULT = FAULTS | POOL_FAULTS
STEP = 0.18
"""Share of the questions between two qualities: at the hundredth look a gain of 13 points is found (docs/gate.md)."""

BEST = 0.95
AGAIN = 3
RETAIN_EVERY = 5
ZOMBIES_S = 150
"""Heartbeats are missed for 90 s before a run counts as dead (deployments/automations/zombie.yaml)."""


@dataclass
class Checked:
    """What became of one night."""

    night: int
    fault: str
    planned: str
    outcome: str = ""
    status: int = 0
    error: str = ""
    runs: int = 1
    seconds: float = 0.0
    flaws: list[str] = field(default_factory=list)
    """Of those in the module's docstring."""


@dataclass
class Season:
    """The nights' state that the bench keeps: what should be champion, and how good that is."""

    champion: str = ""
    quality: float = BASE_QUALITY


def one_night(place: Place, season: Season, checked: Checked, dice: Random) -> Checked:
    """A day of traffic, a night with or without a fault, and the same again until it has decided."""
    fault = EVERY_FAULT.get(checked.fault, Fault(""))
    if checked.night:
        app_database.add_day(place.database)
    quality = max(0.0, season.quality + {"better": STEP, "equal": 0.0, "worse": -STEP}[checked.planned])
    Plan(quality, fault.trainer).write(place.folder)
    started = time.monotonic()
    night = _hit(place, fault, dice)
    checked.status, checked.error = night.status, _told(place, night)
    if checked.fault:
        _look_at_what_serves(place, season, fault, checked)
        if night.status > 0 and not night.error:
            checked.flaws.append("untold")
    Plan(quality).write(place.folder)
    while night.status and checked.runs <= AGAIN:
        night = place.night().wait()
        checked.runs += 1
    checked.seconds = round(time.monotonic() - started, 1)
    if night.status:
        checked.flaws.append("by_hand")
        checked.error = _told(place, night)
        return checked
    checked.outcome = night.document["outcome"]
    _check_decision(place, season, quality, checked)
    _check_artifacts(place, night, quality, checked)
    return checked


def _told(place: Place, night: Night) -> str:
    """The first line of the error, without this machine's folders."""
    return night.error.partition("\n")[0].replace(str(place.folder), "")


def _hit(place: Place, fault: Fault, dice: Random) -> Night:
    fault.before(place)
    try:
        night = place.night()
        fault.during(place, night, dice)
        return night.wait()
    finally:
        fault.after(place)


def _look_at_what_serves(place: Place, season: Season, fault: Fault, checked: Checked) -> None:
    """What served still serves; or the night's own adapter, where it came so far."""
    now = place.champion()
    promoted_already = checked.planned == "better" and now not in ("", season.champion)
    if now != season.champion and not promoted_already:
        checked.flaws.append("lost")
        return
    serves = f"adapter-{now[:12]}" if now else place.profile.serve.base_name
    if checked.night and not fault.ends_server and where(place.profile, serves) is None:
        checked.flaws.append("lost")


def _check_decision(place: Place, season: Season, quality: float, checked: Checked) -> None:
    now = place.champion()
    if (now != season.champion) != (checked.planned == "better"):
        checked.flaws.append("wrong")
    if now != season.champion:
        season.champion, season.quality = now, quality


def _check_artifacts(place: Place, night: Night, quality: float, checked: Checked) -> None:
    made = night.document["dataset"]
    if made["sha256"] != dataset_of_a_fresh_store(place):
        checked.flaws.append("other_dataset")
    if night.document["adapter"] and not _has_weights_of(place, made["uri"], night.document["adapter"]["uri"], quality):
        checked.flaws.append("other_weights")
    drafts = list((place.workspace / "artifacts" / ".drafts").glob("*"))
    if drafts or _damaged(place) - place.torn:
        checked.flaws.append("damaged")
    if place.slots():
        checked.flaws.append("slots")


def _damaged(place: Place) -> set[str]:
    """URIs of artifacts that do not open."""
    everything = (uri for kind in place.store.kinds() for uri in place.store.all(kind))
    return {uri for uri in everything if not _opens(place.store, uri)}


def _opens(store: Store, uri: str) -> bool:
    try:
        store.open(uri)
    except StorageError:
        return False
    return True


def dataset_of_a_fresh_store(place: Place) -> str:
    """The digest of the dataset that the app's rows give where nothing was published before."""
    profile = place.profile
    with tempfile.TemporaryDirectory() as folder:
        store = Store(folder)
        filtered = filter_extract(extract(profile.source, store), profile.filter, store, checking(profile))
        return convert(filtered, profile.convert, profile.night.min_records, store).sha256


def _has_weights_of(place: Place, dataset: str, made: str, quality: float) -> bool:
    settings = yaml.safe_load((Path(made) / "axolotl.yml").read_text(encoding="utf-8"))
    settings["datasets"] = [{"data_files": datasets.files(place.store, dataset, "train", FORMAT)}]
    return (Path(made) / WEIGHTS).read_bytes() == adapter(settings, quality)


def plans(nights: int, dice: Random) -> list[str]:
    """What each night's challenger is: the first one is better, then as many as there is room for below BEST."""
    rungs = int((BEST - BASE_QUALITY) / STEP + 1e-9)
    better = {0, *dice.sample(range(1, nights), min(rungs - 1, (nights - 1) // 2))} if nights > 1 else {0}
    return ["better" if night in better else dice.choice(("equal", "worse")) for night in range(nights)]


def hits(nights: int, share: float, names: Sequence[str], dice: Random) -> dict[int, str]:
    """Night to fault: every fault once before any comes again. None hits the first night, which has nothing before."""
    chosen = sorted(dice.sample(range(1, nights), min(nights - 1, round(share * nights))))
    order: list[str] = []
    while len(order) < len(chosen):
        order += dice.sample(list(names), len(names))
    return dict(zip(chosen, order, strict=False))


def measure(folder: Path, nights: int, share: float, seed: int, names: Sequence[str], *, pools: bool) -> dict[str, Any]:
    """Run them all."""
    dice = Random(seed)  # noqa: S311 - no secret
    done: list[Checked] = []
    disk: list[dict[str, float]] = []
    with workplace(PoolPlace(folder) if pools else Place(folder)) as place:
        if not pools:
            _watch_for_zombies(place)
        possible = [name for name in names if place.has_own_disk or not EVERY_FAULT[name].needs_disk]
        planned, faults, season = plans(nights, dice), hits(nights, share, possible, dice), Season()
        for number in range(nights):
            night = Checked(number, faults.get(number, ""), planned[number])
            done.append(one_night(place, season, night, dice))
            _say(done[-1])
            if (number + 1) % RETAIN_EVERY == 0:
                place.retention()
                disk.append({"night": number + 1, **place.disk_mb()})
        torn = _damaged(place)
        left = _left_running(place)
        own_disk = place.has_own_disk
    return _summary(done, disk, left) | {
        "torn_left": len(torn),
        "share": share,
        "seed": seed,
        "left_out": [] if own_disk else [name for name in names if EVERY_FAULT[name].needs_disk],
        "date": report.today(),
        "machine": report.machine_line(),
        "versions": report.versions("prefect", "mlflow", "pyarrow"),
    }


def _watch_for_zombies(place: Place) -> None:
    """Prefect's automations, as `exhell up` registers them."""
    from prefect.client.orchestration import get_client  # noqa: PLC0415 - seconds to import
    from prefect.settings import PREFECT_API_URL, temporary_settings  # noqa: PLC0415

    from configs.schema import NotifyConfig  # noqa: PLC0415
    from flows import automations  # noqa: PLC0415

    with temporary_settings({PREFECT_API_URL: f"{place.prefect}/api"}), get_client(sync_client=True) as client:
        automations.register(client, NotifyConfig())


def _left_running(place: Place) -> list[str]:
    """Once the server had the time to notice which runs are dead."""
    deadline = time.monotonic() + ZOMBIES_S
    while (left := place.unfinished()) and time.monotonic() < deadline:
        time.sleep(1)
    return left


def _summary(done: Sequence[Checked], disk: Sequence[dict[str, float]], left: Sequence[str]) -> dict[str, Any]:
    flaws = Counter(flaw for checked in done for flaw in set(checked.flaws))
    calm = [checked.seconds for checked in done if not checked.fault]
    return {
        "nights": len(done),
        "faulted": sum(bool(checked.fault) for checked in done),
        "decided": sum(bool(checked.outcome) for checked in done),
        "promoted": sum(
            checked.planned == "better" and not {"wrong", "by_hand"} & {*checked.flaws} for checked in done
        ),
        **{
            name: flaws[name]
            for name in ("wrong", "by_hand", "lost", "other_dataset", "other_weights", "damaged", "untold", "slots")
        },
        "left_running": len(left),
        "left": sorted(left),
        "night_s": round(statistics.median(calm), 1) if calm else None,
        "disk_mb": _disk(disk),
        "disk": list(disk),
        "faults": [asdict(checked) | {"what": EVERY_FAULT[checked.fault].what} for checked in done if checked.fault],
        "calm_flaws": [asdict(checked) for checked in done if not checked.fault and checked.flaws],
    }


def _disk(disk: Sequence[dict[str, float]]) -> dict[str, dict[str, float]]:
    """Of each part after each retention: the most, and what it grew by a night in the second half."""
    late = disk[len(disk) // 2 :]
    found = {}
    for name in disk[-1] if disk else ():
        if name == "night":
            continue
        slope = (
            np.polyfit([one["night"] for one in late], [one.get(name, 0.0) for one in late], 1)[0] if late[1:] else 0.0
        )
        found[name] = {"most": max(one.get(name, 0.0) for one in disk), "a_night": round(float(slope), 3)}
    return found


def _say(checked: Checked) -> None:
    what = f"{checked.fault or '-':15} {checked.planned:7} {checked.outcome:9} runs {checked.runs}"
    print(
        f"{checked.night + 1:4} {what} {checked.seconds:5.1f} s {' '.join(checked.flaws)}", file=sys.stderr, flush=True
    )


def main() -> None:
    parser = report.options(__doc__, RESULTS)
    parser.add_argument("--nights", type=int, default=100)
    parser.add_argument("--share", type=float, default=0.2, help="of the nights that are hit")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fault", choices=[*EVERY_FAULT], nargs="+", help="only these; all, if not given")
    parser.add_argument("--pools", action="store_true", help="on the work pools of a stack that stays up")
    parser.add_argument("--keep", action="store_true", help="leave what the nights printed, and say where")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="nights-"))
    try:
        names = arguments.fault or [*(POOL_FAULTS if arguments.pools else FAULTS)]
        result = measure(folder, arguments.nights, arguments.share, arguments.seed, names, pools=arguments.pools)
    finally:
        if arguments.keep:
            print(folder, file=sys.stderr)
        else:
            with suppress(OSError):
                shutil.rmtree(folder)
    summary = (
        f"{result['nights']} nights, {result['faulted']} hit: {result['decided']} decided, {result['wrong']} wrong, "
        f"{result['by_hand']} by hand, {result['lost']} lost, {result['damaged']} damaged, "
        f"{result['left_running']} left running; a calm night {result['night_s']} s"
    )
    report.tell(result, summary, POOL_RESULTS if arguments.pools else RESULTS, arguments)


if __name__ == "__main__":
    main()
