"""The whole loop, real in every part: nights of retraining on the demo's app, one after the other.

The tests follow each other as nights do, on one workspace: the first night, a second one that is interrupted and taken
up again, a night without traffic, nights that go wrong, and the way back.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from mlflow.tracking import MlflowClient

from tests.flows.conftest import Workplace

pytestmark = [pytest.mark.train, pytest.mark.serve, pytest.mark.timeout(1200)]

GAIN = 0.20
"""Formula accuracy over the base model that the first night must reach at least."""


@pytest.fixture(scope="module")
def first(workplace: Workplace) -> dict[str, Any]:
    workplace.traffic("create")
    return dict(workplace.json("night"))


@pytest.fixture(scope="module")
def mlflow(workplace: Workplace, first: dict[str, Any]) -> MlflowClient:
    return MlflowClient(f"sqlite:///{workplace.workspace / 'mlflow.db'}")


@pytest.fixture(scope="module")
def second(workplace: Workplace, first: dict[str, Any]) -> dict[str, Any]:
    """The second night, interrupted while it trains, then run again."""
    workplace.traffic("add-day")
    process = workplace.start("night")
    _wait_for_checkpoint(workplace.workspace / "train", process)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert _only_the_server(workplace)
    done = workplace.json("night")
    return dict(done)


def test_the_first_night_promotes_an_adapter_that_is_twenty_points_better(first: dict[str, Any]) -> None:
    metrics = first["report"]["metrics"]

    assert first["outcome"] == "promoted"
    assert metrics["challenger"]["formula_accuracy"] - metrics["base"]["formula_accuracy"] >= GAIN
    assert first["deployment"]["name"] == f"adapter-{first['adapter']['sha256'][:12]}"


def test_the_promoted_adapter_serves_and_answers_as_itself(workplace: Workplace, first: dict[str, Any]) -> None:
    status = workplace.json("status")
    answer = workplace.json("generate", "B2:B25의 합계를 구하는 수식을 알려줘")

    assert status["champion"] == first["deployment"]["name"]
    assert status["champion"] in status["loaded"]
    assert answer["model"] == status["champion"]
    assert answer["text"].startswith("=SUM(B2:B25)")


def test_mlflow_holds_the_night_with_a_run_for_each_stage(mlflow: MlflowClient, first: dict[str, Any]) -> None:
    night = mlflow.get_run(first["run_id"])
    experiment = night.info.experiment_id
    children = mlflow.search_runs([experiment], f"tags.`mlflow.parentRunId` = '{night.info.run_id}'")
    by_name = {run.info.run_name: run for run in children}

    assert night.data.tags["outcome"] == "promoted"
    assert night.data.tags["reason"] == first["reason"]
    assert set(by_name) == {"prepare", "train", "evaluate", "deploy"}
    assert all(run.info.status == "FINISHED" for run in children)
    assert by_name["train"].data.params["lora.rank"] == "16"
    assert len(mlflow.get_metric_history(by_name["train"].info.run_id, "loss")) > 5
    assert by_name["prepare"].inputs.dataset_inputs[0].dataset.digest == first["dataset"]["sha256"][:36]
    assert night.data.metrics["challenger.formula_accuracy"] == pytest.approx(
        first["report"]["metrics"]["challenger"]["formula_accuracy"]
    )
    adapter = {file.path for file in mlflow.list_artifacts(by_name["train"].info.run_id, "adapter")}
    assert "adapter/adapter_model.safetensors" in adapter
    assert "funnel.json" in {file.path for file in mlflow.list_artifacts(by_name["prepare"].info.run_id)}
    assert "report/report.md" in {
        file.path for file in mlflow.list_artifacts(by_name["evaluate"].info.run_id, "report")
    }


def test_the_night_has_a_page_that_the_command_finds(workplace: Workplace, first: dict[str, Any]) -> None:
    facts = workplace.json("report")
    metrics = first["report"]["metrics"]["challenger"]
    digests = {made["step"]: made["sha256"] for made in facts["lineage"]}
    with sqlite3.connect(workplace.workspace / "prefect" / "prefect.db") as database:
        ((link,),) = database.execute("SELECT data FROM artifact WHERE key = 'report'")

    assert facts["run_id"] == first["run_id"]
    assert (facts["outcome"], facts["reason"]) == ("promoted", first["reason"])
    assert {one["name"]: one["values"]["challenger"] for one in facts["measures"] if not one["cases"]} == {
        name: value for name, value in metrics.items() if "." not in name
    }
    assert digests["dataset"] == first["dataset"]["sha256"]
    assert digests["adapter"] == first["adapter"]["sha256"]
    assert digests["report"] == first["report"]["sha256"]
    assert {"extract", "filtered", "base", "settings"} <= digests.keys()
    assert [curve["name"] for curve in facts["curves"]] == ["loss", "eval_loss"]
    assert f"runs/{first['run_id']}/artifacts/report.html" in link


def test_prefect_holds_a_run_for_every_stage_with_its_artifacts(workplace: Workplace, first: dict[str, Any]) -> None:
    name = workplace.folder.name
    with sqlite3.connect(workplace.workspace / "prefect" / "prefect.db") as database:
        flows = dict(database.execute("SELECT name, state_type FROM flow_run"))
        artifacts = {key for (key,) in database.execute("SELECT key FROM artifact WHERE key IS NOT NULL")}

    assert flows == {
        f"{name}: nightly retraining": "COMPLETED",
        f"{name}: prepare dataset": "COMPLETED",
        f"{name}: train adapter": "COMPLETED",
        f"{name}: evaluate adapter": "COMPLETED",
        f"{name}: deploy adapter": "COMPLETED",
    }
    assert {
        "funnel",
        "dataset",
        "adapter",
        "evaluation",
        "evaluation-report",
        "deployment",
        "night",
        "mlflow",
        "report",
    } <= artifacts


def test_an_interrupted_night_is_taken_up_where_it_was(workplace: Workplace, second: dict[str, Any]) -> None:
    log = next((workplace.workspace / "prefect").rglob("prefect.db"))
    with sqlite3.connect(log) as database:
        lines = [message for (message,) in database.execute("SELECT message FROM log ORDER BY timestamp")]

    assert any("checkpoint" in line for line in lines)
    assert second["outcome"] in {"promoted", "kept"}


def test_the_second_night_takes_only_what_is_new(first: dict[str, Any], second: dict[str, Any]) -> None:
    assert second["dataset"]["sha256"] != first["dataset"]["sha256"]
    assert 0 < second["dataset"]["new_rows"] < 1_000
    assert second["dataset"]["train_rows"] > 0.9 * first["dataset"]["train_rows"]


def test_the_challenger_was_compared_with_the_champion(first: dict[str, Any], second: dict[str, Any]) -> None:
    metrics = second["report"]["metrics"]

    assert set(metrics) == {"base", "champion", "challenger"}
    assert metrics["champion"]["formula_accuracy"] > metrics["base"]["formula_accuracy"]
    assert second["reason"]


def test_a_night_without_traffic_skips_and_says_why(
    workplace: Workplace, first: dict[str, Any], second: dict[str, Any]
) -> None:
    night = workplace.json("night")

    assert night["outcome"] == "skipped"
    assert "no new traffic" in night["reason"]
    assert night["adapter"] is None
    assert workplace.json("report", night["run_id"])["outcome"] == "skipped"


def test_the_demo_without_new_traffic_skips_and_what_serves_answers(
    workplace: Workplace, first: dict[str, Any], second: dict[str, Any]
) -> None:
    demo = workplace.json("demo", "--no-new-traffic")

    assert demo["night"]["outcome"] == "skipped"
    assert demo["answer"]["model"] == workplace.json("status")["champion"]
    assert demo["answer"]["text"].startswith("=")


def test_a_trainer_that_dies_ends_the_night_and_what_served_still_serves(
    workplace: Workplace, second: dict[str, Any]
) -> None:
    champion = workplace.json("status")["champion"]
    process = workplace.start("night", "--force", "--reason", "a drill", "--set", "train.seed=7")
    trainer = _wait_for_trainer(workplace, process)
    os.killpg(trainer, signal.SIGKILL)
    _, errors = process.communicate(timeout=120)

    assert process.returncode == 1
    assert "was ended by SIGKILL" in errors
    assert "Traceback" not in errors
    failed = workplace.json("report")
    assert (failed["outcome"], failed["failure"]["stage"]) == ("failed", "train-adapter")
    assert "was ended by SIGKILL" in failed["reason"]
    assert failed["failure"]["serves"] == champion
    assert failed["failure"]["url"]
    assert [made["step"] for made in failed["lineage"]] == ["dataset"]
    assert workplace.json("status")["champion"] == champion
    assert workplace.json("generate", "B2:B25의 합계를 구하는 수식을 알려줘")["model"] == champion


def test_two_nights_at_once_are_one_night(workplace: Workplace, second: dict[str, Any]) -> None:
    process = workplace.start("night", "--force", "--set", "train.seed=7")
    _wait_for_trainer(workplace, process)
    other = workplace.run("night")
    workplace.press_ctrl_c(process)
    process.communicate(timeout=60)

    assert other.returncode == 1
    assert f"another night of this workspace is running (process {process.pid})" in other.stderr
    assert process.returncode == 130
    assert _only_the_server(workplace)


def test_rollback_brings_back_what_served_before_the_champion(
    workplace: Workplace, first: dict[str, Any], second: dict[str, Any]
) -> None:
    before = workplace.json("status")
    if before["previous"] is None:  # the second night kept the first one's champion: promote its challenger by hand
        workplace.json("deploy", "--force", "--reason", "to roll it back")
        before = workplace.json("status")
    back = workplace.json("rollback", "--reason", "a drill")
    after = workplace.json("status")

    assert back["name"] == before["previous"] == after["champion"]
    assert after["previous"] == before["champion"]
    assert {before["champion"], before["previous"]} <= set(after["loaded"])


def test_a_server_that_was_restarted_serves_the_champion_again(workplace: Workplace, second: dict[str, Any]) -> None:
    champion = workplace.json("status")["champion"]
    workplace.run("down")
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{workplace.port}/health")

    assert champion in workplace.json("serve")["loaded"]


def _wait_for_checkpoint(folder: Path, process: Any) -> None:
    for _ in _while_running(process):
        if list(folder.glob("*/out*/checkpoint-*/trainer_state.json")):
            return


def _wait_for_trainer(workplace: Workplace, process: Any) -> int:
    """Process group of the trainer, once it runs."""
    for _ in _while_running(process):
        for child in psutil.Process(process.pid).children(recursive=True):
            if "axolotl" in " ".join(child.cmdline()):
                return os.getpgid(child.pid)
    raise AssertionError("the trainer never ran")


def _while_running(process: Any) -> Iterator[None]:
    deadline = time.monotonic() + 600
    while process.poll() is None and time.monotonic() < deadline:
        yield
        time.sleep(0.2)
    raise AssertionError(process.communicate()[1])


def _only_the_server(workplace: Workplace) -> bool:
    """Whether nothing of the workspace runs but the model server that ran before."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        if all("vllm" in words for words in workplace.processes()):
            return True
        time.sleep(0.2)
    raise AssertionError(workplace.processes())
