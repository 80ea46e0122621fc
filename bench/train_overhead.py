"""What orchestration adds to a training: `exhell train` against bare `axolotl train`, on equal files.

    python -m bench.train_overhead [--pairs 3] [--epochs 1] [--json] [--save]

Both sides of a pair read the same axolotl.yml, byte by byte, and the same token ids, which lie ready. Bare is
`axolotl train axolotl.yml` alone, with the hub and telemetry off as in a night. The order alternates. Two figures,
medians of the pairs' differences:

- `overhead_s`: of the training stage as a night runs it, with Prefect's server and MLflow up: from the call of the flow
  to the adapter's reference, all checks, proofs, records and the publishing included. Goal: 3 s + 1% of the bare time.
- `command_overhead_s`: of the whole command, with Python's start, Prefect's server and MLflow's first tables besides.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import measure, report
from bench.workplace import free_port, traffic, write_profile
from configs.load import PROJECT, load_profile, store_root
from configs.schema import Profile
from tasks import jobs
from tasks.convert.convert import convert
from tasks.extract.extract import extract
from tasks.filter.filter import filter_extract
from tasks.jobs import Job
from tasks.storage import Store
from tasks.train.axolotl import CONFIG, ENVIRONMENT
from tasks.train.plan import TEMPLATE, training_environment

GOAL_S, GOAL_SHARE = 3.0, 0.01
RESULTS = report.RESULTS / "train_overhead.json"
KIND = "adapters"


@contextmanager
def site(epochs: float) -> Iterator[tuple[Path, Path]]:
    """A workplace with a published dataset: its folder and its profile."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        path = write_profile(folder, free_port(), train={"epochs": epochs})
        traffic(folder, "create")
        profile = load_profile(str(path))
        store = Store(store_root(profile))
        filtered = filter_extract(extract(profile.source, store), profile.filter, store)
        dataset = convert(filtered, profile.convert, profile.night.min_records, store)
        (folder / "dataset.json").write_text(dataset.model_dump_json(), encoding="utf-8")
        yield folder, path
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def orchestrated(folder: Path, path: Path) -> dict[str, Any]:
    """Train by the flow in a process of its own: seconds of the stage and of the command, and the trainer's files."""
    profile = load_profile(str(path))
    _forget_adapters(profile)
    argv = (sys.executable, "-m", "bench.train_overhead", "--stage", str(path), str(folder / "dataset.json"))
    cost = measure.run(Job("training stage", argv, PROJECT, folder / "stage.log"))
    adapter = Store(store_root(profile)).open(cost.result["uri"])
    return {
        "stage_s": cost.result["stage_s"],
        "command_s": cost.seconds,
        "files": {name: (adapter / name).read_bytes() for name in (CONFIG, TEMPLATE)},
    }


def stage(path: str, dataset: str) -> dict[str, Any]:
    """What `exhell train` does, with the flow's own time. Runs in a process of its own."""
    from flows import cli  # noqa: PLC0415 - it sets what Prefect reads as it is imported
    from tasks.artifacts import Dataset  # noqa: PLC0415

    cli._begin_flows(path)
    try:
        from flows.train_adapter import train_adapter  # noqa: PLC0415

        chosen = Dataset.model_validate_json(Path(dataset).read_text(encoding="utf-8"))
        started = time.perf_counter()
        adapter = train_adapter(chosen, path)
        return {"stage_s": time.perf_counter() - started, "uri": adapter.uri}
    finally:
        cli._at_end.close()


def bare(folder: Path, path: Path, files: dict[str, bytes]) -> float:
    """Seconds of `axolotl train` on the same files, in an empty folder."""
    work = folder / "bare"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    for name, content in files.items():
        (work / name).write_bytes(content)
    config = load_profile(str(path)).train
    argv = (str(training_environment(config) / "bin" / "axolotl"), "train", CONFIG, "--launcher", "python")
    environment = ENVIRONMENT | {"OMP_NUM_THREADS": str(config.cpu_threads), "HF_DATASETS_CACHE": str(work / "cache")}
    started = time.perf_counter()
    jobs.run(Job("bare axolotl train", argv, work, work / "train.log", environment))
    return time.perf_counter() - started


def pair(folder: Path, path: Path, files: dict[str, bytes], bare_first: bool) -> dict[str, float]:
    """One training each way. Raises SystemExit where the two did not read the same files."""
    if bare_first:
        bare_s, ours = bare(folder, path, files), orchestrated(folder, path)
    else:
        ours, bare_s = orchestrated(folder, path), bare(folder, path, files)
    if ours["files"] != files:
        raise SystemExit(f"the two sides did not read the same {CONFIG}: nothing is compared")
    return {
        "stage_s": ours["stage_s"],
        "command_s": ours["command_s"],
        "bare_s": bare_s,
        "overhead_s": ours["stage_s"] - bare_s,
        "command_overhead_s": ours["command_s"] - bare_s,
    }


def measured(pairs: int, epochs: float) -> dict[str, Any]:
    """The figures, after one training that makes the token ids and is not counted."""
    with site(epochs) as (folder, path):
        files = orchestrated(folder, path)["files"]
        runs = [pair(folder, path, files, number % 2 == 0) for number in range(pairs)]
    medians = report.medians(runs, tuple(runs[0]), 2)
    return {
        **medians,
        "goal_s": round(GOAL_S + GOAL_SHARE * medians["bare_s"], 2),
        "epochs": epochs,
        "runs": [{name: round(value, 2) for name, value in run.items()} for run in runs],
        "date": report.today(),
        "machine": report.machine_line(),
        "versions": report.versions("prefect", "mlflow") | {"axolotl": axolotl_version()},
    }


def axolotl_version() -> str:
    (found,) = (PROJECT / ".venv-train").glob("lib/python*/site-packages/axolotl-*.dist-info")
    return found.name.removeprefix("axolotl-").removesuffix(".dist-info")


def _forget_adapters(profile: Profile) -> None:
    """Else the adapter of the training before would be taken. Token ids and dataset stay."""
    root = Path(store_root(profile))
    for folder in (root / KIND, *root.glob(f"*/{KIND}")):
        if folder.is_dir():
            shutil.rmtree(folder)
        else:
            folder.unlink(missing_ok=True)


def main() -> None:
    parser = report.options(__doc__, RESULTS)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--epochs", type=float, default=1.0)
    parser.add_argument("--stage", nargs=2, metavar=("PROFILE", "DATASET"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.stage:
        print(json.dumps(stage(*arguments.stage)))
        return
    result = measured(arguments.pairs, arguments.epochs)
    summary = (
        f"bare {result['bare_s']} s, stage {result['overhead_s']} s more (goal: {result['goal_s']} s at most), "
        f"command {result['command_overhead_s']} s more; medians of {arguments.pairs} pairs"
    )
    report.tell(result, summary, RESULTS, arguments)


if __name__ == "__main__":
    main()
