"""What is known of a kept row without its text: enough to compare, cap and split ten million of them in memory."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.hashes import USER_KEY, Hashes, hash64, hash64_repeated
from tasks.scan.korean import korean_share
from tasks.texts import without_figures

KEYS_SCHEMA = pa.schema(
    [
        pa.field("id", pa.uint64()),
        pa.field("user", pa.uint64()),
        pa.field("session", pa.uint64()),
        pa.field("turn", pa.int32()),
        pa.field("prompt", pa.uint64()),
        pa.field("skeleton", pa.uint64()),
        pa.field("formula", pa.uint64()),
        pa.field("formulas", pa.list_(pa.uint64())),
        pa.field("content", pa.uint64()),
        pa.field("created", pa.int64()),
        pa.field("updated", pa.int64()),
        pa.field("rating", pa.int8()),
        pa.field("score", pa.float32()),
        pa.field("edited", pa.bool_()),
        pa.field("chars", pa.int32()),
        pa.field("korean", pa.float32()),
    ]
)
"""Names (`tasks.hashes`) of id, user, session, question, question without its figures, the answer's first formula (0:
none), all its formulas, and the whole row; times in microseconds; rating and score -1 where nobody judged; Korean share
-1 where the answer has no letters."""


def of(
    kept: pa.RecordBatch, ids: Hashes, prompts: pa.Array, *, skeletons: bool, formulas: pa.Array | None
) -> pa.RecordBatch:
    """The keys of a KEPT_SCHEMA batch; `ids` are the names of its ids, `prompts` its normalised questions, `formulas`
    what each answer offers. Without `skeletons` or `formulas`, their names are 0."""
    first, all_ = _formulas(formulas, kept.num_rows)
    columns = {
        "id": pa.array(ids),
        "user": pa.array(hash64_repeated(kept.column("user_id"), USER_KEY)),
        "session": _sessions(kept.column("session_id"), ids),
        "turn": pc.fill_null(kept.column("turn"), 0),
        "prompt": pa.array(hash64(prompts)),
        "skeleton": pa.array(hash64(without_figures(prompts)) if skeletons else np.zeros(len(ids), np.uint64)),
        "formula": first,
        "formulas": all_,
        "content": pa.array(hash64(_content(kept))),
        "created": _microseconds(kept.column("created_at")),
        "updated": _microseconds(kept.column("updated_at")),
        "rating": pc.fill_null(kept.column("rating"), -1),
        "score": pc.fill_null(kept.column("quality_score"), -1).cast(pa.float32()),
        "edited": kept.column("edited"),
        "chars": pc.utf8_length(kept.column("output")).cast(pa.int32()),
        "korean": pc.fill_null(korean_share(kept.column("output")), -1).cast(pa.float32()),
    }
    return pa.RecordBatch.from_arrays([columns[name] for name in KEYS_SCHEMA.names], schema=KEYS_SCHEMA)


def _sessions(sessions: pa.Array, ids: Hashes) -> pa.Array:
    """A row without a session is a conversation of its own."""
    return pc.if_else(pc.is_valid(sessions), pa.array(hash64(sessions)), pa.array(ids))


def _formulas(formulas: pa.Array | None, rows: int) -> tuple[pa.Array, pa.Array]:
    """The name of each row's first formula, 0 where it has none, and those of all."""
    if formulas is None:
        formulas = pa.ListArray.from_arrays(pa.array(np.zeros(rows + 1, dtype=np.int32)), pa.array([], pa.string()))
    names = hash64_repeated(formulas.flatten())
    lists = pa.ListArray.from_arrays(formulas.offsets, pa.array(names))
    starts, counts = formulas.offsets.to_numpy()[:-1], np.diff(formulas.offsets.to_numpy())
    first = np.zeros(rows, dtype=np.uint64)
    first[counts > 0] = names[starts[counts > 0]]
    return pa.array(first), lists


def _content(kept: pa.RecordBatch) -> pa.Array:
    texts = [
        pc.fill_null(column if pa.types.is_string(column.type) else _number(column).cast(pa.string()), "\x01")
        for column in kept.columns
    ]
    return pc.binary_join_element_wise(*texts, "\x00")


def _number(column: pa.Array) -> pa.Array:
    """A time as the number it is: written as a date, it takes ten times as long."""
    return column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column


def _microseconds(times: pa.Array) -> pa.Array:
    return pc.fill_null(times.cast(pa.int64()), 0)
