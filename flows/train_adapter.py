"""A dataset becomes a LoRA adapter, on the GPU pool where there is one."""

from __future__ import annotations

from prefect import flow

from flows.context import STAGE, Context, Overrides, alone, named
from flows.published import remember
from tasks.artifacts import Adapter, Dataset
from tasks.train.task import train_lora

CURVES = ("loss", "eval_loss")
"""Metrics that the night's own run gets too: two nights that are compared in MLflow show them over each other."""


@flow(name="train-adapter", flow_run_name=named("train adapter"), **STAGE)
def train_adapter(
    dataset: Dataset, profile: str = "demo", overrides: Overrides | None = None, night: str | None = None
) -> Adapter:
    """Train on a dataset, or return the adapter that the same inputs made before. Raises TrainError."""
    context = Context.of(profile, overrides)
    settings = context.profile
    with alone(context, night), context.tracker.stage(night, "train") as run:
        run.log_params(_parameters(context))
        champion = context.tracker.champion() if settings.train.start_from == "champion" else None
        begin = champion.adapter if champion is not None else None
        adapter = train_lora(dataset, settings, context.root, context.workspace, run, champion=begin)
        run.set_tags({"began_with": f"adapter-{adapter.start_sha256[:12]}" if adapter.start_sha256 else "base"})
        folder = context.store.open(adapter.uri)
        run.log_artifacts(folder, "adapter")
        if night is not None:
            for curve in CURVES:
                run.copy_curve(curve, night, "train")
    remember(context, adapter)
    return adapter


def _parameters(context: Context) -> dict[str, object]:
    config, base = context.profile.train, context.profile.base_model
    parts = {
        f"{part}.{name}": value
        for part, group in (("lora", config.lora), ("launch", config.launch))
        for name, value in group.model_dump().items()
    }
    return config.model_dump(exclude={"lora", "launch"}) | parts | {"base_model": base.path, "license": base.license}
