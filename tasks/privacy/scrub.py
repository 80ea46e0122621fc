"""Replace personal data and secrets in the text columns of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from configs.schema import PrivacyConfig
from tasks.privacy import hints
from tasks.privacy.record import Record

FOUND = pa.list_(pa.string())

_names = cache(hints.names)


class Scrubbed(NamedTuple):
    """A batch after scrubbing.

    `batch` is the one given, with texts replaced where something was found; `found` is a list<string> a row: the
    distinct kinds that were replaced, sorted, null where there were none.
    """

    batch: pa.RecordBatch
    found: Any


def scrub(batch: pa.RecordBatch, columns: Sequence[str], config: PrivacyConfig) -> Scrubbed:
    """Replace what these string columns hold of personal data and secrets by placeholders, a record at a time.

    The columns of a row are one record: equal values get equal placeholders in all of them. Memory: a few copies of
    the batch's texts. Texts that hold nothing are the same bytes as before.
    """
    if not config.enabled or not columns or not batch.num_rows:
        return Scrubbed(batch, pa.nulls(batch.num_rows, FOUND))
    texts = [batch.column(name) for name in columns]
    rows, seen = hints.suspects(texts)
    suspects = [column.take(pa.array(rows)).to_pylist() for column in texts]
    leave = frozenset(config.leave)
    at: list[int] = []
    kinds: list[list[str]] = []
    new: list[list[str | None]] = []
    for place, row in enumerate(rows.tolist()):
        hinted = [_names(int(column[place])) for column in seen]
        result = Record([column[place] for column in suspects], hinted, leave).scrubbed()
        if result is not None:
            at.append(row)
            new.append(result[0])
            kinds.append(result[1])
    if not at:
        return Scrubbed(batch, pa.nulls(batch.num_rows, FOUND))
    for position, name in enumerate(columns):
        batch = _with(batch, name, at, [texts[position] for texts in new])
    return Scrubbed(batch, _scattered(at, kinds, batch.num_rows))


def brought(questions: Sequence[str], answers: Sequence[str], config: PrivacyConfig) -> list[tuple[str, ...]]:
    """For each question and its answer, the kinds of personal data that the answer holds and the question does not."""
    columns = [pa.array(questions, pa.string()), pa.array(answers, pa.string())]
    found: list[tuple[str, ...]] = [()] * len(answers)
    if not len(answers):
        return found
    rows, seen = hints.suspects(columns)
    for place, row in enumerate(rows.tolist()):
        hinted = [_names(int(column[place])) for column in seen]
        record = Record([questions[row], answers[row]], hinted, frozenset(config.leave))
        found[row] = tuple(record.brought())
    return found


def _with(batch: pa.RecordBatch, name: str, rows: list[int], texts: list[str | None]) -> pa.RecordBatch:
    place = batch.schema.get_field_index(name)
    field = batch.schema.field(place)
    column = pc.replace_with_mask(batch.column(place), _mask(rows, batch.num_rows), pa.array(texts, field.type))
    return batch.set_column(place, field, column)


def _scattered(rows: list[int], kinds: list[list[str]], count: int) -> Any:
    """The kinds at their rows, null elsewhere."""
    place: list[int | None] = [None] * count
    for at, row in enumerate(rows):
        place[row] = at
    return pa.array(kinds, FOUND).take(pa.array(place, pa.int64()))


def _mask(rows: list[int], count: int) -> Any:
    mask = bytearray(count)
    for row in rows:
        mask[row] = 1
    return pc.cast(pa.array(memoryview(mask), pa.uint8()), pa.bool_())
