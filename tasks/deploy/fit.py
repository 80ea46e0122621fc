"""Whether an adapter can be served here at all: told before anything is loaded."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError, safe_open

from tasks.artifacts import Adapter
from tasks.deploy.canary import DeployError
from tasks.deploy.site import Site
from tasks.serving import read_config, why_merged


def check_fit(site: Site, adapter: Adapter, folder: Path) -> None:
    """Whether the site's server can offer this adapter as it was trained.

    Raises DeployError for too high a rank, a kind of adapter that cannot be hot-swapped and was not merged, or layers
    that the server would silently leave out, and ServingError for an adapter of another base model, or a merged one on
    another's server.
    """
    if adapter.model is not None:
        site.server.require(adapter.name)
        return
    if kind := why_merged(folder):
        raise DeployError(
            f"{adapter.name} is no plain LoRA ({kind}): no running server takes it, and it was not merged; train it "
            "again, which merges it, or train it without these"
        )
    config = read_config(folder)
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
