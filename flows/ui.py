"""Serve the pages that people look at: Prefect's (runs and their artifacts) and MLflow's (nights side by side)."""

from __future__ import annotations

import os
import secrets
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from configs.load import expand, tracking_uri, workspace
from configs.schema import PagesConfig, Profile
from flows.console import console
from flows.prefect_server import HOST, api_url, login, reached, server_job
from flows.runtime import NightError, service_record
from tasks import jobs
from tasks.jobs import Job

READY_TIMEOUT_S = 180.0
POLL_S = 0.5
USERS = "mlflow-users.db"


@dataclass(frozen=True)
class Page:
    """One server's pages. `job` is None where the user runs the server."""

    name: str
    address: str
    job: Job | None
    health: str
    """Where this machine asks whether it is ready."""
    setting: str = ""
    """What chooses its port."""
    stale: Path | None = None
    """A file of its last start that the next one must not meet."""


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
    """Both pages, ready inside the block. Raises as `pages_of` does, and NightError for a port that is taken."""
    folder = workspace(profile)
    served = pages_of(profile)
    with ExitStack() as stack:
        for page in served:
            if page.job is not None:
                stack.callback(jobs.stop, service_record(folder, page.job.name))
                record = start(page, page.job, folder)
                if profile.pages.database:  # two that make their tables in one database meet in its catalogue
                    wait_for(page, page.job, record)
        for page in served:
            if page.job is not None:
                wait_for(page, page.job, service_record(folder, page.job.name))
        yield served


def pages_of(profile: Profile) -> tuple[Page, Page]:
    """Prefect's and MLflow's pages, whether they are served now or not.

    Raises NightError where they would be open to others, ConfigError for an unset variable.
    """
    folder = workspace(profile)
    return _prefect(profile, folder), _mlflow(profile, folder)


def _prefect(profile: Profile, folder: Path) -> Page:
    pages, asked = profile.pages, login(profile.pages)
    ours = jobs.running(service_record(folder, "prefect")) is not None
    if "PREFECT_API_URL" in os.environ and not ours:
        return Page("Prefect", os.environ["PREFECT_API_URL"].removesuffix("/api"), None, "")
    home = Path(os.environ.get("PREFECT_HOME", folder / "prefect"))
    address, log = _address(pages, pages.prefect_port), folder / "logs" / "prefect-pages.log"
    job = server_job(
        "prefect", home, pages.prefect_port, log, host=pages.host, page=address, database=expand(pages.database)
    )
    if asked:
        job = replace(job, env={**job.env, "PREFECT_SERVER_API_AUTH_STRING": asked, "PREFECT_API_AUTH_STRING": asked})
    return Page("Prefect", address, job, f"{api_url(pages)}/health", "pages.prefect_port")


def _mlflow(profile: Profile, folder: Path) -> Page:
    uri, pages = tracking_uri(profile), profile.pages
    if uri.startswith("http"):
        return Page("MLflow", uri, None, "")
    mlflow = str(Path(sys.executable).with_name("mlflow"))
    words = [mlflow, "server", "--workers", "1", "--host", pages.host, "--port", str(pages.mlflow_port)]
    if pages.host != HOST:
        names = {pages.name or reached(pages.host), reached(pages.host)}
        words += ["--allowed-hosts", ",".join(sorted(f"{name}:{pages.mlflow_port}" for name in names))]
    asked = login(pages)
    if asked:
        words += ["--app-name", "basic-auth"]
    job = Job(
        name="mlflow",
        argv=tuple(words),
        cwd=folder,
        log=folder / "logs" / "mlflow.log",
        # MLflow's job queue runs its own scorers, which nothing here uses; without it the server starts sooner.
        env={
            "MLFLOW_BACKEND_STORE_URI": uri,  # in no process list: it may hold a password
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "DO_NOT_TRACK": "true",
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        }
        | (_guard(folder, asked) if asked else {}),
    )
    health = f"http://{reached(pages.host)}:{pages.mlflow_port}/health"
    return Page("MLflow", _address(pages, pages.mlflow_port), job, health, "pages.mlflow_port", folder / USERS)


def _guard(folder: Path, asked: str) -> dict[str, str]:
    """What MLflow's server needs to ask for a password, which it reads only when it makes its users' file."""
    settings = folder / "mlflow-users.ini"
    folder.mkdir(parents=True, exist_ok=True)
    settings.write_text(
        f"[mlflow]\ndefault_permission = NO_PERMISSIONS\ndatabase_uri = sqlite:///{folder / USERS}\n", encoding="utf-8"
    )
    user, _, password = asked.partition(":")
    return {
        "MLFLOW_AUTH_CONFIG_PATH": str(settings),
        "MLFLOW_AUTH_ADMIN_USERNAME": user,
        "MLFLOW_AUTH_ADMIN_PASSWORD": password,
        "MLFLOW_FLASK_SERVER_SECRET_KEY": secrets.token_hex(32),
    }


def _address(pages: PagesConfig, port: int) -> str:
    """As browsers know it."""
    return f"http://{pages.name or reached(pages.host)}:{port}"


def start(page: Page, job: Job, workspace: Path) -> Path:
    """Start a page's server, which does not run; its record. Raises NightError for a port that is taken."""
    if page.stale is not None:
        page.stale.unlink(missing_ok=True)
    record = service_record(workspace, job.name)
    jobs.stop(record)  # what a server that was killed left behind
    _must_be_free(page)
    jobs.start(job, record)
    return record


def _must_be_free(page: Page) -> None:
    port = int(page.address.rpartition(":")[2])
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise NightError(
                f"port {port} on {HOST} is taken, so {page.name} cannot be served there; stop what uses it or set "
                f"{page.setting} in the profile"
            ) from None


def wait_for(page: Page, job: Job, record: Path) -> None:
    """Wait until a page answers; NightError where its server ends, or is not ready after READY_TIMEOUT_S."""
    deadline = time.monotonic() + READY_TIMEOUT_S
    while time.monotonic() < deadline:
        try:
            if httpx.get(page.health, timeout=5, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        if jobs.running(record) is None:
            break
        time.sleep(POLL_S)
    raise NightError(f"the {job.name} server did not get ready. Log: {job.log}\n{jobs.tail_of(job.log)}")
