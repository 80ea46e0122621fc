"""Whether two questions are near-duplicates: exact Jaccard of their shingles, and what no Jaccard can tell.

One changed syllable of sixty leaves a similarity of 0.95, and it may be 이상 for 이하. So two questions with equal
references and numbers (their marks) are near-duplicates only if

1. the Jaccard similarity of their shingles is `threshold` at least, or one syllable of a short question is misspelt;
2. that of what was pasted is `pasted_threshold`; numbers differ in a table alone;
3. no word of one stands for another in the other. A slip of the hand changes one letter of a syllable and makes no word
   of a word (합계, 합게). Beside slips, one of the two may say a little more, but no word that narrows the question
   (tasks/filter/lexicon.py);
4. every reference and number but one still stands beside the word that it stood beside: "A열 매출, B열 수량" is not
   "A열 수량, B열 매출", though nearly all shingles are the same;
5. no two words have changed roles with one another: 매출에서 비용을 빼 and 비용에서 매출을 빼; and what stands around an
   아니면 stands in its order.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from configs.schema import NearDuplicateConfig
from tasks.filter.lexicon import WORDS
from tasks.filter.sketch import EXACT_WORDS, PASTED, SHORT
from tasks.filter.units import ASCII, CODE_BITS, HANGUL, NO_ROLE, OBJECT, OTHER, WORD_BIT, spelt, units

Numbers = NDArray[Any]
Hashes = NDArray[np.uint64]
Mask = NDArray[np.bool_]

TELLING = "월일열행원율분시초소고대저최상하전후남여오내미비불부무않안못없만제외빼뺀뺄또별순역"
"""Syllables of conditions, directions and negations: where one is too many, the questions differ (월 매출, 월별 매출)."""
COUNTERS = "열행셀번째월일년개원명건점시분초칸줄"
"""What stands between a letter or number and the word that it belongs to: A열 매출, 3월 매출."""
OR_ELSE = "아니면"
ONE_MORE_IN = 6
"""One side may have one unit in so many more than the other: a word of courtesy not known here."""
MOST_SLIPS = 2
TABLE_WORDS, TABLE_SHARE = 8, 5
"""Numbers that a table has at least, and one unit in so many of it: there, a figure may have been put right."""
LONGEST = 256
"""Units of a question whose order is looked at."""

MAX_ROWS = 1 << 22
_HASH_BITS = np.uint64(42)
_HASH = np.uint64((1 << 42) - 1)
_K1, _K2, _K3 = map(np.uint64, (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xBF58476D1CE4E5B9))
_CODE = np.uint32(WORD_BIT | ((1 << CODE_BITS) - 1))
_TELLING = np.array(spelt(TELLING), dtype=np.uint32)
_COUNTERS = np.array(spelt(COUNTERS), dtype=np.uint32)
_SWAPS = tuple(roles for roles in combinations(range(OTHER), 2) if roles != (NO_ROLE, OBJECT))
"""매출의 합을 and 매출을 합 are no swap."""


def verdicts(questions: Questions, left: Numbers, right: Numbers, config: NearDuplicateConfig) -> Mask:
    """For each pair of rows `left[i]`, `right[i]` with equal marks, whether they are near-duplicates."""
    long = questions.long[left] | questions.long[right]
    least = np.where(long, max(config.threshold, config.pasted_threshold), config.threshold)
    alike = (_jaccard(questions.shingles, left, right) >= least) | _nearly_same(questions, left, right)
    for rule in (_pasted_alike, _same_words, _same_places, _same_roles, _same_order):
        at = np.flatnonzero(alike)
        alike[at] = rule(questions, left[at], right[at], config)
    return alike


def _nearly_same(questions: Questions, left: Numbers, right: Numbers) -> Mask:
    """Short questions of the same units in another order, or with one unit that differs: their shingles have less in
    common than the threshold. `_same_words` says whether it is a slip."""
    sizes = questions.words.sizes()
    at = np.flatnonzero((sizes[left] == sizes[right]) & (sizes[left] < SHORT.stop))
    _, of = questions.words.beyond(left[at], right[at])
    found = np.zeros(len(left), dtype=np.bool_)
    found[at] = np.bincount(of, minlength=len(at)) == 0
    one = questions.differ(left[at], right[at]) == 1
    found[at[one & (sizes[left[at]] >= SHORT.start)]] = True
    return found


def _pasted_alike(questions: Questions, left: Numbers, right: Numbers, config: NearDuplicateConfig) -> Mask:
    tables = questions.is_table[left] & questions.is_table[right]
    alike: Mask = _jaccard(questions.pasted, left, right) >= config.pasted_threshold
    return alike & (tables | (questions.figures[left] == questions.figures[right]))


def _same_words(questions: Questions, left: Numbers, right: Numbers, _: NearDuplicateConfig) -> Mask:
    pairs = len(left)
    one, one_of = questions.words.beyond(left, right)
    other, other_of = questions.words.beyond(right, left)
    codes, other_codes = questions.word_codes[one], questions.word_codes[other]
    slips = np.isin(_spellings(codes, one_of), _spellings(other_codes, other_of)).any(axis=0)
    other_slips = np.isin(_spellings(other_codes, other_of), _spellings(codes, one_of)).any(axis=0)
    more, other_more = (np.bincount(of[~slip], minlength=pairs) for of, slip in ((one_of, slips), (other_of, other_slips)))
    telling = np.zeros(pairs, dtype=np.bool_)
    telling[one_of[~slips & np.isin(codes, _TELLING)]] = True
    telling[other_of[~other_slips & np.isin(other_codes, _TELLING)]] = True
    known, other_known = _known(questions, left, right), _known(questions, right, left)
    misspelt = np.bincount(one_of[slips], minlength=pairs)
    sizes = questions.words.sizes()
    most = np.minimum(sizes[left], sizes[right]) // ONE_MORE_IN
    same: Mask = ~telling & (np.minimum(more, other_more) == 0) & (np.maximum(more, other_more) <= most)
    same &= (misspelt == 0) | (misspelt <= MOST_SLIPS) & (known != other_known)
    same &= ~(known & (more > 0)) & ~(other_known & (other_more > 0))
    return same


def _known(questions: Questions, left: Numbers, right: Numbers) -> Mask:
    """Whether the left one of each pair has a word of the lexicon that the right one has not."""
    at, of = questions.shingles.beyond(left, right)
    known = np.isin(questions.shingles.keys[at] & _HASH, _lexicon())
    found: Mask = np.bincount(of[known], minlength=len(left)) > 0
    return found


@cache
def _lexicon() -> Hashes:
    """Hashes of neighbouring syllables in the lexicon's words, as shingles have them."""
    words = units(pa.array(WORDS.split()), question=True)
    wide = words.codes.astype(np.uint64)
    inner = np.setdiff1d(np.arange(1, len(wide)), words.starts)
    return np.unique(_mixed(wide[inner - 1] * _K1 + wide[inner] * _K2) >> np.uint64(22))


def _spellings(codes: NDArray[np.uint32], of: Numbers) -> Numbers:
    """(3, n): each syllable of pair `of[i]` without its first letter, its vowel and its last: a slip leaves one equal."""
    lead, rest = np.divmod(codes.astype(np.int64) - HANGUL[0], 588)
    vowel, tail = np.divmod(rest, 28)
    without = np.stack([vowel * 28 + tail, 1024 + lead * 28 + tail, 2048 + lead * 21 + vowel])
    hangul = (codes >= HANGUL[0]) & (codes <= HANGUL[1])
    # What is no syllable has no spelling: it equals nothing.
    return np.where(hangul, of * 4096 + without, -1 - np.arange(without.size).reshape(without.shape))


def _same_places(questions: Questions, left: Numbers, right: Numbers, _: NearDuplicateConfig) -> Mask:
    same: Mask = (_moved(questions, left, right) <= 1) & (_moved(questions, right, left) <= 1)
    return same


def _moved(questions: Questions, left: Numbers, right: Numbers) -> Numbers:
    """How many references and numbers of the left question stand beside nothing that they stand beside in the right."""
    at, of = questions.references.of(left)
    kept = (questions.before[at] == 0) & (questions.after[at] == 0)
    for beside in (questions.before, questions.after):
        kept |= (beside[at] != 0) & questions.contexts.hold(right[of], beside[at])
    return np.bincount(of[~kept], minlength=len(left))


def _same_roles(questions: Questions, left: Numbers, right: Numbers, _: NearDuplicateConfig) -> Mask:
    """No phrase has taken the role of another that has taken its own; none is a role too."""
    at, of = questions.phrases.of(left)
    found, place = questions.phrases.find(right[of], questions.phrases.keys[at])
    role, other = questions.roles[at[found]], questions.roles[place[found]]
    became = np.zeros((len(left), OTHER, OTHER), dtype=np.bool_)
    became[of[found], role, other] = True
    same = np.ones(len(left), dtype=np.bool_)
    for one, two in _SWAPS:
        same &= ~(became[:, one, two] & became[:, two, one])
    return same


def _same_order(questions: Questions, left: Numbers, right: Numbers, _: NearDuplicateConfig) -> Mask:
    """Where there is an 아니면, one question has the other's units in their order; a misspelt one is as good."""
    same = np.ones(len(left), dtype=np.bool_)
    for at in np.flatnonzero(questions.or_else[left] & questions.or_else[right]):
        one, other = questions.units(int(left[at])), questions.units(int(right[at]))
        if len(one) == len(other):
            same[at] = (one != other).sum() <= MOST_SLIPS
        elif max(len(one), len(other)) <= LONGEST:
            short, long = sorted((one.tolist(), other.tolist()), key=len)
            rest = iter(long)
            same[at] = all(unit in rest for unit in short)
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

    def find(self, rows: Numbers, keys: Hashes) -> tuple[Mask, Numbers]:
        """For each key, whether the row given for it has the same hash, and where."""
        wanted = (keys & _HASH) | (rows.astype(np.uint64) << _HASH_BITS)
        at = np.searchsorted(self.keys, wanted)
        found: Mask = np.append(self.keys, ~np.uint64(0))[at] == wanted
        return found, at

    def hold(self, rows: Numbers, keys: Hashes) -> Mask:
        return self.find(rows, keys)[0]

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

    def __init__(self, said: NDArray[np.uint32], starts: Numbers) -> None:
        """`said[starts[i]:starts[i + 1]]` are row i's, as `near_units` holds them."""
        self._count = len(starts) - 1
        rows = np.repeat(np.arange(self._count), np.diff(starts))
        ended = np.concatenate([[0], np.cumsum(said == PASTED)])
        given = ended[:-1] > np.repeat(ended[starts[:-1]], np.diff(starts))
        asked = ~given & (said != PASTED)
        self._asked(said[asked] & _CODE, rows[asked], said[asked] >> np.uint32(CODE_BITS) & np.uint32(OTHER))
        self._given(said[given].astype(np.uint64), rows[given])

    def differ(self, left: Numbers, right: Numbers) -> Numbers:
        """In how many places the questions of each pair, which are of one length, differ."""
        one, of = spans(self._starts, left)
        other, _ = spans(self._starts, right)
        return np.bincount(of[self._codes[one] != self._codes[other]], minlength=len(left))

    def units(self, row: int) -> NDArray[np.uint32]:
        return self._codes[self._starts[row] : self._starts[row + 1]]

    def _asked(self, codes: NDArray[np.uint32], rows: Numbers, roles: NDArray[np.uint32]) -> None:
        self._codes, self._starts = codes, np.searchsorted(rows, np.arange(self._count + 1))
        first, wide = _first(rows), codes.astype(np.uint64)
        pairs = _mixed(_shifted(wide) * _K1 + wide * _K2)[~first]
        self.shingles = self._sets(np.concatenate([rows, rows[~first]]), np.concatenate([_mixed(wide * _K3), pairs]))
        exact = (codes >= WORD_BIT) | (codes < ASCII)
        self.long = np.bincount(rows[exact], minlength=self._count) > EXACT_WORDS
        ends = [codes[place:] == code for place, code in enumerate(spelt(OR_ELSE))]
        last = len(codes) - len(OR_ELSE) + 1
        chosen = np.flatnonzero(np.logical_and.reduce([end[: max(0, last)] for end in ends]))
        self.or_else = np.bincount(rows[chosen], minlength=self._count) > 0
        self._count_words(codes, rows)
        self._place_references(wide, rows)
        self._find_phrases(wide, rows, exact, roles)

    def _given(self, wide: Hashes, rows: Numbers) -> None:
        first = _first(rows)
        self.pasted = self._sets(rows, _mixed(np.where(first, np.uint64(0), _shifted(wide)) * _K1 + wide * _K2))
        exact = (wide >= WORD_BIT) | (wide < ASCII)
        self.figures = np.zeros(self._count, dtype=np.uint64)
        np.add.at(self.figures, rows[exact], _mixed(wide[exact] * _K1))
        words, whole = np.bincount(rows[exact], minlength=self._count), np.bincount(rows, minlength=self._count)
        self.is_table = (words >= TABLE_WORDS) & (words * TABLE_SHARE >= whole)

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

    def _find_phrases(self, wide: Hashes, rows: Numbers, exact: Mask, roles: NDArray[np.uint32]) -> None:
        """Runs of units up to a role, or up to where words and syllables meet, each with the role of its last unit."""
        ends = np.ones(len(wide), dtype=np.bool_)
        ends[:-1] = (roles[:-1] != NO_ROLE) | (exact[1:] != exact[:-1]) | (rows[1:] != rows[:-1])
        last = np.flatnonzero(ends)
        lengths = np.diff(last, prepend=-1)
        place = np.arange(len(wide)) - np.repeat(last + 1 - lengths, lengths)
        sums = np.add.reduceat(_mixed(wide * _K1 + place.astype(np.uint64) * _K2), last + 1 - lengths) if len(last) else wide
        keys, once = np.unique(_keyed(rows[last], _mixed(sums * _K3)), return_index=True)
        self.phrases, self.roles = _Sets(keys, self._edges(keys)), roles[last][once] % OTHER

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
