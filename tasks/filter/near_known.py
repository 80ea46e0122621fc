"""Near-duplicate clusters of a night, by those of the night before.

Only rows of equal marks can be near-duplicates, and which of them are follows from these rows alone
(tasks/filter/near.py). So clusters are looked for among the rows of those marks of which a row came or went, and all
others are as they were.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tasks.id_hash import among

Hashes = NDArray[np.uint64]
Mask = NDArray[np.bool_]

SCHEMA = pa.schema([pa.field(name, pa.uint64(), nullable=False) for name in ("row", "marks", "cluster")])
"""A row that was looked at: a hash of its id and of all that is compared, ascending; its marks; its cluster."""

_K1, _K2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)


def clusters_by(
    known: pa.Table | None, keys: Hashes, marks: Hashes, same: Hashes, find: Callable[[Mask], Hashes]
) -> tuple[Hashes, pa.Table]:
    """For each row the smallest key of its cluster, and SCHEMA for the next night.

    `keys`, `marks` and `same` are the rows' own (tasks/filter/sketch.py). `find` looks for the clusters of some rows,
    and is asked for all rows of their marks.
    """
    names = _names(keys, same)
    found, redo = _taken_over(known, names, marks, keys)
    if redo.any():
        found[redo] = find(redo)
    order = np.argsort(names)
    columns = [pa.array(column[order]) for column in (names, marks, found)]
    return found, pa.table(columns, schema=SCHEMA)


def _taken_over(known: pa.Table | None, names: Hashes, marks: Hashes, keys: Hashes) -> tuple[Hashes, Mask]:
    """Clusters as they were, and for which rows they must be looked for."""
    if known is None or not known.num_rows:
        return keys.copy(), np.ones(len(keys), dtype=np.bool_)
    before, their_marks, clusters = (known[name].to_numpy() for name in SCHEMA.names)
    at = np.searchsorted(before, names).clip(max=len(before) - 1)
    held = before[at] == names
    left = np.ones(len(before), dtype=np.bool_)
    left[at[held]] = False
    changed = np.unique(np.concatenate([marks[~held], their_marks[left]]))
    return np.where(held, clusters[at], keys), among(marks, changed)


def _names(keys: Hashes, same: Hashes) -> Hashes:
    mixed: Any = keys * _K1 ^ (same + _K2)
    mixed ^= mixed >> np.uint64(32)
    mixed *= _K2
    return np.asarray(mixed ^ (mixed >> np.uint64(29)), dtype=np.uint64)
