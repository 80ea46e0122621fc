"""Publish the page of a night: into its MLflow run, with a link on its Prefect run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from prefect.artifacts import create_link_artifact

from flows.context import Context
from flows.reports import FACTS, PAGE, TAG
from tasks.artifacts import Night
from tasks.convert.drift import Shift
from tasks.tracking import Run

if TYPE_CHECKING:
    from tasks.report.facts import Facts


def publish_report(context: Context, night: Night, run: Run, moved: Sequence[Shift] = ()) -> None:
    """Draw a night's page, and put it into its run with its facts. Raises StorageError or TrackingError.

    `moved` is how far the traffic had moved when the night began.
    """
    # Matplotlib and Jinja2 take most of a second to import, which only a process that draws should pay.
    from tasks.report.facts import Moved  # noqa: PLC0415
    from tasks.report.gather import gather  # noqa: PLC0415

    traffic = [
        Moved(feature=one.feature, psi=one.psi, value=one.value, before=one.before, now=one.now) for one in moved
    ]
    facts = gather(night, run.name, context.profile, context.store, traffic)
    publish_page(context, facts, run)


def publish_page(context: Context, facts: Facts, run: Run) -> None:
    """Put a page and its facts into a run, with a link on the Prefect run. Raises TrackingError."""
    from tasks.report.page import page  # noqa: PLC0415 - as above

    run.log_text(page(facts, context.profile.pages.language), PAGE)
    run.log_text(facts.model_dump_json(indent=1), FACTS)
    run.set_tags({TAG: PAGE})
    link = f"{mlflow_page(context, run)}/artifacts/{PAGE}"
    create_link_artifact(key="report", link=link, link_text="the report of this night")


def mlflow_page(context: Context, run: Run) -> str:
    """The run's page: on the tracking server, or where `exhell ui` serves a file's pages."""
    server = run.uri if run.uri.startswith("http") else f"http://127.0.0.1:{context.profile.pages.mlflow_port}"
    return f"{server}/#/experiments/{run.experiment_id}/runs/{run.id}"
