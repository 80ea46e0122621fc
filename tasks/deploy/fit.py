"""Whether an adapter can be served here at all: told before anything is loaded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from tasks.artifacts import Adapter
from tasks.deploy.canary import DeployError
from tasks.deploy.site import Site

NEEDS_MERGING = ("modules_to_save", "use_dora", "trainable_token_indices", "lora_bias")
"""Settings of an adapter that is more than two matrices a layer, which is all that a running server swaps."""


def check_fit(site: Site, adapter: Adapter, folder: Path) -> None:
    """Whether the site's server can hold this adapter as it was trained.

    Raises DeployError for too high a rank, a kind of adapter that cannot be hot-swapped, or layers that the server
    would silently leave out, and ServingError for an adapter of another base model.
    """
    if not (folder / "adapter_config.json").exists() and (folder / "config.json").is_file():
        raise DeployError(
            f"{adapter.name} is a whole model (train.method full), which no running server takes beside another: make "
            "it the base model of a profile (base_model.path)"
        )
    config = _read(folder / "adapter_config.json")
    unfit = [name for name in NEEDS_MERGING if config.get(name)]
    if unfit or config.get("peft_type", "LORA") != "LORA":
        raise DeployError(
            f"{adapter.name} is no plain LoRA ({', '.join(unfit) or config['peft_type']}): it cannot be loaded into a "
            "running server; train it without these, or make a model of it with `exhell merge`"
        )
    site.server.require_base(adapter.name, adapter.base_sha256)
    rank = max([config.get("r", 0), *config.get("rank_pattern", {}).values()])
    if rank > site.serve.max_lora_rank:
        raise DeployError(
            f"{adapter.name} has rank {rank}, the server takes up to {site.serve.max_lora_rank}; raise "
            "serve.max_lora_rank or train with a lower rank"
        )
    left_out = _modules(folder / "adapter_model.safetensors") - set(site.modules)
    if left_out:
        raise DeployError(
            f"{adapter.name} changes {', '.join(sorted(left_out))}, which the server would leave out; train without "
            "them, or name them in train.lora.target_modules (never the head) and start the server again"
        )


def _modules(file: Path) -> set[str]:
    """Names of the layers that an adapter changes: q_proj of `….layers.0.self_attn.q_proj.lora_A.weight`."""
    try:
        with safe_open(file, framework="numpy") as tensors:
            return {name.partition(".lora_")[0].rpartition(".")[2] for name in tensors.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise DeployError(f"{file} is not readable: {error}; publish the adapter again") from error


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DeployError(f"{file} is not readable: {error}; publish the adapter again") from error
    if not isinstance(found, dict):
        raise DeployError(f"{file} holds no settings; publish the adapter again")
    return found
