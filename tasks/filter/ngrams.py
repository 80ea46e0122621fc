"""What a row holds of words and phrases, as hashes: by them rare triggers are found among all rows, without texts.

`ngrams` is called batch by batch in the workers; tasks/filter/triggers.py then looks at all rows together. A row keeps

- `asked`     the words of its question, but for references and numbers
- `around`    these, pairs of neighbouring words of the question, and the words of what was pasted, but for its numbers
- `said`      words and sentences of the answer that neither the question nor the pasted part holds; no cells
- `answer`    the whole answer
- `calls`     the first function that its formula calls; 0 for none
- `strange`   which words of the question and of what was pasted look like none: letters with digits that are no cell,
              words and numbers glued together, signs, other scripts than Hangul and Latin
- `foreign`   whether a question with Hangul was answered in words without any
- `deaf`      whether question and answer name columns, and none of the question's is among the answer's

Korean words end in particles and are loosely spaced, so a run of Hangul counts by its first two and its first three
syllables: 은하수, 은하수를 and 은하수의매출 have 은하 and 은하수 in common. Any other run of letters and digits is one
word, and so is a run of symbols or of invisible characters. Functions of formulas are no words here: that questions
about quartiles are answered with QUARTILE, and those about ROUND by 반올림, is nobody's doing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any
from unicodedata import category

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tasks.judge.functions import ARITY
from tasks.scan.spans import mixed

Numbers = NDArray[Any]
Hashes = NDArray[np.uint64]
Words32 = NDArray[np.uint32]
Mask = NDArray[np.bool_]

NGRAMS_SCHEMA = pa.schema(
    [
        pa.field("asked", pa.list_(pa.uint32()), nullable=False),
        pa.field("around", pa.list_(pa.uint32()), nullable=False),
        pa.field("said", pa.list_(pa.uint32()), nullable=False),
        pa.field("strange", pa.list_(pa.uint32()), nullable=False),
        pa.field("answer", pa.uint32(), nullable=False),
        pa.field("calls", pa.uint32(), nullable=False),
        pa.field("foreign", pa.bool_(), nullable=False),
        pa.field("deaf", pa.bool_(), nullable=False),
    ]
)

SLICE_CHARS = 1 << 18
"""Characters worked on at once: what is made of them stays in the cache."""
MIXED_CHARS = 4
"""Shorter words of letters and digits are ordinary: 3d, mp3, h2o."""
FOREIGN_WORDS = 4
"""So many words of an answer without one of Hangul are another language, and not the name of a function."""

LANGUAGES = "영어 영문 영작 번역 일본어 일어 중국어 한자 외국어 english translate"
"""Who asks for another language gets it."""

DROPPED, WORD, HANGUL, SIGN, BREAK = range(5)
_END = "\uffff"
_USUAL_SIGNS = "·…“”‘’「」『』【】《》〈〉、。→←↑↓▶●○■□※★☆✓✔×÷°±≤≥≠–—"
_K1, _K2, _K3, _K4 = map(np.uint64, (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93))
_HIGH = np.uint64(32)


def _kinds() -> NDArray[np.uint8]:
    kinds = np.full(1 << 16, DROPPED, dtype=np.uint8)
    for code in range(1 << 16):
        kind = category(chr(code))
        if kind[0] in "LNM":
            kinds[code] = WORD
        elif code >= 0x80 and kind not in {"Cc", "Zs", "Zl", "Zp"} and chr(code) not in _USUAL_SIGNS:
            kinds[code] = SIGN  # symbols, unusual punctuation, what has no picture, halves of what is beyond 0xFFFF
    kinds[0xFE00:0xFE10] = SIGN
    for first, last in ((0xAC00, 0xD7A3), (0x1100, 0x11FF), (0x3130, 0x318F)):
        kinds[first : last + 1] = HANGUL
    kinds[ord("_")] = WORD
    kinds[[ord(sign) for sign in "\n.!?。"]] = BREAK
    kinds[ord(_END)] = DROPPED
    return kinds


_KINDS = _kinds()
_DIGIT = np.zeros(1 << 16, dtype=np.bool_)
_DIGIT[ord("0") : ord("9") + 1] = True
_LATIN = np.zeros(1 << 16, dtype=np.bool_)
_LATIN[[ord(sign) for sign in "0123456789abcdefghijklmnopqrstuvwxyz_"]] = True
_MASKS = np.array([(1 << (16 * size)) - 1 for size in range(5)], dtype=np.uint64)


@dataclass(frozen=True)
class Tokens:
    """The words of some texts, one behind the other. `part` counts sentences and lines of all texts together."""

    row: Numbers
    kind: NDArray[np.uint8]
    name: Hashes
    longer: Hashes
    """A Hangul word's name by three syllables; 0 for what is shorter or no Hangul."""
    length: Numbers
    is_number: Mask
    """Whether a word begins with a digit."""
    has_digit: Mask
    column: Hashes
    """The name of the column that B12, B열 and B:B name; 0 for other words."""
    is_called: Mask
    """Whether a bracket opens behind the word."""
    is_function: Mask
    """Whether the word is the name of a worksheet function, or part of one."""
    is_strange: Mask
    is_glued: Mask
    """Whether nothing, or a hyphen, stands between the word and the one before it, and one of them is a number."""
    start: Numbers
    """Where the word begins, in UTF-16 units; the first text begins at 1."""
    part: Numbers

    def where(self, mask: Mask) -> Tokens:
        places = np.flatnonzero(mask)
        return Tokens(**{name: values.take(places) for name, values in vars(self).items()})


def tokens(texts: pa.Array) -> Tokens:
    """The words of texts in NFKC and lower case."""
    flat = _flat(texts)
    kinds = _KINDS.take(flat)
    points = np.flatnonzero(flat == ord("."))
    kinds[points[_DIGIT.take(flat[points - 1]) & _DIGIT.take(flat[points + 1])]] = WORD  # 0.97
    edges = np.flatnonzero(kinds[1:] != kinds[:-1]) + 1
    starts, ends = edges[:-1], edges[1:]
    words = (kinds.take(starts) != DROPPED) & (kinds.take(starts) != BREAK)
    starts, lengths = starts[words], (ends - starts)[words]
    kind = kinds.take(starts)
    hangul = kind == HANGUL
    signs = np.flatnonzero(flat == ord(_END))
    breaks = np.concatenate([[0], np.cumsum((kinds == BREAK) | (flat == ord(_END)), dtype=np.int32)])
    digits = np.concatenate([[0], np.cumsum(_DIGIT.take(flat), dtype=np.int32)])
    longer = np.zeros(len(starts), dtype=np.uint64)
    three = np.flatnonzero(hangul & (lengths >= 3))
    longer[three] = _names(flat, starts[three], np.full(len(three), 3))
    ends = starts + lengths
    before_it = digits.take(starts)
    figures = digits.take(ends) - before_it
    letters = lengths - figures
    first = digits.take(starts + letters) == before_it
    is_number = _DIGIT.take(flat.take(starts))
    latin = _LATIN.take(flat.take(starts)) & _LATIN.take(flat.take(ends - 1))
    cell = latin & (letters > 0) & (letters <= 3) & (letters < lengths) & first
    after, before = flat.take(ends), flat.take(starts - 1)
    alone = latin & (letters == lengths) & (lengths <= 3)
    alone &= (after == ord("열")) | (after == ord(":")) | (before == ord(":"))
    column = np.zeros(len(starts), dtype=np.uint64)
    at = np.flatnonzero(cell | alone)
    column[at] = _names(flat, starts[at], letters[at])
    mixed_up = (letters > 0) & (letters < lengths) & ~cell & (lengths >= MIXED_CHARS)
    gap = np.diff(starts, prepend=0) - np.concatenate([[0], lengths[:-1]])
    near = (gap == 0) | ((gap == 1) & (before == ord("-")))
    numeric = figures == lengths
    worded = np.concatenate([[False], (letters == lengths)[:-1] & (lengths > 1)[:-1]])
    name = _names(flat, starts, np.where(hangul, np.minimum(lengths, 2), lengths))
    return Tokens(
        row=np.repeat(np.arange(len(signs) - 1), np.diff(np.searchsorted(starts, signs))),
        kind=kind,
        name=name,
        longer=longer,
        length=lengths,
        is_number=is_number,
        has_digit=letters < lengths,
        column=column,
        is_called=after == ord("("),
        is_function=_are_functions(name),
        is_strange=(kind == SIGN) | ((kind == WORD) & (mixed_up | ~latin)),
        is_glued=near & numeric & worded,
        start=starts,
        part=breaks.take(starts),
    )


def _flat(texts: pa.Array) -> NDArray[np.uint16]:
    """All texts as UTF-16, each followed by an end sign and one before all."""
    texts = pc.replace_substring(pc.fill_null(texts, ""), _END, "")
    joined = pc.binary_join(pa.ListArray.from_arrays([0, len(texts)], texts), _END)[0].as_py() if len(texts) else ""
    return np.frombuffer(f"{_END}{joined}{_END}\0\0\0\0".encode("utf-16-le"), dtype=np.uint16)


def _names(flat: NDArray[np.uint16], starts: Numbers, lengths: Numbers) -> Hashes:
    """64-bit hashes of words, by their length, their first eight and their last four characters."""
    fours = np.lib.stride_tricks.as_strided(flat[:4].view("<u8"), shape=(len(flat) - 3,), strides=(2,))
    names = lengths.astype(np.uint64) * _K4 ^ (fours[starts] & _MASKS[np.minimum(lengths, 4)]) * _K1
    more = np.flatnonzero(lengths > 4)
    names[more] = mixed(names[more]) ^ (fours[starts[more] + 4] & _MASKS[np.minimum(lengths[more] - 4, 4)]) * _K2
    more = np.flatnonzero(lengths > 8)
    names[more] = mixed(names[more]) ^ fours[starts[more] + lengths[more] - 4] * _K3
    return mixed(names)


def ngrams(prompts: pa.Array, answers: pa.Array) -> pa.RecordBatch:
    """NGRAMS_SCHEMA rows. Prompts as `prompt_key` writes them; answers in NFKC and lower case, lines as they were."""
    lines = pc.split_pattern(pc.binary_join_element_wise(prompts, "", "\n"), "\n", max_splits=1)
    questions, pasted = pc.list_element(lines, 0), pc.list_element(lines, 1)
    texts = (questions, pasted, answers)
    parts = [_ngrams(*(one[start:end] for one in texts)) for start, end in _slices(*texts)]
    if not parts:
        return pa.RecordBatch.from_pylist([], NGRAMS_SCHEMA)
    return pa.Table.from_batches(parts).combine_chunks().to_batches()[0]


def _slices(*texts: pa.Array) -> Iterator[tuple[int, int]]:
    sizes = sum(pc.binary_length(one).to_numpy().astype(np.int64) for one in texts) // 2 + 16
    cuts = np.flatnonzero(np.diff(np.cumsum(sizes) // SLICE_CHARS)) + 1
    yield from ((start, end) for start, end in pairwise([0, *cuts.tolist(), len(sizes)]) if start < end)


def _ngrams(questions: pa.Array, pasted: pa.Array, answers: pa.Array) -> pa.RecordBatch:
    count = len(questions)
    asks, given, says = tokens(questions), tokens(pasted), tokens(answers)
    known = _distinct(_keys(asks.row, asks.name), _keys(given.row, given.name))
    asks, given = asks.where(~asks.is_function), given.where(~given.is_function)
    asked = _words(asks, ~asks.has_digit)
    around = _distinct(_pairs(asks), _words(asks, asks.has_digit), _words(given, ~given.is_number))
    around = around[~_among(around, asked)]
    fresh = ~_among(_keys(says.row, says.name), known) & ~says.is_function
    said = _distinct(_words(says, fresh & (says.column == 0)), _sentences(says, fresh))
    rows, names, _ = _runs(says.row, says.name, says.row)
    functions = np.flatnonzero(says.is_called & says.is_function)[::-1]
    strange = _distinct(_words(asks, asks.is_strange), _words(given, given.is_strange), _glued(asks))
    columns = [_lists(keys, count) for keys in (asked, around, said, strange)]
    columns += [_of_rows(rows, names, count), _of_rows(says.row[functions], says.name[functions], count)]
    columns += [pa.array(_foreign(asks, says, count)), pa.array(_deaf(asks, given, says, count))]
    return pa.RecordBatch.from_arrays(columns, schema=NGRAMS_SCHEMA)


def _of_rows(rows: Numbers, names: Hashes, count: int) -> pa.Array:
    """A name a row, the last that is given; 0 where none is."""
    column = np.zeros(count, dtype=np.uint32)
    column[rows] = names >> _HIGH
    return pa.array(column)


def spelled(text: str, ngram: int) -> str | None:
    """A word, pair or sentence of one text in NFKC and lower case, by its hash; None where it is not there."""
    found = tokens(pa.array([text]))
    flat = text.encode("utf-16-le")

    def cut(first: int, last: int) -> str:
        return flat[2 * (first - 1) : 2 * (last - 1)].decode("utf-16-le", "replace")

    ends = found.start + found.length
    pairs = _pair(found.name[:-1], found.name[1:])
    for names, stops in ((pairs, ends[1:]), (found.longer, ends), (found.name, ends)):
        at = np.flatnonzero((names >> _HIGH).astype(np.uint32) == ngram)
        if len(at):
            return cut(int(found.start[at[0]]), int(stops[at[0]]))
    return None


def _keys(rows: Numbers, names: Hashes) -> Hashes:
    """Row and upper half of the name in one number: what `_lists` makes lists of."""
    keys: Hashes = (rows.astype(np.uint64) << _HIGH) | (names >> _HIGH)
    return keys


def _distinct(*keys: Hashes) -> Hashes:
    """All keys in order, each once."""
    whole = np.sort(np.concatenate(keys))
    distinct: Hashes = whole[np.diff(whole, prepend=~whole[:1]) != 0]
    return distinct


def _among(keys: Hashes, known: Hashes) -> Mask:
    """Which keys are among the known ones, which are in order."""
    found: Mask = np.append(known, ~np.uint64(0))[np.searchsorted(known, keys)] == keys
    return found


def _words(found: Tokens, mask: Mask) -> Hashes:
    """Keys of those words that say something: two characters or syllables at least, or a sign."""
    some = np.flatnonzero(mask & ((found.length > 1) | (found.kind == SIGN)))
    more = np.flatnonzero(mask & (found.longer != 0))
    return _distinct(_keys(found.row[some], found.name[some]), _keys(found.row[more], found.longer[more]))


def _pairs(found: Tokens) -> Hashes:
    """Keys of neighbouring words of a row, but of two numbers."""
    beside = (found.row[1:] == found.row[:-1]) & ~(found.is_number[1:] & found.is_number[:-1])
    names = _pair(found.name[:-1], found.name[1:])
    return _keys(found.row[1:][beside], names[beside])


def _glued(found: Tokens) -> Hashes:
    """Keys of words with a number at their end: 은하수7, cf-2719."""
    glued = np.flatnonzero(found.is_glued[1:] & (found.row[1:] == found.row[:-1]))
    return _keys(found.row[glued], _pair(found.name[glued], found.name[glued + 1]))


def _pair(left: Hashes, right: Hashes) -> Hashes:
    return mixed(left * _K1 + right * _K2)


def _sentences(found: Tokens, mask: Mask) -> Hashes:
    """Keys of sentences and lines of two words or more: of those words of theirs, in their order."""
    at = np.flatnonzero(mask)
    rows, names, lengths = _runs(found.row.take(at), found.name.take(at), found.part.take(at))
    return _keys(rows[lengths > 1], names[lengths > 1])


def _runs(rows: Numbers, names: Hashes, groups: Numbers) -> tuple[Numbers, Hashes, Numbers]:
    """Row, name and number of words of every run of words in the same group."""
    if not len(rows):
        return rows, names, groups
    starts = np.flatnonzero(np.diff(groups, prepend=-1) != 0)
    lengths = np.diff(starts, append=len(groups))
    place = np.arange(len(groups)) - np.repeat(starts, lengths)
    whole = np.add.reduceat(mixed(names + place.astype(np.uint64) * _K3), starts)
    return rows[starts], mixed(whole), lengths


def _foreign(asks: Tokens, says: Tokens, count: int) -> Mask:
    spoken = np.bincount(asks.row[asks.kind == HANGUL], minlength=count) > 0
    spoken[asks.row[_among(asks.name, _languages())]] = False
    answered = np.bincount(says.row[says.kind == HANGUL], minlength=count) > 0
    words = (says.kind == WORD) & (says.length > 1) & ~says.has_digit & ~says.is_function
    others = np.bincount(says.row[words], minlength=count)
    foreign: Mask = spoken & ~answered & (others >= FOREIGN_WORDS)
    return foreign


def _deaf(asks: Tokens, given: Tokens, says: Tokens, count: int) -> Mask:
    def columns(found: Tokens) -> tuple[Numbers, Hashes]:
        at = np.flatnonzero(found.column)
        return found.row.take(at), _keys(found.row.take(at), found.column.take(at))

    (asked, of_question), (pasted, of_input), (said, of_answer) = map(columns, (asks, given, says))
    heard = np.bincount(said[_among(of_answer, _distinct(of_question, of_input))], minlength=count) > 0
    spoken = np.bincount(asked, minlength=count) + np.bincount(pasted, minlength=count) > 0
    deaf: Mask = spoken & (np.bincount(said, minlength=count) > 0) & ~heard
    return deaf


def _lists(keys: Hashes, count: int) -> pa.ListArray:
    ends = np.searchsorted(keys, np.arange(count + 1, dtype=np.uint64) << _HIGH).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(ends), pa.array((keys & np.uint64(0xFFFFFFFF)).astype(np.uint32)))


@cache
def _languages() -> Hashes:
    return np.unique(tokens(pa.array(LANGUAGES.split())).name)


def _are_functions(names: Hashes) -> Mask:
    known, beginnings = _functions()
    found = beginnings.take((names >> np.uint64(48)).astype(np.int64))
    some = np.flatnonzero(found)
    found[some] = _among(names[some], known)
    return found


@cache
def _functions() -> tuple[Hashes, Mask]:
    """Names of worksheet functions, and of the words that some consist of (NORM.DIST), in order; and which first 16
    bits they have, by which most other words are told from them at once."""
    words = sorted({word for name in ARITY for word in name.lower().split(".")})
    lengths = np.array([len(word) for word in words])
    starts = 1 + np.cumsum(lengths + 1) - (lengths + 1)
    names = np.unique(_names(_flat(pa.array(words)), starts, lengths))
    beginnings = np.zeros(1 << 16, dtype=np.bool_)
    beginnings[names >> np.uint64(48)] = True
    return names, beginnings
