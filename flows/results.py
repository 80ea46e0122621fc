"""What the commands other than a night's stages return: small documents for people and scripts."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from tasks.artifacts import Night
from tasks.judge.cases import Tally
from tasks.retention import Removed


class Result(BaseModel):
    """Base of all of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Check(Result):
    """One thing that `exhell doctor` looked at."""

    name: str
    state: Literal["ok", "warning", "problem"]
    detail: str


class Judged(Result):
    """What a file of cases came to."""

    cases: int
    verdicts: dict[str, int]
    faulty: int
    """Lines that are no case: no reference, a workbook that does not open."""
    by_two_engines: int
    by_one_engine: int
    engines: str
    out: str

    @classmethod
    def of(cls, tally: Tally, out: Path) -> Judged:
        return cls(
            cases=tally.cases,
            verdicts=dict(tally.verdicts),
            faulty=tally.faulty,
            by_two_engines=tally.by_two_engines,
            by_one_engine=tally.by_one_engine,
            engines=tally.note,
            out=str(out),
        )


class Retention(Result):
    """What went, or with `dry_run` would go."""

    dry_run: bool
    artifacts: tuple[Removed, ...]
    runs: int
    """MLflow runs whose files went; their parameters and metrics stay."""
    forgotten: int
    """MLflow runs that went as a whole."""


class Pulled(Result):
    """A base model that is on this machine now."""

    model: str
    revision: str
    license: str
    path: str
    files: dict[str, str]
    """Name to SHA-256."""


class Diagnosis(Result):
    """Everything that `exhell doctor` looked at."""

    checks: tuple[Check, ...]

    @property
    def healthy(self) -> bool:
        return all(check.state != "problem" for check in self.checks)


class GatewayServer(Result):
    """One model server as the gateway last saw it."""

    url: str
    healthy: bool
    in_flight: int
    offers: tuple[str, ...]


class GatewayStatus(Result):
    """What a running gateway serves where."""

    url: str
    ready: str
    """`yes`, or why not."""
    model: str
    serves: str
    version: int | None
    champion: str | None
    before: str | None
    watched: str | None
    """The new champion that may still be taken back."""
    refused: dict[str, str]
    problems: dict[str, str]
    registry: str
    """`read`, or why not."""
    servers: tuple[GatewayServer, ...]


class Status(Result):
    """What serves now, and what the last night came to."""

    profile: str
    server: str | None
    """Address of the model server, None while none runs."""
    loaded: tuple[str, ...]
    champion: str | None
    champion_version: int | None
    previous: str | None
    last_night: str | None
    """Outcome, reason and time of the last night that decided."""
    stack: dict[str, str] = {}
    """Prefect, MLflow and workers that run, and where: an address, or a process."""
    gateway: GatewayStatus | None = None


class Answer(Result):
    """One question and its answer."""

    model: str
    prompt: str
    text: str


class DemoNight(Result):
    """What `exhell demo` shows at the end."""

    night: Night
    served_at: str
    answer: Answer
