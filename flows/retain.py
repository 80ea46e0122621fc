"""Old nights give their disk back, and the text of users who left goes with them."""

from __future__ import annotations

from datetime import UTC, datetime

from prefect import flow, get_run_logger
from prefect.artifacts import create_table_artifact

from flows.context import STAGE, Context, Overrides, alone, named
from flows.results import Retention
from tasks import retention


@flow(name="retention", flow_run_name=named("retention"), **STAGE)
def retain(profile: str = "demo", overrides: Overrides | None = None, dry_run: bool = False) -> Retention:
    """Remove what neither serves, nor begins the next night, nor is among the newest.

    No night runs meanwhile. Raises NightError where one does, StorageError or TrackingError.

    Args:
        profile: A name under configs/profiles, or a path.
        overrides: Settings for this run alone, as in {"retention.newest": 3}.
        dry_run: Say what would go, and remove nothing.
    """
    context = Context.of(profile, overrides)
    settings = context.profile.retention
    with alone(context, None):
        serving = [one.adapter for one in (context.tracker.champion(), context.tracker.previous()) if one is not None]
        found = retention.choose(context.store, serving, settings, datetime.now(UTC))
        if not dry_run:
            retention.carry_out(context.store, found)
        nights = context.tracker.forget_nights(settings.history, dry_run)
        runs = context.tracker.forget_files(settings.runs, dry_run)
    create_table_artifact(
        key="retention",
        table=[one.model_dump(exclude={"uris"}) for one in found],
        description="What would go" if dry_run else "What went",
    )
    get_run_logger().info(
        f"{sum(one.removed for one in found)} artifacts, the files of {runs} MLflow runs, and {nights} runs as a whole"
    )
    return Retention(dry_run=dry_run, artifacts=tuple(found), runs=runs, forgotten=nights)
