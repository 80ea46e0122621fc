"""Figures of the page: they are the evaluation's own, and their intervals are about users."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from tasks.report.tables import by_set, contributions, gain, split_name

Rows = dict[str, dict[str, Any]]


def rows(answers: list[str], **columns: list[Any]) -> Rows:
    references = [f"=SUM(B{n}:B{n + 9}) 입니다" for n in range(len(answers))]
    return {
        str(n): {
            "id": str(n),
            "user_id": f"u{n % 12}",
            "answer": answer,
            "reference": references[n],
            "grade": float(answer == references[n]),
            "verdict": "equal" if answer == references[n] else "different",
            "judgeable": n % 10 != 7,
            "nll": 1.0 + n % 3,
            "tokens": 5 + n % 4,
            "finish_reason": "stop",
            **{name: values[n] for name, values in columns.items()},
        }
        for n, answer in enumerate(answers)
    }


def some(right_each: int, count: int = 60) -> Rows:
    return rows([f"=SUM(B{n}:B{n + 9}) 입니다" if n % right_each == 0 else f"=MAX(C{n}) 이다" for n in range(count)])


@pytest.mark.parametrize(("name", "metric"), [("bleu", BLEU(tokenize="ko-mecab")), ("chrf", CHRF())])
def test_corpus_scores_are_those_of_sacrebleu(name: str, metric: Any) -> None:
    old, new = some(5), some(2)
    scores = []
    for side in (old, new):
        answers, references = ([one[column] for one in side.values()] for column in ("answer", "reference"))
        scores.append(metric.corpus_score(answers, [references]).score)
    found = gain(name, old, new)
    assert found is not None
    assert found.value == pytest.approx(scores[1] - scores[0])
    assert found.low is not None
    assert found.low < found.value < (found.high or 0)


def test_perplexity_is_that_of_all_tokens() -> None:
    old, new = some(5), some(5)
    for row in new.values():
        row["nll"] *= 0.5
    nll, tokens = sum(row["nll"] for row in old.values()), sum(row["tokens"] for row in old.values())
    found = gain("perplexity", old, new)
    assert found is not None
    assert found.value == pytest.approx(np.exp(0.5 * nll / tokens) - np.exp(nll / tokens))


def test_cases_that_cannot_be_judged_count_for_nobody() -> None:
    old, new = some(5), some(2)
    found = gain("formula_accuracy", old, new)
    judged = [n for n in range(60) if n % 10 != 7]
    assert found is not None
    assert found.value == pytest.approx(np.mean([n % 2 == 0 for n in judged]) - np.mean([n % 5 == 0 for n in judged]))


def test_a_metric_that_is_a_column_has_an_interval_and_one_that_is_unknown_has_none() -> None:
    old = rows(["x"] * 30, politeness=[0.5] * 30)
    new = rows(["x"] * 30, politeness=[0.5 + 0.01 * n for n in range(30)])
    found = gain("politeness", old, new)
    assert found is not None
    assert found.value == pytest.approx(0.145)
    assert gain("no_such_metric", old, new) is None
    assert contributions("no_such_metric", old) is None


def test_a_question_without_an_answer_counts_for_neither() -> None:
    old, new = some(5), some(2)
    for side in (old, new):
        side["0"]["finish_reason"] = "timed out"
    found = gain("grade", old, new)
    assert found is not None
    assert found.value == pytest.approx(29 / 59 - 11 / 59)


def test_other_sets_of_cases_stand_apart() -> None:
    rows = [
        {"set": name, "role": "base", "id": id_} for name, id_ in (("frozen", "1"), ("recent", "2"), ("frozen", "3"))
    ]
    sets = by_set(pa.Table.from_pylist(rows))
    assert {name: list(of["base"]) for name, of in sets.items()} == {"": ["1", "3"], "recent": ["2"]}
    assert list(by_set(pa.Table.from_pylist([{"role": "base", "id": "1"}]))) == [""]
    assert split_name("recent.chrf", sets) == ("recent", "chrf")
    assert split_name("chrf.CREATE", sets) == ("", "chrf.CREATE")
    assert split_name("recent.chrf.CREATE", sets) == ("recent", "chrf.CREATE")
