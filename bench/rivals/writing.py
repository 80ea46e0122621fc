"""A Hugging Face dataset into three splits, each as Parquet and in every JSONL format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from datasets import Dataset

from bench.rivals import rules

PROCESSES = 2
WRITE_ROWS = 10_000
SMALL = 40_000
"""Fewer rows are written by one process: starting two takes longer."""

TEXTS = {
    "alpaca": ["instruction", "input", "output"],
    "llama2": ["text"],
    "sharegpt": ["id", "conversations"],
    "openai": ["messages"],
}
"""What each format is made of: columns of the mapped dataset."""


def write(rows: Dataset, folder: Path) -> dict[str, int]:
    """Three splits, each as Parquet and in every format; returns their rows."""
    sides = rows.select_columns(["split"]).with_format("numpy")[:]["split"]
    counts = {}
    for split in rules.SPLITS:
        part = rows.select(np.flatnonzero(sides == split))
        counts[split] = len(part)
        if not len(part):
            continue
        processes = PROCESSES if len(part) > SMALL else None
        part.select_columns(list(rules.KEPT)).to_parquet(folder / f"{split}.parquet")
        for name, columns in TEXTS.items():
            path = folder / name / f"{split}.jsonl"
            path.parent.mkdir(exist_ok=True)
            part.select_columns(columns).to_json(path, batch_size=WRITE_ROWS, num_proc=processes, force_ascii=False)
    return counts
