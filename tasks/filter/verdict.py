"""Whether two questions are near-duplicates: exact Jaccard of their shingles, and what no Jaccard can tell.

One changed syllable of sixty leaves a similarity of 0.95, and it may be 이상 for 이하. So two questions with equal
references and numbers (their marks) are near-duplicates only if

1. the Jaccard similarity of their shingles is `threshold` at least, and that of what was pasted `pasted_threshold`,
   which holds for a very long question too: it has its table in it;
2. no syllable of one stands for a different one in the other. A slip of the hand changes one letter of a syllable
   (합계, 합게); 대구 and 대전, 매출 and 매입 differ in more. Syllables that tell conditions apart do not differ at all.
   Beside slips, one of the two may say a little more than the other;
3. every reference and number but one still stands beside the word that it stood beside: "A열 매출, B열 수량" is not
   "A열 수량, B열 매출", though nearly all shingles are the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from configs.schema import NearDuplicateConfig
from tasks.filter.sketch import EXACT_WORDS, PASTED
from tasks.filter.units import ASCII, HANGUL, WORD_BIT

Numbers = NDArray[Any]
Hashes = NDArray[np.uint64]
Mask = NDArray[np.bool_]

TELLING = "월일열행원율분시초소고대저최상하전후남여오내미비불부무않안못없만제외빼뺀뺄또"
"""Syllables of conditions, directions and negations: a near miss of the hand makes another word of them (월별, 일별)."""
COUNTERS = "열행셀번째월일년개원명건점시분초칸줄"
"""What stands between a letter or number and the word that it belongs to: A열 매출, 3월 매출."""
ONE_MORE_IN = 8
"""One side may have one unit in so many more than the other, and two in any case: a word of courtesy not known here."""

MAX_ROWS = 1 << 22
_HASH_BITS = np.uint64(42)
_HASH = np.uint64((1 << 42) - 1)
_K1, _K2, _K3 = map(np.uint64, (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xBF58476D1CE4E5B9))
_TELLING = np.array([ord(syllable) for syllable in TELLING], dtype=np.uint32)
_COUNTERS = np.array([ord(syllable) for syllable in COUNTERS], dtype=np.uint32)


def verdicts(questions: Questions, left: Numbers, right: Numbers, config: NearDuplicateConfig) -> Mask:
    """For each pair of rows `left[i]`, `right[i]` with equal marks, whether they are near-duplicates."""
    long = questions.long[left] | questions.long[right]
    least = np.where(long, max(config.threshold, config.pasted_threshold), config.threshold)
    alike = _jaccard(questions.shingles, left, right) >= least
    for rule in (_pasted_alike, _same_words, _same_places):
        at = np.flatnonzero(alike)
        alike[at] = rule(questions, left[at], right[at], config)
    return alike


def _pasted_alike(questions: Questions, left: Numbers, right: Numbers, config: NearDuplicateConfig) -> Mask:
    return _jaccard(questions.pasted, left, right) >= config.pasted_threshold


def _same_words(questions: Questions, left: Numbers, right: Numbers, _: NearDuplicateConfig) -> Mask:
    pairs = len(left)
    one, one_of = questions.words.beyond(left, right)
    other, other_of = questions.words.beyond(right, left)
    codes, other_codes = questions.word_codes[one], questions.word_codes[other]
    slips = np.isin(_spellings(codes, one_of), _spellings(other_codes, other_of)).any(axis=0)
    other_slips = np.isin(_spellings(other_codes, other_of), _spellings(codes, one_of)).any(axis=0)
    more = np.bincount(one_of[~slips], minlength=pairs)
    other_more = np.bincount(other_of[~other_slips], minlength=pairs)
    telling = np.zeros(pairs, dtype=np.bool_)
    telling[one_of[np.isin(codes, _TELLING)]] = True
    telling[other_of[np.isin(other_codes, _TELLING)]] = True
    sizes = questions.words.sizes()
    most = np.maximum(2, np.minimum(sizes[left], sizes[right]) // ONE_MORE_IN)
    same: Mask = ~telling & (np.minimum(more, other_more) == 0) & (np.maximum(more, other_more) <= most)
    return same


def _spellings(codes: NDArray[np.uint32], of: Numbers) -> Numbers:
    """(3, n): each syllable of pair `of[i]` without its first letter, its vowel and its last: a slip leaves one equal."""
    lead, rest = np.divmod(codes.astype(np.int64) - HANGUL[0], 588)
    vowel, tail = np.divmod(rest, 28)
    without = np.stack([vowel * 28 + tail, 1024 + lead * 28 + tail, 2048 + lead * 21 + vowel])
    hangul = (codes >= HANGUL[0]) & (codes <= HANGUL[1])
    # What is no syllable has no spelling: it equals nothing.
    return np.where(hangul, of * 4096 + without, -1 - np.arange(without.size).reshape(without.shape))


def _same_places(questions: Questions, left: Numbers, right: Numbers, _: NearDuplicateConfig) -> Mask:
    at, of = questions.references.of(left)
    kept = np.zeros(len(at), dtype=np.bool_)
    for beside in (questions.before, questions.after):
        known = beside[at] != 0
        kept |= known & questions.contexts.hold(right[of], beside[at])
    kept |= (questions.before[at] == 0) & (questions.after[at] == 0)
    same: Mask = np.bincount(of[~kept], minlength=len(left)) <= 1
    return same


def _jaccard(sets: _Sets, left: Numbers, right: Numbers) -> NDArray[np.float64]:
    """Of two empty sets, 1."""
    sizes = sets.sizes()
    swap = sizes[left] > sizes[right]
    small, large = np.where(swap, right, left), np.where(swap, left, right)
    at, of = sets.of(small)
    common = np.bincount(of[sets.hold(large[of], sets.keys[at])], minlength=len(left))
    union = sizes[left] + sizes[right] - common
    return np.where(union == 0, 1.0, common / np.maximum(union, 1))


@dataclass(frozen=True)
class _Sets:
    """A set of hashes a row, all in one sorted array: the row in a key's upper bits, the hash in the lower."""

    keys: Hashes
    starts: Numbers

    def sizes(self) -> Numbers:
        return np.diff(self.starts)

    def of(self, rows: Numbers) -> tuple[Numbers, Numbers]:
        """The places of the members of all these rows, and for each the index in `rows` that it is there for."""
        return spans(self.starts, rows)

    def hold(self, rows: Numbers, keys: Hashes) -> Mask:
        """For each key, whether the row given for it has the same hash."""
        wanted = (keys & _HASH) | (rows.astype(np.uint64) << _HASH_BITS)
        at = np.searchsorted(self.keys, wanted)
        found: Mask = np.append(self.keys, ~np.uint64(0))[at] == wanted
        return found

    def beyond(self, left: Numbers, right: Numbers) -> tuple[Numbers, Numbers]:
        """The places of what each left row has and its right row has not, and the index of the pair."""
        at, of = self.of(left)
        missing = ~self.hold(right[of], self.keys[at])
        return at[missing], of[missing]


def spans(starts: Numbers, rows: Numbers) -> tuple[Numbers, Numbers]:
    sizes = np.diff(starts)[rows]
    of = np.repeat(np.arange(len(rows)), sizes)
    return np.arange(len(of)) + np.repeat(starts[rows] - np.cumsum(sizes) + sizes, sizes), of


class Questions:
    """The units of at most MAX_ROWS rows, ready to be compared pair by pair."""

    def __init__(self, codes: NDArray[np.uint32], starts: Numbers) -> None:
        """`codes[starts[i]:starts[i + 1]]` are row i's, as `near_units` holds them."""
        self._count = len(starts) - 1
        rows = np.repeat(np.arange(self._count), np.diff(starts))
        ended = np.concatenate([[0], np.cumsum(codes == PASTED)])
        given = ended[:-1] > np.repeat(ended[starts[:-1]], np.diff(starts))
        asked = ~given & (codes != PASTED)
        self._asked(codes[asked], rows[asked])
        wide, rows = codes[given].astype(np.uint64), rows[given]
        first = _first(rows)
        self.pasted = self._sets(rows, _mixed(np.where(first, np.uint64(0), _shifted(wide)) * _K1 + wide * _K2))

    def _asked(self, codes: NDArray[np.uint32], rows: Numbers) -> None:
        first, wide = _first(rows), codes.astype(np.uint64)
        pairs = _mixed(_shifted(wide) * _K1 + wide * _K2)[~first]
        self.shingles = self._sets(np.concatenate([rows, rows[~first]]), np.concatenate([_mixed(wide * _K3), pairs]))
        exact = (codes >= WORD_BIT) | (codes < ASCII)
        self.long = np.bincount(rows[exact], minlength=self._count) > EXACT_WORDS
        self._count_words(codes, rows)
        self._place_references(wide, rows)

    def _count_words(self, codes: NDArray[np.uint32], rows: Numbers) -> None:
        """Units with their number of the same: the second 매출 of a question is another member than the first."""
        keys = (rows.astype(np.uint64) << np.uint64(32)) | codes
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        begins = np.flatnonzero(np.diff(keys, prepend=~keys[:1]) != 0)
        which = np.arange(len(keys)) - np.repeat(begins, np.diff(begins, append=len(keys)))
        hashes = _keyed(rows[order], _mixed((keys << np.uint64(32)) * _K1 + which.astype(np.uint64) * _K2))
        order, codes = np.argsort(hashes), codes[order]
        self.words, self.word_codes = _Sets(hashes[order], self._edges(hashes[order])), codes[order]

    def _place_references(self, wide: Hashes, rows: Numbers) -> None:
        """Each reference and number with the unit before it and the one after, counters passed over; 0 where is none."""
        solid = np.flatnonzero(~np.isin(wide, _COUNTERS))
        wide, rows = wide[solid], rows[solid]
        at = np.flatnonzero(wide >= WORD_BIT)
        padded, of = np.pad(wide, 1), np.pad(rows, 1, constant_values=-1)
        before, after = of[at] == rows[at], of[at + 2] == rows[at]
        self.before = np.where(before, _mixed(wide[at] * _K1 + padded[at] * _K2), np.uint64(0))
        self.after = np.where(after, _mixed(wide[at] * _K2 + padded[at + 2] * _K3 + np.uint64(1)), np.uint64(0))
        self.before, self.after = self.before >> np.uint64(22), self.after >> np.uint64(22)
        self.references = _Sets(wide[at], np.searchsorted(rows[at], np.arange(self._count + 1)))
        contexts = np.concatenate([self.before, self.after])
        whose = np.concatenate([rows[at], rows[at]])
        keys = np.unique((whose.astype(np.uint64) << _HASH_BITS) | contexts)
        self.contexts = _Sets(keys, self._edges(keys))

    def _sets(self, rows: Numbers, hashes: Hashes) -> _Sets:
        keys = np.unique(_keyed(rows, hashes))
        return _Sets(keys, self._edges(keys))

    def _edges(self, keys: Hashes) -> Numbers:
        return np.append(np.searchsorted(keys, np.arange(self._count, dtype=np.uint64) << _HASH_BITS), len(keys))


def _keyed(rows: Numbers, hashes: Hashes) -> Hashes:
    keys: Hashes = (rows.astype(np.uint64) << _HASH_BITS) | (hashes >> np.uint64(22))
    return keys


def _first(rows: Numbers) -> Mask:
    first: Mask = np.diff(rows, prepend=-1) != 0
    return first


def _shifted(wide: Hashes) -> Hashes:
    return np.concatenate([np.zeros(1, dtype=np.uint64), wide])[: len(wide)]


def _mixed(hashes: Hashes) -> Hashes:
    hashes = (hashes ^ (hashes >> np.uint64(30))) * _K3
    mixed: Hashes = hashes ^ (hashes >> np.uint64(27))
    return mixed
