"""Two endpoints on the same prompts: quality, latency and cost side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from tasks.bootstrap import LEVEL, Span, of, paired
from tasks.endpoint.ask import Record
from tasks.endpoint.prompts import Prompt
from tasks.endpoint.summary import Measured

RIGHT = 0.999
"""A grade from which an answer counts as right."""

Grades = Sequence[float | None]
Grader = Callable[[Sequence[Prompt], Sequence[str]], Grades]
"""Prompts with a reference and the answers to them, to grades from 0 to 1; None where the reference is at fault."""


class Quality(BaseModel):
    """How right an endpoint's answers are. Prompts that it failed to answer count as wrong."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    graded: int = Field(description="Prompts with a reference that can be judged.")
    failed: int = Field(description="Of these, prompts without an answer.")
    correct: Span = Field(description="Share of right answers.")
    grade: Span = Field(description="Mean grade, 0 to 1.")


class Cost(BaseModel):
    """What answers cost, in the profile's currency."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    how: str
    per_1k_tokens: float
    per_answer: float
    per_correct: float | None = Field(None, description="None without a right answer or without references.")


class Side(BaseModel):
    """One endpoint."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    measured: Measured
    quality: Quality | None = None
    cost: Cost | None = None


class Result(BaseModel):
    """What `exhell bench endpoint` found."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    currency: str
    prompts: int
    faults: tuple[str, ...] = Field(description="Lines of the file that are no prompt.")
    ours: Side
    against: Side | None = None
    correct_gain: Span | None = Field(None, description="Our share of right answers less theirs, on the same prompts.")


def first_answers(records: Sequence[Record]) -> dict[int, str | None]:
    """Prompt to its first answer; None for one that was asked and never answered."""
    found: dict[int, str | None] = {}
    for record in records:
        if found.get(record.prompt) is None:
            found[record.prompt] = record.text if record.failure is None else None
    return found


def grades(prompts: Sequence[Prompt], records: Sequence[Record], grader: Grader) -> dict[int, float]:
    """Prompt to the grade of its first answer, 0 where it failed; those that cannot be graded are left out."""
    answers = {at: text for at, text in first_answers(records).items() if prompts[at].reference is not None}
    places = list(answers)
    found = grader([prompts[at] for at in places], [answers[at] or "" for at in places]) if places else []
    return {at: float(grade) for at, grade in zip(places, found, strict=True) if grade is not None}


def quality(graded: Mapping[int, float], records: Sequence[Record]) -> Quality | None:
    """None where nothing was graded."""
    values = np.array(list(graded.values()))
    correct, grade = of((values >= RIGHT).astype(float), _means), of(values, _means)
    if correct is None or grade is None:
        return None
    answers = first_answers(records)
    return Quality(graded=len(values), failed=sum(answers[at] is None for at in graded), correct=correct, grade=grade)


def correct_gain(ours: Mapping[int, float], theirs: Mapping[int, float]) -> Span | None:
    """Our share of right answers less theirs, paired by prompt."""
    both = [at for at in ours if at in theirs]
    sides = [np.array([[float(side[at] >= RIGHT), 1.0] for at in both]).reshape(-1, 2) for side in (theirs, ours)]
    return paired(sides[0], sides[1], [str(at) for at in both], level=LEVEL)


def cost(how: str, total: float, measured: Measured, correct: Quality | None) -> Cost | None:
    """From what all answers of a run cost together; None where nothing was answered."""
    tokens = measured.prompt_tokens + measured.answer_tokens
    if not tokens or not measured.answered:
        return None
    each = total / measured.answered
    share = correct.correct.value if correct is not None else 0.0
    return Cost(
        how=how, per_1k_tokens=total / tokens * 1000, per_answer=each, per_correct=each / share if share else None
    )


def _means(rows: np.ndarray) -> np.ndarray:
    found: np.ndarray = rows.mean(axis=1)
    return found
