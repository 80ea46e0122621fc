"""A real Prefect server of a test's own, and a client of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.events.worker import EventsWorker
from prefect.settings import PREFECT_API_URL, temporary_settings

from bench.workplace import free_port
from flows.prefect_server import server_job
from flows.ui import Page, wait_for
from tasks import jobs


@contextmanager
def prefect_api(folder: Path) -> Iterator[SyncPrefectClient]:
    """Inside the block, this process uses the server too."""
    port, record = free_port(), folder / "server.json"
    job = server_job("prefect", folder / "home", port, folder / "log", "--no-scheduler")
    jobs.start(job, record)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(Page("Prefect", address, job, f"{address}/api/health"), job, record)
        with temporary_settings({PREFECT_API_URL: f"{address}/api"}), get_client(sync_client=True) as client:
            yield client
            EventsWorker.drain_all()
    finally:
        jobs.stop(record)
