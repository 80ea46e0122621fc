"""The test's questions inside other rows: pasted into a longer question, or quoted in an answer.

A question is looked for by one of its fingerprints (`tasks/passages.py`), the one that is rarest in other rows, so that
passages which thousands of rows share cost little. Rows that have it may hold the question only if they have all its
other fingerprints too, of which 64 bits are compared first. What is left is read, and counts if the whole text stands
there. Memory holds the questions' fingerprints, and the texts of those that are met. Parts are read in threads: nearly
all of the work is done by Arrow and numpy, which do not hold the interpreter's lock.

Blanks, punctuation, letter case and the courtesy around a question make no difference. A question that stands in the
rows of many users is a common wording and leaks nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tasks.convert.splits import TEST, Keys, Mask, Sides
from tasks.id_hash import among
from tasks.kept import ANCHORS, KEPT, columns, taken
from tasks.letters import as_texts, letters, stand
from tasks.passages import ANCHORS_SCHEMA, after_greeting, without_courtesy
from tasks.pool import in_threads
from tasks.texts import folded

BUCKET_BITS = 22
"""Fingerprints are counted by their first bits: exact counts would take gigabytes, and only tell what is cheap."""

Words = npt.NDArray[np.uint32]
Bits = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]
Meetings = npt.NDArray[np.uint64]
"""A row's place, and a question's in 32 low bits; in order, each once."""

_SHIFT = np.uint32(32 - BUCKET_BITS)
_LOW, _32 = np.uint64(0xFFFFFFFF), np.uint64(32)
TEXT_ROWS = 8_192
"""Rows whose texts are in memory at once."""
MOSTLY_OLD = 8
"""Where fewer than one in so many rows are new, what is rare in these and in the test's is rare enough."""
Known = Mapping[str, pa.Table]
"""Tables of SCHEMAS that a night leaves for the next one (`tasks/remembered.py`)."""

_ROW, _QUESTION = (pa.field(name, pa.uint64(), nullable=False) for name in ("row", "question"))
SCHEMAS = {
    "rows": pa.schema([_ROW]),
    "questions": pa.schema([_QUESTION]),
    "pairs": pa.schema([_ROW, _QUESTION]),
}
"""Names of the rows (by all that they hold) and of the test's questions that were compared, ascending; and of which row
was found to hold which question."""
ASKED = ("instruction", "input")
COLUMNS = (*ASKED, "output")


def contained(
    keys: Keys, side: Sides, folders: Sequence[Path], common_users: int | None, known: Known | None = None
) -> tuple[Mask, Known]:
    """Rows outside of the test that hold the whole text of one of its questions; and what the next night goes by.

    `known` saves work and changes nothing: of rows and questions that were compared before, it tells the outcome.
    """
    outside, test = (side >= 0) & (side != TEST), side == TEST
    content, prompt = keys.column("content"), keys.column("prompt")
    before = known or {name: schema.empty_table() for name, schema in SCHEMAS.items()}
    old_row = outside & among(content, before["rows"]["row"].to_numpy())
    old_question = test & among(prompt, before["questions"]["question"].to_numpy())
    rows, questions = _remembered(before["pairs"], content, prompt, old_row, old_question)
    new = outside & ~old_row
    counts = _counts(keys, outside if new.sum() * MOSTLY_OLD > outside.sum() else new | test, folders)
    for some, asked in ((new, test), (old_row, test & ~old_question)):
        more = _pairs(keys, folders, some, asked, counts)
        rows, questions = np.concatenate([rows, more[0]]), np.concatenate([questions, prompt[more[1]]])
    found = np.zeros(len(side), dtype=bool)
    found[_leaking(rows, questions, keys, common_users)] = True
    held = {"row": content[rows], "question": questions}
    order = np.lexsort((held["question"], held["row"]))
    columns = {
        "rows": [np.sort(content[outside])],
        "questions": [np.unique(prompt[test])],
        "pairs": [values[order] for values in held.values()],
    }
    return found, {name: pa.table(columns[name], schema=schema) for name, schema in SCHEMAS.items()}


def _remembered(pairs: pa.Table, content: Bits, prompt: Bits, old_row: Mask, old_question: Mask) -> tuple[Places, Bits]:
    """The pairs whose row and question are both there still: the row's place, and the question's name."""
    rows, questions = (pairs[name].to_numpy() for name in ("row", "question"))
    there = among(rows, np.sort(content[old_row])) & among(questions, np.unique(prompt[old_question]))
    places = np.flatnonzero(old_row)
    order = places[np.argsort(content[places])]
    return order[np.searchsorted(content[order], rows[there])], questions[there]


def _leaking(rows: Places, questions: Bits, keys: Keys, common_users: int | None) -> Places:
    """Of rows that hold a question each, those whose question is no common wording."""
    if common_users is None or not len(rows):
        return rows
    asked = np.unique(np.stack([questions, keys.column("user")[rows]]), axis=1)[0]
    names, users = np.unique(asked, return_counts=True)
    return rows[among(questions, names[users < common_users])]


def _pairs(keys: Keys, folders: Sequence[Path], some: Mask, asked: Mask, counts: Words) -> tuple[Places, Places]:
    """Which of some rows hold which of the questions that rows ask: the places of both. A question that is asked more
    than once is there by one of its rows. `counts` tell what is rare."""
    none = np.zeros(0, dtype=np.int64)
    if not some.any() or not asked.any():
        return none, none
    sought = _sought(keys, asked, counts, folders)
    met = _meetings(keys, some, folders, sought) if len(sought.rows) else np.array([], dtype=np.uint64)
    if not len(met):
        return none, none
    texts = _questions(keys, folders, sought, np.unique(met & _LOW).astype(np.int64))
    holds = np.concatenate([*in_threads(lambda number: _hold(keys, folders, number, met, texts), range(len(folders)))])
    return (met[holds] >> _32).astype(np.int64), sought.rows[(met[holds] & _LOW).astype(np.int64)]


def _hold(
    keys: Keys, folders: Sequence[Path], number: int, met: Meetings, texts: dict[int, tuple[str, str]]
) -> npt.NDArray[np.bool_]:
    """Which of the meetings in a part are of a row that holds the question's text."""
    first, last = (np.uint64(place) << _32 for place in _rows_of(keys, number))
    met = met[np.searchsorted(met, first) : np.searchsorted(met, last)]
    rows, starts, counts = np.unique(met >> _32, return_index=True, return_counts=True)
    questions, held = (met & _LOW).tolist(), np.zeros(len(met), dtype=np.bool_)
    whole = _batched(folders[number], keys.row[rows.astype(np.int64)], COLUMNS, _whole)
    both = ((text, as_written) for (said,) in whole for text, as_written in zip(_letters(said), said, strict=True))
    for (text, as_written), start, count in zip(both, starts.tolist(), counts.tolist(), strict=True):
        some = slice(start, start + count)
        held[some] = [_holds(text, as_written, *texts[question]) for question in questions[some]]
    return held


_ASKED = re.compile(
    r"(?:좀|한번|다시)?(?:알려|가르쳐|말해|보여|설명해|적어|써|구해|계산해|찾아)?(?:주|줘|줄|달라|부탁|고싶|알고|싶|요|궁금|$)"
)
"""How else a sentence may go on behind a question's core: 알고 싶어요 for 알려줘."""


_GLUED = re.compile(r"[0-9a-z_][0-9a-z_]|[0-9][.,][0-9]")
"""No word begins or ends within such signs: those of 12월, CC2 and 12.5."""


def _holds(text: str, as_written: pa.StringScalar, own: str, tail: str) -> bool:
    """Whether a question's core stands in a text, and its tail or another way to ask behind it. A text of letters alone
    does not tell "12월" from "1. 2월": how it was written does."""
    written, places = "", list[int]()
    at = text.find(own)
    while at >= 0:
        rest = at + len(own)
        if len(tail) < 2 or text.startswith(tail, rest) or _ASKED.match(text, rest):
            edges = [edge for edge in (at, rest) if 0 < edge < len(text) and _GLUED.match(text, edge - 1)]
            if edges and not places:
                written = as_written.as_py()
                places = stand(written)
            if not any(_GLUED.match(written[places[edge - 1] : places[edge] + 1]) for edge in edges):
                return True
        at = text.find(own, at + 1)
    return False


@dataclass(frozen=True)
class _Sought:
    """Questions of the test, each distinct one once: a row that asks it, its probe, its bits, all fingerprints one
    behind the other, and where each question's end. By probe."""

    rows: Places
    probes: Words
    bits: Bits
    fingerprints: Words
    ends: Places

    def members(self, questions: Places) -> tuple[Places, Words]:
        """The fingerprints of some questions: for each, which of the questions has it, and the fingerprint."""
        sizes = np.diff(self.ends, prepend=0)[questions]
        of = np.repeat(np.arange(len(questions)), sizes)
        at = np.arange(len(of)) - np.repeat(np.cumsum(sizes) - self.ends[questions], sizes)
        return of, self.fingerprints[at]


def _sought(keys: Keys, asked: Mask, counts: Words, folders: Sequence[Path]) -> _Sought:
    """What is looked for: questions that are long enough to have fingerprints."""
    parts = in_threads(lambda number: _asked(keys, asked, folders, number, counts), range(len(folders)))
    rows, probes, bits, fingerprints, sizes = map(np.concatenate, zip(*parts, strict=True))
    _, first = np.unique(keys.column("prompt")[rows], return_index=True)
    order = first[np.argsort(probes[first], kind="stable")]
    # Arrow takes lists without an index of every member, which would be the largest array of all.
    lists = pa.ListArray.from_arrays(np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32), fingerprints)
    ordered = lists.take(pa.array(order)).flatten().to_numpy()
    return _Sought(rows[order], probes[order], bits[order], ordered, np.cumsum(sizes[order]))


def _counts(keys: Keys, chosen: Mask, folders: Sequence[Path]) -> Words:
    """How many fingerprints of chosen rows begin with the same bits."""
    counts = np.zeros(1 << BUCKET_BITS, dtype=np.uint32)
    waiting: list[Words] = []

    def count() -> None:
        """Many at once: the table is larger than a batch, or a night's part."""
        if waiting:
            np.add(counts, np.bincount(np.concatenate(waiting), minlength=len(counts)), out=counts, casting="unsafe")
            waiting.clear()

    for number in range(len(folders)):
        for _, batch in _batches(keys, chosen, folders, number):
            waiting.append(_flat(batch)[0] >> _SHIFT)
            if sum(map(len, waiting)) >= len(counts):
                count()
    count()
    return counts


def _asked(
    keys: Keys, chosen: Mask, folders: Sequence[Path], number: int, counts: Words
) -> tuple[Places, Words, Bits, Words, Places]:
    """A part's questions, each with the probe that is the rarest by `counts`, and its bits; all their fingerprints, and
    how many each has."""
    rows, probes, bits = [np.array([], dtype=np.int64)], [np.array([], dtype=np.uint32)], [np.array([], np.uint64)]
    fingerprints, sizes = [np.array([], dtype=np.uint32)], [np.array([], dtype=np.int64)]
    for places, batch in _batches(keys, chosen, folders, number):
        before, own = (batch.column(name).to_numpy() for name in ("first", "question"))
        flat, offsets = _flat(batch)
        asked = np.flatnonzero(own)
        if len(asked):
            begins = offsets[asked] + before[asked]
            edges = np.stack([begins, begins + own[asked]], axis=1).ravel()
            cost = counts[flat >> _SHIFT].astype(np.uint64) << _32 | flat
            rows.append(places[asked])
            probes.append((np.minimum.reduceat(np.append(cost, ~np.uint64(0)), edges)[::2] & _LOW).astype(np.uint32))
            bits.append(np.bitwise_or.reduceat(np.append(_bits(flat), np.uint64(0)), edges)[::2])
            sizes.append(own[asked].astype(np.int64))
            within = np.arange(sizes[-1].sum()) - np.repeat(np.cumsum(sizes[-1]) - sizes[-1] - begins, sizes[-1])
            fingerprints.append(flat[within])
    columns: tuple[list[npt.NDArray[Any]], ...] = (rows, probes, bits, fingerprints, sizes)
    return tuple(map(np.concatenate, columns))  # type: ignore[return-value]


def _bits(fingerprints: Words) -> Bits:
    """One of 64 bits for each."""
    return np.uint64(1) << (fingerprints & np.uint32(63)).astype(np.uint64)


def _meetings(keys: Keys, chosen: Mask, folders: Sequence[Path], sought: _Sought) -> Meetings:
    """Where chosen rows may hold a question."""
    probes, first, counts = np.unique(sought.probes, return_index=True, return_counts=True)
    is_near = np.zeros(1 << BUCKET_BITS, dtype=bool)
    is_near[probes >> _SHIFT] = True

    def of_part(number: int) -> Meetings:
        found = [np.array([], dtype=np.uint64)]
        for rows, batch in _batches(keys, chosen, folders, number):
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
            hits, at = np.unique(row, return_inverse=True)
            edges = np.stack([offsets[hits], offsets[hits + 1]], axis=1).ravel()
            bits = np.bitwise_or.reduceat(np.append(_bits(flat), np.uint64(0)), edges)[::2]
            may = sought.bits[question] & ~bits[at] == 0
            row, question = row[may], question[may]
            may = _have_all(batch, row, sought, question)
            found.append(np.unique(rows[row[may]].astype(np.uint64) << _32 | question[may].astype(np.uint64)))
        return np.concatenate(found)

    return np.concatenate([*in_threads(of_part, range(len(folders)))])


def _have_all(batch: pa.RecordBatch, rows: Places, sought: _Sought, questions: Places) -> Mask:
    """Whether each row has all the fingerprints of the question beside it."""
    distinct, at = np.unique(rows, return_inverse=True)
    flat, offsets = _flat(batch.take(pa.array(distinct)))
    held = np.repeat(np.arange(len(distinct), dtype=np.uint64), np.diff(offsets)) << _32 | flat
    of, fingerprints = sought.members(questions)
    missing = ~among(at[of].astype(np.uint64) << _32 | fingerprints, np.sort(held))
    return np.asarray(np.bincount(of[missing], minlength=len(rows)) == 0)


def _questions(keys: Keys, folders: Sequence[Path], sought: _Sought, places: Places) -> dict[int, tuple[str, str]]:
    """Core and tail of some of what is sought."""
    ordered = places[np.argsort(sought.rows[places])]
    rows = sought.rows[ordered]

    def of_part(number: int) -> dict[int, tuple[str, str]]:
        low, high = np.searchsorted(rows, _rows_of(keys, number))
        texts = _texts(folders[number], keys.row[rows[low:high]], ASKED, _cores)
        mine = zip(ordered[low:high].tolist(), texts, strict=True)
        return {place: (own, whole[len(own) :]) for place, (own, whole) in mine}

    return {place: texts for part in in_threads(of_part, range(len(folders))) for place, texts in part.items()}


def _cores(rows: pa.RecordBatch) -> tuple[pa.Array, ...]:
    """Each question's core, and all from its core on."""
    whole = after_greeting(_question(rows))
    return without_courtesy(whole), whole


def _question(rows: pa.RecordBatch) -> pa.Array:
    return pc.binary_join_element_wise(folded(rows.column("instruction")), folded(rows.column("input")), "\n")


def _whole(rows: pa.RecordBatch) -> tuple[pa.Array, ...]:
    return (pc.binary_join_element_wise(_question(rows), folded(rows.column("output")), "\n"),)


def _rows_of(keys: Keys, number: int) -> tuple[int, int]:
    """Between which places among all the rows of a part are."""
    first, last = np.searchsorted(keys.part, [number, number + 1])
    return int(first), int(last)


def _texts(
    folder: Path,
    rows: npt.NDArray[np.uint32],
    columns: Sequence[str],
    of: Callable[[pa.RecordBatch], tuple[pa.Array, ...]],
) -> Iterator[tuple[str, ...]]:
    """The letters of some texts of a part's rows (ascending). Rows come in small groups, and are worked on in larger
    ones."""
    for texts in _batched(folder, rows, columns, of):
        yield from zip(*map(_letters, texts), strict=True)


def _letters(texts: pa.Array) -> list[str]:
    return as_texts(*letters(texts))


def _batched(
    folder: Path,
    rows: npt.NDArray[np.uint32],
    columns: Sequence[str],
    of: Callable[[pa.RecordBatch], tuple[pa.Array, ...]],
) -> Iterator[tuple[pa.Array, ...]]:
    """Some texts of a part's rows (ascending), TEXT_ROWS at once."""
    for start in range(0, len(rows), TEXT_ROWS):
        found = list(taken(folder / KEPT, rows[start : start + TEXT_ROWS], columns))
        (batch,) = pa.Table.from_batches(found).combine_chunks().to_batches()
        yield of(batch)


def _batches(keys: Keys, chosen: Mask, folders: Sequence[Path], number: int) -> Iterator[tuple[Places, pa.RecordBatch]]:
    """Fingerprints of the chosen rows of a part, with their places among all."""
    start, end = _rows_of(keys, number)
    mine = np.flatnonzero(chosen[start:end]) + start
    if len(mine):
        rows, base = keys.row[mine], 0
        for batch in columns(folders[number] / ANCHORS, ANCHORS_SCHEMA.names):
            low, high = np.searchsorted(rows, [base, base + batch.num_rows])
            if high > low:
                yield mine[low:high], batch.take(pa.array(rows[low:high] - np.uint32(base)))
            base += batch.num_rows


def _flat(batch: pa.RecordBatch) -> tuple[Words, Places]:
    lists = batch.column("anchors")
    offsets = np.concatenate([[0], np.cumsum(pc.list_value_length(lists).to_numpy())])
    return lists.flatten().to_numpy(), offsets
