"""A night over two machines that share nothing but servers and an object store.

The second machine is a mount namespace of its own: where the first has its workspace and its temporary files, it has
empty folders. The store is S3 (moto), MLflow and Prefect are servers; all on loopback.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fsspec
import httpx
import pytest

from bench.workplace import free_port, write_profile
from tasks import jobs
from tasks.jobs import Job
from tests.deployments.in_thread import eventually
from tests.flows.conftest import EXHELL, Workplace
from tests.s3 import s3_server

UNSHARE = shutil.which("unshare")
pytestmark = [
    pytest.mark.long,
    pytest.mark.train,
    pytest.mark.serve,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        UNSHARE is None or os.geteuid() != 0, reason="a machine in a namespace of its own needs root and unshare"
    ),
]
STORE = "s3://exhell/artifacts"
POOLS = {
    stage: f"{flow}/stage"
    for stage, flow in (
        ("prepare", "prepare-dataset"),
        ("train", "train-adapter"),
        ("evaluate", "evaluate-adapter"),
        ("deploy", "deploy-adapter"),
    )
}


@dataclass
class Hosts:
    first: Workplace
    prefect: str
    mlflow: str


def _second(place: Workplace, elsewhere: Path, prefect: str) -> subprocess.Popen[str]:
    """`exhell worker gpu` on the other machine."""
    (place.folder / "tmp").mkdir(exist_ok=True)
    lines = [
        f"mount --bind {elsewhere / 'workspace'} {place.workspace}",
        f"mount --bind {elsewhere / 'tmp'} {place.folder / 'tmp'}",
        f"exec {EXHELL} worker gpu --profile {place.profile}",
    ]
    for name in ("workspace", "tmp"):
        (elsewhere / name).mkdir(parents=True)
    assert UNSHARE is not None
    with (elsewhere / "worker.log").open("w") as log:
        return subprocess.Popen(
            [UNSHARE, "--mount", "sh", "-ec", "\n".join(lines)],
            env=os.environ | {"PREFECT_API_URL": f"{prefect}/api", "TMPDIR": str(place.folder / "tmp")},
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
        )


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    folder = tmp_path_factory.mktemp("hosts")
    place, mlflow, prefect = Workplace(folder / "first"), free_port(), free_port()
    place.folder.mkdir()
    record = folder / "mlflow.json"
    tracking = Job(
        "mlflow",
        (
            str(Path(sys.executable).with_name("mlflow")),
            "server",
            "--host",
            "127.0.0.1",
            "--port",
            str(mlflow),
            "--backend-store-uri",
            f"sqlite:///{folder / 'mlflow.db'}",
            "--artifacts-destination",
            str(folder / "mlflow"),
            "--workers",
            "1",
        ),
        folder,
        folder / "mlflow.log",
        {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
    )
    with s3_server(), pytest.MonkeyPatch.context() as patch:
        fsspec.filesystem("s3").mkdir("exhell")
        patch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{mlflow}")
        write_profile(
            place.folder,
            place.port,
            pages={"prefect_port": prefect},
            gateway={"port": free_port()},
            tracking={"uri": "${MLFLOW_TRACKING_URI}"},
            night={"pools": POOLS},
            store=STORE,
        )
        place.traffic("create")
        jobs.start(tracking, record)
        second: subprocess.Popen[str] | None = None
        try:
            assert eventually(lambda: _answers(f"http://127.0.0.1:{mlflow}/health"), 120)
            up = place.json("up", "--no-gpu")
            assert set(up["stack"]) == {"Prefect", "MLflow", "cpu worker"}
            second = _second(place, folder / "second", up["stack"]["Prefect"])
            yield Hosts(place, up["stack"]["Prefect"], f"http://127.0.0.1:{mlflow}")
        finally:
            if second is not None:
                second.terminate()
                second.wait(timeout=60)
            _end_servers_of(folder / "second")
            place.run("down")
            jobs.stop(record)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).is_success
    except httpx.TransportError:
        return False


def _end_servers_of(second: Path) -> None:
    for record in (second / "workspace" / "services").glob("*.json"):
        jobs.stop(record)


def test_a_night_prepares_on_one_machine_and_trains_and_serves_on_the_other(hosts: Hosts) -> None:
    night: dict[str, Any] = hosts.first.json("night")

    assert night["outcome"] == "promoted", night["reason"]
    second = hosts.first.folder.parent / "second" / "workspace"
    assert (second / "train").exists()
    assert not (hosts.first.workspace / "train").exists()
    for part in ("dataset", "adapter", "report"):
        assert night[part]["uri"].startswith(STORE)
    answer = httpx.post(
        f"{night['deployment']['url']}/v1/chat/completions",
        json={"model": night["deployment"]["name"], "messages": [{"role": "user", "content": "B2:B9의 합계"}]},
        timeout=60,
    )
    assert answer.json()["choices"][0]["message"]["content"]


def test_stages_ran_where_their_pools_are(hosts: Hosts) -> None:
    runs = httpx.post(f"{hosts.prefect}/api/flow_runs/filter", json={}, timeout=30).json()
    where = {run["name"].rpartition(": ")[2]: (run["work_pool_name"], run["state"]["type"]) for run in runs}

    assert where["train adapter"] == ("gpu", "COMPLETED")
    assert where["evaluate adapter"] == ("gpu", "COMPLETED")
    assert where["deploy adapter"] == ("gpu", "COMPLETED")
    assert {pool for name, (pool, _) in where.items() if "dataset" in name} == {"cpu"}


def test_a_worker_that_could_not_take_part_says_why(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    write_profile(tmp_path, place.port)

    done = place.run("worker", "gpu")

    assert done.returncode == 1
    for what in (
        "PREFECT_API_URL must name the server",
        "`store` must be one that all machines reach",
        "`tracking.uri`",
    ):
        assert what in " ".join(done.stderr.split())
