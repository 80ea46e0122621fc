"""How fast a LoRA trains on one GPU: tokens a second, and what each switch is worth. Needs no network and no weights.

    .venv-train/bin/python bench/gpu/train.py [--seconds 15] [--out FILE]
    .venv-train/bin/python bench/gpu/train.py --device cpu --tiny

A randomly initialised Llama of Llama-3.1-8B's shape in bf16, LoRA r16 on all linear modules, 4,096 tokens a row: the
parts that `configs/profiles/exhell-hopper.yaml` has Axolotl put together (transformers, PEFT, Axolotl's LoRA kernels
and its attention for sequences of unequal length, Liger), in one loop of this file. A part that is not installed is
switched off, and said to be. Every case is a process of its own, so patches and memory are its own; all together end
within `--limit`.

Lengths of examples are invented: log-normal, half of them over 160 tokens, which is a Korean question, its pasted cells
and a formula. Tokens are random, for a step's time does not depend on them.

- tokens/s: of examples, padding not counted, over whole optimizer steps.
- TFLOP/s: the model's own arithmetic. A weight that is frozen costs 2 operations a token forward and 2 for the gradient
  of its input, a trained one 2 more; attention 6 h L^2 a layer and example (causal, forward and backward). What
  checkpointing computes again does not count.
- ceiling: bf16 matrix products of 8192 x 8192 x 8192, measured in the same run.
- the micro-batch is 8, or the largest power of two below that fits; a case that needs more memory comes down by itself
  and says so.

To beat: 12,473 tokens/s for LoRA r16, 8B, sequence 4096, bf16 on one H100 (NVIDIA NeMo AutoModel's published figure).
"""

# Cases patch libraries before they are used, and a machine may lack some: they are imported where they are needed.
# ruff: noqa: PLC0415

from __future__ import annotations

import argparse
import gc
import importlib.util
import json
import os
import platform
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

REFERENCE_TOKENS_S = 12_473
MEDIAN_TOKENS, SIGMA, SHORTEST = 160, 0.8, 16
RANK, ALPHA = 16, 32
MODULES = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
WARM_UP_STEPS = 3
IGNORED = -100

LLAMA_8B = {
    "vocab_size": 128_256,
    "hidden_size": 4_096,
    "intermediate_size": 14_336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "max_position_embeddings": 131_072,
    "rope_theta": 500_000.0,
    "tie_word_embeddings": False,
}
TINY = LLAMA_8B | {
    "vocab_size": 512,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
}


@dataclass(frozen=True)
class Case:
    """One way to train: every switch of the profile."""

    packing: bool = True
    varlen: bool = True
    lora_kernels: bool = True
    liger: bool = True
    micro_batch: int = 8
    checkpointing: bool = False


ABLATIONS: dict[str, dict[str, Any]] = {
    "all on": {},
    "packing off": {"packing": False},
    "attention with a mask": {"varlen": False},
    "LoRA kernels off": {"lora_kernels": False},
    "Liger off": {"liger": False},
    "micro-batch 1": {"micro_batch": 1},
    "checkpointing on": {"checkpointing": True},
}


@dataclass(frozen=True)
class Setting:
    """Where and how large."""

    device: str
    tiny: bool
    seconds: float

    @property
    def shape(self) -> dict[str, Any]:
        return TINY if self.tiny else LLAMA_8B

    @property
    def sequence(self) -> int:
        return 256 if self.tiny else 4_096


# ---- data


def lengths(sequence: int, seed: int = 0) -> Iterator[int]:
    """Tokens of one example after another."""
    source = random.Random(seed)  # noqa: S311 - lengths, no secrets
    median = min(MEDIAN_TOKENS, sequence // 4)
    while True:
        yield min(sequence, max(SHORTEST, round(median * source.lognormvariate(0, SIGMA))))


def rows(case: Case, sequence: int, seed: int = 0) -> Iterator[list[list[int]]]:
    """Batches of rows of lengths. Packed: examples that fill a row. Else one a row, as many as have the same memory."""
    source = lengths(sequence, seed)
    waiting = next(source)
    while True:
        batch: list[list[int]] = []
        if case.packing:
            while len(batch) < case.micro_batch:
                row: list[int] = []
                while sum(row) + waiting <= sequence:
                    row.append(waiting)
                    waiting = next(source)
                batch.append(row)
        else:
            while (len(batch) + 1) * max(waiting, *(row[0] for row in batch), 0) <= case.micro_batch * sequence:
                batch.append([waiting])
                waiting = next(source)
        yield batch


def tensors(batch: list[list[int]], case: Case, setting: Setting) -> tuple[dict[str, Any], int]:
    """A batch for the model, and its tokens without padding. Labels are every token of an example but its first."""
    import torch

    width = setting.sequence if case.packing else max(sum(row) for row in batch)
    ids = torch.randint(0, setting.shape["vocab_size"], (len(batch), width))
    labels, positions = torch.full_like(ids, IGNORED), torch.zeros_like(ids)
    mask = torch.zeros_like(ids)
    for number, row in enumerate(batch):
        start = 0
        for length in row:
            labels[number, start + 1 : start + length] = ids[number, start + 1 : start + length]
            positions[number, start : start + length] = torch.arange(length)
            mask[number, start : start + length] = 1
            start += length
        # What is left of a row is an example of its own, of which nothing is learned.
        positions[number, start:] = torch.arange(width - start)
    made = {"input_ids": ids, "labels": labels, "position_ids": positions}
    if not case.packing:
        made["attention_mask"] = mask
    return {name: tensor.to(setting.device) for name, tensor in made.items()}, sum(map(sum, batch))


# ---- arithmetic


def flops(batch: list[list[int]], shape: dict[str, Any], trained: int) -> float:
    """The model's own operations of one step over these examples; see the module's docstring."""
    h, f, layers = shape["hidden_size"], shape["intermediate_size"], shape["num_hidden_layers"]
    kv = h * shape["num_key_value_heads"] // shape["num_attention_heads"]
    frozen = layers * (2 * h * h + 2 * h * kv + 3 * h * f) + h * shape["vocab_size"]
    tokens = sum(map(sum, batch))
    attention = layers * 6.0 * h * sum(length * length for row in batch for length in row)
    return tokens * (4.0 * frozen + 6.0 * trained) + attention


def matrix_ceiling(device: str, tiny: bool) -> float:
    """TFLOP/s of plain matrix products: bf16 on a GPU, fp32 without one."""
    import torch

    side, repeats = (256, 4) if tiny else (8_192, 30)
    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    one, other = (torch.randn(side, side, device=device, dtype=dtype) for _ in range(2))
    for _ in range(3):
        one @ other
    synchronise(device)
    started = time.perf_counter()
    for _ in range(repeats):
        one @ other
    synchronise(device)
    return 2.0 * side**3 * repeats / (time.perf_counter() - started) / 1e12


def synchronise(device: str) -> None:
    import torch

    if device == "cuda":
        torch.cuda.synchronize()


# ---- the model


def installed(case: Case, device: str) -> tuple[Case, list[str]]:
    """The case with what this machine has, and what it lacks. The kernels want a GPU."""
    missing = []
    for switch, package in (("varlen", "axolotl"), ("lora_kernels", "axolotl"), ("liger", "liger_kernel")):
        there = device == "cuda" and importlib.util.find_spec(package) is not None
        if there and switch == "varlen":
            from axolotl.monkeypatch.attention.sdpa_varlen import varlen_available

            there = varlen_available()  # PyTorch has it from 2.10 on
        if getattr(case, switch) and not there:
            case = replace(case, **{switch: False})
            missing.append(switch)
    return case, missing


def build(case: Case, setting: Setting) -> Any:
    """The model with its LoRA, patched as Axolotl patches it."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(**setting.shape, use_cache=False)
    kernels = _kernels(config) if case.lora_kernels else None
    if case.varlen:
        from axolotl.monkeypatch.attention.sdpa_varlen import patch_sdpa_varlen

        patch_sdpa_varlen()
    if case.liger:
        from liger_kernel.transformers import apply_liger_kernel_to_llama

        # The LoRA kernel brings its own SwiGLU.
        apply_liger_kernel_to_llama(swiglu=not case.lora_kernels)
    dtype = torch.bfloat16 if setting.device == "cuda" else torch.float32
    config._attn_implementation = "sdpa"
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device(setting.device):
            model = LlamaForCausalLM(config)
    finally:
        torch.set_default_dtype(before)
    model.requires_grad_(False)
    if case.checkpointing:
        model.gradient_checkpointing_enable({"use_reentrant": False})
    lora = LoraConfig(r=RANK, lora_alpha=ALPHA, lora_dropout=0.0, target_modules=list(MODULES), task_type="CAUSAL_LM")
    model = get_peft_model(model, lora)
    if kernels is not None:
        from axolotl.monkeypatch.lora_kernels import apply_lora_kernel_patches

        model = apply_lora_kernel_patches(model, kernels)
    return model.train()


def _kernels(config: Any) -> Any:
    """Axolotl's settings of its LoRA kernels, and its patch of the attention's class, which reads a config.json."""
    import tempfile

    from axolotl.monkeypatch.lora_kernels import patch_self_attn_lora
    from axolotl.utils.dict import DictDefault

    with tempfile.TemporaryDirectory() as folder:
        config.save_pretrained(folder)
        switches = {f"lora_{part}_kernel": True for part in ("mlp", "qkv", "o")}
        settings = DictDefault({"base_model": folder, **switches})
        patch_self_attn_lora(settings)
    return settings


# ---- one case


def run(case: Case, setting: Setting) -> dict[str, Any]:
    """Train for `seconds` after a warm-up, with a smaller micro-batch where memory ends."""
    import torch

    torch.manual_seed(0)
    if setting.device == "cpu":
        torch.set_num_threads(1)  # a small model is slower with more
    case, missing = installed(case, setting.device)
    model = build(case, setting)
    while True:
        try:
            figures = _timed(model, case, setting)
            break
        except torch.OutOfMemoryError:
            if case.micro_batch == 1:
                return {"case": asdict(case), "not_installed": missing, "failed": "out of memory with micro-batch 1"}
            case = replace(case, micro_batch=case.micro_batch // 2)
        model.zero_grad(set_to_none=True)
        gc.collect()
        torch.cuda.empty_cache()
    return {"case": asdict(case), "not_installed": missing, **figures}


def _timed(model: Any, case: Case, setting: Setting) -> dict[str, Any]:
    import torch

    cuda = setting.device == "cuda"
    weights = [parameter for parameter in model.parameters() if parameter.requires_grad]
    trained = sum(weight.numel() for weight in weights)
    optimizer = torch.optim.AdamW(weights, lr=2e-4, fused=cuda)
    batches = rows(case, setting.sequence)
    if cuda:
        torch.cuda.reset_peak_memory_stats()
    steps = tokens = 0
    operations, loss, started = 0.0, None, 0.0
    while steps < WARM_UP_STEPS or time.perf_counter() - started < setting.seconds:
        if steps == WARM_UP_STEPS:
            synchronise(setting.device)
            tokens, operations, started = 0, 0.0, time.perf_counter()
        batch = next(batches)
        inputs, count = tensors(batch, case, setting)
        with torch.autocast(setting.device, torch.bfloat16, enabled=cuda):
            loss = model(**inputs).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        steps, tokens, operations = steps + 1, tokens + count, operations + flops(batch, setting.shape, trained)
        if steps <= WARM_UP_STEPS:
            started = time.perf_counter()
        elif cuda:
            synchronise(setting.device)  # so that the clock is not ahead of the GPU
    synchronise(setting.device)
    seconds = time.perf_counter() - started
    return {
        "tokens_s": round(tokens / seconds, 1),
        "tflops": round(operations / seconds / 1e12, 6),
        "peak_gib": round(torch.cuda.max_memory_allocated() / 2**30, 2) if cuda else None,
        "steps": steps - WARM_UP_STEPS,
        "step_s": round(seconds / max(1, steps - WARM_UP_STEPS), 4),
        "loss": round(float(loss.detach()), 4),
    }


# ---- all cases


def elsewhere(case: Case, setting: Setting, limit_s: float) -> dict[str, Any]:
    """One case in a process of its own; what it failed of, where it failed."""
    argv = [sys.executable, __file__, "--case", json.dumps(asdict(case)), "--seconds", str(setting.seconds)]
    argv += ["--device", setting.device, *(["--tiny"] if setting.tiny else [])]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=limit_s, check=False)
    except subprocess.TimeoutExpired:
        return {"case": asdict(case), "failed": f"not done after {limit_s:.0f} s"}
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        return {"case": asdict(case), "failed": (done.stderr.strip().splitlines() or ["no output"])[-1]}
    found: dict[str, Any] = json.loads(lines[-1])
    return found


def benchmark(setting: Setting, limit_s: float) -> dict[str, Any]:
    """Every case, while there is time; the cases that are ablations take the micro-batch that the first one found."""
    import torch

    deadline = time.monotonic() + limit_s
    ceiling = matrix_ceiling(setting.device, setting.tiny)
    if setting.device == "cuda":
        torch.cuda.empty_cache()
    base, results = Case(micro_batch=2 if setting.tiny else 8), {}
    for name, changes in ABLATIONS.items():
        left = deadline - time.monotonic()
        if left <= 0:
            results[name] = {"failed": f"not run: {limit_s:.0f} s were over"}
            continue
        case = replace(base, **changes)
        # On a CPU nothing is patched, so one process does for all.
        results[name] = run(case, setting) if setting.device == "cpu" else elsewhere(case, setting, left)
        if name == "all on" and "failed" not in results[name]:
            base = replace(base, micro_batch=results[name]["case"]["micro_batch"])
    for result in results.values():
        if "tflops" in result:
            result["share_of_ceiling"] = round(result["tflops"] / ceiling, 3)
    return {
        "gpu": torch.cuda.get_device_name() if setting.device == "cuda" else f"none ({platform.machine()} CPU)",
        "ceiling_tflops": round(ceiling, 4),
        "reference_tokens_s": None if setting.tiny else REFERENCE_TOKENS_S,
        "cases": results,
        "date": datetime.now(UTC).date().isoformat(),
        "versions": {"python": platform.python_version(), **_versions()},
    }


def _versions() -> dict[str, str]:
    found = {}
    for name in ("torch", "transformers", "peft", "axolotl", "liger-kernel", "triton"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def table(result: dict[str, Any]) -> str:
    """The figures as a Markdown table."""
    lines = [
        f"{result['gpu']}, {result['date']}; matrix products reach {result['ceiling_tflops']} TFLOP/s",
        "",
        "| | tokens/s | TFLOP/s | of the ceiling | peak GiB | micro-batch | not installed |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, one in result["cases"].items():
        if "failed" in one:
            lines.append(f"| {name} | {one['failed']} | | | | | |")
            continue
        peak = "-" if one["peak_gib"] is None else f"{one['peak_gib']:.1f}"
        cells = (f"{one['tokens_s']:,.0f}", f"{one['tflops']:.3g}", f"{one['share_of_ceiling']:.0%}", peak)
        lines.append(f"| {name} | {' | '.join(cells)} | {one['case']['micro_batch']} | {_names(one)} |")
    first = result["cases"]["all on"]
    if result["reference_tokens_s"] and "tokens_s" in first:
        lines += ["", f"{first['tokens_s'] / result['reference_tokens_s']:.2f} of {REFERENCE_TOKENS_S:,} tokens/s"]
    return "\n".join(lines)


def _names(one: dict[str, Any]) -> str:
    return ", ".join(one["not_installed"]).replace("_", " ") or "-"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--tiny", action="store_true", help="two layers of 64, to try the file itself")
    parser.add_argument("--seconds", type=float, default=15.0, help="timed, in each case")
    parser.add_argument("--limit", type=float, default=440.0, help="seconds for everything")
    parser.add_argument("--out", help="write the figures as JSON")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    os.environ |= {"HF_HUB_OFFLINE": "1", "AXOLOTL_DO_NOT_TRACK": "1", "DO_NOT_TRACK": "1"}
    # As Axolotl sets it: blocks of other sizes leave no holes.
    os.environ.setdefault("PYTORCH_CUDA_ALLOC_CONF", "expandable_segments:True")
    setting = Setting(arguments.device, arguments.tiny, arguments.seconds)
    if arguments.case:
        print(json.dumps(run(Case(**json.loads(arguments.case)), setting)))
        return
    result = benchmark(setting, arguments.limit)
    if arguments.out:
        with open(arguments.out, "w", encoding="utf-8") as file:  # noqa: PTH123
            file.write(json.dumps(result, indent=1) + "\n")
    print(table(result))


if __name__ == "__main__":
    main()
