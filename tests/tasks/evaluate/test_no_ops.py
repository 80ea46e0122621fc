"""Models that say nothing, or always the same, score about nothing: on the demo's traffic, in every task type."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

import pytest

from configs.schema import EvaluateConfig, FilterConfig, GateConfig
from deployments.demo.traffic import rows
from tasks.evaluate.evidence import Pair
from tasks.evaluate.gain import Scores
from tasks.evaluate.gate import decide
from tasks.evaluate.judging import judge
from tasks.evaluate.metrics import Judged, case_values, score
from tests.tasks.evaluate.nights import evidence

pytestmark = pytest.mark.slow
CASES = 160
CONFIG = EvaluateConfig(workbooks=10)

SAME: dict[str, Callable[[str], str]] = {
    "nothing": lambda _: "",
    "a refusal": lambda _: "죄송합니다. 도와드릴 수 없습니다.",
    "one cell": lambda _: "=A1",
    "a number": lambda _: "=0",
    "one common formula": lambda _: "=SUM(A:A)",
    "one formula with its sentence": lambda _: "다음 수식을 사용하세요.\n\n`=SUM(B2:B10)`",
    "the question": lambda question: question,
}


@pytest.fixture(scope="module")
def cases() -> list[dict[str, str]]:
    good = (row for row in rows() if row.rating in (4, 5) and row.language == "ko" and row.output)
    return [
        {
            "id": row.id,
            "user_id": row.user_id,
            "task_type": row.task_type,
            "instruction": row.instruction,
            "input": row.input or "",
            "output": row.edited_output or row.output,
        }
        for row in islice(good, CASES)
    ]


@pytest.fixture(scope="module")
def judged(cases: list[dict[str, str]]) -> dict[str, list[Judged]]:
    """Every such model's answers, and the right ones."""
    models = SAME | {"the right answers": lambda _: ""}
    rows = {
        kind: {
            case["id"]: _row(case["output"] if kind == "the right answers" else model(_asked(case))) for case in cases
        }
        for kind, model in models.items()
    }
    return judge(rows, cases, CONFIG, FilterConfig(), lambda _: None)


def _asked(case: dict[str, str]) -> str:
    return f"{case['instruction']}\n\n{case['input']}"


def _row(answer: str) -> dict[str, object]:
    shared = {"finish_reason": "stop", "latency_s": 0.1, "nll": None, "tokens": 0, "completion_tokens": 1}
    return {"answer": answer, **shared}


def test_the_right_answers_score_one(judged: dict[str, list[Judged]]) -> None:
    found = score(judged["the right answers"])
    assert found["formula_cases"] > CASES / 3
    assert found["formula_accuracy"] == 1.0
    assert found["grade"] == pytest.approx(1.0, abs=0.02)
    assert (found["bleu"], found["chrf"]) == (pytest.approx(100), pytest.approx(100))
    assert found["length_ratio"] == 1.0


@pytest.mark.parametrize("kind", SAME)
def test_what_is_always_the_same_scores_about_nothing(judged: dict[str, list[Judged]], kind: str) -> None:
    found = score(judged[kind])
    assert found["formula_accuracy"] <= 0.02
    assert found["grade"] < 0.20
    assert found["bleu"] < 20
    if kind != "the question":
        assert found["grade"] < 0.10
        assert found["bleu"] < 5


@pytest.mark.parametrize("kind", SAME)
def test_none_of_them_passes_the_gate_over_another(judged: dict[str, list[Judged]], kind: str) -> None:
    before, after = judged["one cell"], judged[kind]
    users = {one.id: one.user_id for one in before}
    pair = Pair(
        Scores(case_values(before, "formula_accuracy"), users), Scores(case_values(after, "formula_accuracy"), users)
    )
    assert not decide(evidence(pair), GateConfig(resamples=1_000)).promote
