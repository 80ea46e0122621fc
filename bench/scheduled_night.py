"""What a schedule and work pools cost: a night that Prefect starts by itself, against the bare stages it is made of.

    python -m bench.scheduled_night [--pairs 3] [--epochs 1] [--json] [--save]

A pair is one first night of the demo on a stack that `exhell up` has just started, and the same stages called bare on
the same inputs (`bench.night`). The night runs as users have it: the scheduler makes its run, the worker of the `cpu`
pool takes it, and each stage is a run of its own in a process of its own, on `cpu` or `gpu`, whose worker uses the CPU
here. What is counted begins at the scheduled time and ends when Prefect holds the night for completed. The figure is
the difference; the goal is 60 s at most. Both train for `--epochs`, and both find the model server running.

`idle_mib` is what the stack holds shortly before the night, part by part, and `besides_vllm_mib` the sum without the
model server; the goal is IDLE_GOAL_MIB at most. Memory that processes share is split between them (PSS).
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil

from bench import report
from bench.night import bare, measure
from bench.workplace import free_port, traffic, write_profile
from configs.load import PROJECT, load_profile
from tasks import jobs
from tasks.jobs import Job
from tasks.serving import stop_servers

GOAL_S = 60.0
IDLE_GOAL_MIB = 1_500
MODEL_SERVER = "vllm"
AHEAD_S = 30
"""Seconds until the scheduled time: Prefect's scheduler looks at new schedules every few seconds."""

SETTLED_S = 5
"""Seconds before the scheduled time at which the stack's memory is looked at."""

LIMIT_S = 900
POLL_S = 0.5
MIB = 1 << 20
RESULTS = report.RESULTS / "scheduled_night.json"


class Server:
    """The few things to ask Prefect's server for."""

    def __init__(self, url: str) -> None:
        self._api = httpx.Client(base_url=f"{url}/api", timeout=30)

    def post(self, path: str, **content: Any) -> Any:
        answer = self._api.post(path, json=content)
        answer.raise_for_status()
        return answer.json()

    def schedule(self, flow: str, deployment: str, when: datetime) -> None:
        """Replace the deployment's schedules by one that begins then, and repeats a day later."""
        found = self._api.get(f"/deployments/name/{flow}/{deployment}").raise_for_status().json()
        every_day = {"interval": 86_400, "anchor_date": when.isoformat(), "timezone": "UTC"}
        content = {"schedules": [{"active": True, "schedule": every_day}]}
        self._api.patch(f"/deployments/{found['id']}", json=content).raise_for_status()

    def runs(self) -> dict[str, dict[str, Any]]:
        """What ran or runs, by what the run does."""
        states = {"any_": ["PENDING", "RUNNING", "COMPLETED", "FAILED", "CRASHED", "CANCELLED"]}
        found = self.post("/flow_runs/filter", flow_runs={"state": {"type": states}})
        return {run["name"].rpartition(": ")[2]: run for run in found}


def scheduled(path: Path, folder: Path) -> dict[str, Any]:
    """One night by schedule: seconds until the stack was up, from the scheduled time to the end, and of each stage."""
    exhell = str(Path(sys.executable).with_name("exhell"))
    up = Job("up", (exhell, "up", "--profile", str(path), "--json"), PROJECT, folder / "up.json")
    started = time.perf_counter()
    jobs.run(up)
    up_s = time.perf_counter() - started
    text = (folder / "up.json").read_text(encoding="utf-8")
    server = Server(json.loads(text[text.index("{") : text.rindex("}") + 1])["stack"]["Prefect"])
    when = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=AHEAD_S)
    server.schedule("nightly-retrain", "nightly", when)
    time.sleep(max(0.0, (when - datetime.now(UTC)).total_seconds() - SETTLED_S))
    idle = idle_mib(folder / "workspace" / "services")
    runs = _wait(server)
    night = runs.pop("nightly retraining")
    return {
        "up_s": up_s,
        "idle_mib": idle,
        "besides_vllm_mib": sum(mib for name, mib in idle.items() if name != MODEL_SERVER),
        "night_s": (datetime.fromisoformat(night["end_time"]) - when).total_seconds(),
        "began_after_s": (datetime.fromisoformat(night["start_time"]) - when).total_seconds(),
        "stages": {name: run["total_run_time"] for name, run in sorted(runs.items(), key=lambda one: _begin(one[1]))},
    }


def idle_mib(services: Path) -> dict[str, float]:
    """What each part of a running stack holds, with all that it started, by the records of `services`."""
    found = {}
    for record in sorted(services.glob("*.json")):
        if content := jobs.running(record):
            first = psutil.Process(content["pid"])
            processes = [first, *first.children(recursive=True)]
            found[record.stem] = sum(one.memory_full_info().pss for one in processes) / MIB
    return found


def _begin(run: dict[str, Any]) -> str:
    return str(run["start_time"])


def _wait(server: Server) -> dict[str, dict[str, Any]]:
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        runs = server.runs()
        state = runs.get("nightly retraining", {}).get("state_type")
        if state == "COMPLETED":
            return runs
        if state not in (None, "PENDING", "RUNNING"):
            raise RuntimeError(f"the night ended as {state}: {runs['nightly retraining']['state']['message']}")
        time.sleep(POLL_S)
    raise RuntimeError(f"the scheduled night did not complete within {LIMIT_S} s")


def pair(epochs: float, scheduled_first: bool) -> dict[str, Any]:
    """One night each way, in workspaces of their own."""
    result: dict[str, Any] = {}
    for way in ("scheduled", "bare") if scheduled_first else ("bare", "scheduled"):
        folder = Path(tempfile.mkdtemp(prefix="bench-"))
        exhell = str(Path(sys.executable).with_name("exhell"))
        ports = {"prefect_port": free_port(), "mlflow_port": free_port()}
        path = write_profile(folder, free_port(), train={"epochs": epochs}, pages=ports, gateway={"port": free_port()})
        profile = load_profile(str(path))
        try:
            traffic(folder, "create")
            if way == "scheduled":
                result |= scheduled(path, folder)
            else:
                result["bare"] = bare(profile, server_runs=True)
                result["bare_s"] = sum(result["bare"].values())
        finally:
            jobs.run(Job("down", (exhell, "down", "--profile", str(path)), PROJECT, folder / "down.log"))
            stop_servers(folder / "workspace")
            shutil.rmtree(folder, ignore_errors=True)
    result["overhead_s"] = result["night_s"] - result["bare_s"]
    return result


def main() -> None:
    parser = report.options(__doc__, RESULTS)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--epochs", type=float, default=1.0)
    arguments = parser.parse_args()
    figures = ("up_s", "night_s", "began_after_s", "bare_s", "overhead_s", "besides_vllm_mib")
    result = measure(pair, arguments.pairs, arguments.epochs, figures, GOAL_S) | {"idle_goal_mib": IDLE_GOAL_MIB}
    summary = (
        f"scheduled night {result['night_s']} s, bare stages {result['bare_s']} s: {result['overhead_s']} s over them "
        f"(goal: {GOAL_S:.0f} s at most; medians of {arguments.pairs} pairs); the idle stack holds "
        f"{result['besides_vllm_mib']:.0f} MiB besides vLLM (goal: {IDLE_GOAL_MIB})"
    )
    report.tell(result, summary, RESULTS, arguments)


if __name__ == "__main__":
    main()
