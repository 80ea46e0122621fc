"""What is kept beside a question so that near-duplicates are found without its text.

`Sketcher` is handed prompts batch by batch in the workers; `tasks/filter/near.py` then looks at all rows together. A row
keeps

- `near_units`       the question's units (tasks/filter/units.py) without courtesy and particles, their roles in the
                     bits from CODE_BITS on; `PASTED`; and the units of what was pasted. Of more than `MAX_UNITS`, the
                     first. Exact Jaccard is counted on them.
- `near_marks`       64-bit hash of what must be equal in two near-duplicates: references, numbers, names of functions
                     and sheets; of what was pasted, formulas and the header. Its lowest bit says whether something was.
- `near_same`        64-bit hash of everything that is compared, in its order.
- `near_bag`         the same without roles and the order of the question's units: 서울 매출 합계 and 매출 합계 서울.
- `near_head`, `near_tail`   32-bit hashes of each half of a short question, its length included: of two questions that
                     differ in one syllable, one half is equal. Jaccard similarity falls too far there.
- `near_signature`   64 minima of the shingles' hashes, a byte each (b-bit minwise hashing, Li and König, WWW 2010); with
                     a pasted part, even bytes are the question's and odd ones the pasted part's.

Shingles are the question's units and pairs of neighbours, and what was pasted by pairs of neighbours, so that a number
counts together with the cell before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tasks.filter.minhash import signatures
from tasks.filter.parts import headers, split_prompt
from tasks.filter.units import ASCII, CODE_BITS, FORMULA, FROM, HANGUL, OBJECT, SPOKEN, SUBJECT, THAN, TO, Units, units
from tasks.filter.wording import bare_wording

Hashes = NDArray[np.uint64]

SIGNATURE = 64
PASTED = 0
"""The code between the question's units and those of what was pasted."""
MAX_UNITS = 4096
EXACT_WORDS = 32
"""Up to so many words of a question all must be equal. In more, a table presumably, only those that belong to a formula
or to a Korean word: B2의, 3월, 100 이상."""
SHORT = range(4, 16)
"""Units of a question that one misspelt syllable may take below the threshold."""

SKETCH_SCHEMA = pa.schema(
    [
        pa.field("near_marks", pa.uint64(), nullable=False),
        pa.field("near_same", pa.uint64(), nullable=False),
        pa.field("near_bag", pa.uint64(), nullable=False),
        pa.field("near_head", pa.uint32(), nullable=False),
        pa.field("near_tail", pa.uint32(), nullable=False),
        pa.field("near_signature", pa.binary(SIGNATURE), nullable=False),
        pa.field("near_units", pa.list_(pa.uint32()), nullable=False),
    ]
)

WAITING_BYTES = 1 << 21
"""Questions that are put into bare words together. Arrow's kernels let the automaton of an expression grow anew in every
call (tasks/search.py): of 4,000 questions, that takes longer than to read them."""

SLICE_BYTES = 1 << 19
"""Texts worked on at once: what is made of them stays in the cache."""
_HEAP_BYTES = 31 << 20
"""The largest block that glibc learns from to keep in its heap; beyond, and until then, every array costs page faults."""

ENGLISH_FILLERS = """
    a an the of in on to for from is are do does can could would you me my i we please pls what which how get give show
    tell find calculate compute need want someone somebody anyone formula formulas function excel write hi hello hey thanks thank let know there
"""

PREPOSITIONS = {
    "to": TO, "into": TO, "from": FROM, "than": THAN, "before": THAN, "not": THAN, "after": SUBJECT, "without": SUBJECT,
    "with": OBJECT, "by": OBJECT,
}  # fmt: skip
"""The role that what stands before it gives an English word. It only tells apart what has no particles: which role it
is says nothing, and a filler among them says no more."""
COLUMN = "column columns col cell cells row rows range ~"
"""Behind these, an English filler is a reference: column A, column I, A:I."""
ENGLISH = 4
"""A question is English that has so many words for each syllable of Hangul."""

_K1, _K2, _K3, _K4 = map(np.uint64, (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


class Sketcher:
    """Sketches of prompts in NFKC and lower case (`tasks.texts.folded`), in their order."""

    def __init__(self) -> None:
        self._questions: list[pa.StringArray] = []
        self._sheets: list[_Sheets] = []

    def add(self, instructions: pa.Array, inputs: pa.Array) -> list[pa.RecordBatch]:
        """Take prompts, and return SKETCH_SCHEMA rows of all that were taken and are ready by now: often none."""
        if len(instructions):
            # Given back at once: halves the time of all that follows (see mallopt(3)).
            np.empty(_HEAP_BYTES, dtype=np.uint8)
            questions, sheets = split_prompt(instructions, inputs)
            self._questions.append(questions)
            self._sheets.append(_Sheets.of(sheets))
        return self.rest() if sum(some.nbytes for some in self._questions) >= WAITING_BYTES else []

    def rest(self) -> list[pa.RecordBatch]:
        """SKETCH_SCHEMA rows of the prompts that are not ready yet."""
        if not self._questions:
            return []
        bare, start, found = bare_wording(pa.concat_arrays(self._questions)), 0, []
        for sheets in self._sheets:
            found.append(_sketched(bare[start : start + len(sheets.heads)], sheets))
            start += len(sheets.heads)
        self._questions, self._sheets = [], []
        return found


def _sketched(questions: pa.StringArray, sheets: _Sheets) -> pa.RecordBatch:
    asked, given, heads = _part(questions, _question), sheets.given, sheets.heads
    pasted = np.diff(given.starts) > 0
    marks = (_mixed(asked.marks * _K1 + given.marks + heads * _K2) & ~np.uint64(1)) | pasted
    same = _mixed(marks + asked.order * _K1 + given.order * _K2)
    signature = asked.signature
    signature[pasted, 1::2] = given.signature[pasted, 1::2]
    columns = [
        pa.array(marks),
        pa.array(same),
        pa.array(_mixed(marks + asked.bag * _K3 + given.order * _K2)),
        *(pa.array(_half(half, same)) for half in (asked.head, asked.tail)),
        pa.Array.from_buffers(pa.binary(SIGNATURE), len(questions), [None, pa.py_buffer(signature)]),
        _lists(asked, given),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=SKETCH_SCHEMA)


@dataclass(frozen=True)
class _Part:
    """The questions of some rows, or what was pasted: units with their roles, and one hash or signature a row."""

    codes: NDArray[np.uint32]
    starts: NDArray[np.int64]
    marks: Hashes
    bag: Hashes
    order: Hashes
    head: Hashes
    tail: Hashes
    signature: NDArray[np.uint8]


@dataclass(frozen=True)
class _Sheets:
    """What was pasted beside some questions, and a hash of each header."""

    given: _Part
    heads: Hashes

    @classmethod
    def of(cls, sheets: pa.StringArray) -> _Sheets:
        header = units(headers(sheets), question=False)
        return cls(_part(sheets, _pasted), _sums(_mixed(header.codes.astype(np.uint64) * _K3), header.starts))


def _part(texts: pa.StringArray, work: Callable[[pa.StringArray], _Part]) -> _Part:
    parts = [work(texts[start:end]) for start, end in _slices(texts)] or [work(texts)]
    starts = np.cumsum(np.concatenate([[0], *(np.diff(part.starts) for part in parts)]))
    columns = (np.concatenate([getattr(part, name) for part in parts]) for name in _ROW_BY_ROW)
    return _Part(np.concatenate([part.codes for part in parts]), starts, *columns)


_ROW_BY_ROW = ("marks", "bag", "order", "head", "tail", "signature")


def _slices(texts: pa.StringArray) -> Iterator[tuple[int, int]]:
    """From where to where rows are worked on together."""
    sizes = pc.fill_null(pc.binary_length(texts), 0).to_numpy(zero_copy_only=False).astype(np.int64) + 16
    cuts = np.flatnonzero(np.diff(np.cumsum(sizes) // SLICE_BYTES)) + 1
    edges = [0, *cuts.tolist(), len(sizes)]
    yield from ((start, end) for start, end in pairwise(edges) if start < end)


def _question(texts: pa.StringArray) -> _Part:
    found = _without_english_fillers(units(texts, question=True))
    wide = found.codes.astype(np.uint64)
    singles, pairs, first = _mixed(wide * _K3), _pairs(wide, found.starts), found.starts[:-1][np.diff(found.starts) > 0]
    pairs[first] = singles[first]
    tokens = np.empty(2 * len(wide), dtype=np.uint64)
    tokens[::2], tokens[1::2] = singles, pairs
    marks = _sums(np.where(_exact(found), singles, np.uint64(0)), found.starts)
    said = found.codes | found.roles.astype(np.uint32) << np.uint32(CODE_BITS)
    return _Part(
        said,
        found.starts,
        marks,
        _sums(singles, found.starts),
        _sums(_in_place(said.astype(np.uint64), _ranks(found.starts)), found.starts),
        *_halves(wide, found.starts),
        signatures(tokens, 2 * found.starts, SIGNATURE),
    )


def _halves(wide: Hashes, starts: NDArray[np.int64]) -> tuple[Hashes, Hashes]:
    """A hash of the first and of the second half of each short question; 0 for any other."""
    lengths, ranks = np.diff(starts), _ranks(starts)
    middle = starts[:-1] + lengths // 2
    edges = np.stack([starts[:-1], middle], axis=1).ravel()
    sums = _sums(_in_place(wide, ranks), np.append(edges, starts[-1:]))
    short = (lengths >= SHORT.start) & (lengths < SHORT.stop)
    head, tail = (_mixed(half + lengths.astype(np.uint64) * _K1) for half in (sums[::2], sums[1::2]))
    return np.where(short, head, np.uint64(0)), np.where(short, tail, np.uint64(0))


def _pasted(texts: pa.StringArray) -> _Part:
    found = units(texts, question=False)
    wide = found.codes.astype(np.uint64)
    pairs = _pairs(wide, found.starts)
    exact = np.flatnonzero(found.is_exact() & (found.flags & FORMULA > 0))
    bounds = np.searchsorted(exact, found.starts)
    # In order: SUMIF(A2:A9,"x",B2:B9) is not SUMIF(B2:B9,"x",A2:A9).
    marks = _sums(_in_place(wide[exact], _ranks(bounds)), bounds)
    order = _sums(_in_place(wide, _ranks(found.starts)), found.starts)
    signature = np.zeros((len(texts), SIGNATURE), dtype=np.uint8)
    signature[:, 1::2] = signatures(pairs, found.starts, SIGNATURE // 2)
    return _Part(found.codes, found.starts, marks, order, order, order, order, signature)


def _ranks(starts: NDArray[np.int64]) -> NDArray[np.uint64]:
    """0, 1, 2 … within each text."""
    lengths = np.diff(starts)
    ranks: NDArray[np.uint64] = (np.arange(lengths.sum()) - np.repeat(starts[:-1], lengths)).astype(np.uint64)
    return ranks


def _in_place(wide: Hashes, ranks: NDArray[np.uint64]) -> Hashes:
    """A hash of each unit and its place."""
    return _mixed(wide * _K4 + ranks * _K1)


def _pairs(wide: Hashes, starts: NDArray[np.int64]) -> Hashes:
    """A hash of each unit and the one before it; none is before a text's first."""
    before = np.zeros_like(wide)
    before[1:] = wide[:-1]
    before[starts[:-1][np.diff(starts) > 0]] = 0
    before *= _K1
    before += wide * _K2
    return _mixed(before)


def _exact(found: Units) -> NDArray[np.bool_]:
    """Which of a question's units must be equal: all words, or in a long one those with a flag."""
    exact = found.is_exact()
    counts = np.diff(np.concatenate([[0], np.cumsum(exact)])[found.starts])
    if (counts > EXACT_WORDS).any():
        exact &= np.repeat(counts <= EXACT_WORDS, np.diff(found.starts)) | (found.flags & (FORMULA | SPOKEN) > 0)
    return exact


@cache
def _fillers() -> NDArray[np.uint32]:
    return np.unique(units(pa.array(ENGLISH_FILLERS.split()), question=True).codes)


@cache
def _prepositions() -> list[tuple[NDArray[np.uint32], int]]:
    words = {role: [word for word, one in PREPOSITIONS.items() if one == role] for role in PREPOSITIONS.values()}
    return [(units(pa.array(some), question=True).codes, role) for role, some in words.items()]


@cache
def _column() -> NDArray[np.uint32]:
    return np.append(units(pa.array(COLUMN.split()), question=True).codes, np.uint32(ord("~")))


def _without_english_fillers(found: Units) -> Units:
    """English courtesy goes where there is hardly any Hangul: in "A열" the letter is a column."""
    hangul = (found.codes >= HANGUL[0]) & (found.codes <= HANGUL[1])
    edges, lengths = found.starts, np.diff(found.starts)
    korean = np.diff(np.concatenate([[0], np.cumsum(hangul)])[edges])
    foreign = (lengths > 0) & (lengths >= (ENGLISH + 1) * korean)
    if not foreign.any():
        return found
    at = np.flatnonzero(np.repeat(foreign, lengths))
    at = at[np.isin(found.codes[at], _fillers()) & (found.flags[at] == 0)]
    first = np.zeros(len(found.codes) + 1, dtype=np.bool_)
    first[edges] = True
    named = ~first[at] & np.isin(found.codes[at - 1], _column())
    named |= ~first[at + 1] & (np.append(found.codes, 0)[at + 1] == ord("~"))
    keep = np.ones(len(found.codes), dtype=np.bool_)
    keep[at[~named]] = False
    kept, roles = np.flatnonzero(keep & (found.codes >= ASCII)), found.roles.copy()
    for codes, role in _prepositions():
        here = np.flatnonzero(np.isin(found.codes, codes) & np.repeat(foreign, lengths))
        behind = np.searchsorted(kept, here + 1)
        behind, here = behind[behind < len(kept)], here[behind < len(kept)]
        same = np.searchsorted(edges, kept[behind], side="right") == np.searchsorted(edges, here, side="right")
        roles[kept[behind[same]]] = role
    return Units(found.codes, found.flags, roles, found.starts).where(keep)


def _half(half: Hashes, same: Hashes) -> NDArray[np.uint32]:
    """The half's hash; of a question that is not short, that of the whole row."""
    return (np.where(half == 0, same, half) >> np.uint64(32)).astype(np.uint32)


def _lists(asked: _Part, given: _Part) -> pa.ListArray:
    """A row's units: the question's, PASTED, the pasted part's."""
    sizes = np.stack([np.diff(asked.starts), np.diff(given.starts)])
    lengths = np.minimum(sizes[0] + 1 + sizes[1], MAX_UNITS)
    ends = np.cumsum(sizes.sum(0) + 1)
    whole = np.zeros(ends[-1] if len(ends) else 0, dtype=np.uint32)
    at = np.arange(len(asked.codes)) + np.repeat(ends - sizes.sum(0) - 1 - asked.starts[:-1], sizes[0])
    whole[at] = asked.codes
    at = np.arange(len(given.codes)) + np.repeat(ends - sizes[1] - given.starts[:-1], sizes[1])
    whole[at] = given.codes
    if (sizes.sum(0) >= MAX_UNITS).any():
        whole = whole[np.arange(len(whole)) - np.repeat(ends - sizes.sum(0) - 1, sizes.sum(0) + 1) < MAX_UNITS]
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(whole))


def _mixed(hashes: Hashes) -> Hashes:
    """Every bit of the result depends on every bit before: the middle of SplitMix64's finaliser. Works in place."""
    hashes ^= hashes >> np.uint64(30)
    hashes *= _K3
    hashes ^= hashes >> np.uint64(27)
    return hashes


def _sums(hashes: Hashes, starts: NDArray[np.int64]) -> Hashes:
    """The sum of each row's hashes, modulo 2^64: a hash of them all in whatever order."""
    total = np.zeros(len(hashes) + 1, dtype=np.uint64)
    np.cumsum(hashes, out=total[1:])
    sums = total[starts]
    return sums[1:] - sums[:-1]
