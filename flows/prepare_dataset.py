"""Interactions out of the app's database become a dataset: extract -> filter -> convert."""

from __future__ import annotations

from prefect import flow, get_run_logger

from configs.schema import Profile
from flows.context import STAGE, Context, Overrides, alone, named
from flows.mapper import mapper
from flows.published import remember
from tasks.artifacts import Dataset
from tasks.base_model import BaseModelError
from tasks.convert.task import convert_examples
from tasks.dataset import PROFILE
from tasks.extract.task import extract_interactions
from tasks.filter.checks import Checking, checking
from tasks.filter.task import filter_interactions


@flow(name="prepare-dataset", flow_run_name=named("prepare dataset"), **STAGE)
def prepare_dataset(
    profile: str = "demo", overrides: Overrides | None = None, night: str | None = None, rebuild: bool = False
) -> Dataset:
    """Take what is new from the database and publish the dataset that it makes with everything before it.

    Raises ExtractError, FilterError or ConvertError.

    Args:
        profile: A name under configs/profiles, or a path.
        overrides: Settings for this run alone, as in {"filter.min_rating": 3}.
        night: The MLflow run of the night that this is a stage of; empty where it runs by itself.
        rebuild: Read the whole table again, not only what changed.
    """
    context = Context.of(profile, overrides)
    settings = context.profile
    with alone(context, night), context.tracker.stage(night, "prepare") as run:
        context.store.sweep()
        with mapper(settings) as work:
            extract = extract_interactions(settings.source, context.root, rebuild)
            filtered = filter_interactions(extract, settings.filter, context.root, _checking(settings), work)
            dataset = convert_examples(filtered, settings.convert, settings.night.min_records, context.root, work)
        folder = context.store.open(dataset.uri, ["funnel.json", PROFILE])
        run.log_dataset(dataset, context.store.manifest(dataset.uri))
        run.log_params(settings.filter.model_dump() | settings.convert.model_dump())
        run.log_metrics(_counts(dataset))
        run.log_file(folder / "funnel.json")
        run.log_file(folder / PROFILE)
    remember(context, filtered)  # the next night goes on from its screened rows
    remember(context, dataset)
    return dataset


def _checking(settings: Profile) -> Checking:
    """A dataset can be made where the base model is not; its examples are then not counted in its tokens."""
    try:
        return checking(settings)
    except BaseModelError as error:
        get_run_logger().warning(f"lengths are not checked in the base model's tokens, for it cannot be read: {error}")
        return checking(settings, count_tokens=False)


def _counts(dataset: Dataset) -> dict[str, float]:
    funnel = {f"funnel.{step.rule}.dropped": float(step.dropped) for step in dataset.funnel}
    korean = {} if dataset.korean_share is None else {"korean_share": dataset.korean_share}
    return (
        funnel
        | korean
        | {
            "rows.train": float(dataset.train_rows),
            "rows.validation": float(dataset.validation_rows),
            "rows.test": float(dataset.test_rows),
            "rows.new": float(dataset.new_rows),
        }
    )
