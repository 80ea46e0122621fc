"""What a night's page shows, as data: one JSON document, from which the page can be drawn again at any time."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from tasks.artifacts import Check, FunnelStep, Opinion
from tasks.bootstrap import Span
from tasks.cost.model import Bill

VERSION = 1

Kind = Literal["became_right", "became_wrong", "worst", "best"]


class Fact(BaseModel):
    """Base of all of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Measure(Fact):
    """One metric: its value by role, and the challenger's gain over `Facts.before`, over users, where it has one."""

    name: str
    cases: str = Field("", description="The set of cases that it is over; empty for the test set itself.")
    values: dict[str, float]
    gain: Span | None = None


class Group(Fact):
    """The cases of one task type or with one spreadsheet function: mean grade by role, 0 to 1, and the gain."""

    kind: Literal["task_type", "function"]
    name: str
    cases: int
    values: dict[str, float]
    gain: Span | None = None


class Curve(Fact):
    """A loss (nats a token) by optimizer step."""

    name: Literal["loss", "eval_loss"]
    steps: tuple[int, ...]
    values: tuple[float, ...]


class Moved(Fact):
    """How far one feature of the traffic moved from what the champion learnt from (tasks/convert/drift.py)."""

    feature: str
    psi: float
    value: str
    before: float
    now: float


class Given(Fact):
    """One model's answer to a case."""

    text: str
    grade: float | None
    outcome: str | None = Field(None, description="The judge's verdict; None where no formula is asked for.")
    reason: str | None = None
    workbook: int | None = Field(None, description="The first test workbook, from 1, that shows a difference.")
    cell: str | None = None


class Shown(Fact):
    """A case that is worth a look."""

    kind: Kind
    id: str
    task_type: str
    question: str
    reference: str
    answers: dict[str, Given]


class Latency(Fact):
    """One model's answers under the evaluation's own load, seconds a whole answer."""

    answers: int
    p50: Span
    p95: Span
    p99: Span
    quantiles: tuple[float, ...] = Field(description="At 0, 1, ... 100%.")


class Made(Fact):
    """A step of the lineage: what was made, the digest of its bytes, and where it lies."""

    step: str
    what: str
    sha256: str
    uri: str = ""


class Scored(Fact):
    """One case's result, for comparisons of nights."""

    id: str
    user: str = Field(description="A number that stands for the user on this page alone.")
    grade: float
    right: bool | None = Field(description="Whether the formula is right; None where none is asked for.")


class Failure(Fact):
    """Where a night failed, and what serves all the same. The reason is the night's own (`Facts.reason`)."""

    stage: str = Field(description="The stage that failed, or which one it came after.")
    kind: str = Field(description="The error's type.")
    serves: str | None = Field(None, description="The champion; None where there is none, or nobody tells.")
    url: str | None = Field(None, description="Where it is served; None where no server offers it.")
    unknown: str | None = Field(None, description="Why it is not known what serves.")


class Facts(Fact):
    """Everything about one night. What a night did not come to is empty."""

    version: int = VERSION
    name: str
    run_id: str
    profile: str
    at: str = Field(description="When the page was made, UTC.")
    outcome: str
    reason: str
    failure: Failure | None = Field(None, description="Of a night that failed.")
    rule: str = ""
    checks: tuple[Check, ...] = ()
    before: str = Field("champion", description="The role that the challenger was compared with.")
    primary: str = Field("formula_accuracy", description="The metric that the gate decides by.")
    models: dict[str, str] = {}
    cases: int = 0
    users: int = 0
    measures: tuple[Measure, ...] = ()
    groups: tuple[Group, ...] = ()
    verdicts: dict[str, dict[str, int]] = Field(default={}, description="Role to verdict to cases.")
    opinion: Opinion | None = Field(None, description="What an LLM judge said, where one was asked.")
    curves: tuple[Curve, ...] = ()
    rows: dict[str, int] = Field(default={}, description="Examples by split, and `new`.")
    funnel: tuple[FunnelStep, ...] = ()
    moved: tuple[Moved, ...] = ()
    max_shift: float | None = None
    shown: tuple[Shown, ...] = ()
    latency: dict[str, Latency] = {}
    bill: Bill | None = None
    lineage: tuple[Made, ...] = ()
    scored: tuple[Scored, ...] = Field((), description="The challenger's results, case by case.")

    @property
    def roles(self) -> tuple[str, ...]:
        """Base, champion, challenger: those that were questioned."""
        return tuple(self.models)
