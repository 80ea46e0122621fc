"""What lies beside the lines in a dataset, so that other programs open it without being told how.

    README.md             a dataset card: `datasets.load_dataset(DATASET)` takes the Parquet shards, split by split
    {format}/README.md    the columns of one format: `load_dataset(f"{DATASET}/sharegpt")`, likewise
    dataset_info.json     LLaMA-Factory's register: `dataset_dir: DATASET`, `dataset: sharegpt_train`

The columns matter. `datasets` otherwise takes them from the first shard, and fails at a later one that has more: an
Alpaca line has `history` only where there were earlier turns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import pyarrow as pa
import yaml

from tasks.convert.formats.definitions import FORMATS, Format
from tasks.llama_factory import LLAMA_FACTORY
from tasks.records import SPLITS

DATASET_INFO = "dataset_info.json"
CARD = "README.md"


def companions(splits: Sequence[str], fingerprint: str) -> dict[str, bytes]:
    """Files to write into a dataset whose shards lie in `{split}/` and `{format}/{split}/`: path to content.

    `splits` are those that have shards: `datasets` refuses a card that names a folder without any. The fingerprint must
    differ wherever the shards do.
    """
    cards = {CARD: parquet_card(splits, fingerprint)} | {f"{name}/{CARD}": card(form) for name, form in FORMATS.items()}
    info = orjson.dumps(dataset_info(splits), option=orjson.OPT_INDENT_2) + b"\n"
    return {path: text.encode() for path, text in cards.items()} | {DATASET_INFO: info}


def parquet_card(splits: Sequence[str], fingerprint: str) -> str:
    """The Parquet shards alone, which hold their own columns.

    Where a card names files, `datasets` caches what it read by the card and not by the files: with one card for all,
    the next dataset of the same folder name would be answered from the cache of the last. Hence the fingerprint.
    """
    files = [{"split": split, "path": f"{split}/*.parquet"} for split in splits]
    return _front_matter({"configs": [{"config_name": "default", "description": fingerprint, "data_files": files}]})


def card(form: Format) -> str:
    """The columns of one format. It names no files: `datasets` finds splits by folder, and caches by their files."""
    return _front_matter({"dataset_info": {"features": _fields(form.columns)}})


def dataset_info(splits: Sequence[str] = SPLITS) -> dict[str, Mapping[str, Any]]:
    """LLaMA-Factory's `dataset_info.json`: one entry for each format that it reads and each split.

    `script_url` is its word for a folder that `datasets` opens by itself. A folder under `file_name` would be read in
    the order in which the file system lists it, which differs from machine to machine.
    """
    return {
        f"{name}_{split}": {"script_url": name, "split": split, **entry}
        for name, entry in LLAMA_FACTORY.items()
        for split in splits
    }


def _front_matter(facts: Mapping[str, Any]) -> str:
    return f"---\n{yaml.safe_dump(facts, sort_keys=False)}---\n"


def _fields(columns: Any) -> list[dict[str, Any]]:
    """Arrow fields as `datasets` writes features in a card."""
    return [{"name": column.name, **_type(column.type)} for column in columns]


def _type(kind: pa.DataType) -> dict[str, Any]:
    if not pa.types.is_list(kind):
        return {"dtype": str(kind)}
    inner = kind.value_type
    if pa.types.is_struct(inner):
        return {"list": _fields(inner)}
    return {"list": _type(inner) if pa.types.is_list(inner) else str(inner)}
