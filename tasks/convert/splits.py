"""Which side a row is on, train, validation or test; and which rows must go because the test would leak through them.

The side follows from the user's name and the shares alone. So no user is on two sides, and a row never changes side
from one night to the next: what the champion was tested on, no challenger is trained on.

What is left of the test in other users' rows is taken out of them: the same question, a near-duplicate of it, its
formula with other references, as `convert.decontaminate` says. The test split is never changed for the others' sake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from configs.schema import ConvertConfig
from tasks.id_hash import among
from tasks.records import SPLITS

Mask = npt.NDArray[np.bool_]
Sides = npt.NDArray[np.int8]
"""Index into SPLITS; -1 for a row that is left out."""

TRAIN, VALIDATION, TEST = (SPLITS.index(name) for name in ("train", "validation", "test"))
PLACES = 2.0**64


@dataclass(frozen=True)
class Keys:
    """Keys of the kept rows (`tasks/filter/keys.py`), by part and row."""

    part: npt.NDArray[np.uint16]
    row: npt.NDArray[np.uint32]
    cluster: npt.NDArray[np.uint64]
    column: Callable[[str], npt.NDArray[Any]] = field(repr=False)
    """Reads a column of KEYS_SCHEMA: memory holds those in use, not all of them."""


def sides(keys: Keys, config: ConvertConfig) -> Sides:
    """Each row's side. Raising a share moves users into that split from its neighbour only.

    Shares are shares of users; those of rows come near them as users grow in number.
    """
    places = keys.column("user") / PLACES
    test, validation = config.test_share, config.test_share + config.validation_share
    side = np.where(places < test, TEST, np.where(places < validation, VALIDATION, TRAIN)).astype(np.int8)
    if config.test_since or config.test_until or config.train_until:
        created = keys.column("created")
        side[(side == TEST) & _outside(created, config.test_since, config.test_until)] = -1
        side[(side >= 0) & (side != TEST) & _outside(created, None, config.train_until)] = -1
    return side


def leaks(keys: Keys, side: Sides, config: ConvertConfig) -> Iterator[tuple[str, Mask]]:
    """Rule by rule, the rows through which the test would leak. `side` may lose rows between two rules."""
    for kind, name in (("exact", "prompt"), ("near", "cluster"), ("skeleton", "skeleton"), ("formula", "formula")):
        if kind in config.decontaminate:
            values = keys.cluster if name == "cluster" else keys.column(name)
            held_out = np.unique(values[side == TEST])
            if kind == "formula":
                held_out = np.setdiff1d(held_out, _common(values, keys, config.common_formula_users))
            yield f"leak_{kind}", among(values, held_out) & (values != 0) & (side >= 0) & (side != TEST)


def _common(formulas: npt.NDArray[np.uint64], keys: Keys, users: int | None) -> npt.NDArray[np.uint64]:
    """Formulas of at least so many users: `=SUM(R1)` is common knowledge, and no trace of one row of the test."""
    if users is None:
        return np.array([], dtype=np.uint64)
    users_ = keys.column("user")
    order = np.lexsort((users_, formulas))
    ordered, whose = formulas[order], users_[order]
    first = np.append(True, (ordered[1:] != ordered[:-1]) | (whose[1:] != whose[:-1]))
    names, counts = np.unique(ordered[first], return_counts=True)
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
