"""Which words and phrases few rows have, and how often two of them meet: exact counts, one heap in memory at a time.

Hashes of 32 bits (tasks/filter/ngrams.py) are spread over files by their value, so that all rows of one lie together.
What few rows have is then spread by row, so that an n-gram of a question meets the words of its answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tasks.filter.spill import Spill

Numbers = NDArray[Any]
Hashes = NDArray[np.uint64]
Words = NDArray[np.uint32]
Mask = NDArray[np.bool_]
Read = Callable[[list[str]], Iterable[pa.RecordBatch]]
"""Gives the named columns of all rows' n-grams, in batches, every time in the same order."""

RECORDS_A_HEAP = 1 << 22
RECORDS_A_ROW = 64
"""About so many n-grams has a row: sizes the heaps."""
ROWS_A_HEAP = 1 << 16
PAIRS_AT_ONCE = 1 << 22
_PLAIN = ("answer", "calls", "foreign", "deaf")
SEVERAL = 3
"""In fewer rows than this, a word can be what nothing but a trigger's rows have."""
_LOW, _32 = np.uint64(0xFFFFFFFF), np.uint64(32)


@dataclass(frozen=True)
class Rare:
    """What few rows have, by number: hashes, and how many rows have them. `held` gives `row << 32 | number` by rows."""

    names: Words
    counts: Numbers
    held: Spill


@dataclass(frozen=True)
class Known:
    """What several rows have, rare or not, by their hashes in order; and of a word of questions, how many of these are
    answered by a formula, by which function most often, and how often by that."""

    names: Words
    rows: Numbers
    formulas: Numbers
    calls: Words
    called: Numbers

    def of(self, names: Words) -> Known:
        """The same for each of some names; a row and nothing else for what is not known."""
        at = np.searchsorted(self.names, names)
        at[np.append(self.names, np.uint32(0))[at] != names] = len(self.names)
        return Known(
            names,
            np.append(self.rows, 1)[at],
            np.append(self.formulas, 0)[at],
            np.append(self.calls, np.uint32(0))[at],
            np.append(self.called, 0)[at],
        )


@dataclass(frozen=True)
class Pairs:
    """An n-gram, something of answers, and how many rows have both: arrays of one length."""

    ngram: Numbers
    other: Numbers
    rows: Numbers

    def where(self, mask: Mask) -> Pairs:
        return Pairs(self.ngram[mask], self.other[mask], self.rows[mask])


class Counts:
    """Counts over all rows, whose users are given, of what `least` to `most` of them have.

    `workdir` holds some 1 KB a row for a while.
    """

    def __init__(self, read: Read, users: Hashes, least: int, most: int, workdir: Path) -> None:
        self.count = count = len(users)
        self.users = users
        self._least, self._workdir = least, workdir
        self._heaps = max(1, count * RECORDS_A_ROW // RECORDS_A_HEAP)
        asked, said = Spill(workdir, "asked", self._heaps), Spill(workdir, "said", self._heaps)
        columns: dict[str, list[Numbers]] = {name: [] for name in ("words", *_PLAIN)}
        start = 0
        for batch in read(["asked", "around", "said", *_PLAIN]):
            for name, spill in (("asked", asked), ("around", asked), ("said", said)):
                records = _records(batch.column(name), start, name == "asked")
                spill.add(records, (records >> _32) * np.uint64(self._heaps) >> _32)
            columns["words"].append(np.diff(batch.column("said").offsets.to_numpy()))
            for name in _PLAIN:
                columns[name].append(batch.column(name).to_numpy(zero_copy_only=False))
            start += batch.num_rows
        plain = {name: np.concatenate(values) for name, values in columns.items()}
        self.words, self.foreign, self.deaf = plain["words"], plain["foreign"], plain["deaf"]
        self.functions, self.calls = np.unique(plain["calls"], return_inverse=True)
        _, number, counts = np.unique(plain["answer"], return_inverse=True, return_counts=True)
        self.answers, self.answer_counts = np.where(counts[number] >= least, number, -1), counts
        self.alone = np.zeros(count, dtype=np.int32)
        self.ngrams, self.known = self._rare("ngrams", asked, most, questions=True)
        self.phrases, self.said = self._rare("phrases", said, 2 * most, questions=False)

    def _rare(self, name: str, spill: Spill, most: int, questions: bool) -> tuple[Rare, Known]:
        held = Spill(self._workdir, name, -(-self.count // ROWS_A_HEAP))
        rare: list[tuple[Numbers, ...]] = [(np.zeros(0, np.uint32), np.zeros(0, np.int64))]
        known: list[tuple[Numbers, ...]] = [(*rare[0], rare[0][1], *rare[0])]
        number = 0
        for heap in range(spill.count):
            records = np.sort(spill.take(heap))
            features = (records >> _32).astype(np.uint32)
            starts = np.flatnonzero(np.concatenate([[True], features[1:] != features[:-1]])[: len(features)])
            counts = np.diff(starts, append=len(features))
            names, rows = features[starts], (records & _LOW).astype(np.int64) >> 1
            several = counts >= SEVERAL
            known.append((names[several], counts[several], *self._called(records, counts, questions, several)))
            if not questions:
                self.alone += np.bincount(rows[starts[counts == 1]], minlength=self.count).astype(np.int32)
            few = (counts >= self._least) & (counts <= most)
            rare.append((names[few], counts[few]))
            numbers = np.where(few, number + np.cumsum(few) - 1, -1)
            number += int(few.sum())
            of = np.repeat(numbers, counts)
            rows, of = rows[of >= 0].astype(np.uint64), of[of >= 0].astype(np.uint64)
            held.add((rows << _32) | of, rows // np.uint64(ROWS_A_HEAP))
        names, counts = _joined(rare)
        return Rare(names, counts, held), Known(*_joined(known))

    def _called(
        self, records: Hashes, counts: Numbers, questions: bool, wanted: Mask
    ) -> tuple[Numbers, Words, Numbers]:
        """`formulas`, `calls` and `called` of the features that are wanted."""
        formulas, called = np.zeros((2, len(counts)), dtype=np.int64)
        calls = np.zeros(len(counts), dtype=np.uint32)
        if questions:
            asked = (records & np.uint64(1)).astype(np.bool_)
            of = np.repeat(np.arange(len(counts)), counts)[asked]
            call = self.calls[(records[asked] & _LOW).astype(np.int64) >> 1]
            some = self.functions[call] != 0
            formulas = np.bincount(of[some], minlength=len(counts))
            keys, rows = times(np.sort(of[some] * len(self.functions) + call[some]))
            of, call = np.divmod(keys, len(self.functions))
            best = np.lexsort((call, -rows, of))
            best = best[np.flatnonzero(np.diff(of[best], prepend=-1) != 0)]
            calls[of[best]], called[of[best]] = self.functions[call[best]], rows[best]
        return formulas[wanted], calls[wanted], called[wanted]

    def pairs(self) -> tuple[Pairs, Pairs]:
        """N-grams with phrases that about as many rows have, and n-grams with whole answers, that meet in some row."""
        phrases = Spill(self._workdir, "pairs", self._heaps)
        answers = Spill(self._workdir, "answers", self._heaps)
        for heap in range(self.ngrams.held.count):
            said = np.sort(self.phrases.held.take(heap))
            asked = np.sort(self.ngrams.held.read(heap))
            for start in range(0, len(asked), PAIRS_AT_ONCE // 16):
                some = asked[start : start + PAIRS_AT_ONCE // 16]
                left, right = self._meetings(some, said)
                phrases.add((left << _32) | right, left % np.uint64(self._heaps))
            number = self.answers[(asked >> _32).astype(np.int64)]
            left, right = (asked & _LOW)[number >= 0], number[number >= 0].astype(np.uint64)
            answers.add((left << _32) | right, left % np.uint64(self._heaps))
        return _counted(phrases), _counted(answers)

    def _meetings(self, asked: Hashes, said: Hashes) -> tuple[Hashes, Hashes]:
        """Numbers of n-grams and phrases of the same row. Where one has twice the other's rows, most of either cannot
        have both."""
        rows = asked >> _32
        low, high = np.searchsorted(said, rows << _32), np.searchsorted(said, (rows + np.uint64(1)) << _32)
        sizes = high - low
        of = np.repeat(np.arange(len(asked)), sizes)
        at = np.arange(len(of)) - np.repeat(np.cumsum(sizes) - sizes - low, sizes)
        left, right = (asked & _LOW)[of], (said & _LOW)[at]
        one, other = self.ngrams.counts[left], self.phrases.counts[right]
        near = (one < 2 * other) & (other < 2 * one)
        return left[near], right[near]

    def held_by(self, rows: Mask) -> Numbers:
        """How many of these rows hold each n-gram."""
        found = np.zeros(len(self.ngrams.names), dtype=np.int64)
        for heap in range(self.ngrams.held.count):
            records = self.ngrams.held.read(heap)
            inside = rows[(records >> _32).astype(np.int64)]
            found += np.bincount((records & _LOW)[inside].astype(np.int64), minlength=len(found))
        return found

    def holders(self, wanted: Mask) -> Hashes:
        """`number << 32 | row` of every n-gram that is wanted, in order. May be called once."""
        found = [np.zeros(0, dtype=np.uint64)]
        for heap in range(self.ngrams.held.count):
            records = self.ngrams.held.take(heap)
            records = records[wanted[records & _LOW]]
            found.append((records << _32) | (records >> _32))
        return np.sort(np.concatenate(found))


def _records(lists: pa.ListArray, start: int, asked: bool) -> Hashes:
    """`hash << 32 | row << 1 | asked` for all members of lists; `start` is the number of the first row."""
    lengths = np.diff(lists.offsets.to_numpy())
    rows = np.repeat(np.arange(start, start + len(lists), dtype=np.uint64), lengths)
    hashes: Hashes = lists.flatten().to_numpy().astype(np.uint64) << _32
    return hashes | (rows << np.uint64(1)) | np.uint64(asked)


def _joined(parts: list[tuple[Numbers, ...]]) -> tuple[Numbers, ...]:
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))


def times(keys: Numbers) -> tuple[Numbers, Numbers]:
    """Every key of an array in order, once, and how often it is there."""
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])[: len(keys)])
    return keys[starts], np.diff(starts, append=len(keys))


def _counted(spill: Spill) -> Pairs:
    parts: list[tuple[Numbers, ...]] = [(np.zeros(0, np.uint64), np.zeros(0, np.int64))]
    for heap in range(spill.count):
        records, counts = times(np.sort(spill.take(heap)))
        parts.append((records[counts >= SEVERAL], counts[counts >= SEVERAL]))
    records, counts = _joined(parts)
    return Pairs((records >> _32).astype(np.int64), (records & _LOW).astype(np.int64), counts)


def lists_of(read: Read, column: str, rows: Numbers) -> Iterator[tuple[Numbers, Words]]:
    """A column's lists of some rows (in order): for every member the place among `rows` and the hash."""
    start = 0
    for batch in read([column]):
        low, high = np.searchsorted(rows, [start, start + batch.num_rows])
        if high > low:
            lists = batch.column(0).take(pa.array(rows[low:high] - start))
            sizes = np.diff(lists.offsets.to_numpy())
            yield np.repeat(np.arange(low, high), sizes), lists.flatten().to_numpy()
        start += batch.num_rows
