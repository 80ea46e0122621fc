"""The evaluation's tasks in a real Prefect flow; only the model server is a fake."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.testing.utilities import prefect_test_harness

from configs.schema import EvaluateConfig, GateConfig, LLMJudgeConfig
from tasks.artifacts import Dataset, EvalReport
from tasks.evaluate import task
from tasks.evaluate.errors import EvaluateError
from tasks.serving import ServingError
from tasks.storage import Store
from tests.tasks.endpoint.conftest import url  # noqa: F401 - a fixture
from tests.tasks.evaluate.fakes import FakeServer
from tests.tasks.judge.examples import examples, publish, right

pytestmark = pytest.mark.slow  # a Prefect server starts

CONFIG = EvaluateConfig(max_cases=120, general_set="", concurrency=4, workbooks=3)


class Server(FakeServer):
    """The fake under the client's own constructor and context."""

    def __init__(self, _url: str) -> None:
        super().__init__(
            {
                "base": lambda _: "모르겠습니다",
                "adapter-1": right,
                "down": self._fail,
                "absent": self._refuse,
                "slow": self._hang,
            }
        )

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def _fail(self, _: str) -> str:
        raise ServingError("the server hangs")

    def _hang(self, _: str) -> str:
        raise ServingError("no answer within 120 s", 408)

    def _refuse(self, _: str) -> str:
        raise ServingError("load the adapter first", 404)


@pytest.fixture(scope="module", autouse=True)
def prefect_server() -> Iterator[None]:
    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture(autouse=True)
def fake_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task, "ModelServer", Server)


@flow(persist_result=True, result_serializer="json")
def evaluate_flow(dataset: Dataset, root: str, judge: LLMJudgeConfig | None = None) -> EvalReport:
    common = {"config": CONFIG, "system_prompt": "", "root": root}
    answers = [
        task.question_model("base", "base", "a" * 64, dataset, url="http://127.0.0.1:1", **common),
        task.question_model("challenger", "adapter-1", "b" * 64, dataset, url="http://127.0.0.1:1", **common),
    ]
    return task.judge_and_decide(answers, dataset, gate=GateConfig(resamples=500), llm_judge=judge, **common)


def _rows(count: int) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = examples(count).to_pylist()
    return rows


@flow
def ask_one(model: str, dataset: Dataset, root: str) -> None:
    task.question_model.with_options(retry_delay_seconds=0)(
        "challenger", model, "c" * 64, dataset, config=CONFIG, system_prompt="", url="http://127.0.0.1:1", root=root
    )


def test_the_tasks_pass_references_and_show_the_report(tmp_path: Path) -> None:
    dataset = publish(Store(str(tmp_path)), examples(160))
    report = evaluate_flow(dataset, str(tmp_path))
    assert report.decision.promote
    with get_client(sync_client=True) as client:
        artifacts = {artifact.key: artifact for artifact in client.read_artifacts()}
        names = {run.name for run in client.read_task_runs()}
    assert artifacts["evaluation"].description == report.decision.reason
    assert str(artifacts["evaluation-report"].data).startswith("# Promoted")
    assert {"ask base base", "ask challenger adapter-1", "judge the answers and decide"} <= names


def test_an_llm_judge_speaks_in_the_stages_report_and_its_key_is_nowhere(
    tmp_path: Path,
    url: str,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("JUDGE_API_KEY", "secret-7")
    rows = [row | {"task_type": "ANALYZE"} if row["task_type"] == "EXPLAIN" else row for row in _rows(160)]
    dataset = publish(Store(str(tmp_path)), pa.Table.from_pylist(rows, examples(0).schema))
    judge = LLMJudgeConfig(url=url, model="judge", api_key="${JUDGE_API_KEY}")
    report = evaluate_flow(dataset, str(tmp_path), judge)
    assert report.opinion is not None
    # The challenger says more than the base model's one word, and of the app's own answers there is nothing rated.
    assert (report.opinion.answers.share, report.opinion.answers.pairs) == (1.0, 40)
    assert report.opinion.rated.pairs == 0
    with get_client(sync_client=True) as client:
        artifacts = [artifact for artifact in client.read_artifacts() if artifact.key == "evaluation-report"]
        runs = "".join(run.model_dump_json() for run in [*client.read_task_runs(), *client.read_flow_runs()])
    shown = [text for artifact in artifacts if "## LLM judge" in (text := str(artifact.data))]
    assert len(shown) == 1
    assert "prefers the challenger's free text over the base's in 100.0% of 40 pairs" in shown[0]
    assert "How far it agrees with users is not known" in shown[0]
    files = "".join(path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.is_file())
    assert "secret-7" not in "".join((runs, files, caplog.text, report.model_dump_json(), shown[0]))


@pytest.mark.parametrize(("model", "tries"), [("down", 2), ("slow", 2), ("absent", 1)])
def test_only_a_server_that_fails_is_asked_again(tmp_path: Path, model: str, tries: int) -> None:
    dataset = publish(Store(str(tmp_path)), examples(40))
    with pytest.raises(EvaluateError, match=f"{model} (could not be questioned|got no answer: .* timed out)"):
        ask_one(model, dataset, str(tmp_path))
    with get_client(sync_client=True) as client:
        runs = [run for run in client.read_task_runs() if run.name == f"ask challenger {model}"]
    assert [run.run_count for run in runs] == [tries]
