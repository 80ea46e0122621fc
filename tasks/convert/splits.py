"""Which side a row is on, train, validation or test; and which rows must go because the test would leak through them.

The side follows from the user's name and the shares alone. So no user is on two sides, and a row never changes side
from one night to the next: what the champion was tested on, no challenger is trained on.

What is left of the test in other users' rows is taken out of them: the same question, a near-duplicate of it, its
formula with other references, as `convert.decontaminate` says. The test split is never changed for the others' sake.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

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
    names = {"exact": keys.prompt, "near": keys.cluster, "skeleton": keys.skeleton, "formula": keys.formula}
    for kind, values in names.items():
        if kind in config.decontaminate:
            held_out = np.unique(values[side == TEST])
            if kind == "formula":
                held_out = np.setdiff1d(held_out, _common(keys, config.common_formula_users))
            found = np.isin(values, held_out, kind="sort") & (values != 0)
            yield f"leak_{kind}", found & (side >= 0) & (side != TEST)


def _common(keys: Keys, users: int | None) -> npt.NDArray[np.uint64]:
    """Formulas of at least so many users: `=SUM(R1)` is common knowledge, and no trace of one row of the test."""
    if users is None:
        return np.array([], dtype=np.uint64)
    pairs = np.unique(np.stack([keys.formula, keys.user]), axis=1)
    names, counts = np.unique(pairs[0], return_counts=True)
    return np.asarray(names[counts >= users], dtype=np.uint64)


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
