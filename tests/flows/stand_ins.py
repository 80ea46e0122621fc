"""Stages for the tests of `flows.remote`: flows on pools are imported by name, so they cannot stand in the test."""

from __future__ import annotations

import os

from prefect import flow

from flows.context import STAGE
from tasks.artifacts import Adapter, Dataset
from tasks.train.plan import TrainError

TROUBLE = "the trainer ended well but ran no step"


@flow(name="train-stand-in", **STAGE)
def train(dataset: Dataset, fail: bool = False) -> Adapter:
    """An adapter of the dataset whose `steps` are the id of the process that ran, or the error of a trainer."""
    if fail:
        raise TrainError(TROUBLE)
    return Adapter(
        uri="file:///adapters/1",
        sha256="a" * 64,
        dataset_sha256=dataset.sha256,
        base_sha256="b" * 64,
        config_sha256="c" * 64,
        steps=os.getpid(),
        train_loss=0.25,
    )
