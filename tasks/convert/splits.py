"""Which side a row is on, train, validation or test; and which rows must go because the test would leak through them.

The side follows from the user's name and the shares alone. So no user is on two sides, and a row never changes side
from one night to the next: what the champion was tested on, no challenger is trained on.

What is left of the test in other users' rows is taken out of them: the same question, a near-duplicate of it, its
formula with other references, as `convert.decontaminate` says. The test split is never changed for the others' sake.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from configs.schema import ConvertConfig
from tasks.records import SPLITS

Mask = npt.NDArray[np.bool_]
Sides = npt.NDArray[np.int8]
"""Index into SPLITS; -1 for a row that is left out."""

TRAIN, VALIDATION, TEST = (SPLITS.index(name) for name in ("train", "validation", "test"))
PLACES = 2.0**64


@dataclass(frozen=True)
class Keys:
    """Keys of the kept rows (`tasks/filter/keys.py`), as arrays of one length, by part and row."""

    part: npt.NDArray[np.uint16]
    row: npt.NDArray[np.uint32]
    cluster: npt.NDArray[np.uint64]
    id: npt.NDArray[np.uint64]
    user: npt.NDArray[np.uint64]
    session: npt.NDArray[np.uint64]
    turn: npt.NDArray[np.int32]
    prompt: npt.NDArray[np.uint64]
    skeleton: npt.NDArray[np.uint64]
    formula: npt.NDArray[np.uint64]
    content: npt.NDArray[np.uint64]
    created: npt.NDArray[np.int64]
    formulas: pa.ListArray
    """All formulas of each row's answer; `formula` is the first, 0 where there is none."""

    def take(self, places: npt.NDArray[np.int64]) -> Keys:
        arrays = {field.name: getattr(self, field.name) for field in fields(self)}
        return Keys(**{name: values.take(places) for name, values in arrays.items()})


def sides(keys: Keys, config: ConvertConfig) -> Sides:
    """Each row's side. Raising a share moves users into that split from its neighbour only.

    Shares are shares of users; those of rows come near them as users grow in number.
    """
    places = keys.user / PLACES
    test, validation = config.test_share, config.test_share + config.validation_share
    side = np.where(places < test, TEST, np.where(places < validation, VALIDATION, TRAIN)).astype(np.int8)
    outside = _outside(keys.created, config.test_since, config.test_until)
    side[(side == TEST) & outside] = -1
    side[(side >= 0) & (side != TEST) & _outside(keys.created, None, config.train_until)] = -1
    return side


def leaks(keys: Keys, side: Sides, config: ConvertConfig) -> Iterator[tuple[str, Mask]]:
    """Rule by rule, the rows through which the test would leak. `side` may lose rows between two rules."""
    names = {"exact": keys.prompt, "near": keys.cluster, "skeleton": keys.skeleton}
    for kind, values in names.items():
        if kind in config.decontaminate:
            found = np.isin(values, np.unique(values[side == TEST]), kind="sort")
            yield f"leak_{kind}", found & (side >= 0) & (side != TEST)
    if "formula" in config.decontaminate:
        yield "leak_formula", _formulas(keys, side, config.common_formula_users) & (side >= 0) & (side != TEST)


def _formulas(keys: Keys, side: Sides, common_users: int | None) -> Mask:
    """Rows with the formula of a test row among theirs.

    A formula of at least so many users counts for nothing: `=SUM(R1)` is common knowledge, no trace of one row.
    """
    names, rows = keys.formulas.flatten().to_numpy(), np.repeat(np.arange(len(side)), _sizes(keys.formulas))
    held_out = np.setdiff1d(keys.formula[side == TEST], np.zeros(1, dtype=np.uint64))
    traces = np.isin(names, held_out, kind="sort")
    names, rows = names[traces], rows[traces]
    if common_users is not None and len(names):
        asked = np.unique(np.stack([names, keys.user[rows]]), axis=1)[0]
        known, counts = np.unique(asked, return_counts=True)
        rows = rows[np.isin(names, known[counts < common_users], kind="sort")]
    return np.bincount(rows, minlength=len(side)) > 0


def _sizes(lists: pa.ListArray) -> npt.NDArray[np.int64]:
    return np.asarray(pc.list_value_length(lists).to_numpy(zero_copy_only=False), dtype=np.int64)


def _outside(created: npt.NDArray[np.int64], since: datetime | None, until: datetime | None) -> Mask:
    outside = np.zeros(len(created), dtype=bool)
    if since is not None:
        outside |= created < _microseconds(since)
    if until is not None:
        outside |= created >= _microseconds(until)
    return outside


def _microseconds(moment: datetime) -> int:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(aware.timestamp() * 1_000_000)
