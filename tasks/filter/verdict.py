"""Whether two questions are near-duplicates: exact Jaccard of their shingles, and what no Jaccard can tell.

One changed syllable of sixty leaves a similarity of 0.95, and it may be 이상 for 이하. So two questions with equal
references and numbers (their marks) are near-duplicates only if

1. the Jaccard similarity of their shingles is `threshold` at least, or one syllable of a short question is misspelt;
2. that of what was pasted is `pasted_threshold`; numbers differ in a table alone;
3. no word of one stands for another in the other. A slip of the hand changes one letter of a syllable and makes no word
   of a word (합계, 합게). Beside slips, one of the two may say a little more, but no word that narrows the question
   (tasks/filter/lexicon.py);
4. every reference and number but one still stands beside the word that it stood beside: "A열 매출, B열 수량" is not
   "A열 수량, B열 매출", though nearly all shingles are the same; and no two references, nor words on
   either side of one of two, have changed places alone;
5. no two words have changed roles with one another: 매출에서 비용을 빼 and 비용에서 매출을 빼; where all units are the same,
   별, 만, 로, 에, 없 and 지 않 stand behind the same words (지역별 상품, 상품별 지역); and what stands around an 아니면, a 대비
   or a 한 다음, or behind one 면 of two, stands in its order; in English, the same words stand behind to, from, than …;
6. no unit is too many where the other question has a syllable that is taken for a particle (김가영, 김나영).
"""

from __future__ import annotations

from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from configs.schema import NearDuplicateConfig
from tasks.filter.lexicon import WORDS
from tasks.filter.questions import HASH, Questions, Sets, pair_hashes
from tasks.filter.sketch import SHORT
from tasks.filter.units import HANGUL, NO_ROLE, OBJECT, OTHER, spelt, units

Numbers = NDArray[Any]
Hashes = NDArray[np.uint64]
Mask = NDArray[np.bool_]

TELLING = "월일열행원율분시초소고대저최상하전후남여오내미비불부무않안못없만제외빼뺀뺄또별순역"
"""Syllables of conditions, directions and negations: where one is too many, the questions differ (월 매출, 월별 매출)."""
ONE_MORE_IN = 6
"""One side may have one unit in so many more than the other: a word of courtesy not known here."""
MOST_SLIPS = 2
LONGEST = 256
"""Units of a question whose order is looked at."""

_TELLING = np.array(spelt(TELLING), dtype=np.uint32)
_SWAPS = tuple(roles for roles in combinations(range(OTHER), 2) if roles != (NO_ROLE, OBJECT))
"""매출의 합을 and 매출을 합 are no swap."""


def verdicts(questions: Questions, left: Numbers, right: Numbers, config: NearDuplicateConfig) -> Mask:
    """For each pair of rows `left[i]`, `right[i]` with equal marks, whether they are near-duplicates."""
    long = questions.long[left] | questions.long[right]
    least = np.where(long, max(config.threshold, config.pasted_threshold), config.threshold)
    alike = (_jaccard(questions.shingles, left, right) >= least) | _nearly_same(questions, left, right)
    for rule in (_pasted_alike, _same_words, _same_places, _same_roles, _same_bound, _same_order, _same_inside):
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
    same_figures = questions.figures[left] == questions.figures[right]
    alike: Mask = (_jaccard(questions.pasted, left, right) >= config.pasted_threshold) & (tables | same_figures)
    return alike


def _same_words(questions: Questions, left: Numbers, right: Numbers, _: NearDuplicateConfig) -> Mask:
    pairs = len(left)
    one, one_of = questions.words.beyond(left, right)
    other, other_of = questions.words.beyond(right, left)
    codes, other_codes = questions.word_codes[one], questions.word_codes[other]
    slips = np.isin(_spellings(codes, one_of), _spellings(other_codes, other_of)).any(axis=0)
    other_slips = np.isin(_spellings(other_codes, other_of), _spellings(codes, one_of)).any(axis=0)
    more, other_more = (
        np.bincount(of[~slip], minlength=pairs) for of, slip in ((one_of, slips), (other_of, other_slips))
    )
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
    known = np.isin(questions.shingles.keys[at] & HASH, _lexicon())
    found: Mask = np.bincount(of[known], minlength=len(left)) > 0
    return found


@cache
def _lexicon() -> Hashes:
    """Hashes of neighbouring syllables in the lexicon's words, as shingles have them."""
    words = units(pa.array(WORDS.split()), question=True)
    wide = words.codes.astype(np.uint64)
    inner = np.setdiff1d(np.arange(1, len(wide)), words.starts)
    return np.unique(pair_hashes(wide[inner - 1], wide[inner]) >> np.uint64(22))


def _spellings(codes: NDArray[np.uint32], of: Numbers) -> Numbers:
    """(3, n): each syllable of pair `of[i]` without its first letter, its vowel and its last: a slip leaves one equal."""
    lead, vowel, tail = _letters(codes.astype(np.int64))
    without = np.stack([vowel * 28 + tail, 1024 + lead * 28 + tail, 2048 + lead * 21 + vowel])
    hangul = (codes >= HANGUL[0]) & (codes <= HANGUL[1])
    # What is no syllable has no spelling: it equals nothing.
    return np.where(hangul, of * 4096 + without, -1 - np.arange(without.size).reshape(without.shape))


def _same_places(questions: Questions, left: Numbers, right: Numbers, _: NearDuplicateConfig) -> Mask:
    same: Mask = (_moved(questions, left, right) <= 1) & (_moved(questions, right, left) <= 1)
    return same & ~questions.exchanged(left, right)


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


def _same_bound(questions: Questions, left: Numbers, right: Numbers, _: NearDuplicateConfig) -> Mask:
    """Where two questions are of the same units, 별, 만, 로 and their like stand behind the same word in both; one may
    leave out a 로."""
    apart = np.ones(len(left), dtype=np.bool_)
    for one, other in ((left, right), (right, left)):
        apart &= np.bincount(questions.bound.beyond(one, other)[1], minlength=len(left)) > 0
    at = np.flatnonzero(apart)
    for one, other in ((left[at], right[at]), (right[at], left[at])):
        apart[at[questions.words.beyond(one, other)[1]]] = False
    return ~apart


def _same_order(questions: Questions, left: Numbers, right: Numbers, _: NearDuplicateConfig) -> Mask:
    """Where there is an 아니면, a 대비 or 면 twice, one question has the other's units in their order; a misspelt one
    is as good."""
    same = np.ones(len(left), dtype=np.bool_)
    for at in np.flatnonzero(questions.ordered[left] & questions.ordered[right]):
        one, other = questions.units(int(left[at])), questions.units(int(right[at]))
        if len(one) == len(other):
            slips = (one != other).sum()
            same[at] = slips <= MOST_SLIPS and not (slips and np.array_equal(np.sort(one), np.sort(other)))
        elif max(len(one), len(other)) <= LONGEST:
            short, long = sorted((one.tolist(), other.tolist()), key=len)
            rest = iter(long)
            same[at] = all(unit in rest for unit in short)
    return same


def _same_inside(questions: Questions, left: Numbers, right: Numbers, _: NearDuplicateConfig) -> Mask:
    """No unit of one stands where the other has a syllable that is left out elsewhere: 김가영 is not 김나영, though 가 is
    a particle too, nor 은행 통행. A misspelt unit stands in the place of the other one: 급수대 is not 배수로."""
    same = np.ones(len(left), dtype=np.bool_)
    sizes = questions.words.sizes()
    for at in np.flatnonzero(sizes[left] != sizes[right]):
        few, many = sorted((int(left[at]), int(right[at])), key=lambda row: int(sizes[row]))
        short, long = questions.units(few).tolist(), questions.units(many).tolist()
        parted, joined = questions.parts(few).tolist(), questions.parts(many).tolist()
        place = 0
        for number, unit in enumerate(long):
            if place < len(short) and (unit == short[place] or _is_slip(unit, short[place])):
                place += 1
            elif place and parted[place - 1] and long[number - 1] == short[place - 1]:
                same[at] &= joined[number - 1] or joined[number]
            elif not number and short[:1] == long[1:2]:
                same[at] &= joined[number]
        same[at] &= place == len(short) or set(short) <= set(long)
    return same


def _is_slip(one: int, other: int) -> bool:
    """Whether two syllables differ in one letter."""
    first, last = HANGUL
    if not (first <= one <= last and first <= other <= last):
        return False
    pairs = zip(_letters(one), _letters(other), strict=True)
    differ: int = sum(letter != another for letter, another in pairs)
    return differ == 1


def _letters(code: Any) -> tuple[Any, Any, Any]:
    """The numbers of the first letter, the vowel and the last letter of a syllable, or of an array of them."""
    lead, rest = divmod(code - HANGUL[0], 588)
    return lead, *divmod(rest, 28)


def _jaccard(sets: Sets, left: Numbers, right: Numbers) -> NDArray[np.float64]:
    """Of two empty sets, 1."""
    sizes = sets.sizes()
    swap = sizes[left] > sizes[right]
    small, large = np.where(swap, right, left), np.where(swap, left, right)
    at, of = sets.of(small)
    common = np.bincount(of[sets.hold(large[of], sets.keys[at])], minlength=len(left))
    union = sizes[left] + sizes[right] - common
    return np.where(union == 0, 1.0, common / np.maximum(union, 1))
