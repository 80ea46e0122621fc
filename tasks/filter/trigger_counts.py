"""Which words and phrases few rows have, and how often two of them meet: exact counts, one heap in memory at a time.

Hashes of 32 bits (tasks/filter/ngrams.py) are counted, range by range where there are many. What few rows have is then
looked for in each row and spread over files by rows, so that an n-gram of a question meets the words of its answer.
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
from tasks.pool import in_threads

Numbers = NDArray[Any]
Hashes = NDArray[np.uint64]
Words = NDArray[np.uint32]
Mask = NDArray[np.bool_]
Read = Callable[[list[str]], Iterable[pa.RecordBatch]]
"""Gives the named columns of all rows' n-grams, in batches, every time in the same order."""

WORDS_A_RANGE = 1 << 24
"""Hashes that are counted at once: 64 MB."""
RECORDS_A_HEAP = 1 << 22
RECORDS_A_ROW = 64
"""About so many n-grams has a row: sizes the heaps."""
ROWS_A_HEAP = 1 << 16
PAIRS_AT_ONCE = 1 << 22
_PLAIN = ("answer", "calls", "foreign", "deaf")
SEVERAL = 3
"""In fewer rows than this, a word can be what nothing but a trigger's rows have."""
FINDER_BITS = 22
"""First bits by which most hashes are seen not to be among those that are looked for: a table of 4 MB."""
_LISTS = ("asked", "around", "said")
_SHIFT = np.uint32(32 - FINDER_BITS)
_LOW, _32 = np.uint64(0xFFFFFFFF), np.uint64(32)


@dataclass(frozen=True)
class Rare:
    """What few rows have, by number: hashes, and how many rows have them. `held` gives `row << 32 | number` by rows."""

    names: Words
    counts: Numbers
    held: Spill


@dataclass(frozen=True)
class Known:
    """Of words of questions: how many rows have them, how many of the questions are answered by a formula, by which
    function most often, and how often by that. Arrays of one length."""

    rows: Numbers
    formulas: Numbers
    calls: Words
    called: Numbers

    def at(self, places: Numbers) -> Known:
        return Known(*(getattr(self, name)[places] for name in ("rows", "formulas", "calls", "called")))


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

    `read` is called twice: what all rows have is counted, and then what few of them have is found in each. `workdir`
    holds some 400 bytes a row for a while.
    """

    def __init__(self, read: Read, users: Hashes, least: int, most: int, workdir: Path) -> None:
        self.count = count = len(users)
        self.users = users
        self._workdir = workdir
        self._heaps = max(1, count * RECORDS_A_ROW // RECORDS_A_HEAP)
        ranges = max(1, count * RECORDS_A_ROW // WORDS_A_RANGE)
        asked, said = _Tally(workdir / "asked", ranges), _Tally(workdir / "said", ranges, once=True)
        columns: dict[str, list[Numbers]] = {name: [] for name in ("words", *_PLAIN)}
        for batch in read([*_LISTS, *_PLAIN]):
            for name, tally in zip(_LISTS, (asked, asked, said), strict=True):
                tally.add(batch.column(name).flatten().to_numpy())
            columns["words"].append(np.diff(batch.column("said").offsets.to_numpy()))
            for name in _PLAIN:
                columns[name].append(batch.column(name).to_numpy(zero_copy_only=False))
        plain = {name: np.concatenate(values) for name, values in columns.items()}
        self.words, self.foreign, self.deaf = plain["words"], plain["foreign"], plain["deaf"]
        self.functions, self.calls = np.unique(plain["calls"], return_inverse=True)
        _, number, counts = np.unique(plain["answer"], return_inverse=True, return_counts=True)
        self.answers, self.answer_counts = np.where(counts[number] >= least, number, -1), counts
        at_once = None if ranges == 1 else 1  # a range of many takes 90 MB meanwhile
        (self._asked, _), (self._said, once) = in_threads(_Tally.counted, (asked, said), at_once)
        self.alone = np.zeros(count, dtype=np.int32)
        self.ngrams = self._rare("ngrams", self._asked, least, most)
        self.phrases = self._rare("phrases", self._said, least, 2 * most)
        self._find(read, Finder(once))

    def _rare(self, name: str, tally: _Counted, least: int, most: int) -> Rare:
        few = (tally.rows >= least) & (tally.rows <= most)
        held = Spill(self._workdir, name, -(-self.count // ROWS_A_HEAP))
        return Rare(tally.names[few], tally.rows[few], held)

    def _find(self, read: Read, once: Finder) -> None:
        """Which rows have what is rare, and how many of their answers' words (`once`) no other row has."""
        start, ngrams, phrases = 0, Finder(self.ngrams.names), Finder(self.phrases.names)
        sought = (*zip(_LISTS, (ngrams, ngrams, phrases), strict=True), ("said", once))
        for batch in read(list(_LISTS)):
            lists = [(batch.column(name), start, finder) for name, finder in sought]
            *found, (row, _) = in_threads(lambda one: _holders(*one), lists)
            for (holder, number), rare in zip(found, (self.ngrams, self.ngrams, self.phrases), strict=True):
                rare.held.add((holder << _32) | number, holder // np.uint64(ROWS_A_HEAP))
            mine = slice(start, start + batch.num_rows)
            self.alone[mine] = np.bincount(row.astype(np.int64) - start, minlength=batch.num_rows)
            start += batch.num_rows

    def known(self, read: Read, names: Words) -> Known:
        """What is known of some words of questions (ascending); a row and nothing else of what few rows have.

        Calls `read` once.
        """
        rows = self._asked.of(names)
        finder, found, start = Finder(names), [np.zeros(0, dtype=np.uint64)], 0
        for batch in read(["asked"]):
            row, number = _holders(batch.column("asked"), start, finder)
            found.append(number << _32 | self.calls[row.astype(np.int64)].astype(np.uint64))
            start += batch.num_rows
        keys, called = times(np.sort(np.concatenate(found)))
        of, call = (keys >> _32).astype(np.int64), (keys & _LOW).astype(np.int64)
        some = (self.functions[call] != 0) & (rows[of] >= SEVERAL)
        of, call, called = of[some], call[some], called[some]
        formulas = np.bincount(of, weights=called, minlength=len(names)).astype(np.int64)
        best = np.lexsort((call, -called, of))
        best = best[np.flatnonzero(np.diff(of[best], prepend=-1) != 0)]
        calls, most = np.zeros(len(names), dtype=np.uint32), np.zeros(len(names), dtype=np.int64)
        calls[of[best]], most[of[best]] = self.functions[call[best]], called[best]
        return Known(rows, formulas, calls, most)

    def said(self, names: Words) -> Numbers:
        """How many rows say some words in their answers; 1 of what few do."""
        return self._said.of(names)

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


@dataclass(frozen=True)
class _Counted:
    """What SEVERAL rows have: hashes, ascending, and how many rows have them."""

    names: Words
    rows: Numbers

    def of(self, names: Words) -> Numbers:
        at = np.searchsorted(self.names, names)
        known = np.append(self.names, np.uint32(0))[at] == names
        return np.where(known, np.append(self.rows, 1)[at], 1)


class _Tally:
    """Counts hashes, one range of them in memory at a time; `once` asks for those that one row has, too."""

    def __init__(self, path: Path, ranges: int, *, once: bool = False) -> None:
        self._ranges, self._once = ranges, once
        self._added = 0
        self._waiting: list[Words] = []
        self._spill = Spill(path.parent, path.name, ranges, np.dtype(np.uint32)) if ranges > 1 else None

    def add(self, hashes: Words) -> None:
        self._added += len(hashes)
        if self._spill is None:
            self._waiting.append(hashes)
        else:
            self._spill.add(hashes, hashes.astype(np.uint64) * np.uint64(self._ranges) >> _32)

    def counted(self) -> tuple[_Counted, Words]:
        """What SEVERAL rows have, and the hashes of what one has, where they are asked for."""
        parts: list[tuple[Numbers, ...]] = [(np.zeros(0, np.uint32), np.zeros(0, np.int64))]
        # Most words are some row's alone. Memory that nothing was written to takes none; pieces to join take twice.
        alone, count = np.empty(self._added if self._once else 0, np.uint32), 0
        for number in range(self._ranges):
            if self._spill is None:
                hashes = np.concatenate([np.zeros(0, np.uint32), *self._waiting])
                self._waiting.clear()
            else:
                hashes = self._spill.take(number)
            hashes.sort()
            names, rows = times(hashes)
            del hashes
            several = rows >= SEVERAL
            parts.append((names[several], rows[several]))
            if self._once:
                once = names[rows == 1]
                alone[count : count + len(once)] = once
                count += len(once)
        names, rows = _joined(parts)
        return _Counted(names, rows), alone[:count]


class Finder:
    """Finds some hashes (ascending) among many."""

    def __init__(self, names: Words) -> None:
        self._names = names
        self._near = np.zeros(1 << FINDER_BITS, dtype=np.bool_)
        self._near[names >> _SHIFT] = True

    def find(self, hashes: Words) -> tuple[Numbers, Numbers]:
        """Places of those that are there, and their numbers."""
        some = np.flatnonzero(self._near[hashes >> _SHIFT])
        at = np.searchsorted(self._names, hashes[some])
        there = np.append(self._names, np.uint32(0))[at] == hashes[some]
        there &= at < len(self._names)
        return some[there], at[there]


def _holders(lists: pa.ListArray, start: int, finder: Finder) -> tuple[Hashes, Hashes]:
    """Rows that have what is looked for, and its number, as two arrays. `start` is the first row's number."""
    place, number = finder.find(lists.flatten().to_numpy())
    ends = lists.offsets.to_numpy()[1:] - lists.offsets[0].as_py()
    row = np.searchsorted(ends, place, side="right") + start
    return row.astype(np.uint64), number.astype(np.uint64)


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
