"""What new tokens save on a profile's latest dataset, with any model's tokenizer: no weights, no training.

    .venv/bin/python -m bench.new_tokens --base FOLDER [--profile demo] [--words 엑셀,시트] [--mine 100] [--json]

FOLDER holds the model's tokenizer.json. It prints characters per token before and after, and which words were left out
and why: what `train.new_tokens` would do with the same words.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

from configs.load import load_profile, store_root
from flows.published import published
from tasks.artifacts import Dataset
from tasks.dataset import files
from tasks.storage import Store
from tasks.train.vocabulary import Vocabulary, choose

GUIDE = "엑셀,시트,수식,함수,피벗,차트"
"""The user's guide's own example."""


def measure(base: Path, profile: str, wanted: tuple[str, ...] | int) -> Vocabulary:
    dataset = published(profile, None, Dataset, None)
    store = Store(store_root(load_profile(profile)))
    return choose(base, wanted, files(store, dataset.uri, "train", "sharegpt"), dataset.train_rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--profile", default="demo")
    parser.add_argument("--words", default=GUIDE)
    parser.add_argument("--mine", type=int, help="Words to find in the dataset, in place of --words.")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = measure(arguments.base, arguments.profile, arguments.mine or tuple(arguments.words.split(",")))
    told = {name: value for name, value in dataclasses.asdict(found).items() if name != "tokenizer"}
    print(json.dumps(told, ensure_ascii=False) if arguments.json else found)


if __name__ == "__main__":
    main()
