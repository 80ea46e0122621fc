"""Near-duplicates among all rows: candidates by MinHash LSH, verdicts by exact Jaccard.

Rows are near-duplicates only if their marks are equal (tasks/filter/sketch.py). So rows are spread over files by their
marks, and a file for each core is in memory at a time, where tasks/filter/forest.py proposes pairs and
tasks/filter/verdict.py judges them. No cluster reaches into another file.

A cluster is a connected component of the pairs found alike, as in Broder et al., "Syntactic clustering of the Web" (WWW
1997), and in Lee et al., "Deduplicating training data makes language models better" (ACL 2022). It may join a and c by
way of b though they are too far apart; stars around the best-rated row would not, but would change whenever somebody
rates an answer, and with them who is in which split. Equal marks, and that no word may be replaced, keep chains short.
A cluster's number is the smallest key among its rows: with keys that grow with a row's age, it stays as rows come.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil
from mmap import MADV_DONTNEED
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from configs.schema import NearDuplicateConfig
from tasks.filter.forest import HASHES, Sketches, candidates
from tasks.filter.questions import Questions
from tasks.filter.sketch import SIGNATURE
from tasks.filter.verdict import verdicts
from tasks.pool import in_threads, processes

Numbers = NDArray[Any]
Hashes = NDArray[np.uint64]
Mask = NDArray[np.bool_]


class Read(Protocol):
    """Gives the named columns of all sketches, or of some of them, in batches, every time in the same order."""

    def __call__(self, columns: list[str], among: Mask | None = None) -> Iterable[pa.RecordBatch]: ...


ROWS_A_FILE = 1 << 17
PAIRS_AT_ONCE = 1 << 15
"""Pairs whose shingles are in memory together."""

_CODE = np.dtype(np.uint32)
_FIELDS = (*HASHES, "signature")
_COLUMNS = [f"near_{name}" for name in _FIELDS]
_STORED = np.dtype(
    [
        ("marks", "u8"),
        ("same", "u8"),
        ("bag", "u8"),
        ("head", "u4"),
        ("tail", "u4"),
        ("row", "u8"),
        ("signature", "u1", SIGNATURE),
    ]
)


def clusters(read: Read, keys: Hashes, config: NearDuplicateConfig, workdir: Path) -> Hashes:
    """For each row the smallest key of its cluster; a row that resembles no other is its own.

    `keys` are the rows' own: 64-bit, all different, in the order in which `read` gives the rows. The result follows from
    keys and sketches alone, not from their order. `read` is called twice: for the hashes, then for candidates' units.
    `workdir` holds 104 bytes a row, 16 a pair to be compared and the units of candidates for a while.
    """
    wanted, smallest = np.zeros(len(keys), dtype=np.bool_), keys.copy()

    def propose(file: Path) -> tuple[Path, Path]:
        found = _candidates(np.fromfile(file, dtype=_STORED), keys, config)
        file.unlink()
        wanted[found[1]] = True
        paths = file.with_suffix(".same.npy"), file.with_suffix(".pairs.npy")
        for path, pairs in zip(paths, found, strict=True):
            np.save(path, pairs)
        return paths

    proposed = [*in_threads(propose, _by_marks(read, len(keys), workdir))]
    with _Units(read, wanted, workdir / "units") as units:

        def judge(paths: tuple[Path, Path]) -> None:
            same, pairs = map(np.load, paths)
            _name(smallest, np.concatenate([same, _joined(units, pairs, config)]))
            for path in paths:
                path.unlink()

        for _ in in_threads(judge, proposed):
            pass
    return smallest


def _name(smallest: Hashes, pairs: Numbers) -> None:
    """Give the rows that pairs connect their smallest key."""
    rows, place = np.unique(pairs, return_inverse=True)
    roots = _components(place.reshape(pairs.shape), len(rows))
    least = np.full(len(rows), ~np.uint64(0))
    np.minimum.at(least, roots, smallest[rows])
    smallest[rows] = least[roots]


def _candidates(stored: NDArray[Any], keys: Hashes, config: NearDuplicateConfig) -> tuple[Numbers, Numbers]:
    """(pairs, 2) rows of the same hash, and (pairs, 2) rows to be compared, the likeliest first."""
    rows = stored[np.argsort(keys[stored["row"]])]
    _, first, group = np.unique(rows["same"], return_index=True, return_inverse=True)
    number = rows["row"].astype(np.int64)
    again = np.flatnonzero(first[group] != np.arange(len(rows)))
    same = np.stack([number[first[group[again]]], number[again]], axis=1)
    first.sort()
    firsts, number = rows[first], number[first]
    sketches = Sketches(*(np.ascontiguousarray(firsts[name]) for name in _FIELDS))
    pairs, scores = candidates(sketches, config)
    # Rows stand in the order of their keys, so that equal scores come in an order that follows from keys alone.
    return same, number[pairs[np.lexsort((pairs[:, 1], pairs[:, 0], -scores.astype(np.int16)))]]


def _by_marks(read: Read, count: int, workdir: Path) -> list[Path]:
    """Files of all rows as `_STORED`, those of equal marks together, some ROWS_A_FILE in each; as many for each core."""
    workdir.mkdir(parents=True, exist_ok=True)
    cores = processes() if count > ROWS_A_FILE else 1
    paths = [workdir / f"rows-{number}" for number in range(max(1, ceil(count / ROWS_A_FILE / cores) * cores))]
    start = 0
    for path in paths:
        path.unlink(missing_ok=True)
    for batch in read(_COLUMNS):
        sketches = Sketches.of(batch)
        rows = np.empty(batch.num_rows, dtype=_STORED)
        for name in _FIELDS:
            rows[name] = getattr(sketches, name)
        rows["row"] = np.arange(start, start + len(rows))
        start += len(rows)
        place = (rows["marks"] >> np.uint64(8)) % np.uint64(len(paths))
        rows = rows[np.argsort(place, kind="stable")]
        ends = np.cumsum(np.bincount(place.astype(np.int64), minlength=len(paths)))
        for path, end, size in zip(paths, ends, np.diff(ends, prepend=0), strict=True):
            with path.open("ab") as file:
                # Not `tofile`, whose error on a full disk does not say what is wrong.
                file.write(rows[end - size : end].view(np.uint8).data)
    return [path for path in paths if path.exists()]


def _joined(units: _Units, pairs: Numbers, config: NearDuplicateConfig) -> Numbers:
    """Pairs of near-duplicates that connect all that the given pairs connect. Rows already connected are not compared."""
    rows, places = np.unique(pairs, return_inverse=True)
    places = places.reshape(pairs.shape)
    joined, roots = np.zeros((0, 2), dtype=np.int64), np.arange(len(rows))
    for start in range(0, len(pairs), PAIRS_AT_ONCE):
        some = places[start : start + PAIRS_AT_ONCE]
        some = some[roots[some[:, 0]] != roots[some[:, 1]]]
        compared, at = np.unique(some, return_inverse=True)
        at = at.reshape(some.shape)
        alike = verdicts(units.read(rows[compared]), at[:, 0], at[:, 1], config)
        joined = np.concatenate([joined, some[alike]])
        roots = _components(joined, len(rows))
    return rows[joined]


def _components(pairs: Numbers, count: int) -> Numbers:
    """For each of `count` rows the smallest row that pairs connect it with."""
    roots = np.arange(count)
    left, right = pairs.T
    while True:
        least = np.minimum(roots[left], roots[right])
        before = roots.copy()
        np.minimum.at(roots, before[left], least)
        np.minimum.at(roots, before[right], least)
        roots = roots[roots]
        if (roots == before).all():
            return roots


class _Units:
    """The units of some rows in a file of its own, read where they are wanted."""

    def __init__(self, read: Read, wanted: Mask, path: Path) -> None:
        self._rows, self._path = np.flatnonzero(wanted), path
        lengths = [np.zeros(1, dtype=np.int64)]
        path.unlink(missing_ok=True)
        with path.open("wb") as file:
            for batch in read(["near_units"], wanted):
                lists = batch.column(0)
                lengths.append(np.diff(lists.offsets.to_numpy()))
                file.write(lists.flatten().to_numpy().data)
        self._starts = np.cumsum(np.concatenate(lengths))

    def __enter__(self) -> _Units:
        self._codes = np.memmap(self._path, dtype=np.uint8, mode="r") if self._starts[-1] else np.zeros(0, np.uint8)
        bounds = [pa.py_buffer(self._starts * _CODE.itemsize), pa.py_buffer(self._codes)]
        # Texts of bytes to Arrow, which copies each at once and lets other threads go on.
        self._lists = pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(self._rows), [None, *bounds])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        del self._lists, self._codes
        self._path.unlink()

    def read(self, rows: Numbers) -> Questions:
        found = self._lists.take(pa.array(np.searchsorted(self._rows, rows)))
        if isinstance(self._codes, np.memmap):
            cast(Any, self._codes)._mmap.madvise(MADV_DONTNEED)
        _, starts, codes = found.buffers()
        starts = np.frombuffer(starts, np.int64)[: len(rows) + 1] // _CODE.itemsize
        return Questions(np.frombuffer(codes, _CODE)[: starts[-1]], starts)
