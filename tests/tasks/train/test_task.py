"""Training as a Prefect task, with the stand-in as its trainer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.testing.utilities import prefect_test_harness

from tasks.artifacts import Adapter
from tasks.tracking import TrackingError
from tasks.train.progress import Metrics
from tasks.train.task import Recorder, train_lora
from tests.tasks.train.conftest import Site


class Run:
    """A tracking run that is out of reach for its first calls."""

    def __init__(self, failures: int = 0) -> None:
        self.points: list[tuple[int | None, Metrics]] = []
        self._failures = failures

    def log_metrics(self, metrics: Metrics, step: int | None = None) -> None:
        if self._failures:
            self._failures -= 1
            raise TrackingError("MLflow is out of reach")
        self.points.append((step, metrics))


def test_losses_wait_while_mlflow_is_out_of_reach() -> None:
    run, warnings = Run(failures=2), list[str]()
    recorder = Recorder(run, warnings.append, clock=lambda: 0.0)
    for step in (1, 2, 3):
        recorder(step, {"loss": step / 10})
    assert run.points == [(1, {"loss": 0.1}), (2, {"loss": 0.2}), (3, {"loss": 0.3})]
    assert warnings == ["losses wait for MLflow, the training goes on: MLflow is out of reach"] * 2


def test_a_server_that_is_away_takes_a_small_part_of_the_training() -> None:
    time = [0.0]

    class Away(Run):
        def log_metrics(self, metrics: Metrics, step: int | None = None) -> None:
            time[0] += 60  # as long as a client tries
            super().log_metrics(metrics, step)

    warnings = list[str]()
    recorder = Recorder(Away(failures=1_000), warnings.append, clock=lambda: time[0])
    for step in range(10_000):
        time[0] += 1
        recorder(step, {"loss": 0.1})
    assert time[0] < 1.1 * 10_000
    assert len(warnings) > 3


def test_losses_that_could_not_be_sent_at_all_are_an_error() -> None:
    recorder = Recorder(Run(failures=2), lambda _: None)
    recorder(1, {"loss": 0.1})
    with pytest.raises(TrackingError, match="MLflow is out of reach"):
        recorder.flush()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Prefect's own, from its temporary server
def test_the_task_returns_the_adapter_and_shows_it(stand_in: Callable[[str], Site]) -> None:
    site, run = stand_in("trains"), Run()

    @flow(name="test-train")
    def night() -> Adapter:
        return train_lora(site.dataset, site.profile, site.store.root, site.workspace, run)

    with prefect_test_harness(server_startup_timeout=180):
        adapter = night()
        with get_client(sync_client=True) as client:
            shown = {artifact.key: artifact for artifact in client.read_artifacts()}
    assert adapter.steps == 4
    assert [step for step, metrics in run.points if "loss" in metrics] == [1, 2, 3, 4]
    assert adapter.name in str(shown["adapter"].data)
    assert shown["training"].data == 100.0
