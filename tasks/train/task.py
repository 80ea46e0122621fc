"""Training as a Prefect task: progress on its page, losses to the stage's MLflow run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol
from uuid import UUID

import httpx
from prefect import get_run_logger, task
from prefect.artifacts import create_markdown_artifact, create_progress_artifact, update_progress_artifact
from prefect.cache_policies import NO_CACHE

from configs.schema import Profile
from tasks.artifacts import Adapter, Dataset
from tasks.storage import Store
from tasks.tracking import TrackingError
from tasks.train.merge import servable
from tasks.train.progress import Metrics, Progress
from tasks.train.train import train

REPORT_EVERY_S = 5.0
"""Between two lines about progress: each is a request to Prefect's server."""

REST = 20
"""Times what a failed report took, until the next one: a client tries for a minute before it says that its server is
away, and the trainer's lines wait meanwhile."""


class MetricsRun(Protocol):
    """Where losses are recorded: a run of `tasks.tracking`."""

    def log_metrics(self, metrics: Metrics, step: int | None = None) -> None: ...


@task(name="train-lora", task_run_name="train a LoRA of {profile.base_model.path}", cache_policy=NO_CACHE)
def train_lora(
    dataset: Dataset, profile: Profile, root: str, workspace: Path, run: MetricsRun, *, champion: Adapter | None = None
) -> Adapter:
    """Publish the adapter, merged where no running server takes it; see `tasks.train.train.train`."""
    logger = get_run_logger()
    recorder = Recorder(run, logger.warning)
    adapter = train(
        dataset,
        profile.train,
        profile.base_model,
        Store(root),
        workspace,
        champion=champion,
        on_progress=_Reporter(),
        on_metrics=recorder,
        say=logger.info,
    )
    recorder.flush()
    adapter = servable(adapter, profile, Store(root), workspace, logger.info)
    validation = f"{adapter.validation_loss:.4f}" if adapter.validation_loss is not None else "not measured"
    logger.info(
        f"{adapter.name}: {adapter.steps} steps, training loss {adapter.train_loss:.4f}, validation {validation}"
    )
    create_markdown_artifact(
        key="adapter",
        markdown=f"""## {adapter.name}

| | |
| --- | --- |
| optimizer steps | {adapter.steps} |
| training loss | {adapter.train_loss:.4f} |
| validation loss | {validation} |
| base model | {profile.base_model.path} ({adapter.base_sha256[:12]}) |
| dataset | {adapter.dataset_sha256[:12]} |
| began with | {f"adapter-{adapter.start_sha256[:12]}" if adapter.start_sha256 else "the base model"} |
| lies at | {adapter.uri} |
| served as | {f"a model of its own, {adapter.model.uri}" if adapter.model else "a LoRA beside the base model"} |
""",
        description="The adapter that this run trained or found",
    )
    return adapter


class Pace:
    """When to report again: after `every_s` seconds, and after one that failed REST times what it took."""

    def __init__(self, every_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._every_s, self._clock = every_s, clock
        self._next = clock()

    def is_due(self) -> bool:
        return self._clock() >= self._next

    @contextmanager
    def reporting(self) -> Iterator[None]:
        started, rest = self._clock(), REST
        try:
            yield
            rest = 0
        finally:
            ended = self._clock()
            self._next = ended + max(self._every_s, rest * (ended - started))


class Recorder:
    """Losses to MLflow as they come. MLflow out of reach costs no training: what it missed is sent later."""

    def __init__(
        self, run: MetricsRun, warn: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._run = run
        self._warn = warn
        self._waiting: list[tuple[int, Metrics]] = []
        self._pace = Pace(0.0, clock)

    def __call__(self, step: int, metrics: Metrics) -> None:
        self._waiting.append((step, metrics))
        if not self._pace.is_due():
            return
        try:
            with self._pace.reporting():
                self.flush()
        except TrackingError as error:
            self._warn(f"losses wait for MLflow, the training goes on: {error}")

    def flush(self) -> None:
        """Send what waits. Raises TrackingError where MLflow is still out of reach."""
        while self._waiting:
            step, metrics = self._waiting[0]
            self._run.log_metrics(metrics, step)
            del self._waiting[0]


class _Reporter:
    """Progress as Prefect's progress artifact and log lines, at most every few seconds."""

    def __init__(self) -> None:
        self._logger = get_run_logger()
        self._artifact: UUID | None = None
        self._pace = Pace(REPORT_EVERY_S)

    def __call__(self, progress: Progress) -> None:
        if not progress.total or (progress.step < progress.total and not self._pace.is_due()):
            return
        self._logger.info(str(progress), extra={"progress": (progress.step, progress.total)})
        try:
            with self._pace.reporting():
                self._draw(100.0 * progress.step / progress.total)
        except httpx.HTTPError as error:  # hours of training are worth more than a bar on a page
            self._logger.warning(f"the progress is not on Prefect's page, the training goes on: {error}")

    def _draw(self, percent: float) -> None:
        if self._artifact is None:
            made = create_progress_artifact(percent, key="training", description="Optimizer steps done")
            self._artifact = made if isinstance(made, UUID) else None
        else:
            update_progress_artifact(self._artifact, percent)
