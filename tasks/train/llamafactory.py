"""LLaMA-Factory as a backend: our settings as its `dataset_info.json`, its YAML and its command line.

Every setting that decides what is learned is written out, also where it equals LLaMA-Factory's default, so that an
upgrade cannot change a night in silence. `deployments/train_llamafactory.py` is what runs it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from configs.load import PROJECT
from configs.schema import TrainConfig
from tasks.jobs import Job
from tasks.llama_factory import LLAMA_FACTORY
from tasks.train.hugging_face import evaluation
from tasks.train.plan import CHECKPOINTS_KEPT, EMBEDDINGS, LOG, OFFLINE, OUTPUT, TEMPLATE, Plan, Rendered

CONFIG = "llamafactory.yml"
DATASETS = "dataset_info.json"
LAUNCH = "launch.py"
PROGRAM = PROJECT / "deployments" / "train_llamafactory.py"


def render(plan: Plan) -> Rendered:
    """LLaMA-Factory's register of datasets, its settings, the making of token ids and `llamafactory-cli train`, for one
    plan."""
    train, validation = _entries("train", plan.train_files), _entries("validation", plan.validation_files)
    settings = _model(plan) | _data(plan, train, validation) | _method(plan.config)
    settings |= _schedule(plan.config, bool(validation)) | _hardware(plan.config)
    # The dataset library would otherwise keep a copy of the users' text in the home folder.
    environment = dict(OFFLINE) | {"HF_DATASETS_CACHE": str(plan.work / "cache")}
    if plan.config.precision == "fp32":
        environment |= {"OMP_NUM_THREADS": str(plan.config.cpu_threads), "CUDA_VISIBLE_DEVICES": ""}

    def job(name: str, command: str, **more: str) -> Job:
        argv = (str(plan.environment / "bin" / "python"), LAUNCH, command, CONFIG)
        return Job(name, argv, cwd=plan.work, log=plan.work / LOG, env=environment | more)

    # No GPU waits while a CPU works. Without a GPU the trainer does both, which saves a second start.
    on_gpu = plan.config.precision == "bf16"
    tokenise = job("llamafactory tokenise", "tokenise", CUDA_VISIBLE_DEVICES="") if on_gpu else None
    train_job = job("llamafactory-cli train", "train")
    files = {
        CONFIG: yaml.safe_dump(settings, sort_keys=False, allow_unicode=True),
        DATASETS: json.dumps(train | validation, indent=2, ensure_ascii=False) + "\n",
        TEMPLATE: plan.template,
        LAUNCH: PROGRAM.read_text(encoding="utf-8"),
    }
    return Rendered(files=files, job=train_job, tokenise=tokenise)


def _entries(split: str, files: Sequence[Path]) -> dict[str, dict[str, Any]]:
    """ShareGPT conversations, a file an entry: of a folder it takes the files as the file system lists them."""
    return {
        f"{split}_{number:04d}": {"file_name": str(file), **LLAMA_FACTORY["sharegpt"]}
        for number, file in enumerate(files)
    }


def _model(plan: Plan) -> dict[str, Any]:
    return {
        "model_name_or_path": str(plan.base),
        "trust_remote_code": False,
        "template": "run",
        "output_dir": OUTPUT,
        "overwrite_output_dir": True,
        **({"resume_from_checkpoint": str(plan.resume)} if plan.resume else {}),
        # The last one of a list is trained on; the others would be merged into the base.
        **({"adapter_name_or_path": str(plan.start), "create_new_adapter": False} if plan.start else {}),
    }


def _data(plan: Plan, train: Mapping[str, Any], validation: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "dataset_dir": ".",
        "dataset": ",".join(train),
        **({"eval_dataset": ",".join(validation)} if validation else {}),
        "mix_strategy": "concat",
        "tokenized_path": str(plan.prepared),
        "train_on_prompt": False,
        "mask_history": False,
        "cutoff_len": plan.config.sequence_length,
        "packing": False,
        "preprocessing_num_workers": None,
    }


def _method(config: TrainConfig) -> dict[str, Any]:
    stage = {"stage": "sft", "do_train": True}
    if config.method == "full":
        return stage | {"finetuning_type": "full"}
    settings = stage | _lora(config)
    if config.method == "qlora":
        # As in the QLoRA paper (arXiv:2305.14314): NF4, and the scales quantised too.
        settings |= {
            "quantization_bit": 4,
            "quantization_method": "bnb",
            "quantization_type": "nf4",
            "double_quantization": True,
        }
    if config.method == "dora":
        settings["use_dora"] = True
    if config.trains_embeddings:
        settings["additional_target"] = ",".join(EMBEDDINGS)
    return settings


def _lora(config: TrainConfig) -> dict[str, Any]:
    return {
        "finetuning_type": "lora",
        "lora_rank": config.lora.rank,
        "lora_alpha": config.lora.alpha,
        "lora_dropout": config.lora.dropout,
        "lora_target": ",".join(config.lora.target_modules),
    }


def _schedule(config: TrainConfig, evaluate: bool) -> dict[str, Any]:
    return {
        "num_train_epochs": config.epochs,
        "per_device_train_batch_size": config.micro_batch_size,
        "per_device_eval_batch_size": config.micro_batch_size,
        "gradient_accumulation_steps": config.gradient_accumulation_steps,
        "learning_rate": config.learning_rate,
        "lr_scheduler_type": config.scheduler,
        "optim": config.optimizer,
        "weight_decay": config.weight_decay,
        "max_grad_norm": 1.0,
        # Axolotl takes two steps where it is told one.
        "warmup_steps": 2 if config.warmup_steps == 1 else config.warmup_steps,
        "seed": config.seed,
        "save_strategy": "steps",
        "save_steps": config.save_steps,
        "save_total_limit": CHECKPOINTS_KEPT,
        "save_only_model": False,
        "logging_steps": config.logging_steps,
        **evaluation(config, evaluate, "early_stopping_steps"),
        "eval_on_start": evaluate,
        # A loss that is no number shall be seen.
        "logging_nan_inf_filter": False,
        "prediction_loss_only": True,
        "plot_loss": False,
        "report_to": "none",
        "push_to_hub": False,
    }


def _hardware(config: TrainConfig) -> dict[str, Any]:
    return {
        "bf16": config.precision == "bf16",
        "fp16": False,
        "tf32": config.precision == "bf16",
        "use_cpu": config.precision == "fp32",
        "flash_attn": "sdpa",
        "disable_gradient_checkpointing": not config.gradient_checkpointing,
        "use_reentrant_gc": False,
        "dataloader_num_workers": 0,
        "dataloader_pin_memory": config.precision == "bf16",
    }
