"""What a running server can take beside its base model, and what must be merged into a model of its own first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tasks.serving.client import ServingError

ADAPTER_CONFIG = "adapter_config.json"
MODEL_CONFIG = "config.json"

NEEDS_MERGING = ("modules_to_save", "use_dora", "trainable_token_indices", "lora_bias")
"""Settings of an adapter that is more than two matrices a layer, which is all that a running server swaps."""


def why_merged(folder: Path) -> str:
    """What keeps an adapter in this folder from being loaded into a running server; empty for a plain LoRA.

    Raises ServingError where the adapter's settings cannot be read.
    """
    if is_model(folder):
        return "a whole model"
    config = read_config(folder)
    unfit = [name for name in NEEDS_MERGING if config.get(name)]
    if config.get("peft_type", "LORA") != "LORA":
        unfit.append(str(config["peft_type"]))
    return ", ".join(unfit)


def is_model(folder: Path) -> bool:
    """Whether the folder holds a whole model (`train.method: full`), not an adapter."""
    return not (folder / ADAPTER_CONFIG).exists() and (folder / MODEL_CONFIG).is_file()


def read_config(folder: Path) -> dict[str, Any]:
    """An adapter's settings. Raises ServingError."""
    file = folder / ADAPTER_CONFIG
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ServingError(f"{file} is not readable: {error}; publish the adapter again") from error
    if not isinstance(found, dict):
        raise ServingError(f"{file} holds no settings; publish the adapter again")
    return found
