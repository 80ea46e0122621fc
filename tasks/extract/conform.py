"""Make a driver's batch an INTERACTION_SCHEMA batch, or say which value of which row does not fit."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tasks.extract.errors import ExtractError
from tasks.records import INTERACTION_SCHEMA, TIMESTAMP

TIME_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"
"""Times as text: of one length, so that they sort and compare as they stand."""

_TIME_PATTERN = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$"
_CONTENT = ("instruction", "input", "output", "edited_output")
_WANTED = {
    "string": "text",
    "timestamp[us, tz=UTC]": "a UTC time like 2026-10-31T09:15:00.000000Z",
    "double": "a number",
    "int32": "a whole number",
    "int8": "a whole number from -128 to 127",
    "bool": "true or false (1 or 0)",
}


def wanted(column: str) -> str:
    """What a column must hold, in words."""
    return _WANTED[str(INTERACTION_SCHEMA.field(column).type)]


def time_text(moment: datetime) -> str:
    """A time as SQLite holds it."""
    return moment.astimezone(UTC).strftime(TIME_FORMAT)


def conform(batch: pa.RecordBatch, query: str) -> pa.RecordBatch:
    """The batch in INTERACTION_SCHEMA, without the content of rows that may not be learnt from.

    Raises ExtractError naming the interaction, the column and its value; `query` names the SQL file in it.
    """
    columns = [_column(batch, field, query) for field in INTERACTION_SCHEMA]
    return _withhold(pa.RecordBatch.from_arrays(columns, schema=INTERACTION_SCHEMA))


def _withhold(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Blank what users wrote in rows that were deleted or that nobody consented to: it stays in the application."""
    allowed = pc.and_(pc.fill_null(batch.column("training_consent"), False), pc.is_null(batch.column("deleted_at")))
    for name in _CONTENT:
        index = batch.schema.get_field_index(name)
        kept = pc.if_else(allowed, batch.column(index), pa.scalar(None, pa.string()))
        batch = batch.set_column(index, batch.schema.field(index), kept)
    return batch


def _column(batch: pa.RecordBatch, field: pa.Field, query: str) -> pa.Array:
    values = batch.column(field.name)
    try:
        column = _cast(values, field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise _offence(batch, field, query) from None
    if not field.nullable and column.null_count:
        raise _missing(batch, field, query)
    return column


def _cast(values: pa.Array, wanted_type: pa.DataType) -> pa.Array:
    """Raises ArrowInvalid where a value does not fit; never rounds, wraps or guesses."""
    if wanted_type == TIMESTAMP and pa.types.is_string(values.type):
        # The pattern comes first: Arrow would also take shorter spellings, which do not sort with the longer ones.
        if pc.any(pc.invert(pc.match_substring_regex(values, _TIME_PATTERN))).as_py():
            raise pa.ArrowInvalid("not a time")
        return values.cast(TIMESTAMP)
    if pa.types.is_boolean(wanted_type) and pa.types.is_integer(values.type):
        if pc.any(pc.invert(pc.is_in(values, pa.array([0, 1, None], values.type)))).as_py():
            raise pa.ArrowInvalid("not a boolean")
        return values.cast(wanted_type)
    column = values.cast(wanted_type)
    column.validate(full=True)  # text: that it is UTF-8, which drivers do not check
    return column


def _offence(batch: pa.RecordBatch, field: pa.Field, query: str) -> ExtractError:
    """Find the first row that does not fit. A row at a time, since it runs once and only to explain."""
    values = batch.column(field.name)
    for row in range(batch.num_rows):
        try:
            _cast(values.slice(row, 1), field.type)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            return ExtractError(
                f"interaction {_plain(batch.column('id'), row)!r}: {field.name} is {_plain(values, row)!r}, but must "
                f"be {wanted(field.name)}; correct the row, or convert the column in {query}"
            )
    return ExtractError(f"{query}: column {field.name} has type {values.type}, but must be {wanted(field.name)}")


def _plain(values: pa.Array, row: int) -> Any:
    """One value for a message; bytes where it is text that is not UTF-8. Long ones are cut: they are users' words."""
    value = values.slice(row, 1)
    if pa.types.is_string(value.type):
        raw: bytes = value.view(pa.binary())[0].as_py()
        try:
            return raw.decode()[:40]
        except UnicodeDecodeError:
            return raw[:40]
    return value[0].as_py()


def _missing(batch: pa.RecordBatch, field: pa.Field, query: str) -> ExtractError:
    row = pc.index(pc.is_null(batch.column(field.name)), True).as_py()
    which = "an interaction" if field.name == "id" else f"interaction {batch.column('id')[row].as_py()!r}"
    return ExtractError(f"{which} has no {field.name} (NULL), but must have one; correct the row or {query}")
