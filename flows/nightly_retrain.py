"""The whole story: last day's traffic becomes a challenger, and the better model serves.

    python -m flows.nightly_retrain --profile demo

prepare -> train -> evaluate -> decide -> deploy. Every stage is a flow of its own, hands on a reference to what it
published, and is a child run of the night in MLflow. A night that finds nothing new ends early and says so; a night
that fails leaves what serves as it was and a page that says why, and the next one goes on from what this one published.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import yaml
from prefect import flow, get_run_logger
from prefect.artifacts import create_link_artifact, create_markdown_artifact

from configs.schema import Profile
from flows import automations, dead_runs, worth
from flows.changes import UNCHANGED, Changes
from flows.context import STAGE, Context, Overrides, named, server_left_as_found
from flows.deploy_adapter import deploy_adapter
from flows.evaluate_adapter import evaluate_adapter, figures
from flows.failed_night import Stages, page_if_failed
from flows.night_report import mlflow_page, publish_report
from flows.prepare_dataset import prepare_dataset
from flows.runtime import one_night_at_a_time
from flows.train_adapter import train_adapter
from tasks.artifacts import Night
from tasks.convert.drift import Shift
from tasks.evaluate.opinion import check_judge
from tasks.train.preflight import check_servable


@flow(
    name="nightly-retrain",
    flow_run_name=named("nightly retraining"),
    on_cancellation=[dead_runs.cancel_stages],
    **STAGE,
)
def nightly_retrain(
    profile: str = "demo",
    changes: Changes = UNCHANGED,
    *,
    dry_run: bool = False,
    force: str = "",
    rebuild: bool = False,
    overrides: Overrides | None = None,
) -> Night:
    """Run one night.

    Raises the error of the stage that failed, with what to do about it in its message.

    Args:
        profile: A name under configs/profiles, or a path.
        changes: Settings for this night alone. What is left empty stays as the profile says.
        dry_run: Prepare the dataset, say whether the night would train on it, and stop.
        force: Why to train although nothing is new or the traffic moved; recorded. Empty: such a night ends early.
        rebuild: Read the app's whole table again, not only what changed.
        overrides: Any other setting for this night alone, as in {"train.epochs": 1}.
    """
    overrides = (overrides or {}) | changes.overrides()
    context = Context.of(profile, overrides)
    settings = context.profile
    check_servable(settings)
    check_judge(settings)
    with (
        one_night_at_a_time(context.workspace),
        context.tracker.night(_name(), _tags(settings, force), settings.model_dump()) as run,
        page_if_failed(context, run, stages := Stages(context, profile=profile, overrides=overrides, night=run.id)),
        server_left_as_found(context),
    ):
        run.log_text(yaml.safe_dump(settings.model_dump(mode="json"), allow_unicode=True), "profile.yaml")
        context.store.sweep()
        dataset = stages.run(prepare_dataset, rebuild=rebuild)
        moved = worth.shifted(context, dataset)
        stop = worth.why_not(context, dataset, moved, run)
        if dry_run:
            stop = worth.only_said(stop, force)
        if stop is not None and (dry_run or not force):
            ended = Night(outcome=stop.outcome, reason=stop.reason, run_id=run.id, dataset=dataset)
            return _finish(context, ended, moved)
        adapter = stages.run(train_adapter, dataset=dataset)
        report = stages.run(evaluate_adapter, dataset=dataset, adapter=adapter)
        night = Night.decided(run.id, dataset, adapter, report)
        if report.decision.promote:
            deployment = stages.run(deploy_adapter, adapter=adapter, report=report)
            night = night.model_copy(update={"deployment": deployment})
        return _finish(context, night, moved)


def _finish(context: Context, night: Night, moved: Sequence[Shift]) -> Night:
    """Record what the night came to, where people and the next night look."""
    worth.remember(context, night)
    run = context.tracker.run(night.run_id)
    run.set_tags({"outcome": night.outcome, "reason": night.reason, "dataset": night.dataset.short})
    run.log_dataset(night.dataset)
    if night.report is not None:
        run.log_metrics(figures(night.report))
    get_run_logger().info(night.reason)
    create_link_artifact(
        key="mlflow",
        link=mlflow_page(context, run),
        link_text="this night in MLflow",
        description="Parameters, metrics and files",
    )
    create_markdown_artifact(key="night", markdown=_page(context, night), description="What this night came to")
    publish_report(context, night, run, moved)
    if night.outcome in {"promoted", "kept", "held"}:
        automations.tell(night.outcome, context.profile.name, night.reason, f"MLflow: {mlflow_page(context, run)}")
    return night


def _page(context: Context, night: Night) -> str:
    """What happened, and where to look: the first thing that a person reads in the morning."""
    serves = night.deployment.name if night.deployment else "what served before"
    return f"""## {night.outcome.capitalize()}

{night.reason}

| | |
| --- | --- |
| serves now | {serves} |
| dataset | {night.dataset.short}, {night.dataset.rows:,} examples |
| adapter | {night.adapter.name if night.adapter else "none trained"} |
| MLflow run | {night.run_id} in {context.profile.tracking.experiment} |
| undo | `exhell rollback --profile {context.profile.name}` |
"""


def _name() -> str:
    return f"night {datetime.now(UTC):%Y-%m-%d %H:%M:%S}"


def _tags(profile: Profile, force: str) -> dict[str, str]:
    tags = {"profile": profile.name}
    return tags | {"forced": force} if force else tags


if __name__ == "__main__":
    # Prefect reads its settings when it is imported, which was above; the command sets them first.
    os.execv(sys.executable, [sys.executable, "-m", "flows.cli", "night", *sys.argv[1:]])  # noqa: S606
