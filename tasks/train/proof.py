"""Prove, as a run begins, that the trainer learns from the very token ids that the server will be asked with.

The trainer's own token ids lie on the disk before its first step. Examples of the dataset, rendered by our Jinja file
as `tasks/serving/template.py` renders them for the server, must be among them; else the run is ended. What was proven
is published with the adapter: evaluation and deployment compare the server's ids with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tasks.records import Message
from tasks.serving.template import render_ids
from tasks.train.failures import NO_EXAMPLE
from tasks.train.plan import TEMPLATE, Plan, TrainError

EXAMPLES = 1_000
"""Examples of each split that are rendered: about a second. A template that differs does so in nearly every one."""

WINDOW = 8
"""Token ids shown on each side of the first difference."""

_ROLES: dict[str, Any] = {"system": "system", "human": "user", "gpt": "assistant"}

Ids = np.ndarray[Any, np.dtype[np.int64]]


def prove(plan: Plan) -> int:
    """The number of examples whose trained token ids are ours.

    Raises TrainError where the trainer left no ids, or where an example that is short enough is not among them.
    """
    trained = {ids.tobytes(): ids for ids in _trained(plan.prepared)}
    if not trained and any(plan.prepared.rglob("*.arrow")):
        raise TrainError(NO_EXAMPLE)
    if not trained:
        raise TrainError(
            f"the trainer left no token ids in {plan.prepared}, so nothing shows that it learns what will be served"
        )
    template = plan.work / TEMPLATE
    proven = 0
    for files in (plan.train_files, plan.validation_files):
        for messages in islice(_conversations(files), EXAMPLES):
            ids = np.array(render_ids(plan.base, template, messages), np.int64)
            if len(ids) > plan.config.sequence_length:
                continue
            if ids.tobytes() not in trained:
                raise TrainError(_difference(plan, ids, list(trained.values())))
            proven += 1
    return proven


def _difference(plan: Plan, ids: Ids, trained: list[Ids]) -> str:
    at, other = max(((_common(ids, one), number) for number, one in enumerate(trained)), default=(0, 0))
    window = slice(max(0, at - WINDOW), at + WINDOW)
    return (
        f"{plan.config.backend} trains on other token ids than {TEMPLATE} makes of the same example, and the server "
        f"would be asked with those: from token {at} on, rendered {ids[window].tolist()}, trained "
        f"{trained[other][window].tolist()}. The run was ended; use a chat template that the trainer and the server "
        "read alike, and a tokenizer.json that is the model's own"
    )


def _common(one: Ids, other: Ids) -> int:
    length = min(len(one), len(other))
    unlike = np.flatnonzero(one[:length] != other[:length])
    return int(unlike[0]) if len(unlike) else length


def _trained(prepared: Path) -> Iterator[Ids]:
    """Every example's ids, as the dataset library keeps them. Axolotl packs them later, as it makes batches."""
    for file in sorted(prepared.rglob("*.arrow")):
        with pa.memory_map(str(file)) as source:
            for batch in pa.ipc.open_stream(source):
                for row in batch.column("input_ids"):
                    yield np.asarray(row.values, np.int64)


def _conversations(files: tuple[Path, ...]) -> Iterator[list[Message]]:
    for file in files:
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                turns = json.loads(line)["conversations"]
                yield [Message(_ROLES[turn["from"]], turn["value"]) for turn in turns]
