"""Whether an adapter can be served here at all: told before anything is loaded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from configs.schema import ServeConfig
from tasks.artifacts import Adapter
from tasks.deploy.canary import DeployError
from tasks.serving import ModelServer
from tasks.serving.client import BASE_DIGITS


def check_fit(adapter: Adapter, folder: Path, server: ModelServer, serve: ServeConfig) -> None:
    """Raise DeployError for another base model, too high a rank, or a kind of adapter that cannot be hot-swapped."""
    _check_base(adapter, server)
    config = _read(folder / "adapter_config.json")
    rank = max([config.get("r", 0), *config.get("rank_pattern", {}).values()])
    if rank > serve.max_lora_rank:
        raise DeployError(
            f"{adapter.name} has rank {rank}, the server takes up to {serve.max_lora_rank}; raise serve.max_lora_rank "
            "or train with a lower rank"
        )
    unfit = [
        name for name in ("modules_to_save", "use_dora", "trainable_token_indices", "lora_bias") if config.get(name)
    ]
    if unfit or config.get("peft_type", "LORA") != "LORA":
        raise DeployError(
            f"{adapter.name} is no plain LoRA ({', '.join(unfit) or config['peft_type']}): it cannot be loaded into a "
            "running server; train it without these, or merge it into a model of its own"
        )


def _check_base(adapter: Adapter, server: ModelServer) -> None:
    served = server.base_digest()
    if served is None:
        raise DeployError(
            f"the server at {server.url} does not say which base model it runs; start it with `exhell up`, or give it "
            f"the served-model-name base-<first {BASE_DIGITS} digits of the fingerprint>"
        )
    if not adapter.base_sha256.startswith(served):
        raise DeployError(
            f"{adapter.name} was trained on base {adapter.base_sha256[:BASE_DIGITS]}, the server at {server.url} runs "
            f"base {served}; serve the base that it was trained on, or train it again on this one"
        )


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DeployError(f"{file} is not readable: {error}; publish the adapter again") from error
    if not isinstance(found, dict):
        raise DeployError(f"{file} holds no settings; publish the adapter again")
    return found
