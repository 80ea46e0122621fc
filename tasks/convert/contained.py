"""The test's questions inside other rows: pasted into a longer question, or quoted in an answer.

A question is looked for by one of its fingerprints (`tasks/passages.py`), the one that is rarest in other rows, so that
passages which thousands of rows share cost little. Rows that have it may hold the question only if they have all its
other fingerprints too, for which 64 bits stand. What is left is read, and counts if the whole text stands there. Memory
holds 12 bytes a question, and the texts of those that are met.

Blanks, punctuation, letter case and the courtesy around a question make no difference. A question that stands in the
rows of many users is a common wording and leaks nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tasks.convert.splits import TEST, Keys, Mask, Sides
from tasks.id_hash import among
from tasks.kept import ANCHORS, KEPT, taken
from tasks.letters import as_texts, letters
from tasks.passages import after_greeting, core
from tasks.texts import folded

BATCH_ROWS = 65_536
BUCKET_BITS = 22
"""Fingerprints are counted by their first bits: exact counts would take gigabytes, and only tell what is cheap."""

Words = npt.NDArray[np.uint32]
Bits = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

_SHIFT = np.uint32(32 - BUCKET_BITS)
_LOW = np.uint64(0xFFFFFFFF)


def contained(keys: Keys, side: Sides, folders: Sequence[Path], common_users: int | None) -> Mask:
    """Rows outside of the test that hold the whole text of one of its questions."""
    found = np.zeros(len(side), dtype=bool)
    sought = _sought(keys, side, folders)
    met = _meetings(keys, side, folders, sought) if len(sought.rows) else np.array([], dtype=np.uint64)
    if not len(met):
        return found
    texts = _questions(keys, folders, sought, np.unique(met & _LOW).astype(np.int64))
    suspects, starts = np.unique(met >> np.uint64(32), return_index=True)
    holds = np.zeros(len(met), dtype=bool)
    whole = _texts(keys, folders, suspects.astype(np.int64), _whole)
    for (_, text), start, end in zip(whole, starts, np.append(starts[1:], len(met)), strict=True):
        holds[start:end] = [_holds(text, *texts[place]) for place in (met[start:end] & _LOW).tolist()]
    rows, question = (met[holds] >> np.uint64(32)).astype(np.int64), met[holds] & _LOW
    if common_users is not None:
        asked = np.unique(np.stack([question, keys.column("user")[rows]]), axis=1)[0]
        names, users = np.unique(asked, return_counts=True)
        rows = rows[among(question, names[users < common_users])]
    found[rows] = True
    return found


_ASKED = re.compile(
    r"(?:좀|한번|다시)?(?:알려|가르쳐|말해|보여|설명해|적어|써|구해|계산해|찾아)?(?:주|줘|줄|달라|부탁|고싶|알고|싶|요|궁금|$)"
)
"""How else a sentence may go on behind a question's core: 알고 싶어요 for 알려줘."""


def _holds(text: str, own: str, tail: str) -> bool:
    """Whether a question's core stands in a text, and its tail or another way to ask behind it."""
    at = text.find(own)
    while at >= 0:
        rest = at + len(own)
        if len(tail) < 2 or text.startswith(tail, rest) or _ASKED.match(text, rest):
            return True
        at = text.find(own, at + 1)
    return False


@dataclass(frozen=True)
class _Sought:
    """Questions of the test, each distinct one once: a row that asks it, its probe and its bits. By probe."""

    rows: Places
    probes: Words
    bits: Bits


def _sought(keys: Keys, side: Sides, folders: Sequence[Path]) -> _Sought:
    """What is looked for: questions of the test that are long enough to have fingerprints."""
    counts = np.zeros(1 << BUCKET_BITS, dtype=np.uint32)
    for _, batch in _batches(keys, (side >= 0) & (side != TEST), folders):
        counts += np.bincount(_flat(batch)[0] >> _SHIFT, minlength=len(counts)).astype(np.uint32)
    prompts = keys.column("prompt")
    rows, probes, bits = [np.array([], dtype=np.int64)], [np.array([], dtype=np.uint32)], [np.array([], np.uint64)]
    for places, batch in _batches(keys, side == TEST, folders):
        before, own = (batch.column(name).to_numpy() for name in ("first", "question"))
        flat, offsets = _flat(batch)
        asked = np.flatnonzero(own)
        if len(asked):
            begins = offsets[asked] + before[asked]
            edges = np.stack([begins, begins + own[asked]], axis=1).ravel()
            cost = counts[flat >> _SHIFT].astype(np.uint64) << np.uint64(32) | flat
            rows.append(places[asked])
            probes.append((np.minimum.reduceat(np.append(cost, ~np.uint64(0)), edges)[::2] & _LOW).astype(np.uint32))
            bits.append(np.bitwise_or.reduceat(np.append(_bits(flat), np.uint64(0)), edges)[::2])
    found = _Sought(np.concatenate(rows), np.concatenate(probes), np.concatenate(bits))
    _, first = np.unique(prompts[found.rows], return_index=True)
    order = first[np.argsort(found.probes[first], kind="stable")]
    return _Sought(found.rows[order], found.probes[order], found.bits[order])


def _bits(fingerprints: Words) -> Bits:
    """One of 64 bits for each."""
    return np.uint64(1) << (fingerprints & np.uint32(63)).astype(np.uint64)


def _meetings(keys: Keys, side: Sides, folders: Sequence[Path], sought: _Sought) -> npt.NDArray[np.uint64]:
    """Where rows outside of the test may hold a question: the row's place, and the question's in 32 low bits.

    In order, each once.
    """
    probes, first, counts = np.unique(sought.probes, return_index=True, return_counts=True)
    is_near = np.zeros(1 << BUCKET_BITS, dtype=bool)
    is_near[probes >> _SHIFT] = True
    found = [np.array([], dtype=np.uint64)]
    for rows, batch in _batches(keys, (side >= 0) & (side != TEST), folders):
        flat, offsets = _flat(batch)
        some = np.flatnonzero(is_near[flat >> _SHIFT])
        place = np.searchsorted(probes, flat[some]).clip(max=len(probes) - 1)
        hit = probes[place] == flat[some]
        if not hit.any():
            continue
        row, place = np.searchsorted(offsets, some[hit], side="right") - 1, place[hit]
        sizes = counts[place]
        question = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes - first[place], sizes)
        row = np.repeat(row, sizes)
        # An empty list takes the next one's first bits, which does no harm: it has no hit.
        bits = np.bitwise_or.reduceat(np.append(_bits(flat), np.uint64(0)), offsets[:-1])
        may = sought.bits[question] & ~bits[row] == 0
        found.append(np.unique(rows[row[may]].astype(np.uint64) << np.uint64(32) | question[may].astype(np.uint64)))
    return np.concatenate(found)


def _questions(keys: Keys, folders: Sequence[Path], sought: _Sought, places: Places) -> dict[int, tuple[str, str]]:
    """Core and tail of some of what is sought."""
    ordered = places[np.argsort(sought.rows[places])]
    both = (_texts(keys, folders, sought.rows[ordered], of) for of in (_core, _from_core))
    return {
        place: (own, whole[len(own) :]) for place, (_, own), (_, whole) in zip(ordered.tolist(), *both, strict=True)
    }


def _core(rows: pa.RecordBatch) -> pa.Array:
    return core(_question(rows))


def _from_core(rows: pa.RecordBatch) -> pa.Array:
    return after_greeting(_question(rows))


def _question(rows: pa.RecordBatch) -> pa.Array:
    return pc.binary_join_element_wise(folded(rows.column("instruction")), folded(rows.column("input")), "\n")


def _whole(rows: pa.RecordBatch) -> pa.Array:
    return pc.binary_join_element_wise(_question(rows), folded(rows.column("output")), "\n")


def _texts(
    keys: Keys, folders: Sequence[Path], rows: Places, of: Callable[[pa.RecordBatch], pa.Array]
) -> Iterator[tuple[int, str]]:
    """Some rows (ascending), with the letters of a text of each."""
    for number, folder in enumerate(folders):
        start, end = np.searchsorted(keys.part[rows], [number, number + 1])
        places = iter(rows[start:end].tolist())
        if end > start:
            for batch in taken(folder / KEPT, keys.row[rows[start:end]]):
                for text in as_texts(*letters(of(batch))):
                    yield next(places), text


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
