"""Every setting of a night, with its bounds and its default: frozen, complete, checked before anything runs.

A profile (`configs/profiles/*.yaml`) is one `Profile`. The defaults are the production settings; the demo's profile
says where it differs. Nothing here reads the environment, the network or a file: `load.py` does, once, at start.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from configs.settings.base import Settings
from configs.settings.data import (
    ConvertConfig,
    Decontaminate,
    FilterConfig,
    NearDuplicateConfig,
    PoisonConfig,
    PrepareConfig,
    PrivacyConfig,
    SourceConfig,
)
from configs.settings.judging import EvaluateConfig, GateConfig, LLMJudgeConfig
from configs.settings.running import (
    HOURS_OF_MONTH,
    CostConfig,
    NightConfig,
    NotifyConfig,
    PagesConfig,
    RetentionConfig,
    TrackingConfig,
)
from configs.settings.serving import ApiConfig, CanaryConfig, DockerConfig, GatewayConfig, KubernetesConfig, ServeConfig
from configs.settings.training import BaseModelConfig, LaunchConfig, LoraConfig, TrainConfig

__all__ = [
    "HOURS_OF_MONTH",
    "ApiConfig",
    "BaseModelConfig",
    "CanaryConfig",
    "ConvertConfig",
    "CostConfig",
    "Decontaminate",
    "DockerConfig",
    "EvaluateConfig",
    "FilterConfig",
    "GateConfig",
    "GatewayConfig",
    "KubernetesConfig",
    "LLMJudgeConfig",
    "LaunchConfig",
    "LoraConfig",
    "NearDuplicateConfig",
    "NightConfig",
    "NotifyConfig",
    "PagesConfig",
    "PoisonConfig",
    "PrepareConfig",
    "PrivacyConfig",
    "Profile",
    "RetentionConfig",
    "ServeConfig",
    "SourceConfig",
    "TrackingConfig",
    "TrainConfig",
]


class Profile(Settings):
    """Everything that a night needs to know, under one name."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    workspace: str = Field(description="Folder for artifacts, logs and state; relative to the project's root.")
    store: str = Field("", description="Where artifacts are published (fsspec URL); empty means in the workspace.")
    source: SourceConfig
    filter: FilterConfig = FilterConfig()
    convert: ConvertConfig = ConvertConfig()
    prepare: PrepareConfig = PrepareConfig()
    base_model: BaseModelConfig
    train: TrainConfig = TrainConfig()
    evaluate: EvaluateConfig = EvaluateConfig()
    gate: GateConfig = GateConfig()
    llm_judge: LLMJudgeConfig | None = Field(None, description="Empty: no language model is asked, nothing is sent.")
    serve: ServeConfig = ServeConfig()
    tracking: TrackingConfig = TrackingConfig()
    pages: PagesConfig = PagesConfig()
    notify: NotifyConfig = NotifyConfig()
    cost: CostConfig = CostConfig()
    api: ApiConfig = ApiConfig()
    gateway: GatewayConfig = GatewayConfig()
    night: NightConfig = NightConfig()
    retention: RetentionConfig = RetentionConfig()

    @model_validator(mode="after")
    def _parts_fit_together(self) -> Profile:
        if self.train.sequence_length > self.base_model.max_length:
            raise ValueError(
                f"train.sequence_length {self.train.sequence_length} is longer than base_model.max_length "
                f"{self.base_model.max_length}; lower the first"
            )
        if self.train.lora.rank > self.serve.max_lora_rank:
            raise ValueError(
                f"train.lora.rank {self.train.lora.rank} is above serve.max_lora_rank {self.serve.max_lora_rank}: the "
                "server could not load the adapter; raise the second"
            )
        if self.train.launch.nodes > 1 and not self.store:
            raise ValueError("train.launch.nodes above 1 needs store: each machine reads the dataset from it")
        if self.gate.llm_judge_min_win_rate is not None and self.llm_judge is None:
            raise ValueError("gate.llm_judge_min_win_rate needs a judge: set llm_judge.url and llm_judge.model")
        return self
