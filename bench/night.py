"""What orchestration costs: a whole night against the bare stages that it is made of.

    python -m bench.night [--pairs 3] [--epochs 1] [--json] [--save]

A pair is one first night of the demo, by `exhell night` (Prefect, MLflow and the command's own start included), and the
same stages called bare one after the other on the same inputs: no Prefect, no MLflow, Python's start and imports not
counted. Both begin with an empty workspace and no server, and train for `--epochs`; the order alternates. The figure is
the difference of wall times; the goal is 15 s at most.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench import report
from bench.workplace import free_port, traffic, write_profile
from configs.load import PROJECT, load_profile, store_root, template_path, workspace
from configs.schema import Profile
from tasks import base_model, jobs
from tasks.convert.convert import convert
from tasks.deploy.canary import check_canaries, read_canaries
from tasks.evaluate.evaluate import Contender, conclude, question
from tasks.extract.extract import extract
from tasks.filter.filter import filter_extract
from tasks.jobs import Job
from tasks.serving import ModelServer, check_template, ensure_server, stop_servers
from tasks.storage import Store
from tasks.train.train import train

GOAL_S = 15.0
RESULTS = report.RESULTS / "night.json"


def bare(profile: Profile, *, server_runs: bool = False) -> dict[str, float]:
    """Seconds of each stage of a first night, called one after the other.

    With `server_runs` the model server is up before them, as on a machine where `exhell up` ran.
    """
    store, folder = Store(store_root(profile)), workspace(profile)
    if server_runs:
        ensure_server(profile)
    seconds: dict[str, float] = {}

    def timed(stage: str, call: Callable[[], Any]) -> Any:
        started = time.perf_counter()
        result = call()
        seconds[stage] = time.perf_counter() - started
        return result

    def prepare() -> Any:
        filtered = filter_extract(extract(profile.source, store), profile.filter, store)
        return convert(filtered, profile.convert, profile.night.min_records, store)

    dataset = timed("prepare", prepare)
    adapter = timed("train", lambda: train(dataset, profile.train, profile.base_model, store, folder))

    def evaluate() -> Any:
        state = ensure_server(profile)
        with ModelServer(state.url) as server:
            server.load_adapter(adapter.name, store.open(adapter.uri))
            contenders = [
                Contender("base", profile.serve.base_name, adapter.base_sha256),
                Contender("challenger", adapter.name, adapter.sha256),
            ]
            answers = [question(server, one, dataset, profile.evaluate, store) for one in contenders]
        return conclude(answers, dataset, profile.evaluate, profile.gate, store)

    report = timed("evaluate", evaluate)

    def deploy() -> None:
        canaries = read_canaries(store.open(report.uri))
        with ModelServer(profile.serve.url) as server:
            base = base_model.locate(profile.base_model)
            check_template(
                server, adapter.name, base, template_path(profile.base_model.chat_template), canaries[0].messages
            )
            check_canaries(server, adapter.name, canaries, profile.evaluate.max_tokens)

    timed("deploy", deploy)
    return seconds


def orchestrated(profile: Path, folder: Path) -> float:
    """Seconds of the same night by the command."""
    exhell = Path(sys.executable).with_name("exhell")
    job = Job("night", (str(exhell), "night", "--profile", str(profile)), PROJECT, folder / "night.log")
    started = time.perf_counter()
    jobs.run(job)
    return time.perf_counter() - started


def pair(epochs: float, orchestrated_first: bool) -> dict[str, Any]:
    """One night each way, in workspaces of their own."""
    result: dict[str, Any] = {}
    order = ("night", "bare") if orchestrated_first else ("bare", "night")
    for way in order:
        folder = Path(tempfile.mkdtemp(prefix="bench-"))
        try:
            path = write_profile(folder, free_port(), train={"epochs": epochs})
            traffic(folder, "create")
            profile = load_profile(str(path))
            if way == "night":
                result["night_s"] = orchestrated(path, folder)
            else:
                result["bare"] = bare(profile)
                result["bare_s"] = sum(result["bare"].values())
        finally:
            stop_servers(folder / "workspace")
            shutil.rmtree(folder, ignore_errors=True)
    result["overhead_s"] = result["night_s"] - result["bare_s"]
    return result


def measure(
    one: Callable[[float, bool], dict[str, Any]], pairs: int, epochs: float, figures: Sequence[str], goal_s: float
) -> dict[str, Any]:
    """Every pair, in alternating order (`one` takes the epochs, and whether the night comes first), and the medians of
    some figures."""
    runs = [one(epochs, number % 2 == 0) for number in range(pairs)]
    return {
        **report.medians(runs, figures, 1),
        "goal_s": goal_s,
        "epochs": epochs,
        "runs": [{name: report.rounded(value, 1) for name, value in run.items()} for run in runs],
        "date": report.today(),
        "machine": report.machine_line(),
        "versions": report.versions("prefect", "mlflow", "pyarrow"),
    }


def main() -> None:
    parser = report.options(__doc__, RESULTS)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--epochs", type=float, default=1.0)
    arguments = parser.parse_args()
    result = measure(pair, arguments.pairs, arguments.epochs, ("night_s", "bare_s", "overhead_s"), GOAL_S)
    summary = (
        f"night {result['night_s']} s, bare stages {result['bare_s']} s, orchestration {result['overhead_s']} s "
        f"(goal: {GOAL_S:.0f} s at most; medians of {arguments.pairs} pairs)"
    )
    report.tell(result, summary, RESULTS, arguments)


if __name__ == "__main__":
    main()
