"""Judged answers become numbers with stable names. All over the same cases, so that models compare.

| name | meaning |
| --- | --- |
| `cases` | cases put to the model |
| `formula_accuracy` | share of judgeable formula cases whose formula is equal to the reference, 0..1 |
| `formula_cases` | judgeable formula cases: the denominator |
| `formula_excluded` | formula cases whose reference cannot be judged against, for any model |
| `formula_different`, `formula_malformed`, `formula_missing`, `formula_unsupported` | the rest of them, counted |
| `formula_engine_disagree` | excluded cases on which the judge's two engines contradict each other |
| `grade` | mean grade of the answers, 0..1: formulas as above, others by their task type's grader (graders.py) |
| `bleu`, `chrf` | corpus scores of sacrebleu, 0..100; BLEU cuts Korean into morphemes (mecab-ko) |
| `perplexity` | exp of the mean negative log-likelihood a token of the right answers, end of sequence included |
| `answered`, `refusals`, `truncated` | shares of answers that are not empty, that decline, that ran into `max_tokens` |
| `latency_p50_s`, `latency_p95_s` | seconds of one answer under the evaluation's own load |

Each of the first group also comes with a task type behind a dot: `formula_accuracy.CORRECT`. What cannot be measured
(no formula case, no token) is left out, and never a zero.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from tasks.judge.judge import OUTCOMES, Verdict

REFUSAL = re.compile(
    r"죄송|도와드릴 수 없|알 수 없습니다|이해하지 못했|i'?m sorry|i can(?:no|')t\b|as an ai", re.IGNORECASE
)
"""How assistants decline, in the two languages of the traffic."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One model's answer to one case, judged. `verdict` is None where the case asks for no formula.

    `grade` is from 0 to 1, None where the reference is at fault.
    `nll` is the negative log-likelihood (nats) of the reference, summed over its `tokens`.
    """

    id: str
    user_id: str
    task_type: str
    instruction: str
    input: str
    reference: str
    answer: str
    finish_reason: str
    latency_s: float | None
    nll: float | None
    tokens: int
    formula: str | None
    verdict: Verdict | None
    grade: float | None = None


def score(judged: Sequence[Judged]) -> dict[str, float]:
    """All metrics of one model; the names are in this module's docstring."""
    metrics = _quality(judged)
    latencies = [one.latency_s for one in judged if one.latency_s is not None]
    if latencies:
        metrics |= {f"latency_p{share}_s": float(np.percentile(latencies, share)) for share in (50, 95)}
    if judged:
        metrics |= {
            "answered": _share(bool(one.answer.strip()) for one in judged),
            "refusals": _share(bool(REFUSAL.search(one.answer)) for one in judged),
            "truncated": _share(one.finish_reason == "length" for one in judged),
        }
    for task_type in sorted({one.task_type for one in judged}):
        of_type = _quality([one for one in judged if one.task_type == task_type])
        metrics |= {f"{name}.{task_type}": value for name, value in of_type.items()}
    return metrics


def perplexity(pairs: Iterable[tuple[float, int]]) -> float:
    """exp(sum of nll / sum of tokens) over (nll, tokens) of answers; NaN where there is no token."""
    nll, tokens = 0.0, 0
    for one, count in pairs:
        nll, tokens = nll + one, tokens + count
    return math.exp(nll / tokens) if tokens else math.nan


def case_values(judged: Sequence[Judged], metric: str) -> dict[str, float]:
    """The metric a case, for the gate: 1 or 0 for a judgeable formula; sentence scores for BLEU and chrF."""
    if metric == "formula_accuracy":
        return {one.id: float(one.verdict.is_equal) for one in judged if one.verdict and one.verdict.judgeable}
    scorer = BLEU(tokenize="ko-mecab", effective_order=True) if metric == "bleu" else _chrf()
    return {one.id: scorer.sentence_score(one.answer, [one.reference]).score for one in judged}


def signatures() -> dict[str, str]:
    """How the scores were made, in sacrebleu's own words: two scores compare only under the same signature."""
    bleu, chrf = BLEU(tokenize="ko-mecab"), CHRF()
    for metric in (bleu, chrf):
        metric.corpus_score(["가"], [["가"]])  # only then does a signature know the number of references
    return {"bleu": str(bleu.get_signature()), "chrf": str(chrf.get_signature())}


def _quality(judged: Sequence[Judged]) -> dict[str, float]:
    metrics = {"cases": float(len(judged))}
    verdicts = [one.verdict for one in judged if one.verdict is not None]
    judgeable = [verdict for verdict in verdicts if verdict.judgeable]
    metrics |= {"formula_cases": float(len(judgeable)), "formula_excluded": float(len(verdicts) - len(judgeable))}
    if judgeable:
        metrics["formula_accuracy"] = _share(verdict.is_equal for verdict in judgeable)
    for outcome in OUTCOMES[1:]:
        # Where the engines disagree, nobody can judge: those cases are among the excluded, and counted here too.
        among = verdicts if outcome == "engine-disagree" else judgeable
        metrics[f"formula_{outcome.replace('-', '_')}"] = float(sum(verdict.outcome == outcome for verdict in among))
    grades = [one.grade for one in judged if one.grade is not None]
    if grades:
        metrics["grade"] = float(np.mean(grades))
    if judged:
        answers, references = [one.answer for one in judged], [[one.reference for one in judged]]
        metrics["bleu"] = _bleu().corpus_score(answers, references).score
        metrics["chrf"] = _chrf().corpus_score(answers, references).score
    found = perplexity((one.nll, one.tokens) for one in judged if one.nll is not None)
    return metrics if math.isnan(found) else metrics | {"perplexity": found}


@lru_cache
def _bleu() -> BLEU:
    return BLEU(tokenize="ko-mecab")


@lru_cache
def _chrf() -> CHRF:
    return CHRF()


def _share(flags: Iterable[bool]) -> float:
    return float(np.mean([float(flag) for flag in flags]))
