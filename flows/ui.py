"""Serve the pages that people look at: Prefect's (runs and their artifacts) and MLflow's (nights side by side)."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from configs.load import tracking_uri, workspace
from configs.schema import Profile
from flows.console import console
from flows.runtime import NightError, service_record
from tasks import jobs
from tasks.jobs import Job

HOST = "127.0.0.1"
READY_TIMEOUT_S = 180.0
POLL_S = 0.5


def serve_pages(profile: Profile) -> None:
    """Start both servers, say where they are, and end them at Ctrl-C. Raises NightError for a port that is taken."""
    with pages(profile) as addresses:
        for name, address in addresses.items():
            console.print(f"{name:8} {address}")
        console.print("Ctrl-C ends both")
        while True:
            time.sleep(3600)


@contextmanager
def pages(profile: Profile) -> Iterator[dict[str, str]]:
    """Both servers, running and ready inside the block: name to address."""
    folder = workspace(profile)
    servers = {"Prefect": _prefect(profile, folder), "MLflow": _mlflow(profile, folder)}
    ports = {"Prefect": profile.pages.prefect_port, "MLflow": profile.pages.mlflow_port}
    for name, port in ports.items():
        _must_be_free(name, port)
    records = [service_record(folder, job.name) for job in servers.values()]
    try:
        for job, record in zip(servers.values(), records, strict=True):
            jobs.start(job, record)
        addresses = {name: f"http://{HOST}:{port}" for name, port in ports.items()}
        _wait(servers["Prefect"], records[0], f"{addresses['Prefect']}/api/health")
        _wait(servers["MLflow"], records[1], f"{addresses['MLflow']}/health")
        yield addresses
    finally:
        for record in records:
            jobs.stop(record)


def _prefect(profile: Profile, folder: Path) -> Job:
    home = os.environ.get("PREFECT_HOME", str(folder / "prefect"))
    return Job(
        name="prefect",
        argv=(
            *_program("prefect"), "server", "start",
            "--host", HOST, "--port", str(profile.pages.prefect_port),
        ),
        cwd=folder,
        log=folder / "logs" / "prefect.log",
        env={"PREFECT_HOME": home, "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"},
    )  # fmt: skip


def _mlflow(profile: Profile, folder: Path) -> Job:
    return Job(
        name="mlflow",
        argv=(
            *_program("mlflow"), "server", "--backend-store-uri", tracking_uri(profile), "--workers", "1",
            "--host", HOST, "--port", str(profile.pages.mlflow_port),
        ),
        cwd=folder,
        log=folder / "logs" / "mlflow.log",
        # MLflow's job queue runs its own scorers, which nothing here uses; without it the server starts sooner.
        env={
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "DO_NOT_TRACK": "true",
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        },
    )  # fmt: skip


def _program(name: str) -> tuple[str, ...]:
    return (str(Path(sys.executable).with_name(name)),)


def _must_be_free(name: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise NightError(
                f"port {port} on {HOST} is taken, so the {name} page cannot be served there; stop what uses it or set "
                f"pages.{name.lower()}_port in the profile"
            ) from None


def _wait(job: Job, record: Path, url: str) -> None:
    deadline = time.monotonic() + READY_TIMEOUT_S
    while time.monotonic() < deadline:
        try:
            if httpx.get(url, timeout=5).is_success:
                return
        except httpx.TransportError:
            pass
        if jobs.running(record) is None:
            break
        time.sleep(POLL_S)
    raise NightError(f"the {job.name} server did not get ready. Log: {job.log}\n{jobs.tail_of(job.log)}")
