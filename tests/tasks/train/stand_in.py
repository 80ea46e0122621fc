"""A trainer for tests that need no training: it leaves what Axolotl leaves, in the way that it is told to.

    python stand_in.py BEHAVIOUR BASE STEPS [CHECKPOINT]

It prints the Hugging Face trainer's lines and writes checkpoints and an adapter under `out`. What it imitates is
checked against the real one: `contract.py` holds the assertions that both pass.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

RANK = 4
ALPHA = 32
MODULES = ("q_proj", "v_proj")


def adapter(base: Path, scale: float) -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    tensors = {}
    for name, weight in load_file(base / "model.safetensors").items():
        if not name.endswith(tuple(f"{module}.weight" for module in MODULES)):
            continue
        outputs, inputs = weight.shape
        stem = f"base_model.model.{name.removesuffix('.weight')}"
        tensors[f"{stem}.lora_A.weight"] = random.normal(0, 1, (RANK, inputs)).astype(np.float32)
        tensors[f"{stem}.lora_B.weight"] = (scale * np.ones((outputs, RANK))).astype(np.float32)
    return tensors


def save_adapter(folder: Path, base: Path, scale: float) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    save_file(adapter(base, scale), folder / "adapter_model.safetensors")
    config = {"peft_type": "LORA", "base_model_name_or_path": str(base), "r": RANK, "lora_alpha": ALPHA}
    config |= {"target_modules": list(MODULES)}
    (folder / "adapter_config.json").write_text(json.dumps(config))


def save_checkpoint(base: Path, step: int, steps: int, loss: float, scale: float = 0.1) -> None:
    folder = Path("out") / f"checkpoint-{step}"
    save_adapter(folder, base, scale)
    for name in ("optimizer.pt", "scheduler.pt", "rng_state.pth"):
        with zipfile.ZipFile(folder / name, "w") as archive:
            archive.writestr("data", b"0" * 64)
    history = [{"step": at, "epoch": at / steps, "loss": loss, "learning_rate": 1e-3} for at in range(1, step + 1)]
    state = {"global_step": step, "max_steps": steps, "log_history": history}
    (folder / "trainer_state.json").write_text(json.dumps(state))


def train(behaviour: str, base: Path, steps: int, start: int) -> None:
    print("[INFO] [axolotl.train] Starting trainer...", flush=True)
    loss = float("nan") if behaviour == "diverges" else 0.5
    last = steps // 2 if behaviour in ("stops early", "dies", "is killed", "fills the disk", "hangs") else steps
    for step in range(start + 1, last + 1):
        if behaviour == "runs out of GPU memory" and int(os.environ["MICRO_BATCH"]) > 2 and step == 2:
            out_of_memory()
        print(f" {100 * step // steps}%|##   | {step}/{steps} [00:00<00:00, 9.00it/s]", flush=True)
        print({"loss": str(loss), "learning_rate": "0.001", "epoch": f"{step / steps:.4g}"}, flush=True)
        save_checkpoint(base, step, steps, loss, scale=0.0 if behaviour == "learns nothing" else 0.1)
    if behaviour == "hangs":
        while True:
            print("[W] still here", flush=True)
            time.sleep(0.2)
    if behaviour == "fills the disk":
        torn = Path("out") / f"checkpoint-{last + 1}"
        torn.mkdir()
        (torn / "adapter_model.safetensors").write_bytes(b"\x10")
        sys.exit("safetensors_rust.SafetensorError: I/O error: No space left on device (os error 28)")
    if behaviour == "dies":
        sys.exit("ValueError: the trainer had enough")
    if behaviour == "is killed":
        os.kill(os.getpid(), signal.SIGKILL)
    print({"eval_loss": "0.6", "epoch": "1"}, flush=True)
    print({"train_runtime": "1", "train_loss": "0.55", "epoch": "1"}, flush=True)


def out_of_memory() -> None:
    """PyTorch's words, which `test_real_trainers.py` compares."""
    sys.exit(
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of "
        "23.64 GiB of which 1.02 GiB is free."
    )


def prepare(folder: Path, behaviour: str) -> None:
    """Token ids, which the next run takes as they are. A test has them ready."""
    tokens = folder / "tokens.arrow"
    if tokens.exists():
        print(f"taking {tokens.stat().st_size} bytes of tokens", flush=True)
        return
    whole = Path(os.environ["TOKENS"]).read_bytes()
    folder.mkdir(parents=True, exist_ok=True)
    tokens.write_bytes(whole[:100])
    if behaviour == "is killed while it tokenises":
        os.kill(os.getpid(), signal.SIGKILL)
    tokens.write_bytes(whole)


def main() -> None:
    behaviour, base, steps = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    start = int(sys.argv[4].rpartition("-")[2]) if len(sys.argv) > 4 else 0
    if behaviour == "always runs out of GPU memory":
        out_of_memory()
    prepare(Path(os.environ["PREPARED"]), behaviour)
    if behaviour == "tokenises":
        return
    if behaviour == "stalls":
        time.sleep(60)
    if behaviour != "runs no step":
        train(behaviour, base, steps, start)
    if behaviour != "saves nothing":
        save_adapter(Path("out"), base, 0.0 if behaviour in ("learns nothing", "runs no step") else 0.1)


if __name__ == "__main__":
    main()
