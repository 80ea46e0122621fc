"""What a dataset is made of, in counts: what tells one night's traffic from another's, and shows when it moved.

Counted shard by shard as they are written, so that a night counts only what is new. The features are those in which a
model's users would notice a change: kinds of task, lengths of answers, functions of formulas, ratings, how Korean the
answers are, and how much of it comes from how busy users.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

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


def count(rows: pa.Table) -> Profile:
    """The counts of DATASET_SCHEMA rows."""
    functions = pc.struct_field(pc.extract_regex(rows["output"], _FUNCTION), "name")
    return {
        "task_type": _counts(rows["task_type"]),
        "rating": _counts(pc.fill_null(rows["rating"].cast(pa.string()), "none")),
        "answer_length": _counts(_doubling(pc.utf8_length(rows["output"]))),
        "function": _counts(pc.fill_null(functions, "none")),
    }


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


def _counts(values: pa.ChunkedArray) -> Counts:
    return {one["values"]: one["counts"] for one in sorted(pc.value_counts(values).to_pylist(), key=_name)}


def _name(one: Mapping[str, str]) -> str:
    return one["values"]


def _doubling(lengths: pa.ChunkedArray) -> pa.Array:
    """Lengths in classes that double: under 16 characters, under 32 and so on."""
    powers = np.ceil(np.log2(np.maximum(lengths.to_numpy(), 16) + 1)).astype(np.int64)
    return pa.array([f"<{2**power}" for power in powers.tolist()])
