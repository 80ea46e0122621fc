"""What would stop a run hours later, told before the trainer starts."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from configs.load import project_path
from configs.schema import Profile, TrainConfig
from tasks import jobs
from tasks.jobs import Job
from tasks.train.memory import GIB, Shape, gpu_memory, merging_bytes, read_shape, saved_bytes
from tasks.train.plan import CHECKPOINTS_KEPT, Plan, TrainError
from tasks.train.verify import base_shapes

TWO_SERVERS = 0.48
"""Share of a GPU for each of two servers. Our choice: what the driver and two CUDA contexts take is left over."""

SPARE_BYTES = GIB // 2
"""Disk for token ids, logs and the dataset library's cache."""


def check(plan: Plan, say: Callable[[str], None]) -> None:
    """Raises TrainError for what this model, machine or environment cannot do; says what may go wrong."""
    _check_target_modules(plan)
    _check_length(plan)
    _check_launch(plan)
    shape = read_shape(plan.base)
    if shape is None:
        return
    _check_disk(plan, shape)
    if plan.config.is_served_merged and plan.config.method != "full":
        _check_merging(shape)
    if plan.config.precision == "bf16":
        _check_memory(plan.config, shape, list(gpus_gib(plan.work.parent)), say)


def check_servable(profile: Profile) -> None:
    """Raises TrainError for what a night would train for hours and then could not serve."""
    config, share = profile.train, profile.serve.gpu_memory_utilization
    made = f"train.method {config.method} makes" if config.method in ("dora", "full") else "train.new_tokens make"
    if config.is_served_merged and config.precision == "bf16" and share > TWO_SERVERS:
        raise TrainError(
            f"{made} no plain LoRA, so its merged model gets a server of its own, which starts while another serves: "
            f"with serve.gpu_memory_utilization {share:g} the two do not fit one GPU. Set it to {TWO_SERVERS:g} or "
            "less, or train.method lora or qlora without train.new_tokens"
        )


def gpus_gib(logs: Path) -> Iterator[float]:
    """Memory of each GPU, in GiB; none where there is no NVIDIA driver. Raises JobError where it does not answer."""
    if shutil.which("nvidia-smi") is None:
        return
    lines: list[str] = []
    argv = ("nvidia-smi", "--query-gpu=memory.total", "--format=csv,noheader,nounits")
    logs.mkdir(parents=True, exist_ok=True)
    job = Job(name="nvidia-smi", argv=argv, cwd=logs, log=logs / "nvidia-smi.log")
    jobs.run(job, on_line=lines.append, stall_timeout_s=30)
    yield from (float(line) / 1024 for line in lines if line.strip().isdigit())


def _check_target_modules(plan: Plan) -> None:
    if plan.config.method == "full":
        return
    names = {name.split(".")[-2] for name, shape in base_shapes(plan.base).items() if len(shape) == 2}
    if missing := sorted(set(plan.config.lora.target_modules) - names):
        raise TrainError(
            f"train.lora.target_modules names {', '.join(missing)}, which the base model does not have; it has: "
            f"{', '.join(sorted(names))}"
        )


def _check_length(plan: Plan) -> None:
    known = json.loads((plan.base / "config.json").read_text(encoding="utf-8")).get("max_position_embeddings")
    if known is not None and plan.config.sequence_length > known:
        raise TrainError(
            f"train.sequence_length {plan.config.sequence_length} is longer than the {known} positions of the base "
            "model (max_position_embeddings in its config.json); lower it, and base_model.max_length with it"
        )


def _check_launch(plan: Plan) -> None:
    launch = plan.config.launch
    if launch.sharding == "deepspeed":
        file = project_path(launch.deepspeed)
        try:
            json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise TrainError(f"train.launch.deepspeed: {file} cannot be read as JSON: {error}") from error
    for needed, package in ((launch.sharding == "deepspeed", "deepspeed"), (launch.ray, "ray")):
        if needed and not any(plan.environment.glob(f"lib/python*/site-packages/{package}")):
            raise TrainError(
                f"train.launch wants {package}, which is not in {plan.environment}; the lock does not hold it. Install "
                f"it there: .venv/bin/uv pip install --python {plan.environment}/bin/python {package}"
            )


def _check_disk(plan: Plan, shape: Shape) -> None:
    needed = (CHECKPOINTS_KEPT + 2) * saved_bytes(plan.config, shape) + SPARE_BYTES
    if plan.config.is_served_merged:
        needed += merging_bytes(shape)[1]
    folder = plan.work
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise TrainError(
            f"{free / GIB:.1f} GiB are free under {folder}, and {needed / GIB:.1f} GiB are needed for checkpoints, "
            "token ids, logs and what is merged: free disk space or point `workspace` elsewhere, then run again"
        )


def _check_merging(shape: Shape) -> None:
    needed, there = merging_bytes(shape)[0], psutil.virtual_memory().total
    if there < needed:
        raise TrainError(
            f"what this run trains is merged for serving, which takes {needed / GIB:.0f} GiB of memory (4 bytes a "
            f"parameter), and this machine has {there / GIB:.0f}: take train.method lora or qlora without "
            "train.new_tokens, or train on a machine with more memory"
        )


def _check_memory(config: TrainConfig, shape: Shape, gpus: list[float], say: Callable[[str], None]) -> None:
    if not gpus:
        raise TrainError("there is no GPU, and train.precision bf16 wants one; see nvidia-smi, or take a GPU work pool")
    parts = gpu_memory(config, shape)
    needed, smallest = sum(parts.values()) / GIB, min(gpus)
    split = ", ".join(f"{name} {size / GIB:.1f}" for name, size in parts.items())
    say(f"GPU memory: about {needed:.1f} GiB needed ({split}), {smallest:.1f} GiB there")
    fixed = sum(parts[name] for name in ("weights", "trained", "context")) / GIB
    if fixed > smallest:
        raise TrainError(
            f"the GPU has {smallest:.1f} GiB, and weights, optimizer and CUDA's own take {fixed:.1f} GiB before the "
            "first example: take train.method qlora, a smaller base model, train.launch.sharding fsdp over more GPUs, "
            "or a larger GPU"
        )
