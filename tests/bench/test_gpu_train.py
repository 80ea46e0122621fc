"""The GPU's benchmark: its batches and its arithmetic, and the whole file on a CPU with a tiny model."""

from __future__ import annotations

import json
import subprocess
from itertools import islice
from pathlib import Path

import pytest

from bench.gpu import train
from configs.load import PROJECT, load_profile

SEQUENCE = 4_096


def test_packed_rows_are_nearly_full_and_the_same_examples_fill_them_unpacked() -> None:
    packed = list(islice(train.rows(train.Case(micro_batch=2), SEQUENCE), 50))
    assert {len(batch) for batch in packed} == {2}
    full = sum(length for batch in packed for row in batch for length in row) / (50 * 2 * SEQUENCE)
    assert 0.9 < full <= 1
    alone = next(train.rows(train.Case(micro_batch=2, packing=False), SEQUENCE))
    assert all(len(row) == 1 for row in alone)
    assert [row[0] for row in alone][:10] == [length for row in packed[0] for length in row][:10]
    assert len(alone) * max(row[0] for row in alone) <= 2 * SEQUENCE


def test_the_shape_is_llamas_and_the_arithmetic_counts_it() -> None:
    """8.03 billion parameters are published for Llama-3.1-8B, 0.53 of them embeddings, which cost nothing."""
    per_token = train.flops([[1]], train.LLAMA_8B, 0)
    assert per_token == pytest.approx(4 * (8.03e9 - 0.525e9), rel=0.001)
    # One whole sequence: attention adds 6 h L in each layer to a token.
    whole = train.flops([[SEQUENCE]], train.LLAMA_8B, 0) / SEQUENCE
    assert whole - per_token == pytest.approx(32 * 6 * 4_096 * (SEQUENCE - 1))


def test_it_trains_as_the_shipped_profile_does() -> None:
    config = load_profile("exhell-hopper").train
    case = train.Case()
    assert (config.sample_packing, config.kernels, config.liger) == (case.packing, case.lora_kernels, case.liger)
    assert config.gradient_checkpointing == case.checkpointing
    assert (config.lora.rank, config.lora.alpha, config.lora.target_modules) == (
        train.RANK,
        train.ALPHA,
        train.MODULES,
    )


@pytest.mark.train
def test_every_case_runs_on_a_cpu(tmp_path: Path) -> None:
    argv = [PROJECT / ".venv-train" / "bin" / "python", PROJECT / "bench" / "gpu" / "train.py", "--device", "cpu"]
    argv += ["--tiny", "--seconds", "0.1", "--out", tmp_path / "figures.json"]
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True, cwd=tmp_path)
    result = json.loads((tmp_path / "figures.json").read_text())
    assert result["cases"].keys() == train.ABLATIONS.keys()
    for name, one in result["cases"].items():
        assert one["tokens_s"] > 0
        assert one["steps"] > 0
        # A fresh model over 512 tokens: ln 512 = 6.24.
        assert one["loss"] == pytest.approx(6.24, abs=0.4)
        assert f"| {name} |" in done.stdout
    assert result["cases"]["micro-batch 1"]["case"]["micro_batch"] == 1
    assert set(result["cases"]["all on"]["not_installed"]) == {"varlen", "lora_kernels", "liger"}
