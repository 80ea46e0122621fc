"""Which pairs of sketches are worth comparing: an LSH forest over their signatures.

An LSH forest (Bawa, Condie and Ganesan, WWW 2005) sorts rows by their signature once a tree, each tree by other bytes
first. Rows of equal marks that agree in `DEPTH` bytes of a tree are compared; where more than `WINDOW` of them agree,
questions of one template presumably, they are sorted by the bytes that follow too, and each is compared with the next
`WINDOW` only. So a hundred thousand questions of one template cost no more than as many others. Three more trees sort
by the units regardless of their order, and by either half of a short question.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from configs.schema import NearDuplicateConfig
from tasks.filter.sketch import SIGNATURE

Numbers = NDArray[Any]
Hashes = NDArray[np.uint64]
Mask = NDArray[np.bool_]

DEPTH = 3
TREES = SIGNATURE // DEPTH
"""Rows of Jaccard 0.7 agree in 3 bytes of one tree of 21 at least with probability 0.9998; of 0.6, 0.994."""
BAG, HEAD, TAIL = range(TREES, TREES + 3)
ALL_TREES = TREES + 3
WINDOW = 8
MOST_PAIRS = 16
"""Candidates that are kept of one row, the likeliest first."""
DOUBT = 3.5
"""Standard deviations by which an estimate may fall short of the threshold."""
ONE_DIFFERS = 0.4
"""Jaccard similarity of two short questions (`tasks.filter.sketch.SHORT`) in which one unit of four differs."""
PAIRS_AT_ONCE = 1 << 17

HASHES = ("marks", "same", "bag", "head", "tail")
_K1, _K2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_ROW = np.uint64(0xFFFFFFFF)
_EVEN, _FOLD = np.uint64(0x00FF00FF00FF00FF), np.uint64(0x0001000100010001)


@dataclass(frozen=True)
class Sketches:
    """The columns of some sketches that candidates are found by; `signature` is (rows, SIGNATURE) bytes."""

    marks: Hashes
    same: Hashes
    bag: Hashes
    head: NDArray[np.uint32]
    tail: NDArray[np.uint32]
    signature: NDArray[np.uint8]

    @classmethod
    def of(cls, batch: pa.RecordBatch) -> Sketches:
        marks, same, bag, head, tail = (batch.column(f"near_{name}").to_numpy() for name in HASHES)
        column = batch.column("near_signature")
        flat = np.frombuffer(column.buffers()[1], dtype=np.uint8).reshape(-1, SIGNATURE)
        return cls(marks, same, bag, head, tail, flat[column.offset : column.offset + len(column)])

    def branches(self, tree: int) -> Hashes:
        """The rows in the order of a tree's first bytes: a 32-bit hash of these and the marks, and the row's number."""
        if tree == BAG:
            hashes = self.bag
        elif tree in (HEAD, TAIL):
            half = self.head if tree == HEAD else self.tail
            hashes = (self.marks ^ (half.astype(np.uint64) * _K1)) * _K2
        else:
            one, two, three = self.signature[:, tree * DEPTH : (tree + 1) * DEPTH].astype(np.uint64).T
            hashes = (self.marks ^ ((one | two << np.uint64(8) | three << np.uint64(16)) * _K1)) * _K2
        keys = (hashes & ~_ROW) | np.arange(len(hashes), dtype=np.uint64)
        keys.sort()
        return keys

    def twigs(self, tree: int, rows: Numbers) -> Hashes:
        """The eight bytes of these rows that follow a tree's first, as a number."""
        columns = (np.arange(8) + (tree + 1) * DEPTH) % SIGNATURE
        return self.signature.take(rows, axis=0).take(columns, axis=1).view(np.uint64)[:, 0]


def candidates(sketches: Sketches, config: NearDuplicateConfig) -> tuple[Numbers, NDArray[np.uint8]]:
    """(pairs, 2) rows to be compared, left before right, and how many bytes of their signatures agree."""
    found, agreed = [np.zeros((0, 2), dtype=np.int64)], [np.zeros(0, dtype=np.uint8)]
    for tree in range(ALL_TREES):
        for pairs in _neighbours(sketches, tree):
            score, likely = _estimate(sketches, pairs[:, 0], pairs[:, 1], _threshold(tree, config), config)
            found.append(pairs[likely])
            agreed.append(score[likely])
    pairs, scores = np.concatenate(found), np.concatenate(agreed)
    _, once = np.unique(pairs[:, 0] << 32 | pairs[:, 1], return_index=True)
    return _likeliest(pairs[once], scores[once])


def _neighbours(sketches: Sketches, tree: int) -> Iterator[Numbers]:
    keys = sketches.branches(tree)
    equal = (keys[1:] ^ keys[:-1]) <= _ROW
    shared = np.append(equal, False) | np.append(False, equal)
    rows, branch = (keys[shared] & _ROW).astype(np.int64), keys[shared] >> np.uint64(32)
    crowded = len(rows) > WINDOW and (branch[WINDOW:] == branch[:-WINDOW]).any()
    marks = sketches.marks[rows]
    if crowded or ((branch[1:] == branch[:-1]) & (marks[1:] != marks[:-1])).any():
        # By marks too: rows of other marks whose hash is equal must not come between.
        twigs = sketches.twigs(tree, rows) if crowded else np.zeros(len(rows), dtype=np.uint64)
        order = np.lexsort((rows, twigs, marks, branch))
        rows, branch, marks = rows[order], branch[order], marks[order]
    for step in range(1, WINDOW + 1):
        at = np.flatnonzero((branch[step:] == branch[:-step]) & (marks[step:] == marks[:-step]))
        if not len(at):
            return
        for start in range(0, len(at), PAIRS_AT_ONCE):
            some = at[start : start + PAIRS_AT_ONCE]
            one, other = rows[some], rows[some + step]
            yield np.stack([np.minimum(one, other), np.maximum(one, other)], axis=1)


def _threshold(tree: int, config: NearDuplicateConfig) -> float:
    return ONE_DIFFERS if tree in (BAG, HEAD, TAIL) else config.threshold


def _estimate(
    sketches: Sketches, left: Numbers, right: Numbers, threshold: float, config: NearDuplicateConfig
) -> tuple[NDArray[np.uint8], Mask]:
    """How many bytes agree, and whether that is enough for near-duplicates. Rows of other marks never are."""
    # `take` copies whole signatures, an index in brackets one byte after the other.
    equal = (sketches.signature.take(left, axis=0) == sketches.signature.take(right, axis=0)).view(np.uint64)
    counts = equal.sum(axis=1)
    even = ((counts & _EVEN) * _FOLD) >> np.uint64(48)
    odd = ((counts >> np.uint64(8) & _EVEN) * _FOLD) >> np.uint64(48)
    marks = sketches.marks[left]
    pasted = marks & np.uint64(1) == 1
    asked = np.where(pasted, even >= _least(SIGNATURE // 2, threshold), even + odd >= _least(SIGNATURE, threshold))
    likely: Mask = asked & (~pasted | (odd >= _least(SIGNATURE // 2, config.pasted_threshold)))
    return (even + odd).astype(np.uint8), likely & (marks == sketches.marks[right])


def _least(slots: int, threshold: float) -> int:
    """Slots that agree at least in a pair at the threshold, but for one pair in thousands."""
    return int(slots * threshold - DOUBT * sqrt(slots * threshold * (1 - threshold)))


def _likeliest(pairs: Numbers, scores: NDArray[np.uint8]) -> tuple[Numbers, NDArray[np.uint8]]:
    """The best `MOST_PAIRS` of each left row."""
    order = np.lexsort((pairs[:, 1], -scores.astype(np.int64), pairs[:, 0]))
    pairs, scores = pairs[order], scores[order]
    begins = np.searchsorted(pairs[:, 0], pairs[:, 0])
    best = np.arange(len(pairs)) - begins < MOST_PAIRS
    return pairs[best], scores[best]
