"""The base model, and one training run on it."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from configs.settings.base import Positive, Settings, Share


class BaseModelConfig(Settings):
    """The model that adapters are trained on and served with."""

    path: str = Field(description="A local folder, or a model id that `revision` pins.")
    revision: str | None = None
    models: str = Field(
        ".exhell/models",
        description="Folder that `exhell models pull` fetches into, for all profiles; relative to the project's root.",
    )
    license: str = Field(description="Shown by `exhell doctor`: the terms that an adapter of this model falls under.")
    parameters: Annotated[float, Field(gt=0)] = Field(description="Number of parameters: sizes the memory check.")
    chat_template: str = Field("llama-2", description="Jinja file in configs/templates, for training and serving both.")
    max_length: Positive = Field(4_096, description="Context length in tokens.")


class LoraConfig(Settings):
    """The adapter's shape."""

    rank: Positive = 16
    alpha: Positive = 32
    dropout: Share = 0.05
    target_modules: tuple[str, ...] = ("q_proj", "k_proj", "v_proj", "o_proj")


class LaunchConfig(Settings):
    """On how much hardware a run is spread, by Axolotl's own options. The defaults are one process."""

    gpus: Positive = Field(1, description="Of each machine.")
    nodes: Positive = Field(
        1, description="Machines; the command runs on each of them, with its own train.launch.rank."
    )
    rank: Annotated[int, Field(ge=0)] = Field(0, description="Which of the machines this is.")
    rendezvous: str = Field("", description="`host:port` of the first machine, where there are several.")
    folder: str = Field(
        "",
        description="Where several machines keep token ids and checkpoints: storage that each of them sees, at the "
        "same path. Empty: in the workspace, on one machine.",
    )
    sharding: Literal["none", "fsdp", "deepspeed"] = Field(
        "none", description="none: a whole copy on each GPU. fsdp: PyTorch's FSDP2. deepspeed: as its JSON says."
    )
    deepspeed: str = Field(
        "", description="DeepSpeed's JSON, ZeRO stage and offloading; relative to the project's root."
    )
    fsdp_layer: str = Field("LlamaDecoderLayer", description="The class of the model's layers: what FSDP shards by.")
    ray: bool = Field(
        False, description="Ray starts the processes, on a cluster that is there: gpus and nodes say how many."
    )

    @property
    def processes(self) -> int:
        return self.gpus * self.nodes

    @model_validator(mode="after")
    def _is_whole(self) -> LaunchConfig:
        if self.sharding == "deepspeed" and not self.deepspeed:
            raise ValueError("sharding deepspeed needs its settings: name a JSON file in train.launch.deepspeed")
        if self.sharding != "deepspeed" and self.deepspeed:
            raise ValueError("train.launch.deepspeed is only read with sharding deepspeed")
        if self.sharding != "none" and self.processes == 1:
            raise ValueError(f"sharding {self.sharding} spreads a model over GPUs; with one there is nothing to spread")
        if self.nodes > 1 and not self.ray and not re.fullmatch(r"[\w.-]+:\d+", self.rendezvous):
            raise ValueError(
                "several nodes need train.launch.rendezvous, `host:port` of the first, or train.launch.ray"
            )
        if self.nodes > 1 and not self.folder:
            raise ValueError(
                "several nodes need train.launch.folder, on storage that each of them sees: checkpoints lie there"
            )
        if self.rank >= self.nodes:
            raise ValueError(f"train.launch.rank {self.rank} is no node of {self.nodes}: the first is 0")
        return self


MAX_TOKEN = 32
"""Characters of a new token: longer is a sentence, which the next user writes otherwise."""


class TrainConfig(Settings):
    """One training run. Defaults are the production settings for Llama-2-7B on one GPU."""

    backend: Literal["axolotl", "llamafactory"] = "axolotl"
    environment: str = Field(
        "", description="Folder of the virtual environment that holds the trainer; empty: the one that `make` makes."
    )
    method: Literal["lora", "qlora", "dora", "full"] = Field(
        "lora",
        description="qlora: a LoRA on 4-bit weights. dora: a LoRA with learned magnitudes. full: all weights. What "
        "dora and full make is served as a model of its own, merged.",
    )
    lora: LoraConfig = LoraConfig()
    new_tokens: tuple[str, ...] | Positive = Field(
        (),
        description="Words that become one token each where that pays, or how many to find in the dataset. Embeddings "
        "and head are then trained besides, and the adapter is merged for serving.",
    )
    kernels: bool = Field(
        True, description="Axolotl's fused LoRA kernels, on a GPU. With dropout they drop other values than PEFT would."
    )
    liger: bool = Field(
        False,
        description="Liger's fused kernels for rotary embeddings, norms, SwiGLU and a loss that keeps no logits.",
    )
    start_from: Literal["base", "champion"] = Field(
        "base",
        description="champion: go on from the weights of the adapter that serves, with what is new since its dataset. "
        "base: anew every night, so no night's errors are handed on, and what was withdrawn is in no weights.",
    )
    replay_share: Share = Field(
        0.2,
        description="With start_from champion: the share of older examples that is learnt again, so that they are not "
        "forgotten; which ones changes every night.",
    )
    launch: LaunchConfig = LaunchConfig()
    epochs: Annotated[float, Field(gt=0, le=100)] = 3
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 2e-4
    scheduler: Literal["cosine", "linear", "constant"] = "cosine"
    optimizer: str = "adamw_torch"
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    micro_batch_size: Positive = 4
    gradient_accumulation_steps: Positive = 2
    warmup_steps: Annotated[int, Field(ge=0)] = 100
    save_steps: Positive = 500
    logging_steps: Positive = 100
    sequence_length: Positive = 2_048
    sample_packing: bool = False
    gradient_checkpointing: bool = True
    precision: Literal["bf16", "fp32"] = Field("bf16", description="fp32 is for a machine without a GPU.")
    cpu_threads: Positive = Field(1, description="Threads of an fp32 training; a small model is slower with more.")
    seed: int = 42
    early_stopping: Positive | None = Field(
        None,
        description="Validate every save_steps, end after so many validations without a lower loss, and take the "
        "checkpoint of the lowest. Empty: validate every epoch, run to the end, take the last.",
    )
    stall_timeout_s: Positive = Field(1_800, description="End a trainer that prints nothing for this long.")
    step_timeout_s: Positive = Field(3_600, description="End a trainer that prints, but takes no step for this long.")

    @field_validator("new_tokens")
    @classmethod
    def _are_words(cls, tokens: tuple[str, ...] | int) -> tuple[str, ...] | int:
        if isinstance(tokens, int):
            return tokens
        for token in tokens:
            if not 2 <= len(token) <= MAX_TOKEN or any(letter.isspace() for letter in token):
                raise ValueError(f"a new token is one word of 2 to {MAX_TOKEN} characters, and {token!r} is not")
        if len(set(tokens)) < len(tokens):
            raise ValueError("names a token twice")
        return tokens

    @property
    def trains_embeddings(self) -> bool:
        """Whether embeddings and head are trained beside a LoRA."""
        return bool(self.new_tokens) and self.method != "full"

    @property
    def is_served_merged(self) -> bool:
        """Whether what is trained is no plain LoRA, so that a model of its own is served."""
        return self.method in ("dora", "full") or bool(self.new_tokens)

    @property
    def environment_folder(self) -> str:
        return self.environment or (".venv-train" if self.backend == "axolotl" else f".venv-{self.backend}")

    @property
    def effective_batch_size(self) -> int:
        return self.micro_batch_size * self.gradient_accumulation_steps * self.launch.processes

    @model_validator(mode="after")
    def _can_be_trained(self) -> TrainConfig:
        if self.precision == "fp32" and self.method == "qlora":
            raise ValueError(
                "method qlora keeps weights in 4 bits, which only a GPU computes with: set train.precision bf16, or "
                "train.method lora"
            )
        if self.start_from == "champion" and self.method == "full":
            raise ValueError(
                "train.start_from champion goes on from an adapter, and method full makes none: set it to base, or "
                "take train.method lora, qlora or dora"
            )
        if self.precision == "fp32" and self.launch.processes > 1:
            raise ValueError("train.launch is for GPUs; with train.precision fp32 there is one process")
        if self.liger and (self.precision == "fp32" or self.backend != "axolotl"):
            raise ValueError(
                "train.liger switches on kernels of a GPU, through Axolotl: set it false, or train.precision bf16 and "
                "train.backend axolotl"
            )
        if self.launch.processes > 1 and self.backend != "axolotl":
            raise ValueError("train.launch goes through Axolotl: set train.backend axolotl, or one GPU")
        if self.sample_packing and self.backend != "axolotl":
            raise ValueError(
                "sample_packing is Axolotl's here: packed by LLaMA-Factory 0.9.5, examples reached losses that the "
                "same ones alone did not; set sample_packing false, or train.backend axolotl"
            )
        if self.method == "qlora" and self.launch.sharding == "deepspeed":
            raise ValueError(
                "method qlora cannot be sharded by DeepSpeed here: ZeRO-3 does not split 4-bit weights; take "
                "train.launch.sharding fsdp"
            )
        return self
