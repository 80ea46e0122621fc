"""Whether the rows that share a rare n-gram share its subject: then they are rightly answered alike.

"피벗 테이블" is rare too, and its questions get the same menu for an answer. What tells a trigger from a subject:

- **otherwise**: the other words of most questions call for another function than the answers use. What a word calls
  for is what CALLED of all questions with it are answered by: 합계 calls for SUM, 방법 for no formula.
- **differ**: most questions say something else beside the n-gram, and nothing else is said by most of them. What the
  same rows alone say belongs to the n-gram's own phrase; what COMMON of all questions say, says nothing.
- **consistent**: most questions have a word that calls for what they are answered by.
- **agree**: most answers share something more, a word or function, that others have as well, but less often.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.filter.trigger_counts import Counts, Mask, Numbers, Read, Words, lists_of, times

MOST = 0.5
CONFIDENCE = 1.96
"""Standard errors of the Wilson interval: 95%, two-sided."""
COMMON = 0.3
CALLED, CALLED_ROWS = 0.6, 10
"""A word calls for a function where so large a share of its questions, and so many, get it."""
LIFT, SIGMAS = 2.0, 3.0
"""What most rows have is theirs where its share is so many times, and so many standard errors above, that of others."""
_32 = np.uint64(32)


@dataclass(frozen=True)
class Held:
    """Which rows hold which n-gram, two arrays of one length, and how many n-grams there are."""

    ngram: Numbers
    row: Numbers
    ngrams: int

    @property
    def counts(self) -> Numbers:
        return np.bincount(self.ngram, minlength=self.ngrams)


@dataclass(frozen=True)
class Subjects:
    """For each n-gram, what is said above."""

    otherwise: Mask
    differ: Mask
    consistent: Mask
    agree: Mask


def subjects(read: Read, counts: Counts, held: Held) -> Subjects:
    """Compare what is asked and said beside each n-gram. `read` is called twice."""
    asked = _Beside.of(read, "asked", held)
    rows, calls, share = counts.known.of(asked.name)
    rows = np.maximum(rows, asked.rows)
    own = (asked.rows > 1) & (rows < 2 * asked.rows)
    telling = ~own & (rows <= COMMON * counts.count)
    speaks = np.bincount(held.ngram[asked.places_with(telling)], minlength=held.ngrams)
    subject = asked.any(telling & _is_theirs(asked.rows, held.counts[asked.ngram], rows, counts.count))
    strong = ~own & (share >= CALLED) & (rows - asked.rows >= CALLED_ROWS)
    place, function = asked.strongest(strong, share, calls)
    other = function != counts.functions[counts.calls[held.row[place]]]
    sought = np.bincount(held.ngram[place], minlength=held.ngrams)
    missed = np.bincount(held.ngram[place[other]], minlength=held.ngrams)
    known = sought > MOST * held.counts
    consistent = known & (missed <= MOST * sought)
    return Subjects(
        otherwise=known & is_most(missed, sought),
        differ=(speaks > MOST * held.counts) & ~subject,
        consistent=consistent,
        agree=_agree(read, counts, held, consistent),
    )


def _agree(read: Read, counts: Counts, held: Held, consistent: Mask) -> Mask:
    said = _Beside.of(read, "said", held)
    rows = np.maximum(counts.said.of(said.name)[0], said.rows)
    ordinary = rows >= 2 * said.rows
    agree = said.any(ordinary & _is_theirs(said.rows, held.counts[said.ngram], rows, counts.count))
    kinds = len(counts.functions)
    keys, rows = times(np.sort(held.ngram * kinds + counts.calls[held.row]))
    ngram, call = np.divmod(keys, max(kinds, 1))
    everywhere = np.bincount(counts.calls, minlength=kinds)[call]
    theirs = _is_theirs(rows, held.counts[ngram], everywhere, counts.count)
    # No formula, as most explanations have none, is nothing in common unless that is what was called for.
    theirs &= (counts.functions[call] != 0) | consistent[ngram]
    agree[ngram[theirs]] = True
    return agree


@dataclass(frozen=True)
class _Beside:
    """Words of the rows that hold an n-gram, grouped by the n-gram and the word. Of each group `ngram`, `name`, in how
    many of the n-gram's rows the word is; and for each word of each row, by group, which place in `Held` it is from."""

    ngram: Numbers
    name: Words
    rows: Numbers
    place: Numbers
    ngrams: int

    @classmethod
    def of(cls, read: Read, column: str, held: Held) -> _Beside:
        distinct = np.unique(held.row)
        order = np.argsort(held.row, kind="stable")
        edges = np.searchsorted(held.row[order], distinct)
        sizes = np.diff(edges, append=len(order))
        places, names = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.uint32)]
        for at, hashes in lists_of(read, column, distinct):
            many = sizes[at]
            places.append(order[np.arange(many.sum()) - np.repeat(np.cumsum(many) - many - edges[at], many)])
            names.append(np.repeat(hashes, many))
        place, name = np.concatenate(places), np.concatenate(names)
        keys = (held.ngram[place].astype(np.uint64) << _32) | name
        order = np.argsort(keys, kind="stable")
        keys, rows = times(keys[order])
        return cls((keys >> _32).astype(np.int64), keys.astype(np.uint32), rows, place[order], held.ngrams)

    def any(self, groups: Mask) -> Mask:
        """Which n-grams have one of these groups."""
        found = np.zeros(self.ngrams, dtype=np.bool_)
        found[self.ngram[groups]] = True
        return found

    def places_with(self, groups: Mask) -> Numbers:
        return np.unique(self.place[np.repeat(groups, self.rows)])

    def strongest(self, groups: Mask, share: NDArray[np.float64], calls: Words) -> tuple[Numbers, Words]:
        """Places that have one of these groups, and the function of the one with the highest share."""
        group = np.flatnonzero(groups)
        place = self.place[np.repeat(groups, self.rows)]
        group = np.repeat(group, self.rows[group])
        order = np.lexsort((self.name[group], -share[group], place))
        place, group = place[order], group[order]
        first = np.flatnonzero(np.diff(place, prepend=-1) != 0)
        return place[first], calls[group[first]]


def is_most(some: Numbers, whole: Numbers) -> Mask:
    """Whether the lower bound of Wilson's interval for the share lies above one half."""
    whole = np.maximum(whole, 1)
    share, square = some / whole, CONFIDENCE**2 / whole
    margin = CONFIDENCE * np.sqrt((share * (1 - share) + square / 4) / whole)
    most: Mask = (share + square / 2 - margin) / (1 + square) > MOST
    return most


def sigmas(some: Numbers, whole: Numbers, everywhere: Numbers, count: int) -> NDArray[np.float64]:
    """How many standard errors the share `some / whole` lies above that of all other rows of `count`: the z of Gardner
    et al. with one more of each outcome elsewhere (Laplace's rule), so that it is finite."""
    rest = (everywhere - some + 1) / (count - whole + 2)
    return np.asarray((some / np.maximum(whole, 1) - rest) / np.sqrt(rest * (1 - rest) / np.maximum(whole, 1)))


def _is_theirs(some: Numbers, whole: Numbers, everywhere: Numbers, count: int) -> Mask:
    rest = (everywhere - some) / np.maximum(count - whole, 1)
    theirs: Mask = (some > MOST * whole) & (some > LIFT * rest * whole)
    return theirs & (sigmas(some, whole, everywhere, count) > SIGMAS)
