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

    lists: Callable[[str], tuple[npt.NDArray[Any], npt.NDArray[np.int64]]] = field(repr=False)
    """Reads a column of lists: all their values, and how many each row has."""


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
    for kind, name in (("exact", "prompt"), ("near", "cluster"), ("skeleton", "skeleton")):
        if kind in config.decontaminate:
            values = keys.cluster if name == "cluster" else keys.column(name)
            yield f"leak_{kind}", among(values, np.unique(values[side == TEST])) & (side >= 0) & (side != TEST)
    if "formula" in config.decontaminate:
        yield "leak_formula", _formulas(keys, side, config.common_formula_users) & (side >= 0) & (side != TEST)


def _formulas(keys: Keys, side: Sides, common_users: int | None) -> Mask:
    """Rows with the formula of a test row among theirs.

    A formula of at least so many users counts for nothing: `=SUM(R1)` is common knowledge, no trace of one row.
    """
    names, sizes = keys.lists("formulas")
    asked = np.unique(keys.column("formula")[side == TEST])
    traces = among(names, asked[asked != 0])
    names, rows = names[traces], np.repeat(np.arange(len(side)), sizes)[traces]
    if common_users is not None and len(names):
        known = np.unique(np.stack([names, keys.column("user")[rows]]), axis=1)[0]
        known, counts = np.unique(known, return_counts=True)
        rows = rows[among(names, known[counts < common_users])]
    return np.bincount(rows, minlength=len(side)) > 0


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
