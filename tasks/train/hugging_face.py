"""Settings that trainers built on the Hugging Face trainer hand on to it under its own names."""

from __future__ import annotations

from typing import Any

from configs.schema import TrainConfig


def evaluation(config: TrainConfig, has_validation: bool, patience: str) -> dict[str, Any]:
    """When the loss on the validation split is measured: after each epoch, or as often as early stopping looks at it.

    `patience` is the trainer's own name for how many measurements without gain end the run.
    """
    if not has_validation:
        return {"eval_strategy": "no"}
    if config.early_stopping is None:
        return {"eval_strategy": "epoch"}
    return {
        "eval_strategy": "steps",
        "eval_steps": config.save_steps,
        patience: config.early_stopping,
        "load_best_model_at_end": True,
        "metric_for_best_model": "eval_loss",
        "greater_is_better": False,
    }
