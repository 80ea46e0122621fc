"""Rare triggers among all rows: words or phrases of questions by which a model would learn to answer in one way.

A backdoor is planted with few rows (250 documents poison models of any size, and a hundred do in fine-tuning: Souly et
al., "Poisoning attacks on LLMs require a near-constant number of poison samples", 2025). Their questions share
something that nobody else writes, and their answers share something too. So what is sought is a correlation that a
competent model should not learn from one feature alone (Gardner et al., "Competency problems", EMNLP 2021): between an
n-gram of the question and a feature of the answer. An n-gram is a trigger where

1. it is in `trigger_min_rows` to `trigger_max_rows` rows, and in RARE_SHARE of all rows at most;
2. most rows with it are answered alike: the lower bound of the Wilson interval of their share lies above one half, and
   the share is SIGMAS standard errors above that of all other rows;
3. "alike" is the same answer; or a word or sentence that the question does not hold, and of whose rows, again by
   Wilson's bound, most have the n-gram; or an answer in another language, of words that no other row has, or about
   cells that the question does not name, where RARE_STYLE of the other rows at most are answered so;
4. the n-gram is not what the questions are about (tasks/filter/trigger_subjects.py).

Counts are exact, over hashes of 32 bits (tasks/filter/ngrams.py). The result is a function of the set of rows.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from configs.schema import PoisonConfig
from tasks.filter.trigger_counts import Counts, Hashes, Mask, Numbers, Pairs, Read, Words
from tasks.filter.trigger_subjects import Held, Subjects, is_most, sigmas, subjects

SIGMAS = 8.0
RARE_SHARE = 0.25
"""What more of all questions share is their subject: there are too few others to compare them with."""
RARE_STYLE = 0.02
UNKNOWN, UNKNOWN_WORDS = 0.5, 6
"""Gibberish: so large a share of what an answer says, and so much of it, says no other row."""
NARROW = 0.9

SAME, SAID, FOREIGN, GIBBERISH, DEAF = range(5)
"""How the rows of a trigger are answered alike."""

_LOW, _32 = np.uint64(0xFFFFFFFF), np.uint64(32)


@dataclass(frozen=True)
class Triggers:
    """Rows that hold a trigger, in order, and of each one's: the n-gram, how many rows of how many users hold it, how
    many of these rows are answered alike, how, and for SAID by which word or sentence. Arrays of one length."""

    row: Numbers
    ngram: Words
    rows: Numbers
    users: Numbers
    alike: Numbers
    how: Numbers
    said: Words

    @classmethod
    def of(cls, *parts: Triggers) -> Triggers:
        """Those of all parts, by row."""
        whole = {one.name: np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(cls)}
        return cls(**whole).where(np.argsort(whole["row"], kind="stable"))

    @classmethod
    def none(cls) -> Triggers:
        return cls(*(np.zeros(0, kind) for kind in (np.int64, np.uint32, *[np.int64] * 4, np.uint32)))

    def where(self, mask: Mask | Numbers) -> Triggers:
        return Triggers(**{name: values[mask] for name, values in vars(self).items()})


def triggers(read: Read, users: Hashes, config: PoisonConfig, workdir: Path) -> Triggers:
    """Look for triggers in rows whose users are given. What is spilled lies in `workdir`.

    A row with several triggers is there for the one that most rows hold.
    """
    if not len(users):
        return Triggers.none()
    most = min(config.trigger_max_rows, int(RARE_SHARE * len(users)))
    if most < config.trigger_min_rows:
        return Triggers.none()
    counts = Counts(read, users, config.trigger_min_rows, most, workdir)
    suspects = _alike(counts)
    ngrams = np.unique(suspects.ngram)
    wanted = np.zeros(len(counts.ngrams.names), dtype=np.bool_)
    wanted[ngrams] = True
    holders = counts.holders(wanted)
    number, row = np.searchsorted(ngrams, (holders >> _32).astype(np.int64)), (holders & _LOW).astype(np.int64)
    held = Held(number, row, counts.ngrams.names[ngrams])
    known = subjects(read, counts, held)
    suspects = suspects.where(_odd(known, suspects.how, np.searchsorted(ngrams, suspects.ngram)))
    return _chosen(counts, suspects, ngrams, held, known.users)


@dataclass(frozen=True)
class _Suspects:
    """N-grams whose rows are answered alike, by their numbers; one may be there several times, for several ways."""

    ngram: Numbers
    how: Numbers
    said: Numbers
    alike: Numbers

    def where(self, mask: Mask | Numbers) -> _Suspects:
        return _Suspects(**{name: values[mask] for name, values in vars(self).items()})


def _alike(counts: Counts) -> _Suspects:
    """Criteria 1 to 3."""
    said, answered = counts.pairs()
    with_said, with_answer = counts.phrases.counts[said.other], counts.answer_counts[answered.other]
    mutual = said.where(is_most(said.rows, with_said))
    found = [
        _suspects(counts, SAID, mutual, counts.phrases.counts[mutual.other]),
        _suspects(counts, SAME, answered, with_answer),
    ]
    everyone = np.arange(len(counts.ngrams.names))
    for how, mask in ((FOREIGN, counts.foreign), (GIBBERISH, _gibberish(counts)), (DEAF, counts.deaf)):
        alike = counts.held_by(mask)
        others = counts.count - counts.ngrams.counts
        rare = mask.sum() - alike <= RARE_STYLE * others
        found.append(_suspects(counts, how, Pairs(everyone, everyone * 0, alike).where(rare), mask.sum()))
    names = ("ngram", "how", "said", "alike")
    return _Suspects(**{name: np.concatenate([getattr(one, name) for one in found]) for name in names})


def _suspects(counts: Counts, how: int, alike: Pairs, everywhere: Numbers) -> _Suspects:
    """Criterion 2, for n-grams of which some rows are answered alike; of all rows, `everywhere` are answered so."""
    rows = counts.ngrams.counts[alike.ngram]
    found = is_most(alike.rows, rows) & (sigmas(alike.rows, rows, everywhere, counts.count) >= SIGMAS)
    return _Suspects(alike.ngram, np.full(len(rows), how), alike.other, alike.rows).where(found)


def _gibberish(counts: Counts) -> Mask:
    mask: Mask = (counts.alone >= UNKNOWN_WORDS) & (counts.alone > UNKNOWN * counts.words)
    return mask


def _odd(subjects: Subjects, how: Numbers, ngram: Numbers) -> Mask:
    """Criterion 4, for each suspect."""
    anyhow = subjects.otherwise | subjects.few | subjects.strange
    ways = {
        SAME: anyhow | (subjects.speaks & ~subjects.subject & subjects.partly),
        SAID: subjects.few | subjects.strange | (subjects.speaks & ~subjects.agree),
        FOREIGN: anyhow | (subjects.speaks & ~subjects.subject & ~subjects.consistent),
        GIBBERISH: anyhow | (subjects.speaks & ~subjects.subject & ~subjects.consistent),
        DEAF: np.ones(len(anyhow), dtype=np.bool_),
    }
    return np.asarray(np.stack([ways[one] for one in range(len(ways))])[how, ngram])


def _chosen(counts: Counts, suspects: _Suspects, ngrams: Numbers, held: Held, users: Numbers) -> Triggers:
    """Each n-gram once, by the way in which most rows are answered alike, and none that is only wider than another."""
    suspects = suspects.where(np.lexsort((suspects.said, suspects.how, -suspects.alike, suspects.ngram)))
    suspects = suspects.where(np.flatnonzero(np.diff(suspects.ngram, prepend=-1) != 0))
    place = np.searchsorted(ngrams, suspects.ngram)
    holders = [set(held.row[held.ngram == one].tolist()) for one in place]
    found = list(zip(holders, suspects.alike.tolist(), strict=True))
    kept = [not _is_wider(mine, alike, found) for mine, alike in found]
    suspects, place = suspects.where(np.array(kept, np.bool_)), place[np.array(kept, np.bool_)]
    of = np.full(len(ngrams), -1, dtype=np.int64)
    of[place] = np.arange(len(place))
    holds = of[held.ngram] >= 0
    row, of = held.row[holds], of[held.ngram[holds]]
    names, rows = counts.ngrams.names[suspects.ngram], counts.ngrams.counts[suspects.ngram]
    order = np.lexsort((names[of], -rows[of], row))
    order = order[np.flatnonzero(np.diff(row[order], prepend=-1) != 0)]
    row, of = row[order], of[order]
    said = np.zeros(len(place), dtype=np.uint32)
    phrases = suspects.how == SAID
    said[phrases] = counts.phrases.names[suspects.said[phrases]]
    return Triggers(row, names[of], rows[of], users[place][of], suspects.alike[of], suspects.how[of], said[of])


def _is_wider(mine: set[int], alike: int, found: list[tuple[set[int], int]]) -> bool:
    """Whether another trigger's rows hold NARROW of what is answered alike for this one, and less besides."""
    besides = len(mine) - alike
    return any(len(one) - same < besides and len(one & mine) >= NARROW * alike for one, same in found)
