"""Stages for the tests of `flows.remote`: flows on pools are imported by name, so they cannot stand in the test."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from prefect import flow, task

from configs.load import load_profile
from flows import dead_runs
from flows.context import STAGE
from flows.remote import run_stage
from tasks import jobs
from tasks.artifacts import Adapter, Dataset
from tasks.jobs import Job
from tasks.train.plan import TrainError
from tasks.train.supervise import RECORD

TROUBLE = "the trainer ended well but ran no step"


TRAINER = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
while True:
    print("still training", flush=True)
    time.sleep(0.2)
"""


@task
def run_trainer(folder: Path) -> None:
    """A trainer with a worker of its own, supervised as real ones are; it never ends by itself."""
    job = Job("trainer", (sys.executable, "-c", TRAINER), folder, folder / "train.log")
    jobs.run(job, record=folder / RECORD)


@flow(name="train-stand-in", **STAGE)
def train(dataset: Dataset, fail: bool = False, endless: Path | None = None) -> Adapter:
    """An adapter of the dataset whose `steps` are the id of the process that ran, or the error of a trainer.

    `endless` is the folder of a trainer that must be cancelled.
    """
    if fail:
        raise TrainError(TROUBLE)
    if endless is not None:
        run_trainer(endless)
    return Adapter(
        uri="file:///adapters/1",
        sha256="a" * 64,
        dataset_sha256=dataset.sha256,
        base_sha256="b" * 64,
        config_sha256="c" * 64,
        steps=os.getpid(),
        train_loss=0.25,
    )


@flow(name="night-stand-in", on_cancellation=[dead_runs.cancel_stages], **STAGE)
def night(deployment: str, dataset: Dataset, endless: Path) -> Adapter:
    """A night whose trainer runs on a pool, and never ends by itself."""
    settings = load_profile("demo", {"night.pools": {"train": deployment}})
    return run_stage(train, settings, dataset=dataset, endless=str(endless))
