"""Nights on work pools for `bench.nights --pools`: a stack that stays up, and what can be killed under it.

    with workplace(PoolPlace(folder)) as place:
        place.night().wait()

`exhell up --stay` runs in a process of its own, with Prefect, MLflow, a worker for each pool, the gateway and the model
server (a stand-in, as the trainer is). A night is a run of the deployment `nightly`, and each stage is a run of its own
on its pool. What a night leaves is looked at as Prefect's page shows it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import Any, Self, cast
from uuid import UUID

import httpx
import psutil

from bench.nights_faults import Fault, kill_server, kill_trainer, moment, trains
from bench.nights_place import NIGHT_LIMIT_S, SETTINGS, UNFINISHED, Night, Place
from bench.workplace import free_port
from tasks import jobs, processes
from tasks.serving import stop_servers

POLL_S = 0.1
ASK_S = 0.3
"""Seconds between two questions for a run's state."""

REACHED_S = 120
SETTLED_S = 150
"""Heartbeats are missed for 90 s before a run counts as dead, where no process of this machine tells sooner."""

STAGES = ("prepare-dataset", "train-adapter", "evaluate-adapter", "deploy-adapter")


@dataclass
class PoolNight:
    """One run of the deployment, as `Night` is one of the command."""

    place: PoolPlace
    id: str
    ended: dict[str, Any] = field(default_factory=dict)
    asked: float = 0.0

    @property
    def pid(self) -> int:
        """Of its process; 0 before it has one."""
        return self.place.process_of(self.id)

    def runs(self) -> bool:
        if not self.ended and time.monotonic() - self.asked > ASK_S:
            self.asked = time.monotonic()
            run = self.place.ask("GET", f"flow_runs/{self.id}")
            if run.get("state_type") in {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}:
                self.ended = run
        return not self.ended

    def wait(self) -> Self:
        """Until Prefect holds it for ended and nothing of it runs any more, as a night later would find things."""
        self._until(lambda: not self.runs(), NIGHT_LIMIT_S)
        self._until(lambda: not self.place.unfinished(), SETTLED_S)
        return self

    def _until(self, holds: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not holds() and time.monotonic() < deadline:
            time.sleep(POLL_S)

    @property
    def status(self) -> int:
        """0 completed, 1 failed, -1 where it could not say why, as for a process that was killed."""
        return {"COMPLETED": 0, "FAILED": 1}.get(self.ended.get("state_type", ""), -1)

    @property
    def error(self) -> str:
        return str((self.ended.get("state") or {}).get("message") or "") if self.status else ""

    @cached_property
    def document(self) -> dict[str, Any]:
        if self.status:
            return {}
        from prefect.client.orchestration import get_client  # noqa: PLC0415 - seconds to import
        from prefect.client.schemas.objects import State  # noqa: PLC0415
        from prefect.settings import PREFECT_API_URL, temporary_settings  # noqa: PLC0415

        with (
            temporary_settings({PREFECT_API_URL: f"{self.place.prefect}/api"}),
            get_client(sync_client=True) as client,
        ):
            result: Any = cast("State[Any]", client.read_flow_run(UUID(self.id)).state).result()
        return dict(result if isinstance(result, dict) else result.model_dump(mode="json"))


@dataclass
class PoolPlace(Place):
    """The workplace with its stack."""

    stack: subprocess.Popen[bytes] | None = None
    mlflow_port: int = field(default_factory=free_port)
    gateway_port: int = field(default_factory=free_port)

    def settings(self) -> dict[str, dict[str, Any]]:
        return SETTINGS | {
            "pages": {"prefect_port": self.prefect_port, "mlflow_port": self.mlflow_port},
            "gateway": {"port": self.gateway_port},
        }

    def start(self) -> None:
        """The whole stack, unless it runs; returns once its commands answer."""
        if self.stack is not None and self.stack.poll() is None:
            return
        output = self.folder / "up.json"
        with output.open("wb") as out, (self.folder / "up.txt").open("ab") as err:
            self.stack = subprocess.Popen(
                [self.exhell, "up", "--stay", "--json", "--profile", str(self.folder / "profile.yaml")],
                stdout=out,
                stderr=err,
                env=self.environment(),
                start_new_session=True,
            )
        deadline = time.monotonic() + NIGHT_LIMIT_S
        while not output.read_bytes().strip():
            if self.stack.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.folder / "up.txt").read_text(encoding="utf-8")[-2000:])
            time.sleep(POLL_S)

    def environment(self) -> dict[str, str]:
        found = super().environment()
        del found["PREFECT_API_URL"], found["PREFECT_HOME"]
        return found

    def end(self) -> None:
        """The stack as Ctrl-C ends it, and what it left."""
        if self.stack is not None:
            if self.stack.poll() is None:
                self.stack.send_signal(signal.SIGINT)
                with suppress(subprocess.TimeoutExpired):
                    self.stack.wait(120)
            processes.end_group(self.stack.pid)
        stop_servers(self.workspace)
        for record in (self.workspace / "services").glob("*.json"):
            jobs.stop(record)

    def night(self) -> PoolNight:  # type: ignore[override]
        """Start one, as the schedule does; the caller waits for it."""
        deployment = self.ask("GET", "deployments/name/nightly-retrain/nightly")["id"]
        return PoolNight(self, str(self.ask("POST", f"deployments/{deployment}/create_flow_run")["id"]))

    def ask(self, method: str, path: str, **content: Any) -> Any:
        """Prefect's API; asked again while its server is being started again."""
        deadline = time.monotonic() + REACHED_S
        while True:
            try:
                answer = httpx.request(
                    method, f"{self.prefect}/api/{path}", json=content if method == "POST" else None, timeout=30
                )
                return answer.raise_for_status().json()
            except httpx.HTTPError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(POLL_S)

    def unfinished(self) -> list[str]:
        states = {"state": {"type": {"any_": [*UNFINISHED]}}}
        return [run["name"] for run in self.ask("POST", "flow_runs/filter", flow_runs=states)]

    def slots(self) -> int:
        """Slots of the GPU pool that are held."""
        return int(self.ask("GET", "work_pools/gpu").get("active_slots") or 0)

    def process_of(self, run_id: str) -> int:
        """The process of a flow run; 0 where it has none (yet)."""
        with suppress(OSError, ValueError, KeyError):
            record = self.workspace / "runs" / f"{run_id}.json"
            return int(json.loads(record.read_text(encoding="utf-8"))["pid"])
        return 0

    def stage(self, flow: str) -> int:
        """The process of the stage that runs now; 0 where none does."""
        running = {"state": {"type": {"any_": ["RUNNING"]}}}
        for run in self.ask("POST", "flow_runs/filter", flows={"name": {"any_": [flow]}}, flow_runs=running):
            if pid := self.process_of(run["id"]):
                return pid
        return 0


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if pid:
            os.kill(pid, signal.SIGKILL)


def _in_training(place: Place, night: Night, dice: Random) -> bool:
    """At any moment of the training; False where it never came."""
    if not trains(place, night):
        return False
    moment(dice, 3.0)
    return True


def kill_night(place: Place, night: Night, dice: Random) -> None:
    """The night's process, while its stage trains in another."""
    if _in_training(place, night, dice):
        _kill(night.pid)


def kill_stage(flow: str) -> Callable[[Place, Night, Random], None]:
    """The process of a stage, which holds a slot of its pool."""

    def during(place: Place, night: Night, dice: Random) -> None:
        if pid := _stage(place, night, flow):
            moment(dice, 2.0)
            _kill(pid)

    return during


def kill_part(name: str) -> Callable[[Place, Night, Random], None]:
    """A part of the stack, by its record's name, while the night trains."""

    def during(place: Place, night: Night, dice: Random) -> None:
        if _in_training(place, night, dice):
            _kill_service(place, name)

    return during


def kill_part_in(flow: str, name: str) -> Callable[[Place, Night, Random], None]:
    """The same while a stage runs."""

    def during(place: Place, night: Night, dice: Random) -> None:
        if _stage(place, night, flow):
            moment(dice, 2.0)
            _kill_service(place, name)

    return during


def _kill_service(place: Place, name: str) -> None:
    found = jobs.running(place.workspace / "services" / f"{name}.json")
    _kill(int(found["pid"]) if found else 0)


def _stage(place: Place, night: Night, flow: str) -> int:
    """The process of a stage, once it runs; 0 where the night ended before."""
    deadline = time.monotonic() + REACHED_S
    while not (pid := cast(PoolPlace, place).stage(flow)):
        if not night.runs() or time.monotonic() > deadline:
            return 0
        time.sleep(POLL_S)
    return pid


def cut_power(place: Place, night: Night, dice: Random) -> None:
    """Every process of the stack and of the night at once, as when the machine goes down."""
    if not _in_training(place, night, dice):
        return
    stack = cast(PoolPlace, place).stack
    ours = [process for process in psutil.process_iter(["cmdline", "environ"]) if _works_here(process, place)]
    for process in ours:
        with suppress(psutil.Error):
            process.suspend()
    for process in ours:
        _kill(process.pid)
    if stack is not None:
        stack.wait()
    place.start()


def _works_here(process: psutil.Process, place: Place) -> bool:
    words = " ".join(process.info["cmdline"] or [])
    environment = process.info["environ"] or {}
    return str(place.folder) in words or any(str(place.folder) in value for value in environment.values())


def cancel(place: Place, night: Night, dice: Random) -> None:
    """The button of Prefect's page."""
    if _in_training(place, night, dice):
        state = {"type": "CANCELLING", "name": "Cancelling"}
        run = cast(PoolNight, night).id
        cast(PoolPlace, place).ask("POST", f"flow_runs/{run}/set_state", state=state)


POOL_FAULTS: Mapping[str, Fault] = {
    "pool-kill-night": Fault("the night's process killed while its stage trains on the GPU pool", during=kill_night),
    "pool-kill-prepare": Fault("the process of the stage `prepare` killed", during=kill_stage(STAGES[0])),
    "pool-kill-train": Fault(
        "the process of the stage `train` killed, which holds the GPU", during=kill_stage(STAGES[1])
    ),
    "pool-kill-evaluate": Fault("the process of the stage `evaluate` killed", during=kill_stage(STAGES[2])),
    "pool-kill-deploy": Fault("the process of the stage `deploy` killed", during=kill_stage(STAGES[3])),
    "pool-kill-cpu-worker-prepares": Fault(
        "the CPU pool's worker killed while it prepares", during=kill_part_in(STAGES[0], "worker-cpu")
    ),
    "pool-kill-gpu-worker-asks": Fault(
        "the GPU pool's worker killed while models are asked", during=kill_part_in(STAGES[2], "worker-gpu")
    ),
    "pool-kill-gpu-worker-deploys": Fault(
        "the GPU pool's worker killed while it deploys", during=kill_part_in(STAGES[3], "worker-gpu")
    ),
    "pool-kill-mlflow-end": Fault("MLflow's server killed while it deploys", during=kill_part_in(STAGES[3], "mlflow")),
    "pool-kill-prefect-end": Fault(
        "Prefect's server killed while it deploys", during=kill_part_in(STAGES[3], "prefect")
    ),
    "pool-kill-trainer": Fault("the trainer killed", during=kill_trainer),
    "pool-kill-server": Fault("the model server killed while it is asked", during=kill_server, ends_server=True),
    "pool-kill-gpu-worker": Fault("the GPU pool's worker killed while training", during=kill_part("worker-gpu")),
    "pool-kill-cpu-worker": Fault("the CPU pool's worker killed while training", during=kill_part("worker-cpu")),
    "pool-kill-prefect": Fault("Prefect's server killed while training", during=kill_part("prefect")),
    "pool-kill-mlflow": Fault("MLflow's server killed while training", during=kill_part("mlflow")),
    "pool-kill-gateway": Fault("the gateway killed while training", during=kill_part("gateway")),
    "pool-cancel": Fault("a person cancels the night while it trains", during=cancel),
    "pool-power-cut": Fault("every process of the machine killed at once", during=cut_power, ends_server=True),
}
