"""Axolotl as a backend: our settings as its YAML and its command line.

Every setting that decides what is learned is written out, also where it equals Axolotl's default, so that an upgrade of
Axolotl cannot change a night in silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from configs.load import project_path
from configs.schema import LaunchConfig, TrainConfig
from tasks.jobs import Job
from tasks.train.hugging_face import evaluation
from tasks.train.plan import CHECKPOINTS_KEPT, EMBEDDINGS, LOG, OFFLINE, OUTPUT, TEMPLATE, Plan, Rendered

CONFIG = "axolotl.yml"
LAUNCH = "launch.py"

_LAUNCH = """\
# `axolotl` itself imports everything before its own main guard. The dataset library saves prepared data in spawned
# processes, which import this file again: with the imports behind the guard, that costs a second and not ten.
if __name__ == "__main__":
    import os
    import sys

    import transformers

    # Axolotl seeds its trainer, but not what comes before it: the adapter's first weights.
    transformers.set_seed({seed})

    from axolotl.cli.main import main

    try:
        main()
    except SystemExit as end:
        if end.code:
            raise
    # Everything is saved; taking the interpreter down in order would only add seconds.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
"""

ENVIRONMENT = dict(OFFLINE) | {
    # Axolotl's telemetry waits ten seconds at every start unless it is told not to.
    "AXOLOTL_DO_NOT_TRACK": "1",
    "AXOLOTL_TEE_STDOUT": "0",
}


_COMMAND = (LAUNCH, "train", CONFIG, "--launcher", "python")
# It would show an example, a user's text, in the log, and fetch the model.
_TOKENISE = (LAUNCH, "preprocess", CONFIG, "--debug-num-examples", "0", "--no-download")


def render(plan: Plan) -> Rendered:
    """Axolotl's configuration file, `axolotl preprocess` and `axolotl train`, for one plan."""
    settings = _model(plan) | _data(plan) | _method(plan.config) | _schedule(plan) | _hardware(plan.config)
    settings |= _launch(plan.config) | _start(plan)
    content = yaml.safe_dump(settings, sort_keys=False, allow_unicode=True)
    # The dataset library would otherwise keep a copy of the users' text in the home folder.
    environment = ENVIRONMENT | {"HF_DATASETS_CACHE": str(plan.work / "cache")}
    if plan.config.precision == "fp32":
        environment["OMP_NUM_THREADS"] = str(plan.config.cpu_threads)
    python = str(plan.environment / "bin" / "python")

    def job(name: str, *arguments: str, **more: str) -> Job:
        return Job(name, (python, *arguments), cwd=plan.work, log=plan.work / LOG, env=environment | more)

    tokenise = None
    if plan.config.precision == "bf16":
        # No GPU waits while a CPU works. Without a GPU the trainer does both, which saves a second start.
        tokenise = job("axolotl preprocess", *_TOKENISE, CUDA_VISIBLE_DEVICES="")
    train = job("axolotl train", *_processes(plan.config.launch), *_COMMAND)
    files = {CONFIG: content, TEMPLATE: plan.template, LAUNCH: _LAUNCH.format(seed=plan.config.seed)}
    return Rendered(files=files, job=train, tokenise=tokenise)


def _model(plan: Plan) -> dict[str, Any]:
    return {
        "base_model": str(plan.base),
        "trust_remote_code": False,
        "save_safetensors": True,
        "chat_template": "jinja",
        "chat_template_jinja": TEMPLATE,
        "output_dir": OUTPUT,
        **({"resume_from_checkpoint": str(plan.resume)} if plan.resume else {}),
    }


def _start(plan: Plan) -> dict[str, Any]:
    return {"lora_model_dir": str(plan.start)} if plan.start else {}


def _data(plan: Plan) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "datasets": [_conversations(plan.train_files)],
        "dataset_prepared_path": str(plan.prepared),
        "train_on_inputs": False,
        "sequence_len": plan.config.sequence_length,
        "sample_packing": plan.config.sample_packing,
        "eval_sample_packing": False,
        "pad_to_sequence_len": plan.config.sample_packing,
    }
    if plan.validation_files:
        settings["test_datasets"] = [_conversations(plan.validation_files)]
    return settings


def _conversations(files: Sequence[Path]) -> dict[str, Any]:
    """ShareGPT conversations, of which the assistant's turns and the EOS behind each are learned."""
    return {
        "path": str(files[0].parent),
        "data_files": [str(file) for file in files],
        "ds_type": "json",
        "split": "train",
        "type": "chat_template",
        # A dataset's own default is the tokenizer's template, whatever the run's is: name it here as well.
        "chat_template": "jinja",
        "chat_template_jinja": TEMPLATE,
        "field_messages": "conversations",
        "message_property_mappings": {"role": "from", "content": "value"},
        "roles": {"system": ["system"], "user": ["human"], "assistant": ["gpt"]},
        "roles_to_train": ["assistant"],
        "train_on_eos": "turn",
    }


def _method(config: TrainConfig) -> dict[str, Any]:
    if config.method == "full":
        return {}
    settings = _lora(config)
    if config.method == "qlora":
        # As in the QLoRA paper (arXiv:2305.14314): NF4, and the scales quantised too.
        settings |= {
            "adapter": "qlora",
            "load_in_4bit": True,
            "bnb_config_kwargs": {"bnb_4bit_quant_type": "nf4", "bnb_4bit_use_double_quant": True},
        }
    if config.method == "dora":
        settings["peft_use_dora"] = True
    if config.trains_embeddings:
        settings["lora_modules_to_save"] = list(EMBEDDINGS)
    # Axolotl switches on what is not named.
    kernels = config.kernels and config.precision == "bf16"
    settings |= {f"lora_{part}_kernel": kernels for part in ("mlp", "qkv", "o", "embedding")}
    return settings


def _lora(config: TrainConfig) -> dict[str, Any]:
    return {
        "adapter": "lora",
        "lora_r": config.lora.rank,
        "lora_alpha": config.lora.alpha,
        "lora_dropout": config.lora.dropout,
        "lora_target_modules": list(config.lora.target_modules),
    }


def _schedule(plan: Plan) -> dict[str, Any]:
    config = plan.config
    return {
        "num_epochs": config.epochs,
        "micro_batch_size": config.micro_batch_size,
        "eval_batch_size": config.micro_batch_size,
        "gradient_accumulation_steps": config.gradient_accumulation_steps,
        "learning_rate": config.learning_rate,
        "lr_scheduler": config.scheduler,
        "optimizer": config.optimizer,
        "weight_decay": config.weight_decay,
        "max_grad_norm": 1.0,
        "warmup_steps": config.warmup_steps,
        "seed": config.seed,
        "save_strategy": "steps",
        "save_steps": config.save_steps,
        "save_total_limit": CHECKPOINTS_KEPT,
        "logging_steps": config.logging_steps,
        **evaluation(config, bool(plan.validation_files), "early_stopping_patience"),
    }


def _hardware(config: TrainConfig) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "bf16": config.precision == "bf16",
        "fp16": False,
        "tf32": config.precision == "bf16",
        # PyTorch's own attention; Axolotl keeps packed sequences apart in it, and it needs no package of its own.
        "attn_implementation": "sdpa",
        "gradient_checkpointing": config.gradient_checkpointing,
    }
    if config.gradient_checkpointing:
        settings["gradient_checkpointing_kwargs"] = {"use_reentrant": False}
    if config.precision == "fp32":
        settings |= _cpu()
    if config.liger:
        settings["plugins"] = ["axolotl.integrations.liger.LigerPlugin"]
        parts = ("rope", "rms_norm", "glu_activation", "fused_linear_cross_entropy")
        settings |= {f"liger_{part}": True for part in parts}
    return settings


def _launch(config: TrainConfig) -> dict[str, Any]:
    """Axolotl's options for several GPUs."""
    launch = config.launch
    settings: dict[str, Any] = {}
    if launch.sharding == "deepspeed":
        settings["deepspeed"] = str(project_path(launch.deepspeed))
    if launch.sharding == "fsdp":
        settings["fsdp_version"] = 2
        settings["fsdp_config"] = {
            "offload_params": False,
            # With 4-bit weights it would wait for ever, says Axolotl.
            "cpu_ram_efficient_loading": config.method != "qlora",
            "auto_wrap_policy": "TRANSFORMER_BASED_WRAP",
            "transformer_layer_cls_to_wrap": launch.fsdp_layer,
            # One file with everything, as without FSDP: what is published does not depend on the number of GPUs.
            "state_dict_type": "FULL_STATE_DICT",
            "reshard_after_forward": True,
        }
    if launch.ray:
        settings |= {"use_ray": True, "ray_num_workers": launch.processes, "resources_per_worker": {"GPU": 1}}
    return settings


def _processes(launch: LaunchConfig) -> tuple[str, ...]:
    """PyTorch's launcher, which starts the same program once a GPU. Ray starts them by itself."""
    if launch.processes == 1 or launch.ray:
        return ()
    options = [f"--nproc-per-node={launch.gpus}", f"--nnodes={launch.nodes}"]
    if launch.nodes > 1:
        # Not --standalone: the machines meet at the first one.
        host, _, port = launch.rendezvous.partition(":")
        options += [f"--node-rank={launch.rank}", f"--master-addr={host}", f"--master-port={port}"]
    else:
        options.append("--standalone")
    return ("-m", "torch.distributed.run", *options)


def _cpu() -> dict[str, Any]:
    """For a machine without a GPU: worker processes only cost start-up."""
    return {
        "dataset_num_proc": 1,
        "dataloader_num_workers": 0,
        "dataloader_prefetch_factor": None,
        "dataloader_pin_memory": False,
    }
