"""A night that fails leaves a page too: what happened, at which stage, why, what still serves, what to do now."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from prefect import Flow
from prefect.artifacts import create_markdown_artifact

from configs.errors import ExhellError
from flows.advice import message_of
from flows.context import Context
from flows.night_report import publish_page
from flows.remote import run_stage
from tasks.artifacts import Reference
from tasks.report.facts import Failure
from tasks.serving import where
from tasks.tracking import Run, TrackingError

R = TypeVar("R")
FAILED = "failed"


class Stages:
    """Runs a night's stages, and remembers which one it is at and what those before it published."""

    def __init__(self, context: Context, **common: Any) -> None:
        """`common` are the parameters that every stage takes."""
        self._context = context
        self._common = common
        self.current = ""
        self.last = ""
        self.made: list[Reference] = []

    def run(self, stage: Flow[..., R], /, **parameters: Any) -> R:
        """Run a stage where the profile says; what it raises, see `run_stage`."""
        self.current = stage.name
        found = run_stage(stage, self._context.profile, **self._common, **parameters)
        self.current, self.last = "", stage.name
        if isinstance(found, Reference):
            self.made.append(found)
        return found

    @property
    def place(self) -> str:
        """Where the night is, for people."""
        if self.current:
            return self.current
        return f"after {self.last}" if self.last else "before the first stage"


@contextmanager
def page_if_failed(context: Context, run: Run, stages: Stages) -> Iterator[None]:
    """Publish the page of the night if the block raises, and let the error go on. An interrupt leaves no page."""
    try:
        yield
    except Exception as error:
        try:
            _publish(context, run, stages, error)
        except Exception as second:  # noqa: BLE001 - what went wrong first is what must be told
            error.add_note(f"and the night's page could not be published: {message_of(second)}")
        raise


def _publish(context: Context, run: Run, stages: Stages, error: Exception) -> None:
    # As for every night's page, what draws takes most of a second to import.
    from tasks.report.gather import gather_failed  # noqa: PLC0415
    from tasks.report.words import serving  # noqa: PLC0415

    failure = Failure(stage=stages.place, kind=type(error).__name__, **_serves(context))
    reason = message_of(error)
    markdown = _page(context, run, f"## Failed: {failure.stage}\n\n{reason}", serving(failure).en)
    create_markdown_artifact(key="night", markdown=markdown, description="This night failed")
    facts = gather_failed(run.id, run.name, context.profile, reason=reason, failure=failure, made=stages.made)
    run.set_tags({"outcome": FAILED, "reason": reason})
    publish_page(context, facts, run)


def _serves(context: Context) -> dict[str, str | None]:
    """What should serve, and where it does; a registry or server that does not answer must not hide the failure."""
    try:
        champion = context.tracker.champion()
    except TrackingError:
        return {"unknown": "MLflow does not tell"}
    if champion is None:
        return {}
    try:
        return {"serves": champion.name, "url": where(context.profile, champion.name)}
    except ExhellError as error:
        return {"serves": champion.name, "unknown": str(error)}


def _page(context: Context, run: Run, heading: str, serves: str) -> str:
    """The same in short, on the night's Prefect page."""
    profile = context.profile
    again = f"`exhell night --profile {profile.name}`"
    return f"""{heading}

| | |
| --- | --- |
| serves now | {serves} |
| what to do | mend what the reason says, then {again}: it goes on from what is published |
| MLflow run | {run.id} in {profile.tracking.experiment} |
| its page | `exhell report {run.id} --profile {profile.name} --open` |
"""
