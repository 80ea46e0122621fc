"""Make a driver's batch an INTERACTION_SCHEMA batch, and set aside the rows that do not fit.

A reader hands out every reference column in a type that converts without a loss, and may add a column `wrong`: where
its database holds what that type cannot, the value is null and `wrong` says why (`told`). A row is good or it is
set aside whole; nothing is rounded, wrapped or guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.extract.errors import ExtractError
from tasks.records import INTERACTION_SCHEMA, TIMESTAMP

TIME_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"
"""Times as text: of one length, so that they sort and compare as they stand."""

MAX_TEXT_BYTES = 1 << 20
"""A longer text is no question and no answer: no model reads a hundredth of it, and every later stage would hold it."""

CONTENT = ("instruction", "input", "output", "edited_output")
"""What people and the application wrote. A number in these is no text, though it could be written as one."""

WRONG = "wrong"
"""The readers' extra column: `column`, what it holds in the database's words, and its value, each on a line."""

_TIME_PATTERN = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d(:?\d\d)?)$"
_FIRST_TIME = datetime(1, 1, 1, tzinfo=UTC)
_FIRST_TIMES = {"created_at": datetime(1990, 1, 1, tzinfo=UTC)}
"""An earlier one is a clock that was not set, or a zero. It would make its user's account the oldest of all."""
_LAST_TIME = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
_NAMES = ("id", "user_id")
"""Not empty: all rows of nobody would be one row, or one user."""
_BOUNDS = {"quality_score": (0, 1), "rating": (1, 5)}
_WANTED = {
    "string": f"text in UTF-8 of at most {MAX_TEXT_BYTES:,} bytes",
    "timestamp[us, tz=UTC]": "a UTC time like 2026-10-31T09:15:00.000000Z",
    "double": "a number",
    "int32": "a whole number",
    "int8": "a whole number",
    "bool": "true or false (1 or 0)",
}
_FIELDS = [field.with_nullable(field.nullable and field.name != "created_at") for field in INTERACTION_SCHEMA]
"""The columns as a database must hold them: rows of earlier nights may lack `created_at`."""
_UNFIT = (pa.ArrowInvalid, pa.ArrowNotImplementedError, OverflowError)


@dataclass(frozen=True)
class Offence:
    """A row that was set aside, without anything that users wrote: why, and for a person, which.

    `updated_at` is told where there is no id to find the row by, if it can be read.
    """

    id: str | None
    column: str
    reason: str
    updated_at: str | None = None


@dataclass(frozen=True)
class Conformed:
    """A batch's good rows, its offences, and what to tell of the first of them if the run ends here."""

    rows: pa.RecordBatch
    offences: tuple[Offence, ...] = ()
    first: ExtractError | None = None


def wanted(column: str) -> str:
    """What a column must hold, in words."""
    bounds = _BOUNDS.get(column)
    words = _WANTED[str(INTERACTION_SCHEMA.field(column).type)]
    return f"{words} from {bounds[0]} to {bounds[1]}" if bounds else words


def time_text(moment: datetime) -> str:
    """A time as SQLite holds it."""
    return moment.astimezone(UTC).strftime(TIME_FORMAT)


def conform(batch: pa.RecordBatch, query: str) -> Conformed:
    """The good rows in INTERACTION_SCHEMA, without the content of those that may not be learnt from.

    `query` names the SQL file in the error.
    """
    columns, reasons = [], _reported(batch)
    for field in _FIELDS:
        column, misfits = _column(batch.column(field.name), field)
        columns.append(column)
        for row in misfits:
            reason = (field.name, _reason(batch, row, field))
            if field.name == "id":  # whatever else is wrong: without an id nobody finds the row
                reasons[row] = reason
            reasons.setdefault(row, reason)
    rows = pa.RecordBatch.from_arrays(columns, schema=INTERACTION_SCHEMA)
    if not reasons:
        return Conformed(_withhold(rows))
    order = sorted(reasons)
    kept = np.ones(batch.num_rows, bool)
    kept[order] = False
    ids, moments = (rows.column(name).take(pa.array(order)).to_pylist() for name in ("id", "updated_at"))
    found = zip(ids, moments, (reasons[row] for row in order), strict=True)
    offences = tuple(_offence(id_, moment, wrong) for id_, moment, wrong in found)
    column, _ = reasons[order[0]]
    return Conformed(_withhold(rows.filter(pa.array(kept))), offences, _error(batch, order[0], column, query))


def identify(batch: pa.RecordBatch) -> tuple[pa.RecordBatch, tuple[Offence, ...]]:
    """Rows of two columns, id and updated_at: those whose id can be read, a null for a time that cannot."""
    fields = [INTERACTION_SCHEMA.field("id"), INTERACTION_SCHEMA.field("updated_at").with_nullable(True)]
    ids, misfits = _column(batch.column("id"), fields[0])
    times, _ = _column(batch.column("updated_at"), fields[1])
    rows = pa.RecordBatch.from_arrays([ids, times], schema=pa.schema([field.with_nullable(True) for field in fields]))
    if not misfits:
        return rows, ()
    kept = np.ones(len(ids), bool)
    kept[misfits] = False
    moments = times.take(pa.array(misfits)).to_pylist()
    return rows.filter(pa.array(kept)), tuple(
        _offence(None, moment, ("id", _reason(batch, row, fields[0])))
        for row, moment in zip(misfits, moments, strict=True)
    )


def told(column: str, kind: str, value: str) -> str:
    """A line for a reader's column `wrong`."""
    return f"{column}\n{kind}\n{value[:40]}"


def _withhold(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Blank what users wrote in rows that were deleted or that nobody consented to: it stays in the application."""
    allowed = pc.and_(pc.fill_null(batch.column("training_consent"), False), pc.is_null(batch.column("deleted_at")))
    if pc.all(allowed).as_py() is not False:
        return batch
    for name in CONTENT:
        index = batch.schema.get_field_index(name)
        kept = pc.if_else(allowed, batch.column(index), pa.scalar(None, pa.string()))
        batch = batch.set_column(index, batch.schema.field(index), kept)
    return batch


def _reported(batch: pa.RecordBatch) -> dict[int, tuple[str, str]]:
    """Row number to column and reason, for what the reader itself found wrong."""
    if WRONG not in batch.schema.names or batch.column(WRONG).null_count == batch.num_rows:
        return {}
    reports = batch.column(WRONG)
    rows = np.flatnonzero(reports.is_valid().to_numpy(zero_copy_only=False))
    lines = (_raw(reports, int(row)).decode(errors="replace").split("\n", 2) for row in rows)
    return {
        int(row): (column, f"{kind}, not {wanted(column)}") for row, (column, kind, _) in zip(rows, lines, strict=True)
    }


def _column(values: pa.Array, field: pa.Field) -> tuple[pa.Array, list[int]]:
    """A column in its type, and the rows that do not fit it, which are null in it."""
    try:
        return _fitting(values, field), []
    except _UNFIT:
        misfits = list(_misfits(values, field))
    fits = np.ones(len(values), bool)
    fits[misfits] = False
    without = pc.if_else(pa.array(fits), values, pa.scalar(None, values.type))
    return _fitting(without, field.with_nullable(True)), misfits


def _misfits(values: pa.Array, field: pa.Field, first: int = 0) -> Iterable[int]:
    """Rows that do not fit, by halves: where few are wrong, few halves are looked at again."""
    try:
        _fitting(values, field)
    except _UNFIT:
        if len(values) == 1:
            yield first
            return
        middle = len(values) // 2
        yield from _misfits(values.slice(0, middle), field, first)
        yield from _misfits(values.slice(middle), field, first + middle)


def _fitting(values: pa.Array, field: pa.Field) -> pa.Array:
    """The values in the field's type. Raises ArrowInvalid where one does not fit it."""
    if not field.nullable and values.null_count:
        raise pa.ArrowInvalid("null")
    return _CASTS.get(str(field.type), _number)(values, field)


def _time(values: pa.Array, field: pa.Field) -> pa.Array:
    column = _moments(values, field)
    span = pc.min_max(column.cast(pa.int64())).as_py()
    first = _FIRST_TIMES.get(field.name, _FIRST_TIME)
    # Infinity and years that no calendar of Python's knows are far beyond.
    if span["min"] is not None and (span["min"] < _microseconds(first) or span["max"] > _microseconds(_LAST_TIME)):
        raise pa.ArrowInvalid("out of range")
    return column


def _moments(values: pa.Array, field: pa.Field) -> pa.Array:
    """Text must name its zone: the same digits without one are another moment in Seoul than in London."""
    if pa.types.is_string(values.type) or pa.types.is_binary(values.type):
        values = _text(values, field)
        if pc.any(pc.invert(pc.match_substring_regex(values, _TIME_PATTERN))).as_py():
            raise pa.ArrowInvalid("not a time")
    return values.cast(TIMESTAMP)


def _text(values: pa.Array, field: pa.Field) -> pa.Array:
    column = values.cast(pa.string())
    column.validate(full=True)  # that it is UTF-8, which drivers do not check
    if (pc.max(pc.binary_length(column)).as_py() or 0) > MAX_TEXT_BYTES:
        raise pa.ArrowInvalid("too long")
    if field.name in _NAMES and pc.any(_blank(column)).as_py():
        raise pa.ArrowInvalid("empty")
    return column


def _blank(texts: pa.Array) -> pa.Array:
    """Mask of the texts that are none, of those that are not null."""
    if texts.null_count:  # the bytes under a null may be no UTF-8, and the kernel below reads them
        texts = texts.drop_null()
    return pc.or_(pc.equal(pc.binary_length(texts), 0), pc.utf8_is_space(texts))


def _truth(values: pa.Array, field: pa.Field) -> pa.Array:
    if (
        not pa.types.is_boolean(values.type)
        and not pc.all(pc.is_in(_number(values, _INTEGER), _TRUTHS), min_count=0).as_py()
    ):
        raise pa.ArrowInvalid("not a boolean")
    return values.cast(field.type)


def _number(values: pa.Array, field: pa.Field) -> pa.Array:
    if pa.types.is_string(values.type) or pa.types.is_binary(values.type):
        raise pa.ArrowInvalid("text")
    column = values.cast(field.type)
    bounds = _BOUNDS.get(field.name)
    if bounds is not None:
        inside = pc.and_(pc.greater_equal(column, bounds[0]), pc.less_equal(column, bounds[1]))
        if pc.all(inside).as_py() is False:
            raise pa.ArrowInvalid("out of range")
    return column


_TRUTHS = pa.array([0, 1, None], pa.int64())
_INTEGER = pa.field("", pa.int64())
_CASTS: dict[str, Callable[[pa.Array, pa.Field], pa.Array]] = {
    "string": _text,
    "timestamp[us, tz=UTC]": _time,
    "bool": _truth,
}


def _offence(id_: str | None, updated_at: datetime | None, wrong: tuple[str, str]) -> Offence:
    return Offence(id_, *wrong, time_text(updated_at) if id_ is None and updated_at else None)


def _microseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000


def _reason(batch: pa.RecordBatch, row: int, field: pa.Field) -> str:
    value = batch.column(field.name).slice(row, 1)
    if value.null_count:
        return "NULL"
    return "empty" if _is_empty(value, field.name) else f"not {_wanted_of(value, field)}"


def _is_empty(value: pa.Array, column: str) -> bool:
    """Whether it is a name of no more than white space."""
    if column not in _NAMES:
        return False
    try:
        return bool(pc.all(_blank(value.cast(pa.string()))).as_py())
    except _UNFIT:
        return False


def _wanted_of(value: pa.Array, field: pa.Field) -> str:
    """What a column must hold, told to one who put this there: a time that is one lies out of range."""
    if pa.types.is_timestamp(field.type) and not value.null_count:
        with suppress(*_UNFIT):
            _moments(value, field)
            first = _FIRST_TIMES.get(field.name, _FIRST_TIME)
            return f"a time from {_iso(first)} to {_iso(_LAST_TIME)}"
    return wanted(field.name)


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _error(batch: pa.RecordBatch, row: int, column: str, query: str) -> ExtractError:
    """What is wrong with a row, and what to do."""
    id_ = None if _is_empty(batch.column("id").slice(row, 1), "id") else _shown(batch.column("id"), row)
    which = "an interaction" if id_ is None else f"interaction {id_!r}"
    field = _FIELDS[INTERACTION_SCHEMA.get_field_index(column)]
    kind, value, held = "", _shown(batch.column(column), row), batch.column(column).slice(row, 1)
    if value is None and WRONG in batch.schema.names and batch.column(WRONG)[row].is_valid:
        _, kind, value = _raw(batch.column(WRONG), row).decode(errors="replace").split("\n", 2)
        kind = f" ({kind})"
    if value is None or _is_empty(held, column):
        lack = "NULL" if value is None else "empty"
        return ExtractError(f"{which} has no {column} ({lack}), but must have one; correct the row or {query}")
    return ExtractError(
        f"{which}: {column} is {value!r}{kind}, but must be {_wanted_of(held, field)}; correct the row, or convert the "
        f"column in {query}"
    )


def _shown(values: pa.Array, row: int) -> Any:
    """One value for a message; bytes where it is text that is not UTF-8. Long ones are cut: they are users' words."""
    if not values[row].is_valid:
        return None
    if not (pa.types.is_string(values.type) or pa.types.is_binary(values.type)):
        try:
            return values[row].as_py()
        except (ValueError, OverflowError):
            return "outside of the years 1 to 9999"
    raw = _raw(values, row)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return raw[:40]
    return text[:40] if len(raw) <= MAX_TEXT_BYTES else f"{text[:40]}… ({len(raw):,} bytes)"


def _raw(values: pa.Array, row: int) -> bytes:
    value: bytes = values.slice(row, 1).cast(pa.binary())[0].as_py()
    return value
