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
from tasks.filter.filter import filter_extract
from tasks.storage import Store


def prepare(profile_path: str) -> dict[str, Any]:
    """Extract, filter and convert as a profile says; the dataset, its rows and the seconds of each stage."""
    profile = load_profile(profile_path)
    store, stages = Store(store_root(profile)), Stages()
    extracted = stages("extract", lambda: extract(profile.source, store))
    filtered = stages("filter", lambda: filter_extract(extracted, profile.filter, store))
    dataset: Dataset = stages("convert", lambda: convert(filtered, profile.convert, 1, store))
    rows = {"train": dataset.train_rows, "validation": dataset.validation_rows, "test": dataset.test_rows}
    return {
        "rows": rows,
        "kept": dataset.rows,
        "seconds": stages.seconds,
        "funnel": {step.rule: step.dropped for step in dataset.funnel},
        "dataset": str(store.open(dataset.uri)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("profile")
    print("\n" + json.dumps(prepare(parser.parse_args().profile)), flush=True)


if __name__ == "__main__":
    main()
