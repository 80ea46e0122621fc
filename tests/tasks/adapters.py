"""LoRA adapters with random weights, written without torch: other adapters for tests than training makes in minutes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from tasks.artifacts import Adapter
from tasks.storage import Store

MODULES = ("q_proj", "k_proj", "v_proj", "o_proj")
SCALE = 0.15
"""Standard deviation of both matrices: enough to change nearly every answer of the tiny model, at any seed."""


def write_adapter(
    folder: Path, base: Path, seed: int, rank: int = 8, modules: tuple[str, ...] = MODULES, **config: object
) -> Path:
    """An adapter's two files in PEFT's form; `config` adds to its settings. With `use_dora` it has magnitudes."""
    model = json.loads((base / "config.json").read_text())
    width = model["hidden_size"]
    random = np.random.default_rng(seed)
    tensors = {}
    for layer in range(model["num_hidden_layers"]):
        for module in modules:
            name = f"base_model.model.model.layers.{layer}.self_attn.{module}"
            tensors[f"{name}.lora_A.weight"] = random.normal(0, SCALE, (rank, width)).astype(np.float32)
            tensors[f"{name}.lora_B.weight"] = random.normal(0, SCALE, (width, rank)).astype(np.float32)
            if config.get("use_dora"):
                tensors[f"{name}.lora_magnitude_vector"] = random.uniform(0.5, 2, width).astype(np.float32)
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / "adapter_model.safetensors")
    settings = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": str(base),
        "r": rank,
        "lora_alpha": rank,
        "lora_dropout": 0.0,
        "bias": "none",
        "target_modules": list(modules),
    }
    (folder / "adapter_config.json").write_text(json.dumps(settings | config))
    return folder


def publish_adapter(store: Store, base: Path, base_sha256: str, seed: int, **settings: Any) -> Adapter:
    """A published adapter, as training publishes it."""
    with store.draft("adapters") as draft:
        write_adapter(draft, base, seed, **settings)
        published = store.publish(draft)
    return Adapter(
        uri=published.uri,
        sha256=published.sha256,
        dataset_sha256="d" * 64,
        base_sha256=base_sha256,
        config_sha256="c" * 64,
        steps=1,
        train_loss=1.0,
    )
