"""Metrics against their sources: sacrebleu itself, and the formula of perplexity."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import sacrebleu

from tasks.evaluate.metrics import Judged, case_values, perplexity, score, signatures
from tasks.judge.judge import Verdict

PLAIN = Judged(
    id="1",
    user_id="u",
    task_type="FORMULA",
    instruction="합계",
    input="",
    reference="=SUM(A2:A9)",
    answer="=SUM(A2:A9)",
    finish_reason="stop",
    latency_s=1.0,
    nll=2.0,
    tokens=4,
    formula="=SUM(A2:A9)",
    verdict=Verdict("equal", "the same formula"),
)
PROSE = [
    ("서울이 900으로 가장 높습니다.", "서울이 900으로 제일 높습니다."),
    ("[삽입] > [차트]에서 막대 차트를 고르세요.", "[삽입]에서 차트를 고르세요."),
    ("A1:A9의 합계를 구합니다.", "A1:A9의 평균을 구합니다."),
]


def prose() -> list[Judged]:
    return [
        replace(PLAIN, id=str(number), task_type="EXPLAIN", reference=right, answer=given, formula=None, verdict=None)
        for number, (right, given) in enumerate(PROSE)
    ]


def verdicts(*outcomes: Verdict) -> list[Judged]:
    return [replace(PLAIN, id=str(number), verdict=verdict) for number, verdict in enumerate(outcomes)]


def test_bleu_and_chrf_are_sacrebleu_s_own() -> None:
    metrics = score(prose())
    answers, references = [given for _, given in PROSE], [[right for right, _ in PROSE]]
    assert metrics["bleu"] == sacrebleu.corpus_bleu(answers, references, tokenize="ko-mecab").score
    assert metrics["chrf"] == sacrebleu.corpus_chrf(answers, references).score
    assert metrics["bleu"] != sacrebleu.corpus_bleu(answers, references).score


def test_signatures_name_the_korean_tokeniser() -> None:
    found = signatures()
    assert "tok:ko-mecab" in found["bleu"]
    assert found["chrf"].startswith("nrefs:1|")


def test_perplexity_is_over_tokens_and_not_over_answers() -> None:
    assert perplexity([(2.0, 1), (4.0, 11)]) == pytest.approx(math.exp(0.5))
    assert math.isnan(perplexity([]))
    metrics = score([replace(PLAIN, nll=2.0, tokens=1), replace(PLAIN, id="2", nll=4.0, tokens=11)])
    assert metrics["perplexity"] == pytest.approx(math.exp(0.5))


def test_formula_accuracy_is_over_judgeable_cases() -> None:
    metrics = score(
        verdicts(
            Verdict("equal", ""),
            Verdict("different", ""),
            Verdict("malformed", ""),
            Verdict("unsupported", "the answer takes too much time"),
            Verdict("equal", "the reference has a form", judgeable=False),
            Verdict("unsupported", "the reference is malformed", judgeable=False),
        )
    )
    assert metrics["formula_accuracy"] == 0.25
    assert (metrics["formula_cases"], metrics["formula_excluded"]) == (4, 2)
    assert (metrics["formula_malformed"], metrics["formula_unsupported"], metrics["formula_missing"]) == (1, 1, 0)


def test_what_cannot_be_measured_is_left_out_and_no_zero() -> None:
    metrics = score([replace(one, nll=None, tokens=0, latency_s=None) for one in prose()])
    assert "formula_accuracy" not in metrics
    assert "perplexity" not in metrics
    assert "latency_p50_s" not in metrics
    assert metrics["formula_cases"] == 0


def test_shares_of_answers_and_latency() -> None:
    answers = [
        replace(PLAIN, id="1", answer=""),
        replace(PLAIN, id="2", answer="죄송합니다. 도와드릴 수 없습니다."),
        replace(PLAIN, id="3", finish_reason="length", latency_s=3.0),
        replace(PLAIN, id="4"),
    ]
    metrics = score(answers)
    assert (metrics["answered"], metrics["refusals"], metrics["truncated"]) == (0.75, 0.25, 0.25)
    assert metrics["latency_p50_s"] == 1.0


def test_every_quality_metric_comes_a_task_type_too() -> None:
    metrics = score([PLAIN, *prose()])
    assert metrics["cases.EXPLAIN"] == 3
    assert metrics["formula_accuracy.FORMULA"] == 1.0
    assert "formula_accuracy.EXPLAIN" not in metrics


def test_case_values_for_the_gate() -> None:
    judged = verdicts(Verdict("equal", ""), Verdict("different", ""), Verdict("equal", "", judgeable=False))
    assert case_values([*judged, replace(prose()[0], id="9")], "formula_accuracy") == {"0": 1.0, "1": 0.0}
    assert case_values([PLAIN], "chrf") == {"1": 100.0}
    assert case_values([PLAIN], "bleu")["1"] == pytest.approx(100.0)
