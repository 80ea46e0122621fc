"""Records become figures: percentiles with intervals, goodput, failures by kind.

| figure | meaning |
| --- | --- |
| latency | seconds from when a request was due to the last piece of its answer |
| TTFT | seconds from when it was due to the first piece that is not empty |
| TPOT | seconds a token after the first: (last piece - first piece) / (tokens - 1); answers of 2 tokens and more |
| goodput | answers a second that kept every stated limit; a failure never does |
| client lag | seconds from when a request was due until it was sent: what the measuring machine itself added |

The last piece may be without text, as the end of an answer is: it is one of its tokens. Percentiles are of answers;
failures are counted beside them, and in goodput. Intervals are 95% bootstrap intervals over requests, taken to be
independent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from tasks.bootstrap import Span, quantile
from tasks.endpoint.ask import Endpoint, Record
from tasks.endpoint.load import Plan

SHARES = (0.50, 0.95, 0.99)
LAG_SHARE = 0.02
"""Client lag over this share of the median latency is said: the figures are then partly this machine's own."""


@dataclass(frozen=True)
class Limits:
    """What a good answer keeps, in seconds; None is no limit."""

    latency_s: float | None = None
    ttft_s: float | None = None
    tpot_s: float | None = None

    @property
    def stated(self) -> dict[str, float]:
        """Those that are limits."""
        named = {"latency": self.latency_s, "TTFT": self.ttft_s, "TPOT": self.tpot_s}
        return {name: value for name, value in named.items() if value is not None}

    def kept(self, record: Record) -> bool:
        """Whether a request was answered within every limit."""
        if record.failure is not None:
            return False
        found = {"latency": latency(record), "TTFT": ttft(record), "TPOT": tpot(record)}
        return all((found[name] or 0.0) <= limit for name, limit in self.stated.items())


class Percentiles(BaseModel):
    """Of one quantity, in seconds, each with its interval."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    p50: Span
    p95: Span
    p99: Span
    mean: float


class Failures(BaseModel):
    """Requests that failed in one way, and what the first of them said."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    count: int
    first: str


class Measured(BaseModel):
    """One endpoint under one plan."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    url: str
    model: str
    answered_as: str | None = Field(description="The model that the endpoint says answered.")
    requests: int
    answered: int
    rate: float = Field(description="Requests a second that were due.")
    arrivals: str
    seed: int
    duration_s: float = Field(description="From when the first request was due to the end of the last.")
    latency: Percentiles | None
    ttft: Percentiles | None
    tpot: Percentiles | None
    requests_per_s: float
    tokens_per_s: float = Field(description="Prompt and answer tokens.")
    prompt_tokens: int
    answer_tokens: int
    tokens_counted_by: str = Field(description="The endpoint's usage, or the pieces of its stream.")
    limits: dict[str, float]
    goodput_per_s: float | None
    good_share: float | None
    failures: tuple[Failures, ...]
    client_lag_p99_s: float
    notes: tuple[str, ...] = ()


def summarise(records: Sequence[Record], endpoint: Endpoint, plan: Plan, limits: Limits) -> Measured:
    """The figures of a run."""
    answers = [one for one in records if one.failure is None]
    start, end = min(one.due for one in records), max(one.end for one in records)
    duration = max(end - start, 1e-9)
    good = sum(limits.kept(one) for one in records)
    prompt_tokens, answer_tokens = sum(one.prompt_tokens or 0 for one in answers), sum(one.tokens for one in answers)
    counted = bool(answers) and all(one.completion_tokens is not None for one in answers)
    lag = float(np.quantile([one.sent - one.due for one in records], 0.99))
    whole = percentiles(latency(one) for one in answers)
    return Measured(
        url=endpoint.url,
        model=endpoint.model,
        answered_as=answers[0].model if answers else None,
        requests=len(records),
        answered=len(answers),
        rate=plan.rate,
        arrivals=plan.arrivals,
        seed=plan.seed,
        duration_s=duration,
        latency=whole,
        ttft=percentiles(ttft(one) for one in answers),
        tpot=percentiles(tpot(one) for one in answers),
        requests_per_s=len(answers) / duration,
        tokens_per_s=(prompt_tokens + answer_tokens) / duration,
        prompt_tokens=prompt_tokens,
        answer_tokens=answer_tokens,
        tokens_counted_by="usage" if counted else "pieces",
        limits=limits.stated,
        goodput_per_s=good / duration if limits.stated else None,
        good_share=good / len(records) if limits.stated else None,
        failures=_failures(records),
        client_lag_p99_s=lag,
        notes=_notes(lag, whole, counted, bool(answers)),
    )


def latency(record: Record) -> float | None:
    return None if record.last is None else record.last - record.due


def ttft(record: Record) -> float | None:
    return None if record.first is None else record.first - record.due


def tpot(record: Record) -> float | None:
    if record.first is None or record.last is None or record.tokens < 2:
        return None
    return (record.last - record.first) / (record.tokens - 1)


def percentiles(values: Iterable[float | None]) -> Percentiles | None:
    """None where there is no value."""
    known = np.array([value for value in values if value is not None])
    spans = [quantile(known, share) for share in SHARES]
    if spans[0] is None or spans[1] is None or spans[2] is None:
        return None
    return Percentiles(p50=spans[0], p95=spans[1], p99=spans[2], mean=float(known.mean()))


def _failures(records: Sequence[Record]) -> tuple[Failures, ...]:
    counts = Counter(one.failure for one in records if one.failure is not None)
    first = {kind: next(one.reason for one in records if one.failure == kind) for kind in counts}
    return tuple(Failures(kind=kind, count=count, first=first[kind]) for kind, count in counts.most_common())


def _notes(lag: float, whole: Percentiles | None, counted: bool, answered: bool) -> tuple[str, ...]:
    notes = []
    if whole is not None and lag > LAG_SHARE * whole.p50.value:
        notes.append(
            f"1% of the requests were sent {lag * 1000:.0f} ms late or more: this machine was busy; lower --rate, or "
            "measure from another one"
        )
    if answered and not counted:
        notes.append("the endpoint sends no usage: tokens are pieces of its stream, and prompts count none")
    return tuple(notes)
