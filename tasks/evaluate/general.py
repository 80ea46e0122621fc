"""General questions, which have nothing to do with the application: what a model loses there, it forgot.

    cases = read_general("configs/general/cases.jsonl")     # CASE_SCHEMA, ids "general/001" and so on

One question a line: `instruction`, `output`, and `input` where there is one. The shipped ones are this project's own,
in Korean and English, each with one short right answer. They are asked without the application's system prompt. Two
figures come of them: the bits per byte that a model needs for the right answers, and chrF of its own answers.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from configs.load import project_path
from tasks.evaluate.errors import EvaluateError

GENERAL = "GENERAL"
"""Their task type."""

CASE_SCHEMA = pa.schema(
    [pa.field(name, pa.string(), nullable=False) for name in ("id", "user_id", "task_type")]
    + [pa.field(name, pa.string(), nullable=False) for name in ("instruction", "input", "output")]
)


def read_general(path: str) -> pa.Table:
    """The questions of a file, in CASE_SCHEMA; each is a user of its own, since none resembles another.

    Raises EvaluateError for a file that is missing, and for the first line that is no question.
    """
    if not path:
        return CASE_SCHEMA.empty_table()
    file = project_path(path)
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise EvaluateError(
            f"cannot read the general questions {file}: {error.strerror or error}; correct evaluate.general_set, or "
            "leave it empty to ask none"
        ) from error
    return pa.Table.from_pylist([_row(file, at, line) for at, line in enumerate(lines, 1) if line.strip()], CASE_SCHEMA)


def letter_bits(texts: Iterable[str]) -> float:
    """Bits per byte that texts need by the frequencies of their own letters alone: the entropy of order 0.

    A model that needs as many has learnt nothing of such text but its alphabet. NaN where there is no letter.
    """
    joined = "".join(texts)
    counts = Counter(joined)
    bits = -sum(count * math.log2(count / len(joined)) for count in counts.values())
    return bits / len(joined.encode()) if joined else math.nan


def _row(file: Path, at: int, line: str) -> Mapping[str, Any]:
    try:
        given = json.loads(line)
        texts = {name: given[name] for name in ("instruction", "output")} | {"input": given.get("input", "")}
        if not all(isinstance(text, str) for text in texts.values()) or not texts["output"].strip():
            raise ValueError("instruction, input and output must be texts, and output must not be empty")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EvaluateError(f"{file}, line {at}, is no question with its answer: {error}; correct the line") from error
    name = f"general/{at:03d}"
    return {"id": name, "user_id": name, "task_type": GENERAL, **texts}
