"""A column's texts as the one run of bytes that they are, without a copy or a Python object for a row."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def run(texts: pa.Array) -> tuple[Bytes, Places]:
    """The bytes of all texts, and the offsets [texts + 1] that part them, the first 0. Nulls are not allowed."""
    _, offsets, data = texts.buffers()
    if data is None or not len(texts):
        return np.zeros(0, np.uint8), np.zeros(len(texts) + 1, np.int64)
    kind = np.int64 if pa.types.is_large_string(texts.type) else np.int32
    places = np.frombuffer(offsets, kind)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    return np.frombuffer(data, np.uint8)[places[0] : places[-1]], places - places[0]


def rows(at: Places, offsets: Places) -> Mask:
    """Which texts hold the bytes at some places of the run."""
    mask = np.zeros(len(offsets) - 1, dtype=np.bool_)
    mask[np.searchsorted(offsets, at, side="right") - 1] = True
    return mask
