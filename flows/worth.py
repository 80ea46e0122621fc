"""Whether a night is worth training: is there enough that is new, and is it still the traffic that we know?

Both are decisions with figures. They are in the night's MLflow run and on its Prefect page, whichever way they fall.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from prefect.artifacts import create_table_artifact

from configs.load import fingerprint
from configs.schema import Profile
from flows.context import Context
from tasks import dataset as datasets
from tasks.artifacts import Dataset, Night
from tasks.convert.drift import Shift, shifts
from tasks.convert.novelty import changed_examples
from tasks.storage import StorageError
from tasks.tracking import Run

DECIDED = "nights/decided"
"""The store's pointer to the last night that came to a decision, and to the dataset it decided on."""


@dataclass(frozen=True)
class Stop:
    """Why a night ends before it trains: nothing new to learn, or something that a person should look at first."""

    outcome: Literal["skipped", "held", "dry-run"]
    reason: str


def why_not(context: Context, dataset: Dataset, moved: Sequence[Shift], run: Run) -> Stop | None:
    """Why this dataset should not be trained on tonight, or None where it should; `moved` is what `shifted` found."""
    nothing_new = why_skip(context, dataset)
    if nothing_new is not None:
        return Stop("skipped", nothing_new)
    too_far = why_hold(context, moved, run)
    return None if too_far is None else Stop("held", too_far)


def only_said(stop: Stop | None, force: str) -> Stop:
    """What a dry run ends with: what a night would do now."""
    if stop is None:
        return Stop("dry-run", "a night would train now")
    if force:
        return Stop("dry-run", f"a night would train now, for it is forced ({force}): {stop.reason}")
    return Stop("dry-run", f"a night would not train now: {stop.reason}")


def why_skip(context: Context, dataset: Dataset) -> str | None:
    """Why this dataset is not worth a training run, or None where it is."""
    decided = context.store.pointer_if_whole(DECIDED)
    if decided is None or decided["config_sha256"] != _recipe(context.profile):
        return None
    since = f"since the night of {decided['at'][:10]} ({decided['outcome']})"
    if dataset.sha256 == decided["dataset_sha256"]:
        return f"no new traffic {since}: the dataset is the one that it decided on"
    try:
        changed = changed_examples(context.store, dataset, decided["dataset"])
    except StorageError:  # the earlier dataset was removed: everything counts as new
        return None
    needed = context.profile.night.min_new_records
    return None if changed >= needed else f"only {changed} good records changed {since}; {needed} are needed"


def why_hold(context: Context, found: Sequence[Shift], run: Run) -> str | None:
    """Why a person should look at the traffic first, or None where it is like what the champion learnt from."""
    if not found:
        return None
    run.log_metrics({f"shift.{one.feature}.{name}": getattr(one, name) for one in found for name in ("psi", "js")})
    create_table_artifact(
        key="shift", table=[_row(one) for one in found], description="How far the traffic moved from the champion's"
    )
    limit, most = context.profile.night.max_shift, found[0]
    if limit is None or most.psi <= limit:
        return None
    return (
        f"the traffic moved: the stability index of {most.feature} is {most.psi:.2f}, over the {limit:g} allowed; most "
        f"of it is `{most.value or 'other'}`, {most.before:.1%} of what the champion learnt from, {most.now:.1%} now. "
        "Look at what changed, then train with `exhell night --force`, or raise night.max_shift"
    )


def remember(context: Context, night: Night) -> None:
    """Note a night that came to a decision, for the next one to compare with."""
    if night.outcome in {"skipped", "held", "dry-run"}:
        return
    context.store.point(
        DECIDED,
        {
            "dataset": night.dataset.uri,
            "dataset_sha256": night.dataset.sha256,
            "config_sha256": _recipe(context.profile),
            "outcome": night.outcome,
            "reason": night.reason,
            "run_id": night.run_id,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
        },
    )


def shifted(context: Context, dataset: Dataset) -> list[Shift]:
    """How far the traffic moved from what the champion learnt from, the most moved feature first; empty where there is
    nothing to compare with."""
    champion = context.tracker.champion()
    if champion is None or champion.adapter.dataset_sha256 == dataset.sha256:
        return []
    try:
        before = datasets.profile(context.store, context.store.locate("datasets", champion.adapter.dataset_sha256))
    except StorageError:  # the champion's dataset was removed: there is nothing to compare with
        return []
    return shifts(datasets.profile(context.store, dataset.uri), before)


def _row(shift: Shift) -> dict[str, str]:
    return {
        "feature": shift.feature,
        "PSI": f"{shift.psi:.3f}",
        "JS": f"{shift.js:.3f}",
        "moved most": shift.value or "other",
        "before": f"{shift.before:.1%}",
        "now": f"{shift.now:.1%}",
    }


def _recipe(profile: Profile) -> str:
    """Fingerprint of what makes a model: a changed recipe is worth a night even without new traffic."""
    return fingerprint(
        profile.filter, profile.convert, profile.base_model, profile.train, profile.evaluate, profile.gate
    )
