"""Fingerprints of a text's passages: by them one text is found inside another, whatever stands around it.

Winnowing (Schleimer, Wilkerson, Aiken, SIGMOD 2003): every GRAM bytes in a row are hashed, and of every WINDOW such
hashes in a row the smallest is kept. So two texts that share a passage of PASSAGE bytes share a fingerprint, and a text
contained in another has all of its fingerprints there. About one in WINDOW / 2 bytes leaves one.

The hashes are polynomial, mod 2^32, by prefix sums over the whole batch: H(j) = (S(j + GRAM) - S(j)) · B^-j with
S(j) = Σ bytes(k) · B^k. No loop over rows.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

GRAM = 24
WINDOW = 32
PASSAGE = GRAM + WINDOW - 1
"""Bytes of the shortest passage that is surely found: 55, some 20 Korean characters. A shorter question is too common
for its text inside another to be a leak; as a question of its own it is an exact duplicate."""

BASE = 0x9E3779B1  # odd, so that it has an inverse; Knuth's multiplicative constant
CHUNK = 1 << 22
"""Bytes worked on at once: some 20 times as many of memory."""

Words = npt.NDArray[np.uint32]


ANCHORS_SCHEMA = pa.schema([pa.field("anchors", pa.list_(pa.uint32())), pa.field("question", pa.int32())])
"""Fingerprints of a row's question and answer, and how many of them, from the first on, are the question's own."""


def anchors(questions: pa.Array, answers: pa.Array) -> pa.RecordBatch:
    """ANCHORS_SCHEMA of normalised texts; no fingerprints for what is shorter than PASSAGE bytes."""
    texts = pc.binary_join_element_wise(questions, answers, "\n")
    heads = pc.binary_length(questions).to_numpy()
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    data = np.frombuffer(texts.buffers()[2] or b"", dtype=np.uint8)
    counts = np.zeros((2, len(texts)), dtype=np.int64)
    found: list[Words] = []
    for first, last in _slices(offsets):
        begins = offsets[first : last + 1].astype(np.int64)
        words, counts[:, first:last] = _winnow(data[begins[0] : begins[-1]], begins - begins[0], heads[first:last])
        found.append(words)
    values = np.concatenate(found) if found else np.array([], dtype=np.uint32)
    ends = np.concatenate([[0], np.cumsum(counts[0])]).astype(np.int32)
    lists = pa.ListArray.from_arrays(pa.array(ends), pa.array(values))
    return pa.RecordBatch.from_arrays([lists, pa.array(counts[1], pa.int32())], schema=ANCHORS_SCHEMA)


def _slices(offsets: npt.NDArray[np.int32]) -> list[tuple[int, int]]:
    """Runs of texts with about CHUNK bytes each."""
    slices, first = [], 0
    while first < len(offsets) - 1:
        last = int(np.searchsorted(offsets, int(offsets[first]) + CHUNK, side="right")) - 1
        last = max(first + 1, last)
        slices.append((first, last))
        first = last
    return slices


def _winnow(
    data: npt.NDArray[np.uint8], begins: npt.NDArray[np.int64], heads: npt.NDArray[np.int32]
) -> tuple[Words, npt.NDArray[np.int64]]:
    """Fingerprints of several texts that lie one behind the other; how many each has, and its head alone."""
    lengths = np.diff(begins)
    if len(data) < PASSAGE:
        return np.array([], dtype=np.uint32), np.zeros((2, len(lengths)), dtype=np.int64)
    least = _minima(_grams(data))
    row = np.repeat(np.arange(len(lengths)), lengths)[: len(least)]
    place = np.arange(len(least))
    inside = begins[1:][row] - place >= PASSAGE
    new = np.ones(len(least), dtype=bool)
    new[1:] = (least[1:] != least[:-1]) | (row[1:] != row[:-1])
    kept = inside & new
    rows = row[kept]
    in_head = place[kept] + PASSAGE <= begins[:-1][rows] + heads[rows]
    counts = [np.bincount(chosen, minlength=len(lengths)) for chosen in (rows, rows[in_head])]
    return least[kept], np.array(counts, dtype=np.int64)


def _grams(data: npt.NDArray[np.uint8]) -> Words:
    """The hash of the GRAM bytes from each place on."""
    count = len(data)
    powers, inverses = _powers(BASE, count), _powers(pow(BASE, -1, 2**32), count)
    sums = np.zeros(count + 1, dtype=np.uint32)
    # One more than the byte, so that zeros in front change the hash.
    np.cumsum((data.astype(np.uint32) + np.uint32(1)) * powers, out=sums[1:], dtype=np.uint32)
    hashes = (sums[GRAM:] - sums[:-GRAM]) * inverses[: count - GRAM + 1]
    # The low bits of such a hash depend on the last bytes alone; a minimum needs all of them mixed.
    hashes ^= hashes >> np.uint32(15)
    hashes *= np.uint32(0x2C1B3C6D)
    hashes ^= hashes >> np.uint32(12)
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
    size = max(CHUNK + (1 << 20), 1 << (count - 1).bit_length())
    key = (base, size)
    if key not in _cache:
        powers = np.full(size, base % 2**32, dtype=np.uint32)
        powers[0] = 1
        _cache[key] = np.multiply.accumulate(powers, dtype=np.uint32)
    return _cache[key][:count]
