"""The test's questions inside other rows: pasted into a longer question, or quoted in an answer.

Blanks, punctuation, letter case and the courtesy around a question make no difference. A row is looked into only if it
has all fingerprints of a question (`tasks/passages.py`), and counts only if the question's whole text stands in it. A
question that stands in the rows of many users is a common wording and leaks nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
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
from tasks.letters import as_texts, letters
from tasks.passages import after_greeting, core
from tasks.texts import folded

BATCH_ROWS = 65_536
SIEVE_BITS = 24
Words = npt.NDArray[np.uint32]
Places = npt.NDArray[np.int64]
Pairs = dict[int, list[int]]
"""Row to the questions that it may hold."""


@dataclass(frozen=True)
class _Questions:
    """The test's different questions: all their fingerprints, in order; each one's row, and which of them it has."""

    values: Words
    rows: Places
    of: list[Places]


def contained(keys: Keys, side: Sides, folders: Sequence[Path], common_users: int | None) -> Mask:
    """Rows outside of the test that hold the whole text of one of its questions."""
    found = np.zeros(len(side), dtype=bool)
    questions = _questions(keys, side, folders)
    if not len(questions.rows):
        return found
    suspects = _suspects(keys, side, folders, questions)
    wanted = np.unique(np.array([one for held in suspects.values() for one in held], dtype=np.int64))
    rows_ = questions.rows[wanted]
    both = zip(_texts(keys, folders, rows_, _core), _texts(keys, folders, rows_, _from_core), strict=True)
    texts = {int(one): (own, whole[len(own) :]) for one, ((_, own), (_, whole)) in zip(wanted, both, strict=True)}
    held = defaultdict(list)
    for row, text in _texts(keys, folders, np.array(sorted(suspects), dtype=np.int64), _whole):
        for one in suspects[row]:
            if _holds(text, *texts[one]):
                held[one].append(row)
    for rows in held.values():
        if common_users is None or len(np.unique(keys.user[rows])) < common_users:
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


def _questions(keys: Keys, side: Sides, folders: Sequence[Path]) -> _Questions:
    lists: list[Words] = []
    rows: list[int] = []
    known: set[int] = set()
    for places, batch in _batches(keys, side == TEST, folders):
        first, own = (batch.column(name).to_numpy() for name in ("first", "question"))
        flat, offsets = _flat(batch)
        begins = offsets[:-1] + first
        for place, start, count in zip(places.tolist(), begins.tolist(), own.tolist(), strict=True):
            name = int(keys.prompt[place])
            if count and name not in known:
                known.add(name)
                lists.append(np.unique(flat[start : start + count]))
                rows.append(place)
    if not lists:
        return _Questions(np.array([], dtype=np.uint32), np.array([], dtype=np.int64), [])
    values = np.unique(np.concatenate(lists))
    return _Questions(values, np.array(rows), [np.searchsorted(values, one) for one in lists])


def _suspects(keys: Keys, side: Sides, folders: Sequence[Path], questions: _Questions) -> Pairs:
    """Rows outside of the test that have all fingerprints of some questions, and of which."""
    counts = np.zeros(len(questions.values), dtype=np.int64)
    for _, _, places in _meetings(keys, side, folders, questions):
        counts += np.bincount(places, minlength=len(counts))
    sought: dict[int, list[tuple[int, frozenset[int]]]] = defaultdict(list)
    for number, wanted in enumerate(questions.of):
        # By the rarest of them, so that passages which thousands of rows share cost little.
        rarest = int(wanted[np.argmin(counts[wanted])])
        if counts[rarest]:
            sought[rarest].append((number, frozenset(wanted.tolist())))
    is_probe = np.zeros(len(counts), dtype=bool)
    is_probe[list(sought)] = True
    suspects: Pairs = {}
    for rows, row, places in _meetings(keys, side, folders, questions):
        bounds = np.searchsorted(row, np.arange(len(rows) + 1))
        for at in np.unique(row[is_probe[places]]).tolist():
            met = set(places[bounds[at] : bounds[at + 1]].tolist())
            held = [number for place in met if place in sought for number, wanted in sought[place] if wanted <= met]
            if held:
                suspects[int(rows[at])] = held
    return suspects


def _core(rows: pa.RecordBatch) -> pa.Array:
    return core(_question(rows))


def _from_core(rows: pa.RecordBatch) -> pa.Array:
    return after_greeting(_question(rows))


def _whole(rows: pa.RecordBatch) -> pa.Array:
    return pc.binary_join_element_wise(_question(rows), folded(rows.column("output")), "\n")


def _question(rows: pa.RecordBatch) -> pa.Array:
    return pc.binary_join_element_wise(folded(rows.column("instruction")), folded(rows.column("input")), "\n")


def _texts(
    keys: Keys, folders: Sequence[Path], rows: Places, of: Callable[[pa.RecordBatch], pa.Array]
) -> Iterator[tuple[int, str]]:
    """Some rows, in their order of place, with the letters of a text of each."""
    for number, folder in enumerate(folders):
        start, end = np.searchsorted(keys.part[rows], [number, number + 1])
        places = iter(rows[start:end].tolist())
        if end > start:
            for batch in taken(folder / KEPT, keys.row[rows[start:end]]):
                for text in as_texts(*letters(of(batch))):
                    yield next(places), text


def _meetings(
    keys: Keys, side: Sides, folders: Sequence[Path], questions: _Questions
) -> Iterator[tuple[Places, Places, Places]]:
    """By batch: its rows' places among all, and row (in the batch) and fingerprint (in `values`) where they meet."""
    # Most fingerprints are none of the test's: a bitmap of their upper bits says so at once.
    some = np.zeros(1 << SIEVE_BITS, dtype=bool)
    some[questions.values >> np.uint32(32 - SIEVE_BITS)] = True
    for rows, batch in _batches(keys, (side >= 0) & (side != TEST), folders):
        flat, offsets = _flat(batch)
        at = np.flatnonzero(some.take(flat >> np.uint32(32 - SIEVE_BITS)))
        place = np.searchsorted(questions.values, flat[at])
        place[place == len(questions.values)] = 0
        met = questions.values[place] == flat[at]
        row = np.searchsorted(offsets, at[met], side="right") - 1
        yield rows, row, place[met]


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
