"""Texts as bytes: what numpy does to a column of strings without a Python object a row.

A column is one run of UTF-8 bytes and the offsets that cut it into rows. Byte classes, counts and hashes over that run
cost about a nanosecond a byte.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Bytes: TypeAlias = npt.NDArray[np.uint8]
Offsets: TypeAlias = npt.NDArray[np.int64]
Hashes: TypeAlias = npt.NDArray[np.uint64]
Bools: TypeAlias = npt.NDArray[np.bool_]

LARGEST_STRING_BATCH = 1 << 30
"""Bytes above which offsets of 32 bits might overflow in what is computed from a column."""

HASHED_BYTES = 24
"""Bytes of a word that its hash reads; its length counts too."""

_WORD = np.dtype("<u8")
_MASKS = np.array([(1 << (8 * size)) - 1 for size in range(9)], dtype=np.uint64)
_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], dtype=np.uint64)
"""Odd constants of Fibonacci hashing, xxHash and splitmix64."""


def buffers(texts: pa.Array) -> tuple[bytes, Offsets]:
    """The bytes of a string column and the offsets [rows + 1] into them. Nulls count as empty."""
    texts = pc.fill_null(texts, "")
    wide = pa.types.is_large_string(texts.type)
    _, offsets, data = texts.buffers()
    if data is None or not len(texts):
        return b"", np.zeros(len(texts) + 1, dtype=np.int64)
    bounds = np.frombuffer(offsets, np.int64 if wide else np.int32)[texts.offset : texts.offset + len(texts) + 1]
    start, end = int(bounds[0]), int(bounds[-1])
    return data.slice(start, end - start).to_pybytes(), bounds.astype(np.int64) - start


def joined(*columns: pa.Array) -> pa.Array:
    """The columns' texts row by row with a line break between them; nulls count as empty."""
    wide = sum(column.nbytes for column in columns) > LARGEST_STRING_BATCH
    kind = pa.large_string() if wide else pa.string()
    filled = [pc.fill_null(column.cast(kind), "") for column in columns]
    return pc.binary_join_element_wise(*filled, pa.scalar("\n", kind))


def byte_table(**classes: bytes) -> bytes:
    """A table of 256 bytes for `flags`: bit n is set for the bytes of the n-th class."""
    table = bytearray(256)
    for number, members in enumerate(classes.values()):
        for member in members:
            table[member] |= 1 << number
    return bytes(table)


def flags(texts: pa.Array, table: bytes) -> Bytes:
    """Per row, the bits of all its bytes' classes together."""
    data, offsets = buffers(texts)
    return per_row(np.bitwise_or, as_bytes(data.translate(table)), offsets)


def per_row(operation: np.ufunc, values: npt.NDArray[Any], offsets: Offsets) -> npt.NDArray[Any]:
    """`operation` over each row's values; 0 for a row that has none."""
    result = np.zeros(len(offsets) - 1, dtype=values.dtype)
    filled = offsets[1:] > offsets[:-1]
    if filled.any():
        # An empty row takes no place between its neighbours, so the starts of the others still cut the run rightly.
        result[filled] = operation.reduceat(values, offsets[:-1][filled], dtype=values.dtype)
    return result


def as_bytes(data: bytes) -> Bytes:
    return np.frombuffer(data, np.uint8)


def per_row_sum(values: Bools, offsets: Offsets) -> Offsets:
    """How many of each row's bytes are marked."""
    result = np.zeros(len(offsets) - 1, dtype=np.int64)
    filled = offsets[1:] > offsets[:-1]
    if filled.any():
        result[filled] = np.add.reduceat(values, offsets[:-1][filled], dtype=np.int32)
    return result


def hash_words(data: bytes, starts: Offsets, lengths: Offsets) -> Hashes:
    """64-bit hashes of words, by their first HASHED_BYTES bytes and their length."""
    padded = np.frombuffer(data + bytes(HASHED_BYTES), np.uint8)
    eights = np.lib.stride_tricks.as_strided(
        padded[:8].view(_WORD), shape=(len(data) + HASHED_BYTES - 7,), strides=(1,)
    )
    hashes: Hashes = lengths.astype(np.uint64) * _MIX[3]
    for part in range(HASHED_BYTES // 8):
        left = lengths - 8 * part
        longer = np.flatnonzero(left > 0)
        piece = eights[starts[longer] + 8 * part] & _MASKS[np.minimum(left[longer], 8)]
        hashes[longer] = mixed(hashes[longer] ^ (piece * _MIX[part]))
    return hashes


def mixed(values: Hashes) -> Hashes:
    """Each bit of the result depends on all of the value's (the finisher of splitmix64)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    result: Hashes = values ^ (values >> np.uint64(31))
    return result


def hash_texts(texts: pa.Array) -> Hashes:
    """64-bit hashes of whole texts. Meant for short ones: the cost is that of the longest."""
    data, offsets = buffers(texts)
    lengths = np.diff(offsets)
    hashes = np.zeros(len(lengths), dtype=np.uint64)
    for position in range(0, max(int(lengths.max(initial=0)), 1), HASHED_BYTES):
        rows = np.flatnonzero(lengths > position) if position else np.arange(len(lengths))
        piece = hash_words(data, offsets[:-1][rows] + position, np.minimum(lengths[rows] - position, HASHED_BYTES))
        hashes[rows] = mixed(hashes[rows] * _MIX[1] ^ piece)
    return hashes
