"""Near-duplicates among all rows: candidates by MinHash LSH, verdicts by exact Jaccard.

Rows are near-duplicates only if their marks are equal (tasks/filter/sketch.py). So rows are spread over files by their
marks, and one file is in memory at a time, where tasks/filter/forest.py proposes pairs and tasks/filter/verdict.py
judges them.

A cluster is a connected component of the pairs found alike, as in Broder et al., "Syntactic clustering of the Web" (WWW
1997), and in Lee et al., "Deduplicating training data makes language models better" (ACL 2022). It may join a and c by
way of b though they are too far apart; stars around the best-rated row would not, but would change whenever somebody
rates an answer, and with them who is in which split. Equal marks, and that no word may be replaced, keep chains short.
A cluster's number is the smallest key among its rows: with keys that grow with a row's age, it stays as rows come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from mmap import MADV_DONTNEED
from pathlib import Path
from types import TracebackType
from typing import Any, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from configs.schema import NearDuplicateConfig
from tasks.filter.forest import HASHES, Sketches, candidates
from tasks.filter.questions import Questions, spans
from tasks.filter.sketch import SIGNATURE
from tasks.filter.verdict import verdicts

Numbers = NDArray[Any]
Hashes = NDArray[np.uint64]
Mask = NDArray[np.bool_]
Read = Callable[[list[str]], Iterable[pa.RecordBatch]]
"""Gives the named columns of all sketches, in batches, every time in the same order."""

ROWS_A_FILE = 1 << 17
PAIRS_AT_ONCE = 1 << 15
"""Pairs whose shingles are in memory together."""

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
    `workdir` holds 104 bytes a row and the units of candidates for a while.
    """
    same, pairs, scores = _candidates(read, keys, config, workdir)
    with _Units(read, np.unique(pairs), len(keys), workdir / "units") as units:
        joined = _joined(units, pairs[np.lexsort((keys[pairs[:, 1]], keys[pairs[:, 0]], -scores))], config)
    roots = _components(np.concatenate([same, joined]), len(keys))
    smallest = np.full(len(keys), ~np.uint64(0))
    np.minimum.at(smallest, roots, keys)
    return smallest[roots]


def _candidates(
    read: Read, keys: Hashes, config: NearDuplicateConfig, workdir: Path
) -> tuple[Numbers, Numbers, NDArray[np.int16]]:
    """(pairs, 2) rows of the same hash, (pairs, 2) rows to be compared, and how alike their signatures are."""
    none = np.zeros((0, 2), dtype=np.int64)
    same, found, scores = [none], [none], [np.zeros(0, dtype=np.int16)]
    for found_rows in _by_marks(read, len(keys), workdir):
        rows = found_rows[np.argsort(keys[found_rows["row"]])]
        _, first, group = np.unique(rows["same"], return_index=True, return_inverse=True)
        number = rows["row"].astype(np.int64)
        again = np.flatnonzero(first[group] != np.arange(len(rows)))
        same.append(np.stack([number[first[group[again]]], number[again]], axis=1))
        first.sort()
        firsts, number = rows[first], number[first]
        sketches = Sketches(*(np.ascontiguousarray(firsts[name]) for name in _FIELDS))
        pairs, score = candidates(sketches, config)
        found.append(number[pairs])
        scores.append(score.astype(np.int16))
    return np.concatenate(same), np.concatenate(found), np.concatenate(scores)


def _by_marks(read: Read, count: int, workdir: Path) -> Iterator[NDArray[Any]]:
    """All rows as `_STORED`, those of equal marks together, about ROWS_A_FILE at a time."""
    workdir.mkdir(parents=True, exist_ok=True)
    paths = [workdir / f"rows-{number}" for number in range(max(1, count // ROWS_A_FILE))]
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
                rows[end - size : end].tofile(file)
    for path in paths:
        if path.exists():
            yield np.fromfile(path, dtype=_STORED)
            path.unlink()


def _joined(units: _Units, pairs: Numbers, config: NearDuplicateConfig) -> Numbers:
    """Pairs of near-duplicates that connect all that the given pairs connect. Rows already connected are not compared."""
    joined, roots = np.zeros((0, 2), dtype=np.int64), np.arange(units.rows)
    for start in range(0, len(pairs), PAIRS_AT_ONCE):
        some = units.places(pairs[start : start + PAIRS_AT_ONCE])
        some = some[roots[some[:, 0]] != roots[some[:, 1]]]
        rows, place = np.unique(some, return_inverse=True)
        place = place.reshape(some.shape)
        alike = verdicts(units.read(rows), place[:, 0], place[:, 1], config)
        joined = np.concatenate([joined, some[alike]])
        roots = _components(joined, units.rows)
    return units.wanted[joined]


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

    def __init__(self, read: Read, wanted: Numbers, count: int, path: Path) -> None:
        self.wanted, self.rows, self._path = wanted, len(wanted), path
        lengths, start = [np.zeros(1, dtype=np.int64)], 0
        chosen = np.zeros(count, dtype=np.bool_)
        chosen[wanted] = True
        path.unlink(missing_ok=True)
        with path.open("wb") as file:
            for batch in read(["near_units"]):
                lists = batch.column(0).filter(pa.array(chosen[start : start + batch.num_rows]))
                start += batch.num_rows
                lengths.append(np.diff(lists.offsets.to_numpy()))
                lists.flatten().to_numpy().tofile(file)
        self._starts = np.cumsum(np.concatenate(lengths))

    def __enter__(self) -> _Units:
        self._codes = np.memmap(self._path, dtype=np.uint32, mode="r") if self._starts[-1] else np.zeros(0, np.uint32)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        del self._codes
        self._path.unlink()

    def places(self, rows: Numbers) -> Numbers:
        return np.searchsorted(self.wanted, rows)

    def read(self, places: Numbers) -> Questions:
        at, _ = spans(self._starts, places)
        codes = np.array(self._codes[at])
        if isinstance(self._codes, np.memmap):
            cast(Any, self._codes)._mmap.madvise(MADV_DONTNEED)
        return Questions(codes, np.concatenate([[0], np.cumsum(np.diff(self._starts)[places])]))
