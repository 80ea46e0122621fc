"""Prefect's workers: which pools there are, and what a worker and its runs see."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from configs.load import PROJECT, references, store_folder, workspace
from configs.schema import Profile
from flows.runtime import NightError, service_record
from tasks import jobs
from tasks.jobs import Job

POOLS = {"cpu": None, "gpu": 1}
"""Process pools, and how many runs each takes at once: one a GPU; no limit for the rest."""

QUERY_S = "2"
"""Seconds between a worker's questions for work, which each stage of a night waits for; Prefect's own default is 10."""

RESULTS = "exhell-results"
"""Prefect's storage block for what stages return, where the store is one that several machines reach."""

SERVERS = ("PREFECT_", "MLFLOW_TRACKING_")
STORES = ("AWS_", "AZURE_", "GOOGLE_", "FSSPEC_")
"""How the names of variables begin by which Prefect, MLflow and remote stores are reached."""


def environment(profile_name: str, profile: Profile) -> dict[str, str]:
    """What a worker and its runs see: how to reach servers and store, and the variables that the profile names."""
    remote = is_shared(profile)
    begins = SERVERS + (STORES if remote else ())
    passed = {name: value for name, value in os.environ.items() if name.startswith(begins)}
    passed |= {name: os.environ[name] for name in references(profile_name) if name in os.environ}
    if remote:
        passed["PREFECT_DEFAULT_RESULT_STORAGE_BLOCK"] = f"remote-file-system/{RESULTS}"
    return passed | {
        "DO_NOT_TRACK": "1",
        "PREFECT_WORKER_QUERY_SECONDS": QUERY_S,
        # Prefect's own console ends a run whose worker was killed, at the next line that it logs.
        "PREFECT_LOGGING_SETTINGS_PATH": str(PROJECT / "flows" / "logging.yml"),
    }


def is_shared(profile: Profile) -> bool:
    """Whether the store is one that other machines reach too."""
    return store_folder(profile) is None


def start(pool: str, profile_name: str, profile: Profile) -> None:
    """Start a pool's worker and leave it running; one that runs is left alone."""
    folder = workspace(profile)
    record = service_record(folder, f"worker-{pool}")
    if jobs.running(record) is None:
        jobs.stop(record)  # the runs of a worker that was killed
        log = folder / "logs" / f"worker-{pool}.log"
        jobs.start(Job(f"{pool} worker", _words(pool), PROJECT, log, environment(profile_name, profile)), record)


def work(pool: str, profile_name: str, profile: Profile) -> None:
    """Become a pool's worker, on a machine beside the one that the servers run on.

    Raises NightError where it could not take part: no server is named, or store or MLflow are this machine's alone.
    """
    needed = {
        "PREFECT_API_URL must name the server, as in http://control:4200/api": "PREFECT_API_URL" in os.environ,
        "`store` must be one that all machines reach, as in s3://bucket/exhell": is_shared(profile),
        "`tracking.uri` must name an MLflow server": bool(profile.tracking.uri),
    }
    if missing := [what for what, given in needed.items() if not given]:
        raise NightError(f"a worker of another machine cannot take part yet: {'; '.join(missing)}")
    seen = {name: os.environ[name] for name in jobs.PASSED_ON if name in os.environ} | environment(
        profile_name, profile
    )
    os.chdir(PROJECT)
    os.execve(program(), _words(pool), seen)  # noqa: S606 - its arguments are the pool's name


def program() -> str:
    """Prefect's command of this environment."""
    return str(Path(sys.executable).with_name("prefect"))


def _words(pool: str) -> tuple[str, ...]:
    return (program(), "worker", "start", "--pool", pool, "--name", f"{pool}-{os.uname().nodename}")
