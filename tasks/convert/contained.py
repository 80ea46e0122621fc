"""The test's questions inside other rows: pasted into a longer question, or quoted in an answer.

A question is looked for by one of its fingerprints (`tasks/passages.py`), the one that is rarest in other rows, so that
passages which thousands of rows share cost little. Rows that have it are then read, and count only if the question's
whole text stands in them. Memory holds one fingerprint a question, and the texts of those that are met.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tasks.convert.splits import TEST, Keys, Mask, Sides
from tasks.kept import ANCHORS, KEPT, taken
from tasks.passages import GRAM, gram_at
from tasks.texts import plain, prompt_key, without_end

BATCH_ROWS = 65_536
BUCKET_BITS = 22
"""Fingerprints are counted by their first bits: exact counts would take gigabytes, and only tell what is cheap."""

Words = npt.NDArray[np.uint32]
Places = npt.NDArray[np.int64]
Texts = dict[tuple[int, int], set[bytes]]
"""Questions with one fingerprint, by where its gram begins in them and by their length."""

_SHIFT = np.uint32(32 - BUCKET_BITS)
_LOW = np.uint64(0xFFFFFFFF)


def contained(keys: Keys, side: Sides, folders: Sequence[Path]) -> Mask:
    """Rows outside of the test that hold the whole text of one of its questions."""
    found = np.zeros(len(side), dtype=bool)
    rows, probes = _probes(keys, side, folders)
    sought = np.unique(probes)
    met = _meetings(keys, side, folders, sought) if len(sought) else np.array([], dtype=np.uint64)
    if not len(met):
        return found
    places = np.searchsorted(sought, probes)
    asked = np.flatnonzero(np.isin(places, met & _LOW))
    texts = _sought(keys, folders, rows[asked], places[asked], sought)
    suspects, starts = np.unique(met >> np.uint64(32), return_index=True)
    ends = np.append(starts[1:], len(met))
    whole = _texts(keys, folders, suspects.astype(np.int64), _whole)
    for (row, text), start, end in zip(whole, starts, ends, strict=True):
        those = (met[start:end] & _LOW).tolist()
        found[row] = any(_holds(text, gram, known) for place in those for gram, known in texts[place].items())
    return found


def _probes(keys: Keys, side: Sides, folders: Sequence[Path]) -> tuple[Places, Words]:
    """Rows of the test whose question is long enough to be looked for, and the fingerprint that each is sought by."""
    counts = np.zeros(1 << BUCKET_BITS, dtype=np.uint32)
    for _, batch in _batches(keys, (side >= 0) & (side != TEST), folders):
        counts += np.bincount(_flat(batch)[0] >> _SHIFT, minlength=len(counts)).astype(np.uint32)
    rows, probes = [np.array([], dtype=np.int64)], [np.array([], dtype=np.uint32)]
    for places, batch in _batches(keys, side == TEST, folders):
        own = batch.column("question").to_numpy()
        flat, offsets = _flat(batch)
        asked = np.flatnonzero(own)
        if len(asked):
            cost = np.append(counts[flat >> _SHIFT].astype(np.uint64) << np.uint64(32) | flat, ~np.uint64(0))
            edges = np.stack([offsets[asked], offsets[asked] + own[asked]], axis=1).ravel()
            rows.append(places[asked])
            probes.append((np.minimum.reduceat(cost, edges)[::2] & _LOW).astype(np.uint32))
    return np.concatenate(rows), np.concatenate(probes)


def _meetings(keys: Keys, side: Sides, folders: Sequence[Path], sought: Words) -> npt.NDArray[np.uint64]:
    """Where rows outside of the test have a sought fingerprint: the row's place, and the fingerprint's in 32 low bits.

    In order, each once.
    """
    is_near = np.zeros(1 << BUCKET_BITS, dtype=bool)
    is_near[sought >> _SHIFT] = True
    found = [np.array([], dtype=np.uint64)]
    for rows, batch in _batches(keys, (side >= 0) & (side != TEST), folders):
        flat, offsets = _flat(batch)
        some = np.flatnonzero(is_near[flat >> _SHIFT])
        place = np.searchsorted(sought, flat[some]).clip(max=len(sought) - 1)
        hit = sought[place] == flat[some]
        row = rows[np.searchsorted(offsets, some[hit], side="right") - 1]
        found.append(np.unique(row.astype(np.uint64) << np.uint64(32) | place[hit].astype(np.uint64)))
    return np.concatenate(found)


def _sought(
    keys: Keys, folders: Sequence[Path], rows: Places, places: Places, values: Words
) -> dict[int, dict[bytes, Texts]]:
    """The questions of some rows (ascending), by the fingerprint that each is sought by, and by its gram."""
    sought: dict[int, dict[bytes, Texts]] = {}
    for (_, text), place in zip(_texts(keys, folders, rows, _question), places.tolist(), strict=True):
        at = gram_at(text, int(values[place]))
        known = sought.setdefault(place, {}).setdefault(text[at : at + GRAM], {})
        known.setdefault((at, len(text)), set()).add(text)
    return sought


def _question(rows: pa.RecordBatch) -> pa.Array:
    return without_end(prompt_key(rows.column("instruction"), rows.column("input")))


def _whole(rows: pa.RecordBatch) -> pa.Array:
    return pc.binary_join_element_wise(_question(rows), plain(rows.column("output")), "\n")


def _texts(
    keys: Keys, folders: Sequence[Path], rows: Places, of: Callable[[pa.RecordBatch], pa.Array]
) -> Iterator[tuple[int, bytes]]:
    """Some rows (ascending), with a normalised text of each."""
    for number, folder in enumerate(folders):
        start, end = np.searchsorted(keys.part[rows], [number, number + 1])
        places = iter(rows[start:end].tolist())
        if end > start:
            for batch in taken(folder / KEPT, keys.row[rows[start:end]]):
                for text in of(batch).cast(pa.binary()).to_pylist():
                    yield next(places), text


def _holds(text: bytes, gram: bytes, texts: Texts) -> bool:
    at = text.find(gram)
    while at >= 0:
        for (before, length), known in texts.items():
            if at >= before and text[at - before : at - before + length] in known:
                return True
        at = text.find(gram, at + 1)
    return False


def _batches(keys: Keys, chosen: Mask, folders: Sequence[Path]) -> Iterator[tuple[Places, pa.RecordBatch]]:
    """Fingerprints of the chosen rows, with their places among all."""
    for number, folder in enumerate(folders):
        start, end = np.searchsorted(keys.part, [number, number + 1])
        mine = np.flatnonzero(chosen[start:end]) + start
        if len(mine):
            rows, base = keys.row[mine], 0
            with pq.ParquetFile(folder / ANCHORS) as file:
                for batch in file.iter_batches(BATCH_ROWS):
                    low, high = np.searchsorted(rows, [base, base + batch.num_rows])
                    if high > low:
                        yield mine[low:high], batch.take(pa.array(rows[low:high] - np.uint32(base)))
                    base += batch.num_rows


def _flat(batch: pa.RecordBatch) -> tuple[Words, Places]:
    lists = batch.column("anchors")
    offsets = np.concatenate([[0], np.cumsum(pc.list_value_length(lists).to_numpy())])
    return lists.flatten().to_numpy(), offsets
