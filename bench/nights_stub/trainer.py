"""A trainer without training: reads Axolotl's file, leaves in a second what Axolotl leaves.

    cd WORK; python -m bench.nights_stub.trainer PLAN launch.py train axolotl.yml --launcher python

Token ids before the first step, the Hugging Face trainer's lines, checkpoints that hold, an adapter of the base model's
shapes. The adapter's weights follow from the examples and the plan alone, and every B matrix is the plan's quality:
the stub server reads it there.
"""

from __future__ import annotations

import hashlib
import json
import struct
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import yaml

from bench.nights_stub import Plan
from tasks.records import Message
from tasks.serving.template import render_ids
from tasks.train.checkpoints import STATE
from tasks.train.verify import CONFIG, WEIGHTS, base_shapes

STEPS = 6
SAVED_EVERY = 2
ROLES: dict[str, Any] = {"system": "system", "human": "user", "gpt": "assistant"}


def main() -> None:
    plan, settings = Plan.read(Path(sys.argv[1])), yaml.safe_load(Path("axolotl.yml").read_text(encoding="utf-8"))
    _tokenise(settings)
    output = Path(settings["output_dir"])
    output.mkdir(parents=True, exist_ok=True)
    weights = adapter(settings, plan.quality)
    print("Starting trainer...", flush=True)
    if plan.fault != "no step":
        history = _train(plan, settings, output, weights)
        loss = sum(record["loss"] for record in history if "loss" in record) / STEPS
        print({"train_runtime": "1.0", "train_loss": str(round(loss, 4)), "epoch": "1.0"}, flush=True)
    (output / WEIGHTS).write_bytes(weights)
    (output / CONFIG).write_text(_adapter_config(settings), encoding="utf-8")


def _train(plan: Plan, settings: dict[str, Any], output: Path, weights: bytes) -> list[dict[str, float]]:
    resumed = settings.get("resume_from_checkpoint")
    history: list[dict[str, float]] = []
    if resumed:
        history = json.loads((Path(resumed) / STATE).read_text(encoding="utf-8"))["log_history"]
    for step in range(int(Path(resumed).name.rpartition("-")[2]) + 1 if resumed else 1, STEPS + 1):
        time.sleep(plan.step_s)
        if plan.fault == "status" and step > STEPS // 2:
            sys.exit("RuntimeError: the stub was told to fail")
        loss = float("nan") if plan.fault == "nan" and step > STEPS // 2 else round(2.0 / step, 4)
        print(f"{100 * step // STEPS:3d}%|###   | {step}/{STEPS} [00:01<00:01,  5.00it/s]", flush=True)
        metrics = {"loss": loss, "grad_norm": 1.0, "learning_rate": 0.001, "epoch": round(step / STEPS, 4)}
        print(metrics, flush=True)
        history.append({"step": step, **metrics})
        if step == STEPS and settings.get("test_datasets"):
            print("Running evaluation step", flush=True)
            print({"eval_loss": 0.5, "epoch": 1.0}, flush=True)
            history.append({"step": step, "eval_loss": 0.5, "epoch": 1.0})
        if step % SAVED_EVERY == 0:
            _save(output / f"checkpoint-{step}", step, history, weights)
    return history


def _save(folder: Path, step: int, history: list[dict[str, float]], weights: bytes) -> None:
    folder.mkdir(exist_ok=True)
    (folder / WEIGHTS).write_bytes(weights)
    for name in ("optimizer.pt", "scheduler.pt"):
        with zipfile.ZipFile(folder / name, "w") as archive:
            archive.writestr("data", str(step))
    state = {"global_step": step, "max_steps": STEPS, "log_history": history}
    (folder / STATE).write_text(json.dumps(state), encoding="utf-8")


def adapter(settings: dict[str, Any], quality: float) -> bytes:
    """A safetensors file of every chosen module, float32. A: noise of the examples' bytes. B: the quality."""
    seed = hashlib.sha256(b"".join(file.read_bytes() for file in _files(settings["datasets"]))).digest()
    dice = np.random.default_rng(list(seed))
    rank = settings["lora_r"]
    tensors: dict[str, np.ndarray[Any, Any]] = {}
    for name, shape in sorted(base_shapes(Path(settings["base_model"])).items()):
        module = name.removesuffix(".weight")
        if module.rpartition(".")[2] in settings["lora_target_modules"]:
            prefix = f"base_model.model.{module}.lora_"
            tensors[f"{prefix}A.weight"] = dice.standard_normal((rank, shape[1]), np.float32)
            tensors[f"{prefix}B.weight"] = np.full((shape[0], rank), quality, np.float32)
    return _safetensors(tensors)


def _safetensors(tensors: dict[str, np.ndarray[Any, Any]]) -> bytes:
    header, body = {}, b""
    for name, tensor in tensors.items():
        raw = tensor.tobytes()
        header[name] = {"dtype": "F32", "shape": tensor.shape, "data_offsets": [len(body), len(body) + len(raw)]}
        body += raw
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def _adapter_config(settings: dict[str, Any]) -> str:
    return json.dumps(
        {
            "peft_type": "LORA",
            "r": settings["lora_r"],
            "lora_alpha": settings["lora_alpha"],
            "target_modules": settings["lora_target_modules"],
            "base_model_name_or_path": settings["base_model"],
        }
    )


def _tokenise(settings: dict[str, Any]) -> None:
    """Leave every example's token ids where Axolotl leaves them, unless they lie there."""
    folder = Path(settings["dataset_prepared_path"])
    if folder.exists():
        return
    base, template = Path(settings["base_model"]), Path(settings["chat_template_jinja"])
    ids = [
        render_ids(base, template, [Message(ROLES[turn["from"]], turn["value"]) for turn in turns])
        for turns in _conversations(settings)
    ]
    folder.mkdir(parents=True)
    table = pa.table({"input_ids": pa.array(ids, pa.list_(pa.int64()))})
    with pa.OSFile(str(folder / "data.arrow"), "wb") as file, pa.ipc.new_stream(file, table.schema) as stream:
        stream.write_table(table)


def _conversations(settings: dict[str, Any]) -> Iterator[list[dict[str, str]]]:
    for file in _files([*settings["datasets"], *settings.get("test_datasets", [])]):
        for line in file.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)["conversations"]


def _files(datasets: list[dict[str, Any]]) -> list[Path]:
    return [Path(file) for dataset in datasets for file in dataset["data_files"]]


if __name__ == "__main__":
    main()
