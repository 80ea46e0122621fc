"""How much GPU memory a training run takes: an estimate by counting, on the safe side.

Bytes on one GPU, with P parameters, T = micro_batch_size · sequence_length tokens, L layers of width h, f the width of
the feed-forward part, k the share of key-value heads, V the vocabulary:

    weights       2 P in bf16; under QLoRA 4.127 bits each, save embeddings and head (arXiv:2305.14314, section 3)
    trained       parameters, gradients and optimizer states: for a LoRA in fp32 4 + 4 + 8 bytes each (Adam's two
                  moments), and the same for embeddings and head with new tokens; for all weights, which Axolotl
                  holds in bf16, 2 + 4 besides the weights
    activations   of a layer, what the backward pass needs (counted as in arXiv:2205.05198, for Llama's layer and
                  without the attention matrix, which SDPA does not keep): T (2 (5h + 2hk + 4f) + 8h), the last term
                  the fp32 copies of two RMS norms. With checkpointing: one layer, and 2 T h for the input of each
    logits        14 T V: in bf16, in fp32, and in fp32 again for log-softmax and its gradient; Liger's loss makes
                  them piece by piece (arXiv:2410.10989, section 3), of which none is counted
    context       1 GiB: CUDA's own, cuBLAS's work space, what the allocator cannot use

FSDP divides the first two by the number of processes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from configs.schema import LoraConfig, TrainConfig

GIB = 1 << 30
CONTEXT = GIB
NF4_BYTES = 4.127 / 8
"""4 bits, and 0.127 for scales that are quantised themselves."""

STATE_BYTES = {"sgd": 0, "adamw_8bit": 2, "adamw_bnb_8bit": 2, "paged_adamw_8bit": 2, "adafactor": 4}
"""Of optimizer states a trained fp32 parameter; others have Adam's eight."""


@dataclass(frozen=True)
class Shape:
    """What of a model decides its memory. Llama's names, as in config.json."""

    hidden: int
    layers: int
    heads: int
    kv_heads: int
    intermediate: int
    vocabulary: int
    tied: bool = False

    @property
    def kv_share(self) -> float:
        return self.kv_heads / self.heads

    @property
    def embeddings(self) -> int:
        return self.vocabulary * self.hidden * (1 if self.tied else 2)

    def linear(self) -> dict[str, tuple[int, int]]:
        """Inputs and outputs of a layer's linear modules."""
        h, f, kv = self.hidden, self.intermediate, int(self.hidden * self.kv_share)
        return {
            "q_proj": (h, h),
            "k_proj": (h, kv),
            "v_proj": (h, kv),
            "o_proj": (h, h),
            "gate_proj": (h, f),
            "up_proj": (h, f),
            "down_proj": (f, h),
        }

    @property
    def in_layers(self) -> int:
        return self.layers * sum(inputs * outputs for inputs, outputs in self.linear().values())

    @property
    def parameters(self) -> int:
        return self.in_layers + self.embeddings

    def lora(self, config: LoraConfig) -> int:
        """Parameters of an adapter. A module that Llama does not have counts nothing."""
        linear = self.linear()
        sides = sum(sum(linear[name]) for name in config.target_modules if name in linear)
        return self.layers * config.rank * sides


def read_shape(base: Path) -> Shape | None:
    """A model's shape from its config.json; None for one that does not name its parts as Llama does."""
    raw = json.loads((base / "config.json").read_text(encoding="utf-8"))
    try:
        return Shape(
            hidden=raw["hidden_size"],
            layers=raw["num_hidden_layers"],
            heads=raw["num_attention_heads"],
            kv_heads=raw.get("num_key_value_heads", raw["num_attention_heads"]),
            intermediate=raw["intermediate_size"],
            vocabulary=raw["vocab_size"],
            tied=raw.get("tie_word_embeddings", False),
        )
    except KeyError:
        return None


def gpu_memory(config: TrainConfig, shape: Shape) -> dict[str, float]:
    """Bytes on each GPU, part by part."""
    tokens = config.micro_batch_size * config.sequence_length
    shards = config.launch.processes if config.launch.sharding == "fsdp" else 1
    layer = tokens * (2 * ((5 + 2 * shape.kv_share) * shape.hidden + 4 * shape.intermediate) + 8 * shape.hidden)
    kept = layer + 2 * tokens * shape.hidden * shape.layers if config.gradient_checkpointing else layer * shape.layers
    return {
        "weights": _weights(config, shape) / shards,
        "trained": _trained(config, shape) / shards,
        "activations": kept,
        "logits": 0.0 if config.liger else 14.0 * tokens * shape.vocabulary,
        "context": float(CONTEXT),
    }


def saved_bytes(config: TrainConfig, shape: Shape) -> float:
    """Bytes of one checkpoint on the disk: what was trained, and the optimizer's states."""
    trained = shape.parameters * 2.0 if config.method == "full" else _beside(config, shape) * 4.0
    return trained * 3


def merging_bytes(shape: Shape) -> tuple[float, float]:
    """Bytes of memory that merging an adapter takes, where the sums are made in fp32, and of the model on the disk."""
    return shape.parameters * 4.0, shape.parameters * 2.0


def _weights(config: TrainConfig, shape: Shape) -> float:
    if config.method == "qlora":
        return NF4_BYTES * shape.in_layers + 2.0 * shape.embeddings
    return 2.0 * shape.parameters


def _trained(config: TrainConfig, shape: Shape) -> float:
    states = STATE_BYTES.get(config.optimizer, 8)
    if config.method == "full":
        return shape.parameters * (2 + states / 2)
    return _beside(config, shape) * (4.0 + 4.0 + states)


def _beside(config: TrainConfig, shape: Shape) -> int:
    """Parameters that are trained beside the base's: the LoRA, and with new tokens embeddings and head."""
    return shape.lora(config.lora) + (shape.embeddings if config.trains_embeddings else 0)
