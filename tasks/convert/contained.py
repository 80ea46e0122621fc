"""The test's questions inside other rows: pasted into a longer question, or quoted in an answer.

A question is looked for by the rarest of its fingerprints (`tasks/passages.py`), so that passages which thousands of
rows share cost little. Rows that have it are then read, and count only if the question's whole text stands in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
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
Words = npt.NDArray[np.uint32]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Questions:
    """The test's questions: their different fingerprints, in order; each question's row, and which of them it has."""

    values: Words
    rows: list[int]
    of: list[Places]


Texts = dict[tuple[int, int], set[bytes]]
"""Questions with one fingerprint, by where its gram begins in them and by their length."""


def contained(keys: Keys, side: Sides, folders: Sequence[Path]) -> Mask:
    """Rows outside of the test that hold the whole text of one of its questions."""
    found = np.zeros(len(side), dtype=bool)
    questions = _questions(keys, side, folders)
    if not len(questions.values):
        return found
    counts = np.zeros(len(questions.values), dtype=np.int64)
    for _, _, places in _meetings(keys, side, folders, questions):
        counts += np.bincount(places, minlength=len(counts))
    rarest = np.array([wanted[np.argmin(counts[wanted])] for wanted in questions.of])
    sought = np.flatnonzero(counts[rarest])
    if not len(sought):
        return found
    order = sought[np.argsort(np.array(questions.rows)[sought])]
    texts = _sought(keys, folders, np.array(questions.rows)[order], rarest[order], questions.values)
    suspects = _suspects(keys, side, folders, questions, np.unique(rarest[sought]))
    for row, text in _texts(keys, folders, np.array(sorted(suspects), dtype=np.int64), _whole):
        found[row] = any(_holds(text, gram, known) for place in suspects[row] for gram, known in texts[place].items())
    return found


def _questions(keys: Keys, side: Sides, folders: Sequence[Path]) -> _Questions:
    lists, rows = [], []
    for places, batch in _batches(keys, side == TEST, folders):
        own = batch.column("question").to_numpy()
        flat, offsets = _flat(batch)
        for place, start, count in zip(places.tolist(), offsets.tolist(), own.tolist(), strict=False):
            if count:
                lists.append(np.unique(flat[start : start + count]))
                rows.append(place)
    if not lists:
        return _Questions(np.array([], dtype=np.uint32), [], [])
    values = np.unique(np.concatenate(lists))
    return _Questions(values, rows, [np.searchsorted(values, one) for one in lists])


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


def _suspects(
    keys: Keys, side: Sides, folders: Sequence[Path], questions: _Questions, probes: Places
) -> dict[int, list[int]]:
    """Rows outside of the test with some of the fingerprints that questions are sought by, and with which."""
    is_probe = np.zeros(len(questions.values), dtype=bool)
    is_probe[probes] = True
    suspects: dict[int, list[int]] = {}
    for rows, row, places in _meetings(keys, side, folders, questions):
        hits = np.unique(np.stack([row[is_probe[places]], places[is_probe[places]]]), axis=1)
        for at, place in hits.T.tolist():
            suspects.setdefault(int(rows[at]), []).append(place)
    return suspects


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


def _meetings(
    keys: Keys, side: Sides, folders: Sequence[Path], questions: _Questions
) -> Iterator[tuple[Places, Places, Places]]:
    """By batch: its rows' places among all, and row (in the batch) and fingerprint (in `values`) where they meet."""
    for rows, batch in _batches(keys, (side >= 0) & (side != TEST), folders):
        flat, offsets = _flat(batch)
        place = np.searchsorted(questions.values, flat)
        place[place == len(questions.values)] = 0
        met = questions.values[place] == flat
        row = np.repeat(np.arange(batch.num_rows), np.diff(offsets))
        yield rows, row[met], place[met]


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
