"""What a night costs as traffic grows: slopes, each fitted to a few sizes, which docs/scale.md extrapolates.

    python -m bench.scale [--times 1 3 10 30 100] [--json] [--save]

- **data**: processor seconds of extract, filter and convert for 1x, 3x, … the demo's 6,400 rows (`bench/traffic.py`:
  about 1 KB a row, as messy as the demo's), on SQLite: a first night, and the night after a day with 1% new rows.
- **train**: the demo's dataset for some numbers of epochs, by the real trainer on the tiny model, on the CPU.
- **evaluate**: a real vLLM server on the CPU answers more and more cases, which are then judged.
- **records**: two nights of the demo by the command; what the second added to Prefect's and MLflow's files and the
  store.

Times are processor seconds, of all processes together, so that what else the machine does meanwhile changes little: on
an idle machine the training and the server keep one core busy, the filter all of them.

A line is `fixed + slope * size`, by least squares of the points' distances as shares of them; `worst` is the largest.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from bench import measure, report, traffic_database
from bench.train_overhead import axolotl_version
from bench.workplace import free_port, traffic, write_profile
from configs.load import PROJECT, load_profile, store_root, template_path, workspace
from configs.schema import Profile
from deployments.demo.traffic import ROWS
from tasks import base_model, jobs
from tasks.artifacts import Dataset
from tasks.convert.convert import convert
from tasks.dataset import files
from tasks.evaluate.evaluate import Contender, conclude, question
from tasks.extract.extract import extract
from tasks.extract.parts import PART_ROWS
from tasks.filter.filter import filter_extract
from tasks.jobs import Job
from tasks.records import Message
from tasks.serving import ModelServer, ensure_server, stop_servers
from tasks.serving.launch import servers
from tasks.serving.template import render_ids
from tasks.storage import Store
from tasks.train.plan import FORMAT
from tasks.train.train import train

RESULTS = report.RESULTS / "scale.json"
TIMES = (1, 3, 10, 30)
EPOCHS = (1, 2, 4)
CASES = (50, 100, 200)
ROLES: dict[str, Any] = {"system": "system", "human": "user", "gpt": "assistant"}


def fit(sizes: Sequence[float], values: Sequence[float]) -> dict[str, float]:
    """The line through the points, by least squares of the shares that they lie off: each size counts alike."""
    slope, fixed = np.polyfit(sizes, values, 1, w=1 / np.asarray(values))
    off = [abs(fixed + slope * size - value) / value for size, value in zip(sizes, values, strict=True)]
    return {"fixed": round(float(fixed), 3), "slope": float(f"{slope:.4g}"), "worst": round(max(off), 2)}


def data(folder: Path, times: Sequence[int]) -> dict[str, Any]:
    """Processor seconds at each size, on the first night and on the next, and bytes of source and store."""
    runs = []
    for factor in times:
        place = folder / f"data-{factor}"
        place.mkdir()
        path = write_profile(place, free_port())
        source = place / "workspace" / "app.db"
        source.parent.mkdir()
        traffic_database.fill(f"sqlite:///{source}", ROWS * factor)
        run: dict[str, Any] = {"times": factor, "rows": ROWS * factor, "source_bytes": source.stat().st_size}
        for night in ("first", "next"):
            if night == "next":
                traffic_database.add_night(f"sqlite:///{source}")
            argv = (sys.executable, "-m", "bench.scale", "--prepare", str(path))
            cost = measure.run(Job("data stage", argv, PROJECT, place / f"{night}.log"))
            run[night] = cost.result | {"seconds": round(cost.seconds, 1), "peak_mib": round(cost.peak_mib)}
            run[night]["store_bytes"] = size_of(place / "workspace" / "artifacts")
        runs.append(run)
        shutil.rmtree(place)
    return {"runs": runs, "lines": lines_of(runs)}


def lines_of(runs: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """What grows with the rows, as lines. What a night adds to the store does not grow evenly, and has none."""
    rows = [run["rows"] for run in runs]
    lines = {
        f"{night}.{stage}_s": fit(rows, [run[night][f"{stage}_s"] for run in runs])
        for night in ("first", "next")
        for stage in ("extract", "filter", "convert")
    }
    lines["store_bytes"] = fit(rows, [run["first"]["store_bytes"] for run in runs])
    large = several_parts(runs)
    peaks = [max(run[night]["peak_mib"] for night in ("first", "next")) for run in large]
    lines["peak_mib"] = fit([run["rows"] for run in large], peaks)
    return lines


def several_parts(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The runs by which memory is reckoned: a single part is screened without processes beside, and says nothing of
    larger tables. All runs where fewer than two have more parts."""
    large = [run for run in runs if run["rows"] > PART_ROWS]
    return large if len(large) > 1 else runs


def prepare(path: str) -> dict[str, float]:
    """The data stage of a profile, bare: processor seconds of each step. Runs in a process of its own."""
    profile = load_profile(path)
    store, seconds = Store(store_root(profile)), {}

    def timed(name: str, call: Callable[[], Any]) -> Any:
        before = used()
        result = call()
        seconds[f"{name}_s"] = round(used() - before, 3)
        return result

    extracted = timed("extract", lambda: extract(profile.source, store))
    filtered = timed("filter", lambda: filter_extract(extracted, profile.filter, store))
    dataset = timed("convert", lambda: convert(filtered, profile.convert, profile.night.min_records, store))
    return seconds | {"kept": filtered.rows, "train_rows": dataset.train_rows}


def demo_dataset(profile: Profile) -> Dataset:
    store = Store(store_root(profile))
    filtered = filter_extract(extract(profile.source, store), profile.filter, store)
    return convert(filtered, profile.convert, profile.night.min_records, store)


def training(folder: Path) -> dict[str, Any]:
    """Processor seconds of the training stage by tokens, on the demo's dataset."""
    path = write_profile(folder, free_port())
    traffic(folder, "create")
    runs = []
    tokens = rows = 0
    for epochs in EPOCHS:
        profile = load_profile(str(path), {"train.epochs": epochs})
        dataset, store = demo_dataset(profile), Store(store_root(profile))
        if not tokens:
            tokens, rows = tokens_of(dataset, profile, store), dataset.train_rows
        started, before = time.perf_counter(), used()
        train(dataset, profile.train, profile.base_model, store, workspace(profile))
        took = {"cpu_s": round(used() - before, 1), "seconds": round(time.perf_counter() - started, 1)}
        runs.append({"epochs": epochs, "tokens": tokens * epochs} | took)
    line = fit([run["tokens"] for run in runs], [run["cpu_s"] for run in runs])
    return {"runs": runs, "line": line, "rows": rows, "tokens_a_row": round(tokens / rows, 1)}


def tokens_of(dataset: Dataset, profile: Profile, store: Store) -> int:
    """Token ids of the train split, template included."""
    base = base_model.locate(profile.base_model)
    template = template_path(profile.base_model.chat_template)
    total = 0
    for file in files(store, dataset.uri, "train", FORMAT):
        for line in file.read_text(encoding="utf-8").splitlines():
            told = [Message(ROLES[turn["from"]], turn["value"]) for turn in json.loads(line)["conversations"]]
            total += len(render_ids(base, template, told))
    return total


def evaluation(folder: Path) -> dict[str, Any]:
    """Processor seconds of a server's start, of asking one model, and of judging two, by cases.

    The server's and this program's together. Two contenders are judged, which are both the base model.
    """
    path = write_profile(folder, free_port())
    traffic(folder, "create")
    profile = load_profile(str(path))
    dataset = demo_dataset(profile)
    fingerprint = base_model.fingerprint(base_model.locate(profile.base_model))
    runs = []
    try:
        state = ensure_server(profile)
        start_s = served(profile)
        with ModelServer(state.url) as server:
            for cases in CASES:
                # A frozen set of its own each time. The second contender's answers are the first one's, found again.
                only = {"test_set": f"of-{cases}", "max_cases": cases, "max_recent_cases": 0, "general_set": ""}
                config, store = profile.evaluate.model_copy(update=only), Store(store_root(profile))
                before = used() + served(profile)
                both = [
                    question(server, Contender(name, profile.serve.base_name, fingerprint), dataset, config, store)
                    for name in ("base", "challenger")
                ]
                asked = used() + served(profile)
                found = conclude(both, dataset, config, profile.gate, store)
                judge_s = used() + served(profile) - asked
                runs.append({"cases": found.cases, "ask_s": round(asked - before, 2), "judge_s": round(judge_s, 2)})
    finally:
        stop_servers(workspace(profile))
    cases_ = [run["cases"] for run in runs]
    lines = {name: fit(cases_, [run[name] for run in runs]) for name in ("ask_s", "judge_s")}
    return {"runs": runs, "server_start_s": round(start_s, 1), "lines": lines}


def records(folder: Path) -> dict[str, Any]:
    """What the second night of the demo adds to each place, in bytes."""
    path = write_profile(folder, free_port(), train={"epochs": 1})
    exhell = Path(sys.executable).with_name("exhell")
    places = {"prefect": "prefect", "mlflow": "mlflow*", "store": "artifacts"}
    seen: list[dict[str, int]] = []
    try:
        for number, what in enumerate(("create", "add-day")):
            traffic(folder, what)
            jobs.run(Job("night", (str(exhell), "night", "--profile", str(path)), PROJECT, folder / f"{number}.log"))
            found = folder / "workspace"
            seen.append({name: sum(size_of(one) for one in found.glob(glob)) for name, glob in places.items()})
    finally:
        stop_servers(folder / "workspace")
    return {name: {"after_one": seen[0][name], "a_night": seen[1][name] - seen[0][name]} for name in places}


def served(profile: Profile) -> float:
    """Processor seconds of the servers that run, so far."""
    roots = [psutil.Process(pid) for pid in servers(workspace(profile))]
    times = [one.cpu_times() for root in roots for one in (root, *root.children(recursive=True))]
    return sum(one.user + one.system for one in times)


def used() -> float:
    """Processor seconds of this process and its children that ended."""
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files under a folder; a file with several names counts once."""
    if path.is_file():
        return path.stat().st_size
    found = {one.stat().st_ino: one.stat().st_size for one in path.rglob("*") if one.is_file()}
    return sum(found.values())


def measured(times: Sequence[int]) -> dict[str, Any]:
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    parts: dict[str, Callable[[Path], Any]] = {
        "data": lambda place: data(place, times),
        "train": training,
        "evaluate": evaluation,
        "records": records,
    }
    result: dict[str, Any] = {"demo_rows": ROWS, "machine": report.machine()}
    try:
        for name, part in parts.items():
            (folder / name).mkdir()
            result[name] = part(folder / name)
            print(f"{name}: done", file=sys.stderr)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    versions = report.versions("prefect", "mlflow", "pyarrow", "numpy") | {"axolotl": axolotl_version()}
    return {"date": report.today(), **result, "versions": versions}


def main() -> None:
    parser = report.options(__doc__, RESULTS)
    parser.add_argument(
        "--times", type=int, nargs="+", default=list(TIMES), help="of the demo's rows, for the data stage"
    )
    parser.add_argument("--prepare", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.prepare:
        print(json.dumps(prepare(arguments.prepare)))
        return
    result = measured(arguments.times)
    lines = {**result["data"]["lines"], "train_s": result["train"]["line"], **result["evaluate"]["lines"]}
    summary = "\n".join(f"{name:18} {one['fixed']:10} + {one['slope']:.3g} x" for name, one in lines.items())
    report.tell(result, summary, RESULTS, arguments)


if __name__ == "__main__":
    main()
