"""Our stages as a program, run as the rivals are: `python -m bench.ours PROFILE` prints seconds and rows."""

from __future__ import annotations

import argparse
import json
from typing import Any

from bench.rivals.program import Stages
from configs.load import load_profile, store_root
from tasks.artifacts import Dataset
from tasks.convert.convert import convert
from tasks.extract.extract import extract
from tasks.filter.checks import checking
from tasks.filter.filter import filter_extract
from tasks.pool import Processes
from tasks.storage import Store


def prepare(profile_path: str, count_tokens: bool) -> dict[str, Any]:
    """Extract, filter and convert as a profile says; the dataset, its rows and the seconds of each stage.

    Without `count_tokens`, the rule on the base model's tokens is left out.
    """
    profile = load_profile(profile_path)
    store, stages = Store(store_root(profile)), Stages()
    needs = checking(profile, count_tokens)
    extracted = stages("extract", lambda: extract(profile.source, store))
    with Processes() as work:
        filtered = stages("filter", lambda: filter_extract(extracted, profile.filter, store, needs, work))
        dataset: Dataset = stages("convert", lambda: convert(filtered, profile.convert, 1, store, work))
    rows = {"train": dataset.train_rows, "validation": dataset.validation_rows, "test": dataset.test_rows}
    return {
        "rows": rows,
        "kept": dataset.rows,
        "seconds": stages.seconds,
        "funnel": {step.rule: step.dropped for step in dataset.funnel},
        "dataset": dataset.uri,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("profile")
    parser.add_argument("--no-tokens", action="store_true")
    arguments = parser.parse_args()
    print("\n" + json.dumps(prepare(arguments.profile, not arguments.no_tokens)), flush=True)


if __name__ == "__main__":
    main()
