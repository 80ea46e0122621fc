"""MinHash signatures of many sets at once, in numpy.

rensa computes the same in Rust from the same flat hashes, but hands its signatures over as Python lists, which alone
takes longer than all of this (`python -m bench.minhash`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ROUNDS = 15
_STEP, _MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)
_EMPTY = np.uint32(0xFFFFFFFF)
_VALUE_BITS = 28


def signatures(tokens: NDArray[np.uint64], starts: NDArray[np.int64], slots: int) -> NDArray[np.uint8]:
    """(sets, slots) bytes. Set i are the well-mixed 64-bit hashes `tokens[starts[i]:starts[i + 1]]`, repeats allowed.

    Two sets have equal bytes in a slot with the probability of their Jaccard similarity, and 1/256 beside. This is Fast
    Similarity Sketching (Dahlgaard, Knudsen and Thorup, FOCS 2017): in each round every token falls into one slot, and
    an earlier round wins; after `ROUNDS`, slots still empty take the minimum of all tokens. `slots` is a power of two.
    """
    sets, lengths = len(starts) - 1, np.diff(starts)
    minima = np.full(sets * slots, _EMPTY)
    base = np.repeat(np.arange(sets) * slots, lengths)
    for step in range(ROUNDS):
        place = (tokens * (_MIX + np.uint64(2 * step))) >> np.uint64(64 - _VALUE_BITS - slots.bit_length() + 1)
        values = (place & np.uint64((1 << _VALUE_BITS) - 1)).astype(np.uint32) | np.uint32(step << _VALUE_BITS)
        np.minimum.at(minima, base + (place >> np.uint64(_VALUE_BITS)).astype(np.int64), values)
        open_sets = (minima == _EMPTY).reshape(sets, slots).any(axis=1)
        wanted = np.repeat(open_sets, np.diff(starts))
        if not wanted.any():
            break
        if not wanted.all():
            tokens, base = tokens[wanted], base[wanted]
            starts = np.concatenate([[0], np.cumsum(np.where(open_sets, np.diff(starts), 0))])
    else:
        _fill(minima, tokens, starts, slots)
    return minima.astype(np.uint8).reshape(sets, slots)


def _fill(minima: NDArray[np.uint32], tokens: NDArray[np.uint64], starts: NDArray[np.int64], slots: int) -> None:
    """Give every empty slot the least of its set's tokens under a hash of its own. Empty sets stay empty."""
    lengths = np.diff(starts)
    empty = np.flatnonzero(minima == _EMPTY)
    empty = empty[lengths[empty // slots] > 0]
    if not len(empty):
        return
    sizes = lengths[empty // slots]
    ends = np.cumsum(sizes)
    at = np.arange(ends[-1]) + np.repeat(starts[empty // slots] - ends + sizes, sizes)
    salts = (empty % slots).astype(np.uint64) * np.uint64(2) + np.uint64(2 * ROUNDS + 1)
    hashes = (tokens[at] ^ (tokens[at] >> np.uint64(31))) * np.repeat(salts * _STEP, sizes)
    values = (hashes >> np.uint64(36)).astype(np.uint32) | np.uint32(ROUNDS << _VALUE_BITS)
    minima[empty] = np.minimum.reduceat(values, ends - sizes)
