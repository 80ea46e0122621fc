"""What the renderer tells Axolotl: every shipped profile is a case."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
import yaml

from configs.load import PROFILES, load_profile, template_path
from configs.schema import LaunchConfig, TrainConfig
from tasks.jobs import Job
from tasks.train.axolotl import CONFIG, LAUNCH, render
from tasks.train.backends import BACKENDS
from tasks.train.plan import TEMPLATE, Plan

SHIPPED = sorted(path.stem for path in PROFILES.glob("*.yaml"))


def plan(config: TrainConfig, **changes: Any) -> Plan:
    settings: dict[str, Any] = {
        "config": config,
        "base": Path("/models/base"),
        "template": template_path("llama-2").read_text(encoding="utf-8"),
        "train_files": (Path("/artifacts/datasets/1/sharegpt/train/2026-10-26.jsonl"),),
        "validation_files": (Path("/artifacts/datasets/1/sharegpt/validation/2026-10-26.jsonl"),),
        "environment": Path("/project/.venv-train"),
        "work": Path("/workspace/train/key"),
        "prepared": Path("/workspace/train/prepared/key"),
    }
    return Plan(**(settings | changes))


def settings(config: TrainConfig, **changes: Any) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(render(plan(config, **changes)).files[CONFIG])
    return content


def job(config: TrainConfig) -> Job:
    return render(plan(config)).job


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_profile_renders(name: str) -> None:
    profile = load_profile(name)
    rendered = BACKENDS[profile.train.backend](plan(profile.train))
    content = yaml.safe_load(next(text for name, text in rendered.files.items() if name.endswith(".yml")))
    assert content["trust_remote_code"] is False
    assert content["output_dir"] == "out"
    assert rendered.files[TEMPLATE] == template_path(profile.base_model.chat_template).read_text(encoding="utf-8")


def test_the_production_profile_carries_the_guides_settings() -> None:
    content = settings(load_profile("exhell").train)
    wanted = {
        "adapter": "lora",
        "lora_r": 16,
        "lora_alpha": 32,
        "lora_dropout": 0.05,
        "lora_target_modules": ["q_proj", "k_proj", "v_proj", "o_proj"],
        "num_epochs": 3,
        "learning_rate": 2e-4,
        "micro_batch_size": 4,
        "gradient_accumulation_steps": 2,
        "warmup_steps": 100,
        "save_steps": 500,
        "logging_steps": 100,
        "bf16": True,
        "gradient_checkpointing": True,
    }
    assert {name: content[name] for name in wanted} == wanted
    assert all(content[f"lora_{part}_kernel"] for part in ("mlp", "qkv", "o"))


def test_the_profile_of_a_large_gpu_has_every_switch_on() -> None:
    content = settings(load_profile("exhell-hopper").train)
    wanted = {
        "sample_packing": True,
        "pad_to_sequence_len": True,
        "attn_implementation": "sdpa",
        "lora_dropout": 0.0,
        "gradient_checkpointing": False,
        "plugins": ["axolotl.integrations.liger.LigerPlugin"],
    }
    assert {name: content[name] for name in wanted} == wanted
    assert all(content[f"lora_{part}_kernel"] for part in ("mlp", "qkv", "o"))
    assert content["liger_fused_linear_cross_entropy"]
    assert not [name for name in settings(TrainConfig()) if "liger" in name or name == "plugins"]


def test_the_demo_trains_on_a_cpu() -> None:
    content = settings(load_profile("demo").train)
    wanted = {"bf16": False, "fp16": False, "tf32": False, "attn_implementation": "sdpa", "dataloader_num_workers": 0}
    assert {name: content[name] for name in wanted} == wanted
    assert not any(content[f"lora_{part}_kernel"] for part in ("mlp", "qkv", "o", "embedding"))


@pytest.mark.parametrize("split", ["datasets", "test_datasets"])
def test_only_the_assistant_is_learned(split: str) -> None:
    (data,) = settings(TrainConfig())[split]
    assert data["roles_to_train"] == ["assistant"]
    assert data["train_on_eos"] == "turn"
    assert (data["chat_template"], data["chat_template_jinja"]) == ("jinja", TEMPLATE)


def test_without_validation_examples_nothing_is_evaluated() -> None:
    content = settings(TrainConfig(), validation_files=())
    assert "test_datasets" not in content
    assert content["eval_strategy"] == "no"


def test_a_resumed_run_names_its_checkpoint() -> None:
    assert "resume_from_checkpoint" not in settings(TrainConfig())
    content = settings(TrainConfig(), resume=Path("/data/out/checkpoint-30"))
    assert content["resume_from_checkpoint"] == "/data/out/checkpoint-30"
    assert "auto_resume_from_checkpoints" not in content


def test_the_trainer_goes_nowhere_and_tells_nobody() -> None:
    environment = job(TrainConfig()).env
    for name in ("AXOLOTL_DO_NOT_TRACK", "HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY"):
        assert environment[name] == "1"
    assert environment["HF_DATASETS_CACHE"].startswith("/workspace/train/key/")


def test_threads_are_set_only_where_there_is_no_gpu() -> None:
    assert job(TrainConfig(precision="fp32", cpu_threads=3)).env["OMP_NUM_THREADS"] == "3"
    assert "OMP_NUM_THREADS" not in job(TrainConfig()).env


def test_the_command_is_the_environments_own() -> None:
    assert job(TrainConfig()).argv == (
        "/project/.venv-train/bin/python",
        "launch.py",
        "train",
        "axolotl.yml",
        "--launcher",
        "python",
    )


def test_only_a_run_on_a_gpu_is_tokenised_before_and_sees_none_then() -> None:
    assert render(plan(TrainConfig(precision="fp32"))).tokenise is None
    tokenise = render(plan(TrainConfig(launch=LaunchConfig(gpus=2)))).tokenise
    assert tokenise is not None
    assert tokenise.argv[1:4] == ("launch.py", "preprocess", "axolotl.yml")
    assert tokenise.env["CUDA_VISIBLE_DEVICES"] == ""
    assert BACKENDS["llamafactory"](plan(TrainConfig(backend="llamafactory", precision="fp32"))).tokenise is None
    tokenise = BACKENDS["llamafactory"](plan(TrainConfig(backend="llamafactory"))).tokenise
    assert tokenise is not None
    assert tokenise.argv[1:] == ("launch.py", "tokenise", "llamafactory.yml")
    assert tokenise.env["CUDA_VISIBLE_DEVICES"] == ""


def test_the_launcher_seeds_and_imports_nothing_outside_its_guard() -> None:
    module = ast.parse(render(plan(TrainConfig(seed=7))).files[LAUNCH])
    assert [type(statement) for statement in module.body] == [ast.If]
    assert "transformers.set_seed(7)" in ast.unparse(module)
