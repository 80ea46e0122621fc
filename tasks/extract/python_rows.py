"""Rows of Python values, as a driver without Arrow hands them out, as a batch that `conform` reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from tasks.extract.conform import CONTENT, WRONG, time_text, told
from tasks.records import INTERACTION_SCHEMA, TIMESTAMP

_INT64 = range(-(1 << 63), 1 << 63)
_UNFIT = (pa.ArrowException, TypeError, ValueError, OverflowError)


def record_batch(rows: Sequence[Sequence[Any]], columns: Sequence[str]) -> pa.RecordBatch:
    """The rows' columns in types that `conform` reads, and what is wrong where a value has no such type."""
    wrong: list[str | None] = [None] * len(rows)
    arrays = []
    for column, values in zip(columns, zip(*rows, strict=True) if rows else [()] * len(columns), strict=True):
        arrays.append(_array(column, values, wrong))
    return pa.RecordBatch.from_arrays([*arrays, pa.array(wrong, pa.string())], names=[*columns, WRONG])


def _array(column: str, values: Sequence[Any], wrong: list[str | None]) -> pa.Array:
    kind = INTERACTION_SCHEMA.field(column).type
    if pa.types.is_string(kind):
        return _texts(column, values, wrong)
    if pa.types.is_timestamp(kind):
        return _times(values)
    kind = pa.float64() if pa.types.is_floating(kind) else pa.int64()
    try:
        plain = pa.array(values)
        # Asked for integers at once, Arrow would cut off fractions.
        if pa.types.is_floating(kind) or not pa.types.is_floating(plain.type):
            return plain.cast(kind)
    except _UNFIT:
        pass
    return _numbers(column, values, wrong, kind)


def _texts(column: str, values: Sequence[Any], wrong: list[str | None]) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except (*_UNFIT, UnicodeEncodeError):
        if column in CONTENT:
            values = [_no_number(column, row, value, wrong) for row, value in enumerate(values)]
        # Not checked here: `conform` finds bytes that are not UTF-8.
        return pa.array(list(map(_bytes, values)), pa.binary()).view(pa.string())


def _no_number(column: str, row: int, value: Any, wrong: list[str | None]) -> Any:
    if not isinstance(value, (int, float, Decimal)):
        return value
    wrong[row] = wrong[row] or told(column, type(value).__name__, str(value))
    return None


def _bytes(value: Any) -> bytes | None:
    if value is None or isinstance(value, bytes):
        return value
    return str(value).encode("utf-8", "surrogateescape")


def _times(values: Sequence[Any]) -> pa.Array:
    """Times without a zone are UTC: the connection was told so."""
    try:
        if not any(isinstance(value, (int, float)) for value in values):
            return pa.array(values, TIMESTAMP)
    except _UNFIT:
        pass
    return pa.array(list(map(_time_text, values)), pa.string())


def _time_text(value: Any) -> str | None:
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if isinstance(value, datetime):
        return time_text(value) if value.tzinfo else f"{value.isoformat()}Z"
    return None if value is None else str(value)


def _numbers(column: str, values: Sequence[Any], wrong: list[str | None], kind: pa.DataType) -> pa.Array:
    number: Callable[[Any], int | float | None] = _float if pa.types.is_floating(kind) else _integer
    found: list[int | float | None] = []
    for row, value in enumerate(values):
        found.append(None if value is None else number(value))
        if value is not None and found[-1] is None:
            wrong[row] = wrong[row] or told(column, type(value).__name__, str(value))
    return pa.array(found, kind)


def _float(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float, Decimal)) else None


def _integer(value: Any) -> int | None:
    if isinstance(value, bytes) and len(value) == 1:  # MySQL's BIT(1)
        return value[0]
    if not isinstance(value, (int, float, Decimal)) or value != value or value != int(value):  # noqa: PLR0124 - NaN
        return None
    return int(value) if int(value) in _INT64 else None
