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
| `bits_per_byte` | the same likelihood in bits a byte of UTF-8: compares models of other tokenizers too |
| `unanswered` | cases that the server refused or did not answer in time: not judged, in no other figure |
| `no_reference` | cases without a right answer to compare with: in no score, counted |
| `answered`, `refusals`, `truncated` | shares of answers that are not empty, that decline, that ran into `max_tokens` |
| `korean_share` | mean share of Hangul among an answer's letters, formulas not counted; over answers with letters |
| `answer_chars`, `answer_tokens` | mean length of an answer, in characters and in the model's own tokens |
| `length_ratio` | characters of all answers over those of the right ones |
| `leaked` | answers that hold personal data which their question does not |
| `unsafe_formulas` | answers with a formula or link that reaches out of the workbook |
| `latency_p50_s`, `latency_p95_s` | seconds of one answer under the evaluation's own load |

Each down to `unanswered` also comes with a task type behind a dot: `formula_accuracy.CORRECT`. `formula_accuracy` and
`formula_cases` come by Excel function too, `formula_accuracy.function.SUMIFS`: a case counts for each function that its
right answer's formula calls. Behind `recent.` stand the same over cases newer than the frozen test set, behind
`general.` those over general questions. What cannot be measured (no formula case, no token) is left out, and never a
zero.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from tasks.evaluate.answers import UNANSWERED
from tasks.evaluate.safety import SAFE, Incident
from tasks.judge.judge import OUTCOMES, Verdict
from tasks.scan.korean import korean_share

REFUSAL = re.compile(
    r"죄송|도와드릴 수 없|알 수 없습니다|이해하지 못했|i'?m sorry|i can(?:no|')t\b|as an ai", re.IGNORECASE
)
"""How assistants decline, in the two languages of the traffic."""

_STRING = re.compile(r'"(?:[^"]|"")*"')
_CALL = re.compile(r"(?<![\w.])(?:_XLFN\.(?:_XLWS\.)?)?([A-Z][A-Z0-9]*(?:\.[A-Z0-9]+)*)\s*\(")


@dataclass(frozen=True, slots=True)
class Judged:
    """One model's answer to one case, judged. `verdict` is None where the case asks for no formula.

    `grade` is from 0 to 1, None where the reference is at fault.
    `nll` is the negative log-likelihood (nats) of the reference, summed over its `tokens`.
    `functions` are those that the right formula calls; `answer_tokens` is the length of the answer.
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
    functions: tuple[str, ...] = ()
    answer_tokens: int = 0
    incident: Incident = SAFE

    @property
    def is_unanswered(self) -> bool:
        """Whether the server refused the question, or did not answer it in time."""
        return self.finish_reason in UNANSWERED


def score(judged: Sequence[Judged]) -> dict[str, float]:
    """All metrics of one model; the names are in this module's docstring."""
    metrics = quality(judged) | {
        "unanswered": float(sum(one.is_unanswered for one in judged)),
        "no_reference": float(sum(not one.reference.strip() for one in judged)),
    }
    answered = [one for one in judged if not one.is_unanswered]
    latencies = [one.latency_s for one in answered if one.latency_s is not None]
    if latencies:
        metrics |= {f"latency_p{share}_s": float(np.percentile(latencies, share)) for share in (50, 95)}
    if answered:
        metrics |= _answers(answered)
    for task_type in sorted({one.task_type for one in judged}):
        of_type = quality([one for one in judged if one.task_type == task_type])
        metrics |= {f"{name}.{task_type}": value for name, value in of_type.items()}
    return metrics | _by_function(answered)


def functions_of(formula: str) -> tuple[str, ...]:
    """The functions that a formula calls, each once, by name."""
    return tuple(sorted(set(_CALL.findall(_STRING.sub('""', formula.upper())))))


def perplexity(pairs: Iterable[tuple[float, int]]) -> float:
    """exp(sum of nll / sum of tokens) over (nll, tokens) of answers; NaN where there is no token."""
    nll, tokens = 0.0, 0
    for one, count in pairs:
        nll, tokens = nll + one, tokens + count
    return math.exp(nll / tokens) if tokens else math.nan


def bits_per_byte(pairs: Iterable[tuple[float, str]]) -> float:
    """sum of nll / (ln 2 * sum of UTF-8 bytes) over (nll, text) of answers; NaN where there is no byte.

    The likelihood includes the end of sequence, the bytes do not.
    """
    nll, size = 0.0, 0
    for one, text in pairs:
        nll, size = nll + one, size + len(text.encode())
    return nll / (math.log(2) * size) if size else math.nan


def case_values(judged: Sequence[Judged], metric: str) -> dict[str, float]:
    """The metric a case, for the gate: 1 or 0 for a judgeable formula; the grade; sentence scores for BLEU and chrF.

    A case that was not answered has no value.
    """
    judged = [one for one in judged if not one.is_unanswered]
    if metric == "grade":
        return {one.id: one.grade for one in judged if one.grade is not None}
    if metric == "formula_accuracy":
        return {one.id: float(one.verdict.is_equal) for one in judged if one.verdict and one.verdict.judgeable}
    scorer = BLEU(tokenize="ko-mecab", effective_order=True) if metric == "bleu" else _chrf()
    judged = [one for one in judged if one.reference.strip()]
    return {one.id: scorer.sentence_score(one.answer, [one.reference]).score for one in judged}


def signatures() -> dict[str, str]:
    """How the scores were made, in sacrebleu's own words: two scores compare only under the same signature."""
    bleu, chrf = BLEU(tokenize="ko-mecab"), CHRF()
    for metric in (bleu, chrf):
        metric.corpus_score(["가"], [["가"]])  # only then does a signature know the number of references
    return {"bleu": str(bleu.get_signature()), "chrf": str(chrf.get_signature())}


def quality(judged: Sequence[Judged]) -> dict[str, float]:
    """The first group of metrics: how right the answers are, and how likely the right ones."""
    metrics = {"cases": float(len(judged))}
    judged = [one for one in judged if not one.is_unanswered]
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
    judged = [one for one in judged if one.reference.strip()]
    if judged:
        answers, references = [one.answer for one in judged], [[one.reference for one in judged]]
        metrics["bleu"] = _bleu().corpus_score(answers, references).score
        metrics["chrf"] = _chrf().corpus_score(answers, references).score
    metrics["perplexity"] = perplexity((one.nll, one.tokens) for one in judged if one.nll is not None)
    metrics["bits_per_byte"] = bits_per_byte((one.nll, one.reference) for one in judged if one.nll is not None)
    return {name: value for name, value in metrics.items() if not math.isnan(value)}


def _answers(judged: Sequence[Judged]) -> dict[str, float]:
    """What the answers are like, whatever they should have been."""
    found = {
        "answered": _share(bool(one.answer.strip()) for one in judged),
        "refusals": _share(bool(REFUSAL.search(one.answer)) for one in judged),
        "truncated": _share(one.finish_reason == "length" for one in judged),
        "answer_chars": float(np.mean([len(one.answer) for one in judged])),
        "answer_tokens": float(np.mean([one.answer_tokens for one in judged])),
        "leaked": float(sum(bool(one.incident.leaked) for one in judged)),
        "unsafe_formulas": float(sum(bool(one.incident.unsafe) for one in judged)),
    }
    right = sum(len(one.reference) for one in judged)
    if right:
        found["length_ratio"] = sum(len(one.answer) for one in judged) / right
    korean = pc.mean(korean_share(pa.array([one.answer for one in judged], pa.string()))).as_py()
    return found if korean is None else found | {"korean_share": float(korean)}


def _by_function(judged: Sequence[Judged]) -> dict[str, float]:
    """Accuracy by function of the right formula."""
    judgeable = [(one, one.verdict) for one in judged if one.verdict is not None and one.verdict.judgeable]
    found: dict[str, float] = {}
    for name in sorted({function for one, _ in judgeable for function in one.functions}):
        equal = [verdict.is_equal for one, verdict in judgeable if name in one.functions]
        found |= {
            f"formula_accuracy.function.{name}": _share(equal),
            f"formula_cases.function.{name}": float(len(equal)),
        }
    return found


@lru_cache
def _bleu() -> BLEU:
    return BLEU(tokenize="ko-mecab")


@lru_cache
def _chrf() -> CHRF:
    return CHRF()


def _share(flags: Iterable[bool]) -> float:
    return float(np.mean([float(flag) for flag in flags]))
