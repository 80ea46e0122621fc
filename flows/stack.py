"""The whole stack of one machine: Prefect and MLflow with their pages, deployments, workers, and the gateway.

`bring_up` starts what does not run and leaves it running, `open_gateway` the same once a model server serves;
`take_down` ends it all. Each part is a job with a record in the workspace (`tasks/jobs.py`), so a second `exhell up`
finds what the first one started.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from rich.markup import escape

from configs.errors import ExhellError
from configs.load import PROJECT, store_root, workspace
from configs.schema import Profile
from flows import workers
from flows.console import console
from flows.gateway import gateway_status
from flows.prefect_server import reached, use
from flows.runtime import NightError, night_runs, service_record
from flows.ui import Page, pages_of, start, wait_for
from flows.workers import POOLS
from tasks import jobs
from tasks.jobs import Job
from tasks.serving import servers

MANIFEST = PROJECT / "prefect.yaml"
STAY_S = 2.0
"""Seconds between two looks at what should run."""

WORKER_TELLS_S = 30.0
"""Seconds that a worker has to tell how a run's process ended: it knows better, and cancels what belongs to it."""


def bring_up(profile_name: str, profile: Profile, pools: Iterable[str] = POOLS) -> tuple[Page, ...]:
    """Start the servers, register pools and deployments, start these pools' workers; what runs is left alone.

    Returns the servers. The schedule of `prefect.yaml` is active from then on. Raises NightError for a port that is
    taken or a server that does not get ready, JobError for deployments that Prefect refuses.
    """
    folder, pages = workspace(profile), pages_of(profile)
    for page in pages:
        _serve(page, folder)
    if "PREFECT_API_URL" not in os.environ:
        use(profile.pages)
    _register(profile_name, profile, folder)
    for pool in pools:
        workers.start(pool, profile_name, profile)
    _tell_of_the_dead(folder)
    return pages


def open_gateway(profile_name: str, profile: Profile) -> None:
    """Start the gateway, unless one of this workspace answers. Raises NightError where it does not get ready."""
    if gateway_status(profile) is None:
        _serve(_gateway(profile_name, profile), workspace(profile))


def stay(
    profile_name: str,
    profile: Profile,
    pages: Iterable[Page],
    pools: Iterable[str],
    model_server: Callable[[], None] | None,
) -> None:
    """Start again whatever ends, until the process is interrupted. What cannot be started is said, and tried again.

    A server that is slow to answer has not ended. The model server, where there shall be one, is left to a night while
    one runs, which may have made room for the training.
    """
    folder, said = workspace(profile), ""
    gone: dict[str, float] = {}
    while True:
        time.sleep(STAY_S)
        gone = _seen_gone(folder, gone)
        try:
            for page in pages:
                _serve(page, folder)
            for pool in pools:
                workers.start(pool, profile_name, profile)
            if model_server is not None:
                if not servers(folder) and not night_runs(folder):
                    model_server()
                open_gateway(profile_name, profile)
            _tell_of_the_dead(folder, gone)
            said = ""
        except ExhellError as error:
            if str(error) != said:
                console.print(f"[bold red]error:[/] {escape(str(error))}", soft_wrap=True)
            said = str(error)


def take_down(profile: Profile) -> list[str]:
    """End workers, gateway and servers, in this order; the names of what was running."""
    folder = workspace(profile)
    names = [*(f"worker-{pool}" for pool in POOLS), "gateway", "mlflow", "prefect"]
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
    record = start(page, page.job, folder)
    try:
        wait_for(page, page.job, record)
    except NightError:
        jobs.stop(record)
        raise
    console.print(f"{page.name} serves at {page.address}")


def _runs(page: Page, folder: Path) -> bool:
    return page.job is not None and jobs.running(service_record(folder, page.job.name)) is not None


def _gateway(profile_name: str, profile: Profile) -> Page:
    settings, folder = profile.gateway, workspace(profile)
    words = (str(Path(sys.executable).with_name("exhell")), "gateway", "--profile", profile_name)
    job = Job("gateway", words, PROJECT, folder / "logs" / "gateway.log", workers.environment(profile_name, profile))
    address = f"http://{reached(settings.host)}:{settings.port}"
    return Page("the gateway", address, job, f"{address}/ready", "gateway.port")


def _seen_gone(folder: Path, before: Mapping[str, float]) -> dict[str, float]:
    """Runs whose process is gone, and when that was first seen."""
    from flows import dead_runs  # noqa: PLC0415 - Prefect reads its settings when it is imported

    now = time.monotonic()
    return {run: before.get(run, now) for run in dead_runs.dead(folder)}


def _tell_of_the_dead(folder: Path, seen: Mapping[str, float] | None = None) -> None:
    from flows import dead_runs  # noqa: PLC0415 - Prefect reads its settings when it is imported

    limit = time.monotonic() - WORKER_TELLS_S
    fresh = [run for run, since in (seen or {}).items() if since > limit]
    for name in dead_runs.end(folder, but=fresh):
        console.print(f"{escape(name)}: its process is gone, and Prefect knows now", soft_wrap=True)


def _register(profile_name: str, profile: Profile, folder: Path) -> None:
    """Make Prefect's pools, result storage, deployments and automations what they should be."""
    from prefect.client.orchestration import get_client  # noqa: PLC0415 - reads the settings when it is imported
    from prefect.client.schemas.actions import WorkPoolCreate  # noqa: PLC0415
    from prefect.filesystems import RemoteFileSystem  # noqa: PLC0415

    from flows import automations  # noqa: PLC0415

    with get_client(sync_client=True) as client:
        for pool, limit in POOLS.items():
            client.create_work_pool(WorkPoolCreate(name=pool, type="process", concurrency_limit=limit), overwrite=True)
        automations.register(client, profile.notify)
    if workers.is_shared(profile):
        RemoteFileSystem(basepath=f"{store_root(profile)}/prefect-results").save(workers.RESULTS, overwrite=True)
    seen = workers.environment(profile_name, profile)
    manifest = folder / "deployments.yaml"
    manifest.write_text(yaml.safe_dump(_manifest(profile_name), allow_unicode=True, sort_keys=False), encoding="utf-8")
    words = (workers.program(), "--no-prompt", "deploy", "--all", "--prefect-file", str(manifest))
    jobs.run(Job("deployments", words, PROJECT, folder / "logs" / "deployments.log", seen))


def _manifest(profile_name: str) -> dict[str, Any]:
    """`prefect.yaml` for another profile than the one that stands in it."""
    content: dict[str, Any] = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    for deployment in content["deployments"]:
        if "profile" in deployment.get("parameters", {}):
            deployment["parameters"]["profile"] = profile_name
    return content
