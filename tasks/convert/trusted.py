"""The anchor set: examples that somebody vouches for, mixed into the train split whatever the night's traffic was like.

What a poisoned night would teach stands against what is known to be right. `convert.anchors` names a file, JSON lines
or Parquet, of `instruction`, `output`, and if wanted `input` and `task_type`. They are a shard of their own, in train
alone, with ids `anchor-…` and the user `anchors`; the manifest counts them. Which ones are taken follows from their
content: the first in the order of their hashes, so that a larger share takes more and loses none.

The test's traces are taken out of them like out of other rows: the same question, also with other figures, a passage of
one, and a formula that few have.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from configs.errors import ExhellError
from configs.load import fingerprint, project_path
from configs.schema import ConvertConfig
from tasks.artifacts import FunnelStep
from tasks.convert.plan import Layout
from tasks.dataset import Shard
from tasks.hashes import Hashes, hash64
from tasks.judge.skeleton import skeletons
from tasks.kept import ANCHORS, KEYS, columns
from tasks.passages import ANCHORS_SCHEMA, anchors
from tasks.records import DATASET_SCHEMA
from tasks.texts import folded, prompt_key, without_figures

NAME, USER, TASK_TYPE = "anchors", "anchors", "ANCHOR"
TEXTS = ("instruction", "input", "output", "task_type")
_WHEN = datetime(1970, 1, 1, tzinfo=UTC)


class AnchorError(ExhellError):
    """A file of trusted examples that is not there, or holds something else."""


@dataclass(frozen=True)
class Trusted:
    """What is mixed in: its shard, its rows (DATASET_SCHEMA), and what was taken out of it."""

    shard: Shard
    rows: pa.Table
    funnel: FunnelStep


def digest(config: ConvertConfig) -> str:
    """SHA-256 of the file of trusted examples; empty where there is none. Raises AnchorError."""
    return hashlib.sha256(_bytes(config)).hexdigest() if config.anchors else ""


def mixed_in(layout: Layout, folders: Sequence[Path], config: ConvertConfig, recipe: str) -> Trusted | None:
    """The trusted examples for a dataset of this layout; None without the setting. Raises AnchorError."""
    if not config.anchors:
        return None
    whole = _examples(_read(config))
    leaks = _leaks(whole, layout, folders, config)
    rows = whole.filter(pa.array(~leaks))
    train = sum(shard.rows for shard in layout.shards if shard.split == "train")
    rows = rows.slice(0, round(config.anchor_share * train))
    names = fingerprint(recipe, *rows["id"].to_pylist(), *rows["task_type"].to_pylist())
    step = FunnelStep(rule="leak_anchor", reached=whole.num_rows, dropped=int(leaks.sum()))
    return Trusted(Shard("train", NAME, rows.num_rows, names), rows, step)


def _bytes(config: ConvertConfig) -> bytes:
    path = project_path(config.anchors)
    try:
        return path.read_bytes()
    except OSError as error:
        raise AnchorError(
            f"cannot read the trusted examples {path}: {error.strerror or error}; set convert.anchors to a .jsonl or "
            ".parquet file, or leave it empty"
        ) from error


def _read(config: ConvertConfig) -> list[dict[str, Any]]:
    """The records of the file, checked."""
    path, content = project_path(config.anchors), _bytes(config)
    if path.suffix == ".parquet":
        try:
            table = pq.read_table(pa.BufferReader(content))
        except pa.ArrowInvalid as error:
            raise AnchorError(f"{path} is no Parquet file: {error}") from error
        records = table.select([name for name in TEXTS if name in table.column_names]).to_pylist()
    elif path.suffix == ".jsonl":
        lines = content.splitlines()
        records = [_record(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]
    else:
        raise AnchorError(f"{path} is neither .jsonl nor .parquet; convert.anchors takes these two")
    if not records:
        raise AnchorError(f"{path} holds no example; give it some, or leave convert.anchors empty")
    return [_checked(path, number, record) for number, record in enumerate(records, 1)]


def _record(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise AnchorError(f"{path}, line {number}: no JSON ({error}); every line is one example") from error
    if not isinstance(found, dict):
        raise AnchorError(f"{path}, line {number}: an example is an object with instruction and output")
    return found


def _checked(path: Path, number: int, record: dict[str, Any]) -> dict[str, str]:
    texts = {name: record.get(name) or "" for name in TEXTS}
    for name, text in texts.items():
        if not isinstance(text, str):
            raise AnchorError(f"{path}, example {number}: {name} must be a text, not {type(text).__name__}")
    for name in ("instruction", "output"):
        if not texts[name].strip():
            raise AnchorError(f"{path}, example {number}: {name} is missing or empty")
    return texts | {"task_type": texts["task_type"] or TASK_TYPE}


def _examples(records: list[dict[str, str]]) -> pa.Table:
    """DATASET_SCHEMA rows, each content once, in the order of their names."""
    named = {f"anchor-{_name(record)}": record for record in records}
    rows = [
        {"id": id_, "user_id": USER, "language": None, "edited": False, "updated_at": _WHEN, **named[id_]}
        for id_ in sorted(named)
    ]
    return pa.Table.from_pylist(rows, DATASET_SCHEMA)


def _name(record: dict[str, str]) -> str:
    content = "\0".join(record[name] for name in ("instruction", "input", "output"))
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _leaks(rows: pa.Table, layout: Layout, folders: Sequence[Path], config: ConvertConfig) -> npt.NDArray[np.bool_]:
    """Which trusted examples hold a trace of the test."""
    asked, given, answers = (rows[name].combine_chunks() for name in ("instruction", "input", "output"))
    questions = prompt_key(asked, given)
    mine = {"prompt": hash64(questions), "skeleton": hash64(without_figures(questions)), "formula": _formulas(answers)}
    wanted = {"exact": ("prompt",), "near": ("prompt", "skeleton"), "skeleton": ("skeleton",), "formula": ("formula",)}
    test = _test(layout)
    found = np.zeros(rows.num_rows, dtype=bool)
    for column in {name for kind in config.decontaminate for name in wanted.get(kind, ())}:
        known = _column(test, folders, column)
        if column == "formula" and config.common_formula_users is not None:
            names, counts = np.unique(known, return_counts=True)
            known = names[counts < config.common_formula_users]
        found |= np.isin(mine[column], known) & (mine[column] != 0)
    if "contained" in config.decontaminate:
        passages = anchors(pc.binary_join_element_wise(folded(asked), folded(given), "\n"), folded(answers)).column(
            "anchors"
        )
        met = _passages(test, folders)
        of = np.repeat(np.arange(rows.num_rows), np.diff(passages.offsets.to_numpy()))
        found[of[np.isin(passages.flatten().to_numpy(), met)]] = True
    return found


def _formulas(answers: pa.Array) -> Hashes:
    """Names of the formulas that answers consist of or begin with; 0 for none."""
    first = pc.replace_substring_regex(answers, r"(?s)\n.*$", "")
    found = skeletons(first, literals=True)
    return np.where(pc.is_valid(found).to_numpy(zero_copy_only=False), hash64(found), np.uint64(0))


Places = list[tuple[int, npt.NDArray[np.uint32]]]
"""Parts, and the rows of each in their order."""


def _test(layout: Layout) -> Places:
    starts = layout.starts.tolist()
    inside = [
        np.arange(start, end)
        for shard, start, end in zip(layout.shards, starts, starts[1:], strict=False)
        if shard.split == "test"
    ]
    at = np.concatenate(inside) if inside else np.zeros(0, np.int64)
    return [(int(part), np.sort(layout.row[at[layout.part[at] == part]])) for part in np.unique(layout.part[at])]


def _column(test: Places, folders: Sequence[Path], name: str) -> Hashes:
    tables = ((pq.read_table(folders[part] / KEYS, columns=[name]), rows) for part, rows in test)
    return np.concatenate([np.zeros(0, np.uint64), *(table[name].to_numpy()[rows] for table, rows in tables)])


def _passages(test: Places, folders: Sequence[Path]) -> npt.NDArray[np.uint32]:
    """Fingerprints of the test's questions."""
    found = [np.zeros(0, np.uint32)]
    for part, rows in test:
        batches = columns(folders[part] / ANCHORS, ANCHORS_SCHEMA.names)
        table = pa.Table.from_batches(batches, ANCHORS_SCHEMA).take(pa.array(rows)).combine_chunks()
        lists, own = table["anchors"].chunk(0) if table.num_rows else None, table["question"].to_numpy()
        if lists is not None:
            sizes = np.diff(lists.offsets.to_numpy())
            place = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
            found.append(lists.flatten().to_numpy()[place < np.repeat(own, sizes)])
    return np.unique(np.concatenate(found))
