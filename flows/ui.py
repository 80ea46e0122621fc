"""Serve the pages that people look at: Prefect's (runs and their artifacts) and MLflow's (nights side by side)."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from configs.load import tracking_uri, workspace
from configs.schema import Profile
from flows.console import console
from flows.prefect_server import HOST, server_job
from flows.runtime import NightError, service_record
from tasks import jobs
from tasks.jobs import Job

READY_TIMEOUT_S = 180.0
POLL_S = 0.5


@dataclass(frozen=True)
class Page:
    """One server's pages. `job` is None where the user runs the server."""

    name: str
    address: str
    job: Job | None
    health: str


def serve_pages(profile: Profile) -> None:
    """Start both servers, say where they are, and end them at Ctrl-C. Raises NightError for a port that is taken."""
    with pages(profile) as served:
        for page in served:
            console.print(f"{page.name:8} {page.address}")
        console.print("Ctrl-C ends what was started here")
        while True:
            time.sleep(3600)


@contextmanager
def pages(profile: Profile) -> Iterator[tuple[Page, Page]]:
    """Both pages, ready inside the block."""
    folder = workspace(profile)
    served = pages_of(profile)
    with ExitStack() as stack:
        for page in served:
            if page.job is not None:
                must_be_free(page)
                record = service_record(folder, page.job.name)
                stack.callback(jobs.stop, record)
                jobs.start(page.job, record)
        for page in served:
            if page.job is not None:
                wait_for(page, page.job, service_record(folder, page.job.name))
        yield served


def pages_of(profile: Profile) -> tuple[Page, Page]:
    """Prefect's and MLflow's pages, whether they are served now or not."""
    folder = workspace(profile)
    return _prefect(profile, folder), _mlflow(profile, folder)


def _prefect(profile: Profile, folder: Path) -> Page:
    if "PREFECT_API_URL" in os.environ:
        return Page("Prefect", os.environ["PREFECT_API_URL"].removesuffix("/api"), None, "")
    port, home = profile.pages.prefect_port, Path(os.environ.get("PREFECT_HOME", folder / "prefect"))
    job = server_job("prefect", home, port, folder / "logs" / "prefect-pages.log")
    return Page("Prefect", f"http://{HOST}:{port}", job, "/api/health")


def _mlflow(profile: Profile, folder: Path) -> Page:
    uri, port = tracking_uri(profile), profile.pages.mlflow_port
    if uri.startswith("http"):
        return Page("MLflow", uri, None, "")
    mlflow = str(Path(sys.executable).with_name("mlflow"))
    where = ("--host", HOST, "--port", str(port))
    job = Job(
        name="mlflow",
        argv=(mlflow, "server", "--backend-store-uri", uri, "--workers", "1", *where),
        cwd=folder,
        log=folder / "logs" / "mlflow.log",
        # MLflow's job queue runs its own scorers, which nothing here uses; without it the server starts sooner.
        env={
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "DO_NOT_TRACK": "true",
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        },
    )
    return Page("MLflow", f"http://{HOST}:{port}", job, "/health")


def must_be_free(page: Page) -> None:
    """Raise NightError where a page's port is taken."""
    port = int(page.address.rpartition(":")[2])
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise NightError(
                f"port {port} on {HOST} is taken, so the {page.name} page cannot be served there; stop what uses it or "
                f"set pages.{page.name.lower()}_port in the profile"
            ) from None


def wait_for(page: Page, job: Job, record: Path) -> None:
    """Wait until a page answers; NightError where its server ends, or is not ready after READY_TIMEOUT_S."""
    deadline = time.monotonic() + READY_TIMEOUT_S
    while time.monotonic() < deadline:
        try:
            if httpx.get(page.address + page.health, timeout=5, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        if jobs.running(record) is None:
            break
        time.sleep(POLL_S)
    raise NightError(f"the {job.name} server did not get ready. Log: {job.log}\n{jobs.tail_of(job.log)}")
