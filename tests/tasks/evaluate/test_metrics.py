"""Metrics against their sources: sacrebleu itself, and the formula of perplexity."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import sacrebleu

from tasks.evaluate.metrics import (
    Judged,
    bits_per_byte,
    case_values,
    functions_of,
    perplexity,
    score,
    signatures,
)
from tasks.evaluate.safety import Incident
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


def test_bits_per_byte_is_over_utf8_bytes_of_the_right_answers() -> None:
    metrics = score(
        [replace(PLAIN, reference="가나", nll=6 * math.log(2)), replace(PLAIN, id="2", reference="ab", nll=0)]
    )
    assert metrics["bits_per_byte"] == pytest.approx(6 / 8)
    assert "bits_per_byte" not in score([replace(PLAIN, nll=None)])
    assert math.isnan(bits_per_byte([]))


def test_accuracy_comes_by_every_function_of_the_right_formula() -> None:
    wrong = Verdict("different", "")
    metrics = score(
        [
            replace(PLAIN, id="1", functions=("SUM",)),
            replace(PLAIN, id="2", functions=("IF", "SUM"), verdict=wrong),
            replace(PLAIN, id="3", functions=("IF",), verdict=Verdict("equal", "", judgeable=False)),
        ]
    )
    assert metrics["formula_accuracy.function.SUM"] == 0.5
    assert (metrics["formula_accuracy.function.IF"], metrics["formula_cases.function.IF"]) == (0.0, 1)


@pytest.mark.parametrize(
    ("formula", "functions"),
    [
        ("=SUM(A2:A9)", ("SUM",)),
        ('=IF(SUMIFS(A:A,B:B,"MAX(x")>0,sum(A1:A2),sum(B1:B2))', ("IF", "SUM", "SUMIFS")),
        ("=_xlfn.XLOOKUP(A1,B:B,_xlfn._xlws.FILTER(C:C,D:D=1))", ("FILTER", "XLOOKUP")),
        ("=STDEV.S (A1:A9)+A1*2", ("STDEV.S",)),
        ("=A1+B1", ()),
        ("", ()),
    ],
)
def test_functions_of_a_formula(formula: str, functions: tuple[str, ...]) -> None:
    assert functions_of(formula) == functions


def test_language_and_length_of_answers() -> None:
    metrics = score(
        [
            replace(PLAIN, id="1", answer="합계는 =SUM(A2:A9)", reference="합계 " * 5, answer_tokens=4),
            replace(PLAIN, id="2", answer="the sum", reference="합계 " * 5, answer_tokens=8),
            replace(PLAIN, id="3", answer="=SUM(A2:A9)", reference="합계 " * 5, answer_tokens=0),
        ]
    )
    assert metrics["korean_share"] == 0.5
    assert metrics["answer_tokens"] == 4
    assert metrics["answer_chars"] == pytest.approx((15 + 7 + 11) / 3)
    assert metrics["length_ratio"] == pytest.approx((15 + 7 + 11) / 45)


def test_answers_that_are_unsafe_are_counted() -> None:
    metrics = score(
        [
            replace(PLAIN, id="1", incident=Incident(leaked=("phone", "email"))),
            replace(PLAIN, id="2", incident=Incident(unsafe="link to an unknown host")),
            replace(PLAIN, id="3"),
        ]
    )
    assert (metrics["leaked"], metrics["unsafe_formulas"]) == (1, 1)


def test_what_was_not_answered_is_in_no_other_figure() -> None:
    missing = replace(PLAIN, id="2", answer="", finish_reason="timed out", nll=None, tokens=0, verdict=None, grade=None)
    alone, both = score([PLAIN]), score([PLAIN, missing])
    assert (both["unanswered"], both["cases"]) == (1, 2)
    assert {name: value for name, value in both.items() if "cases" not in name and name != "unanswered"} == {
        name: value for name, value in alone.items() if "cases" not in name and name != "unanswered"
    }
    assert case_values([PLAIN, missing], "chrf").keys() == {"1"}
    assert case_values([replace(PLAIN, grade=0.25), missing], "grade") == {"1": 0.25}
