"""The whole stack of one machine: Prefect and MLflow with their pages, deployments, workers, and the model server.

`bring_up` starts what does not run and leaves it running; `take_down` ends it all. Each part is a job with a record in
the workspace (`tasks/jobs.py`), so a second `exhell up` finds what the first one started.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import yaml

from configs.load import PROJECT, references, workspace
from configs.schema import Profile
from flows.console import console
from flows.runtime import NightError, service_record
from flows.ui import Page, must_be_free, pages_of, wait_for
from tasks import jobs
from tasks.jobs import Job

MANIFEST = PROJECT / "prefect.yaml"
POOLS = {"cpu": None, "gpu": 1}
"""Process pools, and how many runs each takes at once: one a GPU; no limit for the rest."""

WORKER_QUERY_S = "5"
"""Seconds between a worker's questions for work; Prefect's own default is 10."""


def bring_up(profile_name: str, profile: Profile) -> None:
    """Start the servers, register pools and deployments, start the workers. What runs already is left alone.

    The schedule of `prefect.yaml` is active from then on. Raises NightError for a port that is taken or a server that
    does not get ready, JobError for deployments that Prefect refuses.
    """
    folder = workspace(profile)
    for page in pages_of(profile):
        _serve(page, folder)
    os.environ["PREFECT_API_URL"] = f"{_prefect(profile).address}/api"
    environment = _environment(profile_name)
    _register(profile_name, folder, environment)
    for pool in POOLS:
        worker, record = _worker(pool, folder, environment), service_record(folder, f"worker-{pool}")
        if jobs.running(record) is None:
            jobs.start(worker, record)


def take_down(profile: Profile) -> list[str]:
    """End workers and servers, in this order; the names of what was running."""
    folder = workspace(profile)
    names = [*(f"worker-{pool}" for pool in POOLS), "mlflow", "prefect"]
    return [name for name in names if jobs.stop(service_record(folder, name))]


def what_runs(profile: Profile) -> dict[str, str]:
    """Part of the stack to where it is reached, or to its process, for those that run."""
    folder = workspace(profile)
    found = {page.name: page.address for page in pages_of(profile) if page.job is None or _runs(page, folder)}
    for pool in POOLS:
        process = jobs.running(service_record(folder, f"worker-{pool}"))
        if process is not None:
            found[f"{pool} worker"] = f"process {process['pid']}"
    return found


def _serve(page: Page, folder: Path) -> None:
    if page.job is None or _runs(page, folder):
        return
    must_be_free(page)
    record = service_record(folder, page.job.name)
    jobs.start(page.job, record)
    try:
        wait_for(page, page.job, record)
    except NightError:
        jobs.stop(record)
        raise
    console.print(f"{page.name} serves at {page.address}")


def _runs(page: Page, folder: Path) -> bool:
    return page.job is not None and jobs.running(service_record(folder, page.job.name)) is not None


def _prefect(profile: Profile) -> Page:
    return next(page for page in pages_of(profile) if page.name == "Prefect")


def _environment(profile_name: str) -> dict[str, str]:
    """What flows on a worker see: where Prefect is, and the variables that the profile names."""
    passed = {name: os.environ[name] for name in references(profile_name) if name in os.environ}
    prefect = {name: value for name, value in os.environ.items() if name.startswith("PREFECT_")}
    return passed | prefect | {"DO_NOT_TRACK": "1", "PREFECT_WORKER_QUERY_SECONDS": WORKER_QUERY_S}


def _register(profile_name: str, folder: Path, environment: dict[str, str]) -> None:
    """Make Prefect's pools and deployments what they should be."""
    from prefect.client.orchestration import get_client  # noqa: PLC0415 - reads the settings when it is imported
    from prefect.client.schemas.actions import WorkPoolCreate  # noqa: PLC0415

    with get_client(sync_client=True) as client:
        for pool, limit in POOLS.items():
            client.create_work_pool(WorkPoolCreate(name=pool, type="process", concurrency_limit=limit), overwrite=True)
    manifest = folder / "deployments.yaml"
    manifest.write_text(yaml.safe_dump(_manifest(profile_name), allow_unicode=True, sort_keys=False), encoding="utf-8")
    words = (_program(), "--no-prompt", "deploy", "--all", "--prefect-file", str(manifest))
    jobs.run(Job("deployments", words, PROJECT, folder / "logs" / "deployments.log", environment))


def _manifest(profile_name: str) -> dict[str, Any]:
    """`prefect.yaml` for another profile than the one that stands in it."""
    content: dict[str, Any] = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    for deployment in content["deployments"]:
        if "profile" in deployment.get("parameters", {}):
            deployment["parameters"]["profile"] = profile_name
    return content


def _worker(pool: str, folder: Path, environment: dict[str, str]) -> Job:
    words = ("worker", "start", "--pool", pool, "--name", f"{pool}-{os.uname().nodename}")
    return Job(f"{pool} worker", (_program(), *words), PROJECT, folder / "logs" / f"worker-{pool}.log", environment)


def _program() -> str:
    return str(Path(sys.executable).with_name("prefect"))
