"""What a dataset is made of, in counts: what tells one night's traffic from another's, and shows when it moved.

Counted shard by shard as they are written, so that a night counts only what is new. The features are those in which a
model's users would notice a change: kinds of task, lengths of answers, functions of formulas, ratings, how Korean the
answers are, and how much of it comes from how busy users.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Counts = dict[str, int]
Profile = dict[str, Counts]
"""Feature to value to number of examples."""

_FUNCTION = r"(?P<name>[A-Z][A-Z0-9.]{1,30})\("
"""The first function that an answer names: its main one, as a rule."""

OTHER = "other"
COUNTED = ["task_type", "rating", "output"]
"""The columns of DATASET_SCHEMA that `counts` reads."""


def counts(rows: pa.Table, sizes: Sequence[int]) -> list[Profile]:
    """The counts of DATASET_SCHEMA rows, for each of some runs of so many rows, which stand one behind the other."""
    functions = pc.struct_field(pc.extract_regex(rows["output"], _FUNCTION), "name")
    features = {
        "task_type": _numbered(rows["task_type"]),
        "rating": _numbered(pc.fill_null(rows["rating"].cast(pa.string()), "none")),
        "answer_length": _doubling(pc.utf8_length(rows["output"])),
        "function": _numbered(pc.fill_null(functions, "none")),
    }
    edges = np.cumsum([0, *sizes]).tolist()
    return [
        {feature: _counts(names, numbers[begin:end]) for feature, (names, numbers) in features.items()}
        for begin, end in pairwise(edges)
    ]


def users(names: npt.NDArray[np.uint64]) -> Counts:
    """Examples by how many their user has next to the mean user: about `0.5x`, `1x`, `2x` … in powers of two.

    Not by the number itself, which grows with the dataset although nobody behaves otherwise.
    """
    _, rows = np.unique(names, return_counts=True)
    bins = np.round(np.log2(rows / rows.mean())).astype(np.int64)
    return {f"{2.0**bin_:g}x": int(rows[bins == bin_].sum()) for bin_ in np.unique(bins)}


def tenths(shares: npt.NDArray[np.float32]) -> Counts:
    """Examples by a share of theirs, in classes of a tenth, the last of which holds 1; `none` where it is below 0."""
    known = np.minimum(np.floor(shares[shares >= 0] * 10), 9).astype(np.int64)
    counts = {f"{bin_ / 10}+": int(count) for bin_, count in zip(*np.unique(known, return_counts=True), strict=True)}
    return counts | ({"none": len(shares) - len(known)} if len(known) < len(shares) else {})


def mean(shares: npt.NDArray[np.float32]) -> float | None:
    """The mean of those that are not below 0, to four places; None where there are none."""
    known = shares[shares >= 0]
    return round(float(known.mean(dtype=np.float64)), 4) if len(known) else None


def total(profiles: Iterable[Mapping[str, Mapping[str, int]]]) -> Profile:
    """The sum of several profiles."""
    sums: dict[str, Counter[str]] = {}
    for profile in profiles:
        for feature, counts in profile.items():
            sums.setdefault(feature, Counter()).update(counts)
    return {feature: dict(sorted(counter.items())) for feature, counter in sorted(sums.items())}


Numbered = tuple[list[str], npt.NDArray[np.int64]]
"""The different values, in order, and each row's number among them."""


def _counts(names: list[str], numbers: npt.NDArray[np.int64]) -> Counts:
    found = np.bincount(numbers, minlength=len(names))
    return {names[number]: int(found[number]) for number in np.flatnonzero(found).tolist()}


def _numbered(values: pa.ChunkedArray) -> Numbered:
    encoded = values.combine_chunks().dictionary_encode()
    return _in_order(encoded.dictionary.to_pylist(), encoded.indices.to_numpy())


def _doubling(lengths: pa.ChunkedArray) -> Numbered:
    """Lengths in classes that double: under 16 characters, under 32 and so on."""
    powers = np.ceil(np.log2(np.maximum(lengths.to_numpy(), 16) + 1)).astype(np.int64)
    found, numbers = np.unique(powers, return_inverse=True)
    return _in_order([f"<{2**power}" for power in found.tolist()], numbers)


def _in_order(names: list[str], numbers: npt.NDArray[np.integer]) -> Numbered:
    order = sorted(range(len(names)), key=names.__getitem__)
    return [names[number] for number in order], np.argsort(order)[numbers]
