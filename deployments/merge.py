"""Merge an adapter into its base model: a model's folder that any server takes.

    .venv-train/bin/python deployments/merge.py --base FOLDER --adapter FOLDER --out FOLDER

It writes safetensors and config.json, in the base model's own number format; the sums are made in fp32, four bytes a
parameter, and rounded once. It runs in the training environment, which holds torch, transformers and PEFT.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from peft import PeftModel
from transformers import AutoConfig, AutoModelForCausalLM

SHARD = "5GB"


def merge(base: Path, adapter: Path, out: Path) -> None:
    dtype = AutoConfig.from_pretrained(base, trust_remote_code=False).dtype or torch.float32
    model = AutoModelForCausalLM.from_pretrained(
        base, dtype=torch.float32, trust_remote_code=False, use_safetensors=True
    )
    # `safe_merge` looks for values that are no number before it keeps them.
    merged = PeftModel.from_pretrained(model, adapter).merge_and_unload(safe_merge=True)
    merged.to(dtype).save_pretrained(out, safe_serialization=True, max_shard_size=SHARD)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("base", "adapter", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    arguments = parser.parse_args()
    merge(arguments.base, arguments.adapter, arguments.out)


if __name__ == "__main__":
    main()
