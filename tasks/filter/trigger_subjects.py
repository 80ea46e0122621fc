"""Whether the rows that share a rare n-gram share its subject: then they are rightly answered alike.

"피벗 테이블" is rare too, and its questions get the same menu for an answer. What tells a trigger from a subject:

- **otherwise**: most questions have a word that calls for a formula, and get none, or the other way round. What a word
  calls for is what CALLED of all other questions with it get: 총합 SUM, 방법 no formula, 평균 some formula.
- **partly**: PARTLY of them call for something else than they get, be it another function, and more than get just that.
- **consistent**: most questions get what a word of theirs calls for.
- **speaks**: most questions say something else beside the n-gram. What the same rows alone say belongs to its own
  phrase; what COMMON of all questions say, says nothing.
- **subject**: most questions say one other word, which other questions have less often.
- **agree**: most answers share something more, a word or function, that others have as well, but less often.
- **few**: its rows come from few users, ROWS_A_USER rows each at least.
- **strange**: it is no word by its looks: letters with digits, signs, another script.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.filter.trigger_counts import Counts, Known, Mask, Numbers, Read, Words, lists_of, times

MOST = 0.5
CONFIDENCE = 1.96
"""Standard errors of the Wilson interval: 95%, two-sided."""
COMMON = 0.3
OWN = 1.25
"""What has fewer than so many times the rows that it shares with an n-gram belongs to it."""
CALLED, CALLED_ANY, CALLED_ROWS = 0.6, 0.8, 10
"""Other questions that a word must be in to call for anything."""
ROWS_A_USER = 5
PARTLY = 1 / 3
LIFT, SIGMAS = 2.0, 3.0
"""What most rows have is theirs where its share is so many times, and so many standard errors above, that of others."""
_32 = np.uint64(32)


@dataclass(frozen=True)
class Held:
    """Which rows hold which n-gram, two arrays of one length, and the hash of each n-gram."""

    ngram: Numbers
    row: Numbers
    names: Words

    @property
    def ngrams(self) -> int:
        return len(self.names)

    @property
    def counts(self) -> Numbers:
        return np.bincount(self.ngram, minlength=self.ngrams)


@dataclass(frozen=True)
class Subjects:
    """For each n-gram, what is said above."""

    otherwise: Mask
    partly: Mask
    speaks: Mask
    subject: Mask
    consistent: Mask
    agree: Mask
    few: Mask
    strange: Mask
    users: Numbers


def subjects(read: Read, counts: Counts, held: Held) -> Subjects:
    """Compare what is asked and said beside each n-gram. `read` is called four times."""
    asked = _Beside.of(read, "asked", held)
    words, at = np.unique(asked.name, return_inverse=True)
    known = counts.known(read, words).at(at)
    rows = np.maximum(known.rows, asked.rows)
    own = (asked.rows > 1) & (rows < OWN * asked.rows)
    telling = ~own & (rows <= COMMON * counts.count)
    speaks = np.bincount(held.ngram[asked.places_with(telling)], minlength=held.ngrams)
    subject = asked.any(telling & _is_theirs(asked.rows, held.counts[asked.ngram], rows, counts.count))
    wrong, missed, met = _called_for(counts, held, asked, known, ~own)
    consistent = met > MOST * held.counts
    users = _users(counts, held)
    return Subjects(
        otherwise=is_most(wrong, wrong + met) & (wrong > MOST * held.counts),
        partly=(missed > met) & (missed > PARTLY * held.counts),
        speaks=speaks > MOST * held.counts,
        subject=subject,
        consistent=consistent,
        agree=_agree(read, counts, held),
        few=users * ROWS_A_USER <= held.counts,
        strange=_strange(read, held),
        users=users,
    )


def _called_for(
    counts: Counts, held: Held, asked: _Beside, known: Known, allowed: Mask
) -> tuple[Numbers, Numbers, Numbers]:
    """How many of each n-gram's questions call for a formula and get none, or the other way round; how many call for
    something else than they get; and how many for just that.

    What a word calls for is counted over the rows without the n-gram. Words that call for some formula, and get one,
    count for neither.
    """
    answered = counts.functions[counts.calls[held.row[asked.place]]]
    group = np.repeat(np.arange(len(asked.rows)), asked.rows)
    rows = known.rows - asked.rows
    formulas = (known.formulas - np.bincount(group[answered != 0], minlength=len(rows))) / np.maximum(rows, 1)
    same = answered == known.calls[group]
    called = (known.called - np.bincount(group[same], minlength=len(rows))) / np.maximum(rows, 1)
    usual = np.mean(counts.functions[counts.calls] != 0)
    kinds = [
        (called >= CALLED, called),
        (1 - formulas >= max(CALLED, LIFT * (1 - usual)), 1 - formulas),
        (1 - formulas <= min(1 - CALLED_ANY, (1 - usual) / LIFT), formulas),
    ]
    share = np.select(*zip(*kinds, strict=True))
    strong = allowed & (rows >= CALLED_ROWS) & (share > 0)
    place, best = asked.strongest(strong, share)
    answered = counts.functions[counts.calls[held.row[place]]]
    function, some = called[best] >= CALLED, formulas[best] > 1 - CALLED
    wrong = (function | some) == (answered == 0)
    met = np.where(function, answered == known.calls[best], ~some & ~wrong)
    missed = np.where(function, ~met, wrong)
    ngram = held.ngram[place]
    wrong, missed, met = (np.bincount(ngram[one], minlength=held.ngrams) for one in (wrong, missed, met))
    return wrong, missed, met


def _users(counts: Counts, held: Held) -> Numbers:
    """How many users the rows of each n-gram come from."""
    _, user = np.unique(counts.users[held.row], return_inverse=True)
    pairs = np.unique(np.stack([held.ngram, user]), axis=1)
    return np.bincount(pairs[0], minlength=held.ngrams)


def _strange(read: Read, held: Held) -> Mask:
    strange = _Beside.of(read, "strange", held)
    return strange.any(held.names[strange.ngram] == strange.name)


def _agree(read: Read, counts: Counts, held: Held) -> Mask:
    said = _Beside.of(read, "said", held)
    rows = np.maximum(counts.said(said.name), said.rows)
    ordinary = rows >= OWN * said.rows
    agree = said.any(ordinary & _is_theirs(said.rows, held.counts[said.ngram], rows, counts.count))
    kinds = len(counts.functions)
    keys, rows = times(np.sort(held.ngram * kinds + counts.calls[held.row]))
    ngram, call = np.divmod(keys, max(kinds, 1))
    everywhere = np.bincount(counts.calls, minlength=kinds)[call]
    theirs = _is_theirs(rows, held.counts[ngram], everywhere, counts.count)
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

    def strongest(self, groups: Mask, share: NDArray[np.float64]) -> tuple[Numbers, Numbers]:
        """Places that have one of these groups, and of each place's the one with the highest share."""
        group = np.repeat(np.flatnonzero(groups), self.rows[groups])
        place = self.place[np.repeat(groups, self.rows)]
        order = np.lexsort((self.name[group], -share[group], place))
        place, group = place[order], group[order]
        first = np.flatnonzero(np.diff(place, prepend=-1) != 0)
        return place[first], group[first]


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
    theirs: Mask = is_most(some, whole) & (some > LIFT * rest * whole)
    return theirs & (sigmas(some, whole, everywhere, count) > SIGMAS)
