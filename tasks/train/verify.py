"""What must be true of a finished run before its adapter is published.

A trainer's exit status is not enough: one that found no data, or was told to stop, also ends with 0. So the stage looks
at what the run left: steps, losses, weights.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tasks.train.checkpoints import STATE
from tasks.train.plan import TrainError
from tasks.train.progress import Metrics, diverged
from tasks.train.safetensors_file import SafetensorsError, Tensor, read_bytes, read_header

WEIGHTS = "adapter_model.safetensors"
CONFIG = "adapter_config.json"
_PREFIX = "base_model.model."
_EXPONENT_OF_BF16 = 0x7F80


def check_steps(checkpoint: Path | None, patience: int | None = None) -> int:
    """The number of optimizer steps of a finished run, from its last checkpoint.

    Raises TrainError where no step ran, or fewer than the run was to take, unless the last `patience` evaluations had
    brought nothing.
    """
    state = _json(checkpoint / STATE) if checkpoint is not None else {}
    steps, planned = int(state.get("global_step", 0)), int(state.get("max_steps", 0))
    if steps < 1:
        raise TrainError(
            "the trainer ended well but ran no step, so there is no new adapter: look in its log for examples that "
            "were dropped (longer than train.sequence_length?) and for a setting that ends training at once"
        )
    if steps < planned and not (patience and _was_patient(state, patience)):
        raise TrainError(
            f"the trainer ended well but stopped at step {steps} of {planned}: something told it to stop. Run again, "
            "and it goes on from there"
        )
    return steps


def _was_patient(state: Mapping[str, Any], patience: int) -> bool:
    losses = [float(record["eval_loss"]) for record in state.get("log_history", []) if "eval_loss" in record]
    return len(losses) > patience and min(losses[-patience:]) >= min(losses[:-patience])


def check_losses(records: list[Metrics]) -> None:
    """Raises TrainError where a loss is not a finite number."""
    if where := diverged(records):
        raise TrainError(
            f"{where}: the run diverged, and its adapter is of no use. Lower train.learning_rate or raise "
            "train.warmup_steps"
        )


def check_adapter(folder: Path, rank: int | None, base: Path, start: Path | None = None) -> None:
    """Check that a folder holds a trained LoRA adapter for this base model, of this rank if one is given.

    `start` is the folder of the adapter that training went on from, if it did.
    Raises TrainError where files are missing or broken, where weights are not finite or still as they started, and
    where rank or shapes do not fit.
    """
    try:
        config = _json(folder / CONFIG)
        tensors = read_header(folder / WEIGHTS)
    except FileNotFoundError as error:
        raise TrainError(
            f"{folder} holds no {Path(error.filename).name}: it is no adapter, or one whose saving failed"
        ) from None
    except (SafetensorsError, ValueError) as error:
        raise TrainError(f"{folder} holds a broken adapter: {error}") from error
    if rank is not None and config.get("r") != rank:
        raise TrainError(f"the adapter has rank {config.get('r')}, but the profile says train.lora.rank {rank}")
    _check_shapes(tensors, int(config.get("r", 0)), base)
    _check_values(folder / WEIGHTS, tensors)
    if start is not None:
        _check_moved(folder / WEIGHTS, start / WEIGHTS)


def check_model(folder: Path, base: Path) -> None:
    """Check that a folder holds a whole model, trained from this base: the same shapes, finite, not as it started.

    Raises TrainError.
    """
    known, changed = base_shapes(base), False
    found: dict[str, tuple[Path, Tensor]] = {}
    try:
        for file in sorted(folder.glob("*.safetensors")):
            found |= {name: (file, tensor) for name, tensor in read_header(file).items()}
        starts = {name: (file, at) for file in base.glob("*.safetensors") for name, at in read_header(file).items()}
    except SafetensorsError as error:
        raise TrainError(f"{folder} holds a broken model: {error}") from error
    # Tied weights are saved once: a head that is missing is the embeddings.
    if not found or {*known} - {*found} - {"lm_head.weight"}:
        missing = ", ".join(sorted({*known} - {*found})[:3])
        raise TrainError(f"{folder} holds no whole model (missing: {missing}): its saving failed")
    for name, (file, tensor) in found.items():
        if tensor.shape != known.get(name, tensor.shape):
            raise TrainError(f"{name} has shape {tensor.shape}, the base model's has {known[name]}")
        raw = read_bytes(file, tensor)
        if not _finite(tensor.dtype, raw):
            raise TrainError("the model's weights are not finite: the run diverged. Lower train.learning_rate")
        start = starts.get(name)
        changed = changed or start is None or start[1].dtype != tensor.dtype or raw != read_bytes(*start)
    if not changed:
        raise TrainError("the model's weights are those of the base model: look in the trainer's log for skipped steps")


def _check_shapes(tensors: Mapping[str, Tensor], rank: int, base: Path) -> None:
    known = base_shapes(base)
    for name, tensor in tensors.items():
        if ".lora_A." in name:
            rank_of, width = tensor.shape
            side = 1
        elif ".lora_B." in name:
            width, rank_of = tensor.shape
            side = 0
        else:
            _check_whole(name, tensor, known)
            continue
        module = name.removeprefix(_PREFIX).split(".lora_")[0]
        shape = known.get(f"{module}.weight")
        if shape is None:
            raise TrainError(f"the adapter changes {module}, which the base model at {base} does not have")
        if rank_of != rank or shape[side] != width:
            raise TrainError(
                f"{name} has shape {tensor.shape}, which does not fit rank {rank} and the base model's {shape}: the "
                "adapter belongs to another base model"
            )


def _check_whole(name: str, tensor: Tensor, known: Mapping[str, tuple[int, ...]]) -> None:
    """A matrix that was trained whole, beside the LoRA: embeddings and head, with new tokens."""
    shape = known.get(name.removeprefix(_PREFIX), tensor.shape)
    if tensor.shape != shape:
        raise TrainError(f"{name} has shape {tensor.shape}, the base model's has {shape}: it belongs to another one")


def _check_values(file: Path, tensors: Mapping[str, Tensor]) -> None:
    seconds = [name for name in tensors if ".lora_B." in name]
    if not seconds:
        raise TrainError(f"{file.name} holds no LoRA weights: check train.lora.target_modules")
    if not all(_finite(tensors[name].dtype, read_bytes(file, tensors[name])) for name in tensors):
        raise TrainError("the adapter's weights are not finite: the run diverged. Lower train.learning_rate")
    # LoRA starts with B = 0, so an adapter whose every B is zero is the base model.
    if not any(any(read_bytes(file, tensors[name])) for name in seconds):
        raise TrainError(
            "the adapter's weights are as they started (every B matrix is zero), so it would change no answer: look in "
            "the trainer's log for skipped steps and a learning rate of 0"
        )


def _check_moved(file: Path, start: Path) -> None:
    ours, theirs = read_header(file), read_header(start)
    if ours.keys() == theirs.keys() and all(read_bytes(file, ours[n]) == read_bytes(start, theirs[n]) for n in ours):
        raise TrainError(
            f"the adapter's weights are those that it went on from ({start.parent}), so it would change no answer: "
            "look in the trainer's log for skipped steps and a learning rate of 0"
        )


def base_shapes(base: Path) -> dict[str, tuple[int, ...]]:
    """The shape of every weight of a base model. Raises TrainError where a weights file is broken."""
    try:
        return {name: tensor.shape for file in base.glob("*.safetensors") for name, tensor in read_header(file).items()}
    except SafetensorsError as error:
        raise TrainError(f"the base model at {base} is damaged: {error}; fetch it again") from error


def _finite(dtype: str, raw: bytes) -> bool:
    if dtype == "BF16":
        bits = np.frombuffer(raw, np.uint16) & _EXPONENT_OF_BF16
        return bool((bits != _EXPONENT_OF_BF16).all())
    if dtype in ("F16", "F32", "F64"):
        return bool(np.isfinite(np.frombuffer(raw, np.dtype(f"<f{int(dtype[1:]) // 8}"))).all())
    return True


def _json(file: Path) -> dict[str, Any]:
    content = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise ValueError(f"{file.name} holds no settings")
    return content
