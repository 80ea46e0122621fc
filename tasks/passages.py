"""Fingerprints of a text's passages: by them one text is found inside another, whatever stands around it.

Winnowing (Schleimer, Wilkerson, Aiken, SIGMOD 2003) over letters and digits, so that blanks, lines and punctuation make
no difference: every GRAM letters in a row are hashed, and of every WINDOW such hashes in a row the smallest is kept. So
two texts that share a passage of PASSAGE letters share a fingerprint, and a text contained in another has all of its
fingerprints there. About two in WINDOW + 1 letters leave one.

The hashes are polynomial, mod 2^32, by prefix sums over the whole batch: H(j) = (S(j + GRAM) - S(j)) · B^-j with
S(j) = Σ letter(k) · B^k. No loop over rows.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tasks.letters import Codes, Places, letters_at

GRAM = 8
WINDOW = 8
PASSAGE = GRAM + WINDOW - 1
"""Letters of the shortest passage that is surely found: 15, "A2:A10의 합계를 구하는 수식". A shorter question is too
common for its text inside another to be a leak; as a question of its own it is a duplicate."""

BASE = 0x9E3779B1  # odd, so that it has an inverse; Knuth's multiplicative constant
CHUNK = 1 << 21
"""Bytes worked on at once: some 20 times as many of memory."""

Words = npt.NDArray[np.uint32]

ANCHORS_SCHEMA = pa.schema(
    [pa.field("anchors", pa.list_(pa.uint32())), pa.field("first", pa.int32()), pa.field("question", pa.int32())]
)
"""Fingerprints of a row's question and answer, in their order; which of them is the first of the question's core
(`after_greeting`), and how many the core has."""

WORDY = 4
_NONE = np.uint32(0xFFFFFFFF)
"""Stands for a gram with fewer than WORDY letters, figures otherwise: tables are full of them, and no question is."""


def anchors(questions: pa.Array, answers: pa.Array) -> pa.RecordBatch:
    """ANCHORS_SCHEMA of folded texts; no fingerprints for what is shorter than PASSAGE letters."""
    texts = pc.binary_join_element_wise(questions, answers, "\n")
    begins, ends = _core_places(questions)
    parts = [_winnow(texts[first:last], begins[first:last], ends[first:last]) for first, last in _slices(texts)]
    values = np.concatenate([np.zeros(0, np.uint32), *(part[0] for part in parts)])
    counts = np.concatenate([np.zeros((3, 0), np.int64), *(part[1] for part in parts)], axis=1).astype(np.int32)
    offsets = np.concatenate([np.zeros(1, np.int32), np.cumsum(counts[0], dtype=np.int32)])
    lists = pa.ListArray.from_arrays(pa.array(offsets), pa.array(values))
    return pa.RecordBatch.from_arrays([lists, pa.array(counts[1]), pa.array(counts[2])], schema=ANCHORS_SCHEMA)


def after_greeting(questions: pa.Array) -> pa.StringArray:
    """Folded questions without greetings before them. Without courtesy either, what is left is a question's core."""
    return pc.replace_substring_regex(questions, _GREETING, "")


def without_courtesy(questions: pa.Array) -> pa.StringArray:
    """Folded questions without "알려 주세요" and thanks at their end, nor "고 싶어요", where enough is left."""
    whole = _where_enough(questions, pc.replace_substring_regex(questions, _COURTESY, ""))
    some = pc.match_substring_regex(whole, _WISH)
    few = whole.filter(some)
    if not len(few):
        return whole
    return pc.replace_with_mask(whole, some, _where_enough(few, pc.replace_substring_regex(few, _WISH, "")))


def _where_enough(whole: pa.StringArray, own: pa.StringArray) -> pa.StringArray:
    """What was cut out of each text; the whole one where less than a PASSAGE is left."""
    # Of most texts their length says it; the letters of the others are counted.
    some = pc.less(pc.utf8_length(own), 2 * PASSAGE)
    few = own.filter(some)
    if not len(few):
        return own
    enough = pc.greater_equal(pc.count_substring_regex(few, r"[\pL\pN]"), PASSAGE)
    return pc.replace_with_mask(own, some, pc.if_else(enough, few, whole.filter(some)))


def _core_places(questions: pa.Array) -> tuple[Places, Places]:
    """Where each question's core begins and ends, in UTF-16 units."""
    greeted = after_greeting(questions)
    lengths = [_utf16_length(texts) for texts in (questions, greeted, without_courtesy(greeted))]
    begins = lengths[0] - lengths[1]
    return begins, begins + lengths[2]


_BEYOND_16_BITS = 0xF0
"""The first byte, in UTF-8, of a character that takes two units of UTF-16."""


def _utf16_length(texts: pa.Array) -> Places:
    lengths = np.array(pc.utf8_length(texts).to_numpy(zero_copy_only=False), dtype=np.int64)
    data = texts.buffers()[2]
    if data is None or np.frombuffer(data, np.uint8).max(initial=0) < _BEYOND_16_BITS:
        return lengths
    wide = pc.match_substring_regex(texts, r"[\x{10000}-\x{10ffff}]").to_numpy(zero_copy_only=False)
    for at in np.flatnonzero(wide).tolist():
        lengths[at] = len(texts[at].as_py().encode("utf-16-le")) // 2
    return lengths


_GREETING = (
    r"^(?:[\s\pP]|안녕하(?:세요|십니까)|안녕|수고(?:하세요|하십니다|많으십니다)|혹시|저기요?|질문(?:이요|입니다|있습니다|있어요"
    r"|드립니다|드려요)?|급(?:해요|합니다|한데요?)|죄송(?:한데요?|하지만|합니다만?)|실례지만|엑셀에서|그럼|그리고|이번에는|추가로)+"
)
_COURTESY = (
    r"(?:[\s\pP\pSㄱ-ㅣ]|(?:알려|가르쳐|말해|보여)?\s*(?:주세요|줘요?|줄래요?|주(?:시)?겠어요|주실\s*수\s*있(?:나요|을까요|어요)"
    r"|주시면\s*(?:감사하겠습니다|고맙겠습니다)|주십시오|주라)|부탁\s*(?:드립니다|드려요|드릴게요|해요|합니다)?"
    r"|감사(?:합니다|해요|드려요|드립니다)|고맙습니다|고마워요?|요)+$"
)
_WISH = r"고\s*싶(?:습니다|어|은데|네|다)$"


def _slices(texts: pa.StringArray) -> list[tuple[int, int]]:
    """Runs of texts with about CHUNK bytes each."""
    if not len(texts):
        return []
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    slices, first = [], 0
    while first < len(texts):
        last = int(np.searchsorted(offsets, int(offsets[first]) + CHUNK, side="right")) - 1
        last = max(first + 1, last)
        slices.append((first, last))
        first = last
    return slices


def _winnow(texts: pa.StringArray, begins: Places, ends: Places) -> tuple[Words, Places]:
    """Fingerprints of texts; and for each text how many, which is the first of the part from `begins` to `ends` (UTF-16
    units), and how many that part has: (3, texts)."""
    codes, starts, within = letters_at(texts, np.stack([begins, ends]))
    counts = np.zeros((3, len(texts)), dtype=np.int64)
    if len(codes) < PASSAGE:
        return np.array([], dtype=np.uint32), counts
    least = _minima(_grams(codes))
    lengths = np.diff(starts)
    row = np.repeat(np.arange(len(lengths)), lengths)[: len(least)]
    new = np.ones(len(least), dtype=bool)
    new[1:] = (least[1:] != least[:-1]) | (row[1:] != row[:-1])
    there = least != _NONE
    kept = new & there & (starts[1:][row] - np.arange(len(least)) >= PASSAGE)
    before = np.concatenate([[0], np.cumsum(kept)])
    counts[0] = np.bincount(row[kept], minlength=len(lengths))
    some = np.flatnonzero(within[1] - within[0] >= PASSAGE)
    first, last = starts[some] + within[0, some], starts[some] + within[1, some] - PASSAGE
    # The run of equal minima that the part begins in may have begun before it.
    own = before[first + 1] - there[first]
    counts[1, some] = own - before[starts[some]]
    counts[2, some] = before[last + 1] - own
    return least[kept], counts


def _grams(codes: Codes) -> Words:
    """The hash of the GRAM letters from each place on; `_NONE` where hardly any is one."""
    count = len(codes)
    powers, inverses = _powers(BASE, count), _powers(pow(BASE, -1, 2**32), count)
    sums = np.zeros(count + 1, dtype=np.uint32)
    np.cumsum(codes.astype(np.uint32) * powers, out=sums[1:], dtype=np.uint32)
    hashes = (sums[GRAM:] - sums[:-GRAM]) * inverses[: count - GRAM + 1]
    # The low bits of such a hash depend on the last letters alone; a minimum needs all of them mixed.
    hashes ^= hashes >> np.uint32(15)
    hashes *= np.uint32(0x2C1B3C6D)
    hashes ^= hashes >> np.uint32(12)
    words = np.concatenate([[0], np.cumsum(codes >= ord("a"), dtype=np.int32)])
    hashes[words[GRAM:] - words[:-GRAM] < WORDY] = _NONE
    return np.asarray(hashes, dtype=np.uint32)


def _minima(hashes: Words) -> Words:
    """The smallest of the WINDOW hashes from each place on, by doubling."""
    reach = 1
    least = hashes
    while reach < WINDOW:
        least = np.minimum(least[:-reach], least[reach:])
        reach *= 2
    return least


_cache: dict[tuple[int, int], Words] = {}


def _powers(base: int, count: int) -> Words:
    """base^0, base^1 … mod 2^32; computed once a process."""
    size = max(CHUNK, 1 << (count - 1).bit_length())
    key = (base, size)
    if key not in _cache:
        powers = np.full(size, base % 2**32, dtype=np.uint32)
        powers[0] = 1
        _cache[key] = np.multiply.accumulate(powers, dtype=np.uint32)
    return _cache[key][:count]
