"""py-data-juicer: a recipe run by its default executor with `np: 2`.

As its documentation advises: one batched custom operator, registered by `custom_operator_paths`, does all row rules,
since every operator is a pass over the data and its fused operators exist to save passes; `turbo: true`; no tracer,
no monitor, no checkpoints, no cache. Its own `document_deduplicator` goes before `document_minhash_deduplicator`,
which costs more a row. Shingles are runs of two blank-separated words (Korean has blanks; its default of five leaves
short prompts without any, and takes those all for one), the threshold is everyone's, the rest its defaults: 256
permutations, bands chosen by itself, no exact verification. Splits and formats are written from the Hugging Face
dataset that the executor returns.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from bench.rivals import rules
from bench.rivals.program import Stages, run_as_program

HERE = Path(__file__).parent


def recipe(source: Path, folder: Path, near: bool) -> dict[str, Any]:
    operators: list[dict[str, Any]] = [
        {"interaction_mapper": {"text_key": "instruction"}},
        {"document_deduplicator": {"text_key": "prompt"}},
    ]
    if near:
        operators.append(
            {
                "document_minhash_deduplicator": {
                    "text_key": "prompt",
                    "tokenization": "space",
                    "window_size": 2,
                    "jaccard_threshold": rules.NEAR_THRESHOLD,
                }
            }
        )
    return {
        "project_name": "bench",
        "dataset_path": str(source),
        "suffixes": [".parquet"],
        "load_dataset_kwargs": {"columns": list(rules.COLUMNS), "num_proc": 2},
        "text_keys": "instruction",
        "export_path": str(folder / "all.parquet"),
        "work_dir": str(folder / "work"),
        "np": 2,
        "turbo": True,
        "use_cache": False,
        "ds_cache_dir": str(folder / "cache"),
        "strict_preflight": False,  # it asks that columns be there before the first operator makes them
        "open_tracer": False,
        "open_monitor": False,
        "custom_operator_paths": [str(HERE / "juicer_operators.py")],
        "process": operators,
    }


def run(source: Path, folder: Path, near: bool, stages: Stages) -> dict[str, int]:
    os.environ["HF_DATASETS_CACHE"] = os.environ["DATA_JUICER_CACHE_HOME"] = str(folder / "cache")
    os.environ["HF_DATASETS_DISABLE_PROGRESS_BARS"] = "1"
    from data_juicer.config import init_configs  # noqa: PLC0415 - reads the environment when imported
    from data_juicer.core import DefaultExecutor  # noqa: PLC0415

    from bench.rivals.writing import write  # noqa: PLC0415

    path = folder / "recipe.yaml"
    path.write_text(json.dumps(recipe(source, folder, near)), encoding="utf-8")  # JSON is YAML
    executor = stages("configure", lambda: DefaultExecutor(init_configs(["--config", str(path)])))
    rows = stages("process", lambda: executor.run(skip_export=True))
    return stages("write", lambda: write(rows, folder))


if __name__ == "__main__":
    run_as_program(run, ("py-data-juicer", "datasets", "pyarrow"))
