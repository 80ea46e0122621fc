"""A night that goes on from the champion: it learns what is new, is compared with what it began with, and serves."""

from __future__ import annotations

import pytest
from mlflow.entities import Run
from mlflow.tracking import MlflowClient

from tests.flows.conftest import Workplace

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

REPLAYED = 0.1


def test_a_night_goes_on_from_the_champion_and_takes_its_place(workplace: Workplace) -> None:
    workplace.traffic("create")
    first = workplace.json("night")
    assert first["outcome"] == "promoted"
    workplace.traffic("add-day")

    second = workplace.json(
        "night",
        "--force",
        *("--set", "train.start_from=champion", "--set", f"train.replay_share={REPLAYED}"),
        *("--set", "train.warmup_steps=2"),  # there are few steps
        *("--set", "train.learning_rate=0.0002"),  # a champion that moves a little, not one that is learnt anew
        *("--set", "gate.min_gain=-1"),  # the second day brings no gain that an interval would show
    )

    metrics = second["report"]["metrics"]
    assert set(metrics) == {"base", "champion", "challenger"}
    # What the champion learnt is still there: a run that began at the base model cannot learn it from so few examples.
    assert (
        metrics["challenger"]["formula_accuracy"]
        > (metrics["base"]["formula_accuracy"] + metrics["champion"]["formula_accuracy"]) / 2
    )
    client = MlflowClient(f"sqlite:///{workplace.workspace / 'mlflow.db'}")
    trained = _train_run(client, second["run_id"])
    assert trained.data.tags["began_with"] == first["deployment"]["name"]
    new, again = (int(trained.data.metrics[name]) for name in ("examples_new", "examples_replayed"))
    assert 0 < new < second["dataset"]["new_rows"] + 1
    assert again == pytest.approx(REPLAYED * (second["dataset"]["train_rows"] - new), rel=0.25)

    assert second["deployment"]["previous"] == first["deployment"]["name"]
    status = workplace.json("status")
    assert status["champion"] == second["deployment"]["name"] != first["deployment"]["name"]
    assert {first["deployment"]["name"], status["champion"]} <= set(status["loaded"])
    assert workplace.json("generate", "B2:B25의 합계를 구하는 수식을 알려줘")["model"] == status["champion"]


def _train_run(client: MlflowClient, night: str) -> Run:
    experiment = client.get_run(night).info.experiment_id
    children = client.search_runs([experiment], f"tags.`mlflow.parentRunId` = '{night}'")
    return next(run for run in children if run.info.run_name == "train")
