"""What the renderer tells LLaMA-Factory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from configs.load import load_profile
from configs.schema import TrainConfig
from deployments.train_llamafactory import turns
from tasks.train.llamafactory import CONFIG, DATASETS, render
from tests.tasks.train.test_axolotl import plan


def settings(config: TrainConfig, **changes: Any) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(render(plan(config, **changes)).files[CONFIG])
    return content


def test_its_profile_carries_the_guides_settings() -> None:
    content = settings(load_profile("exhell-llamafactory").train)
    wanted = {
        "finetuning_type": "lora",
        "lora_rank": 16,
        "lora_alpha": 32,
        "lora_dropout": 0.05,
        "lora_target": "q_proj,k_proj,v_proj,o_proj",
        "num_train_epochs": 3,
        "learning_rate": 2e-4,
        "per_device_train_batch_size": 4,
        "gradient_accumulation_steps": 2,
        "warmup_steps": 100,
        "save_steps": 500,
        "logging_steps": 100,
        "bf16": True,
        "disable_gradient_checkpointing": False,
    }
    assert {name: content[name] for name in wanted} == wanted


def test_both_production_profiles_differ_in_nothing_but_the_trainer() -> None:
    ours, theirs = load_profile("exhell").train, load_profile("exhell-llamafactory").train
    assert ours.model_copy(update={"backend": "llamafactory"}) == theirs


def test_shards_are_read_in_order_and_each_once() -> None:
    files = tuple(Path(f"/data/sharegpt/train/2026-0{week}.jsonl") for week in (1, 2, 3))
    rendered = render(plan(TrainConfig(), train_files=files, validation_files=()))
    content, register = yaml.safe_load(rendered.files[CONFIG]), json.loads(rendered.files[DATASETS])
    assert [register[name]["file_name"] for name in content["dataset"].split(",")] == [str(file) for file in files]
    assert "eval_dataset" not in content
    assert (content["eval_strategy"], content["eval_on_start"]) == ("no", False)


def test_a_cpu_run_sees_no_gpu() -> None:
    job = render(plan(TrainConfig(precision="fp32"))).job
    assert job.env["CUDA_VISIBLE_DEVICES"] == ""
    assert "CUDA_VISIBLE_DEVICES" not in render(plan(TrainConfig())).job.env
    assert job.env["HF_HUB_OFFLINE"] == job.env["HF_DATASETS_OFFLINE"] == "1"


def test_a_resumed_run_names_its_checkpoint() -> None:
    assert "resume_from_checkpoint" not in settings(TrainConfig())
    content = settings(TrainConfig(), resume=Path("/data/out/checkpoint-30"))
    assert content["resume_from_checkpoint"] == "/data/out/checkpoint-30"


class Joining:
    """A tokenizer with one token for the end of a question and the first letter of an answer."""

    def apply_chat_template(self, told: list[dict[str, str]], **_: Any) -> str:
        return "".join(message["content"] for message in told)

    def encode(self, text: str, add_special_tokens: bool) -> list[int]:
        return [ord(letter) for letter in text.replace("?=", "\N{DOUBLE QUESTION MARK}")]

    def decode(self, ids: list[int]) -> str:
        return "".join(map(chr, ids))


def test_a_token_over_the_edge_of_an_answer_is_refused() -> None:
    def told(answer: str) -> list[dict[str, str]]:
        return [{"role": "user", "content": "합계?"}, {"role": "assistant", "content": answer}]

    assert turns(Joining(), "", told("B1"), None) == [[*map(ord, "합계?")], [*map(ord, "B1")]]
    with pytest.raises(ValueError, match="join the assistant's text to what stands before it in one token"):
        turns(Joining(), "", told("=B1"), None)
