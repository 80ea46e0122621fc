"""Many ids as 64-bit numbers, by numpy alone: what millions of ids are compared by in little memory.

The key is drawn anew for every comparison and goes into no file. So a clash of two ids can neither be prepared nor
last: among 10 million ids, one such pair exists with a probability of 3 in a million (n² / 2^65), and another night
draws another key. Names that are kept, or that more than one process must agree on, come from `tasks/hashes.py`.
"""

from __future__ import annotations

import secrets
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tasks import utf8

Hashes = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]

NO_TIME = np.iinfo(np.int64).min
"""Stands for a time that is missing, in `versions`."""

LONGEST = 256
"""Bytes of an id that are mixed in word by word; longer ids are rare, and are hashed one by one."""

_WORD = 8
_ODD = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9))  # SplitMix64's increment and first multiplier


def new_key() -> int:
    """A random key."""
    return secrets.randbits(64)


def id_hash(ids: pa.Array, key: int) -> Hashes:
    """One number per id, from its bytes. Nulls are not allowed. About 30 ns an id."""
    data, offsets = utf8.run(ids)
    starts, lengths = offsets[:-1], np.diff(offsets)
    # Padded by a word, so that the last id's last word lies inside.
    padded = np.concatenate([data, np.zeros(_WORD, np.uint8)])
    words = np.ndarray((len(data) + 1,), "<u8", buffer=padded, strides=(1,))
    hashes = _mixed(lengths.astype(np.uint64) ^ np.uint64(key))
    longest = int(lengths.max(initial=0))
    for position in range(0, min(longest, LONGEST), _WORD):
        rows = np.flatnonzero(lengths > position)
        left = np.minimum(lengths[rows] - position, _WORD).astype(np.uint64)
        word = words[starts[rows] + position] & (~np.uint64(0) >> (np.uint64(64) - left * np.uint64(8)))
        hashes[rows] = _mixed(hashes[rows] ^ word)
    for row in np.flatnonzero(lengths > LONGEST):
        text = data[offsets[row] : offsets[row + 1]].tobytes()
        digest = blake2b(text, digest_size=_WORD, key=key.to_bytes(_WORD, "little")).digest()
        hashes[row] = np.uint64(int.from_bytes(digest, "little"))
    return hashes


def versions(hashes: Hashes, updated_at: pa.Array) -> Hashes:
    """One number per row, from its id's hash and its time of change (a timestamp in microseconds, or null)."""
    moments = updated_at.cast(pa.int64()).fill_null(NO_TIME).to_numpy(zero_copy_only=False)
    return _mixed(hashes ^ (moments.astype(np.uint64) * _ODD[0]))


def among(hashes: Hashes, ordered: Hashes) -> Mask:
    """Which of the hashes are in a sorted array."""
    if not len(ordered):
        return np.zeros(len(hashes), bool)
    places = np.minimum(np.searchsorted(ordered, hashes), len(ordered) - 1)
    return np.asarray(ordered[places] == hashes)


def repeated(ordered: Hashes) -> Hashes:
    """Those that come more than once in a sorted array, once each."""
    return np.unique(ordered[1:][ordered[1:] == ordered[:-1]])


def _mixed(hashes: Hashes) -> Hashes:
    hashes = hashes * _ODD[0]
    hashes ^= hashes >> np.uint64(32)
    hashes *= _ODD[1]
    return hashes ^ (hashes >> np.uint64(29))
