"""Questions' units as arrays of sets, ready to be compared pair by pair (tasks/filter/verdict.py)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.filter.sketch import ENGLISH, EXACT_WORDS, PASTED
from tasks.filter.units import ASCII, CODE_BITS, HANGUL, IF, NO_ROLE, OTHER, TO, WORD_BIT, spelt

Numbers = NDArray[Any]
Hashes = NDArray[np.uint64]
Mask = NDArray[np.bool_]

COUNTERS = "~열행셀번째월일년개원명건점시분초칸줄"
"""What stands between a letter or number and the word that it belongs to: A열 매출, 3월 매출; and between the ends of a
range."""
ORDERED = ("아니면", "대비", "한다음", "한뒤", "한후", "고나서")
"""Words around which the order says what is meant: 2분기 대비 3분기, 정렬한 다음 삭제."""
CONDITIONS = 2
"""So many times 면 in a question, and the order says what follows from which: 많으면 초록색, 적으면 빨간색."""
BOUND = ("별", "만", "없", "남기", "말고", "대신", "빼고", "~")
"""What binds to the word before it, whatever else is moved: 지역별 상품 is not 상품별 지역."""
NEGATED = ("지않", "지말")
"""What binds to the two units before it: 복사하지 말고 이동 is not 이동하지 말고 복사."""
TABLE_WORDS, TABLE_SHARE = 8, 8
"""Numbers that a table has at least, and one unit in so many of it: there, a figure may have been put right."""

LONGEST_RUN = 4
"""Units of a run that changes places with another one."""

MAX_ROWS = 1 << 22
HASH = np.uint64((1 << 42) - 1)
_HASH_BITS = np.uint64(42)
_K1, _K2, _K3 = map(np.uint64, (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xBF58476D1CE4E5B9))
_CODE = np.uint32(WORD_BIT | ((1 << CODE_BITS) - 1))
_COUNTERS = np.array(spelt(COUNTERS), dtype=np.uint32)


@dataclass(frozen=True)
class Sets:
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
        wanted = (keys & HASH) | (rows.astype(np.uint64) << _HASH_BITS)
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

    def exchanged(self, left: Numbers, right: Numbers) -> Mask:
        """Whether two runs of units have changed places and nothing else has moved, where both are references, numbers,
        names or operators, or one of these stands between them and another one elsewhere."""
        sizes = self.words.sizes()
        at = np.flatnonzero(sizes[left] == sizes[right])
        one, of = spans(self._starts, left[at])
        other, _ = spans(self._starts, right[at])
        places = np.flatnonzero(self._codes[one] != self._codes[other])
        count = np.bincount(of[places], minlength=len(at))
        places = places[(count[of[places]] % 2 == 0) & (count[of[places]] <= 2 * LONGEST_RUN)]
        pair = of[places]
        count = np.bincount(pair, minlength=len(at))
        first, half = (np.cumsum(count) - count)[pair], count[pair] // 2
        rank = np.arange(len(places)) - first
        run = first + np.where(rank < half, 0, half)
        partner = places[first + (rank + half) % np.maximum(count[pair], 1)]
        broken = self._codes[one[places]] != self._codes[other[partner]]
        broken |= places - places[run] != np.arange(len(places)) - run
        swapped = np.flatnonzero((count > 0) & (np.bincount(pair[broken], minlength=len(at)) == 0))
        begin = (np.cumsum(count) - count)[swapped]
        words = np.bincount(pair[self._exact[one[places] + 1] > self._exact[one[places]]], minlength=len(at))
        begin, end = one[places[begin]], one[places[begin + count[swapped] - 1]] + 1
        inside, rows = self._exact[end] - self._exact[begin], left[at[swapped]]
        outside = self._exact[self._starts[rows + 1]] - self._exact[self._starts[rows]] - inside
        around = (words == count)[swapped] | (words[swapped] == 0) & (inside > 0) & (outside > 0)
        found = np.zeros(len(left), dtype=np.bool_)
        found[at[swapped[around]]] = True
        return found

    def units(self, row: int) -> NDArray[np.uint32]:
        return self._codes[self._starts[row] : self._starts[row + 1]]

    def parts(self, row: int) -> NDArray[np.bool_]:
        """Behind which of a row's units something was left out."""
        parted: NDArray[np.bool_] = self._roles[self._starts[row] : self._starts[row + 1]] != NO_ROLE
        return parted

    def _asked(self, codes: NDArray[np.uint32], rows: Numbers, roles: NDArray[np.uint32]) -> None:
        self._codes, self._starts = codes, np.searchsorted(rows, np.arange(self._count + 1))
        self._roles = roles
        first, wide = _first(rows), codes.astype(np.uint64)
        pairs = pair_hashes(_shifted(wide), wide)[~first]
        self.shingles = self._sets(np.concatenate([rows, rows[~first]]), np.concatenate([_mixed(wide * _K3), pairs]))
        exact = (codes >= WORD_BIT) | (codes < ASCII)
        self._exact = np.concatenate([[0], np.cumsum(exact)])
        self.long = np.bincount(rows[exact], minlength=self._count) > EXACT_WORDS
        self.ordered = np.bincount(rows[roles == IF], minlength=self._count) >= CONDITIONS
        for word in ORDERED:
            ends = [codes[place:] == code for place, code in enumerate(spelt(word))]
            last = len(codes) - len(word) + 1
            self.ordered[rows[np.flatnonzero(np.logical_and.reduce([end[: max(0, last)] for end in ends]))]] = True
        hangul = (codes >= HANGUL[0]) & (codes <= HANGUL[1])
        korean = np.bincount(rows[hangul], minlength=self._count)
        english = (np.diff(self._starts) >= (ENGLISH + 1) * korean)[rows]
        self.bound = self._sets(*self._bound(codes, rows, roles, english))
        self._count_words(codes, rows)
        self._place_references(wide, rows)
        self._find_phrases(wide, rows, exact, roles)

    def _bound(
        self, codes: NDArray[np.uint32], rows: Numbers, roles: NDArray[np.uint32], english: Mask
    ) -> tuple[Numbers, Hashes]:
        """The row and a hash of each unit of `BOUND` with the unit before it; and of what stands before a 로, an 에 or
        one of `NEGATED`: two units, where these are syllables that no particle parts (음력으로, 양력으로). In English,
        what stands behind a preposition."""
        before, whose = _shifted(codes.astype(np.uint64)), np.concatenate([[-1], rows])[: len(rows)]
        parted = (whose != rows) | (np.concatenate([[NO_ROLE], roles])[: len(rows)] != NO_ROLE)
        parted |= (codes >= WORD_BIT) | (codes < ASCII)
        two = pair_hashes(np.where(parted, np.uint64(0), before), codes.astype(np.uint64))
        to = np.flatnonzero(roles == TO)
        found, hashes = [rows[to]], [two[to]]
        behind = np.flatnonzero(english & (roles != NO_ROLE) & (roles < IF) & (codes >= WORD_BIT))
        found.append(rows[behind])
        hashes.append(pair_hashes(roles[behind].astype(np.uint64), codes[behind].astype(np.uint64)))
        for first, second in map(spelt, NEGATED):
            at = np.flatnonzero((codes[1:-1] == first) & (codes[2:] == second) & (rows[:-2] == rows[1:-1])) + 1
            found.append(rows[at])
            hashes.append(two[at - 1] + codes[at + 1])
        for word in BOUND:
            first, *rest = spelt(word)
            at = np.flatnonzero(codes == first)
            for place, code in enumerate(rest, 1):
                at = at[np.append(codes, np.zeros(len(rest), dtype=np.uint32))[at + place] == code]
            alone = whose[at] != rows[at]
            found.append(rows[at])
            hashes.append(pair_hashes(np.where(alone, np.uint64(0), before[at]), codes[at].astype(np.uint64)))
        return np.concatenate(found), np.concatenate(hashes)

    def _given(self, wide: Hashes, rows: Numbers) -> None:
        first = _first(rows)
        self.pasted = self._sets(rows, pair_hashes(np.where(first, np.uint64(0), _shifted(wide)), wide))
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
        self.words, self.word_codes = Sets(hashes[order], self._edges(hashes[order])), codes[order]

    def _place_references(self, wide: Hashes, rows: Numbers) -> None:
        """Each reference and number with the unit before it and the one after, counters passed over; 0 for none."""
        solid = np.flatnonzero(~np.isin(wide, _COUNTERS))
        wide, rows = wide[solid], rows[solid]
        at = np.flatnonzero(wide >= WORD_BIT)
        padded, of = np.pad(wide, 1), np.pad(rows, 1, constant_values=-1)
        before, after = of[at] == rows[at], of[at + 2] == rows[at]
        self.before = np.where(before, _mixed(wide[at] * _K1 + padded[at] * _K2), np.uint64(0))
        self.after = np.where(after, _mixed(wide[at] * _K2 + padded[at + 2] * _K3 + np.uint64(1)), np.uint64(0))
        self.before, self.after = self.before >> np.uint64(22), self.after >> np.uint64(22)
        self.references = Sets(wide[at], np.searchsorted(rows[at], np.arange(self._count + 1)))
        contexts = np.concatenate([self.before, self.after])
        whose = np.concatenate([rows[at], rows[at]])
        keys = np.unique((whose.astype(np.uint64) << _HASH_BITS) | contexts)
        self.contexts = Sets(keys, self._edges(keys))

    def _find_phrases(self, wide: Hashes, rows: Numbers, exact: Mask, roles: NDArray[np.uint32]) -> None:
        """Runs of units up to a role, or up to where words and syllables meet, each with the role of its last unit;
        and each once more with the run before it, which ends in 의 or the like: 남자의 평균에서 여자의 평균을."""
        ends = np.ones(len(wide), dtype=np.bool_)
        ends[:-1] = (roles[:-1] != NO_ROLE) | (exact[1:] != exact[:-1]) | (rows[1:] != rows[:-1])
        last = np.flatnonzero(ends)
        lengths = np.diff(last, prepend=-1)
        place = np.arange(len(wide)) - np.repeat(last + 1 - lengths, lengths)
        sums = (
            np.add.reduceat(_mixed(wide * _K1 + place.astype(np.uint64) * _K2), last + 1 - lengths)
            if len(last)
            else wide
        )
        behind = np.flatnonzero((roles[last[:-1]] == OTHER) & (rows[last[:-1]] == rows[last[1:]])) + 1
        both = np.concatenate([last, last[behind]])
        sums = np.concatenate([_mixed(sums * _K3), pair_hashes(sums[behind - 1], sums[behind])])
        keys, once = np.unique(_keyed(rows[both], sums), return_index=True)
        self.phrases, self.roles = Sets(keys, self._edges(keys)), roles[both][once] % OTHER

    def _sets(self, rows: Numbers, hashes: Hashes) -> Sets:
        keys = np.unique(_keyed(rows, hashes))
        return Sets(keys, self._edges(keys))

    def _edges(self, keys: Hashes) -> Numbers:
        return np.append(np.searchsorted(keys, np.arange(self._count, dtype=np.uint64) << _HASH_BITS), len(keys))


def pair_hashes(one: Hashes, other: Hashes) -> Hashes:
    """A hash of each unit of `one` and the unit of `other` behind it."""
    return _mixed(one * _K1 + other * _K2)


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
