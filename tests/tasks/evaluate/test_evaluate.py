"""From references to references: three models, their answers, the report and the decision."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from configs.schema import EvaluateConfig, GateConfig
from tasks.artifacts import Dataset, EvalReport
from tasks.evaluate.errors import EvaluateError
from tasks.evaluate.evaluate import Contender, conclude, evaluate, expected_formula, question
from tasks.records import Message
from tasks.storage import Store
from tests.tasks.evaluate.fakes import FakeServer
from tests.tasks.judge.examples import examples, publish, right

CONFIG = EvaluateConfig(max_cases=150, max_recent_cases=0, general_set="", concurrency=4, workbooks=4)
GATE = GateConfig(resamples=500)
BASE = Contender("base", "base", "a" * 64)
CHALLENGER = Contender("challenger", "adapter-1", "b" * 64)
CHAMPION = Contender("champion", "adapter-0", "c" * 64)


def wrong(text: str) -> str:
    """A wrong column for half of the questions."""
    return right(text).replace("B", "C", 1) if len(text) % 2 else right(text).replace("SUM", "MAX")


MODELS = {"base": lambda _: "모르겠습니다", "adapter-0": wrong, "adapter-1": right}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path))


@pytest.fixture
def dataset(store: Store) -> Dataset:
    return publish(store, examples(200))


def run(store: Store, dataset: Dataset, *contenders: Contender, server: FakeServer | None = None) -> EvalReport:
    server = server or FakeServer(MODELS)
    return evaluate(server, contenders, dataset, config=CONFIG, gate=GATE, store=store)


@pytest.mark.slow
def test_the_better_model_is_promoted_over_the_champion(store: Store, dataset: Dataset) -> None:
    report = run(store, dataset, BASE, CHAMPION, CHALLENGER)
    accuracy = {role: metrics["formula_accuracy"] for role, metrics in report.metrics.items()}
    assert accuracy == {"base": 0.0, "champion": 0.0, "challenger": 1.0}
    assert report.cases == 150
    assert (report.decision.promote, report.decision.rule) == (True, "promoted")
    assert "formula accuracy 100.0% against 0.0%" in report.decision.reason
    assert "first night" not in report.decision.reason


def test_without_a_champion_the_base_model_is_compared(store: Store, dataset: Dataset) -> None:
    report = run(store, dataset, BASE, CHALLENGER)
    assert report.decision.promote
    assert report.decision.reason.endswith("first night: compared with the base model, for there is no champion yet")


def test_a_challenger_that_is_no_better_is_kept_out(store: Store, dataset: Dataset) -> None:
    same = Contender("champion", "adapter-1", "d" * 64)
    assert run(store, dataset, BASE, same, CHALLENGER).decision.rule == "no-gain"


class _FewerTokens(FakeServer):
    """The challenger has tokens twice as long, and finds the same answers as likely as the champion does."""

    def answer_logprobs(self, model: str, messages: Sequence[Message], answer: str) -> list[float]:
        found = super().answer_logprobs(model, messages, answer)
        return found if model != "adapter-1" else [sum(found) / (len(found) // 2)] * (len(found) // 2)


@pytest.mark.slow
def test_perplexities_of_other_tokens_are_compared_over_the_same_text(store: Store, dataset: Dataset) -> None:
    report = run(store, dataset, BASE, CHAMPION, CHALLENGER, server=_FewerTokens(MODELS))
    assert report.metrics["challenger"]["perplexity"] > 1.5 * report.metrics["champion"]["perplexity"]
    assert report.decision.rule == "promoted"


@pytest.mark.slow
def test_the_report_says_it_all_in_order(store: Store, dataset: Dataset) -> None:
    report = run(store, dataset, BASE, CHAMPION, CHALLENGER)
    text = (store.open(report.uri) / "report.md").read_text(encoding="utf-8")
    assert text.startswith(f"# Promoted\n\n{report.decision.reason}. Rule: `promoted`.")
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert headings == [
        "# Promoted",
        "## Rules",
        "## Models",
        "## By task type",
        "## By function",
        "## What became of the cases",
        "## Changed answers",
        "### Mended",
    ]
    assert "| formula accuracy | 0.0% | 0.0% | 100.0% |" in text
    assert "200 in the test split, 150 of the test set put to each model" in text
    assert "with 150 cases. This is look 1 at it, and may err with a probability of 2.2%." in text
    assert "| `no-gain` | Its formula accuracy gains more than +0.0 points, with an error of 5% over all nights" in text
    assert "| `SUM` | 111 | 0.0% | 0.0% | 100.0% |" in text
    assert "tok:ko-mecab" in text
    mended = text.split("### Mended")[1].splitlines()
    assert sum(line.startswith("| `B") for line in mended) == 10
    assert "different: gives " in text


@pytest.mark.slow
def test_regressions_are_shown_before_they_are_forgotten(store: Store, dataset: Dataset) -> None:
    best = Contender("champion", "adapter-1", "d" * 64)
    worse = Contender("challenger", "adapter-0", "e" * 64)
    report = run(store, dataset, BASE, best, worse)
    text = (store.open(report.uri) / "report.md").read_text(encoding="utf-8")
    assert text.startswith("# Not promoted")
    assert "### Regressions" in text
    assert "### Mended" not in text


@pytest.mark.slow
def test_every_answer_is_published_with_its_verdict(store: Store, dataset: Dataset) -> None:
    report = run(store, dataset, BASE, CHAMPION, CHALLENGER)
    table = pq.read_table(store.open(report.uri) / "answers.parquet")
    assert table.num_rows == 3 * 150
    rows = [row for row in table.to_pylist() if row["task_type"] == "FORMULA"]
    assert {row["verdict"] for row in rows if row["role"] == "base"} == {"missing"}
    assert {row["verdict"] for row in rows if row["role"] == "champion"} == {"different"}
    assert all(row["verdict"] is None for row in table.to_pylist() if row["task_type"] == "EXPLAIN")


@pytest.mark.slow
def test_every_kind_of_answer_is_graded_and_one_that_says_nothing_earns_nothing(store: Store, dataset: Dataset) -> None:
    report = run(store, dataset, BASE, CHAMPION, CHALLENGER)
    table = pq.read_table(store.open(report.uri) / "answers.parquet")
    explained = {(row["role"], row["id"]): row for row in table.to_pylist() if row["task_type"] == "EXPLAIN"}
    assert all(0 <= row["grade"] < 0.1 for (role, _), row in explained.items() if role == "base")
    assert all((row["grade"] == 1) == (row["answer"] == row["reference"]) for row in explained.values())
    grades = {role: figures["grade"] for role, figures in report.metrics.items()}
    assert grades["base"] < 0.1 < grades["champion"] < grades["challenger"]
    assert report.metrics["champion"]["grade.FORMULA"] == report.metrics["champion"]["formula_accuracy.FORMULA"] == 0


def test_metrics_and_decision_are_json_without_nan(store: Store, dataset: Dataset) -> None:
    report = run(store, dataset, BASE, CHALLENGER)
    folder = store.open(report.uri)
    for name in ("metrics.json", "decision.json", "canaries.json"):
        json.loads((folder / name).read_text(encoding="utf-8"), parse_constant=pytest.fail)
    decision = json.loads((folder / "decision.json").read_text(encoding="utf-8"))
    assert decision["gain"]["cases"] == report.metrics["challenger"]["formula_cases"]


@pytest.mark.slow
def test_canaries_tell_the_challenger_from_the_base(store: Store, dataset: Dataset) -> None:
    report = run(store, dataset, BASE, CHALLENGER)
    found = json.loads((store.open(report.uri) / "canaries.json").read_text(encoding="utf-8"))
    assert len(found) == 8
    for canary in found:
        assert canary["base"] != canary["challenger"] == right(canary["messages"][-1]["content"])


def test_answers_are_asked_once_for_the_same_model_and_dataset(store: Store, dataset: Dataset) -> None:
    first, second = FakeServer(MODELS), FakeServer(MODELS)
    answers = question(first, CHALLENGER, dataset, CONFIG, store)
    again = question(second, Contender("champion", "adapter-1", "b" * 64), dataset, CONFIG, store)
    assert len(first.asked) == 150
    assert second.asked == []
    assert again.uri == answers.uri
    assert again.role == "champion"
    question(second, Contender("challenger", "adapter-1", "f" * 64), dataset, CONFIG, store)
    assert len(second.asked) == 150


def test_a_missing_role_and_foreign_answers_are_errors(store: Store, dataset: Dataset) -> None:
    base = question(FakeServer(MODELS), BASE, dataset, CONFIG, store)
    ours = question(FakeServer(MODELS), CHALLENGER, dataset, CONFIG, store)
    with pytest.raises(EvaluateError, match="there are no answers of the challenger"):
        conclude([base], dataset, CONFIG, GATE, store)
    other = publish(store, examples(40))
    with pytest.raises(EvaluateError, match="the base answered other cases than those of this dataset"):
        conclude([base, ours], other, CONFIG, GATE, store)


def test_an_echo_of_the_question_scores_nothing(store: Store) -> None:
    rows = [
        row | {"task_type": "CORRECT", "instruction": f"{row['output']} 이 수식을 고쳐줘".replace("(", "（")}
        for row in examples(80).to_pylist()
        if row["task_type"] == "FORMULA"
    ]
    dataset = publish(store, pa.Table.from_pylist(rows, schema=examples(0).schema))
    echo = FakeServer({"base": str, "adapter-1": lambda text: text.split(" ")[0]})
    report = run(store, dataset, BASE, CHALLENGER, server=echo)
    assert report.metrics["challenger"]["formula_accuracy"] == 0.0
    assert report.metrics["challenger"]["formula_malformed"] == len(rows)


@pytest.mark.parametrize(
    ("instruction", "context", "output", "formula"),
    [
        ("합계", "", "=SUM(A1:A3)\n합계입니다", "=SUM(A1:A3)"),
        ("설명해줘", "=SUM(A1:A3)", "=SUM(A1:A3) 은 합계입니다", None),
        ("고쳐줘", "=SUMM(A1:A3)", "=SUM(A1:A3)", "=SUM(A1:A3)"),
        ("설명해줘", "", "합계입니다", None),
    ],
)
def test_which_examples_ask_for_a_formula(instruction: str, context: str, output: str, formula: str | None) -> None:
    assert expected_formula({"instruction": instruction, "input": context, "output": output}) == formula
