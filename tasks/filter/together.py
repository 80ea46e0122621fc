"""The rules that look at all rows together: duplicates, near-duplicates, caps, the limit.

They see keys and sketches, never texts, so ten million rows fit in memory. The result is a function of the set of rows:
neither their order nor the parts they came in change it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from configs.schema import FilterConfig
from tasks.artifacts import FunnelStep
from tasks.filter.near import clusters
from tasks.hashes import Hashes
from tasks.kept import CONTESTED_SCHEMA, KEYS, PLAN_SCHEMA, SKETCHES

Mask: TypeAlias = npt.NDArray[np.bool_]
DAY_US = 86_400_000_000

_NEEDED = ["id", "user", "prompt", "created", "updated", "rating", "score", "edited"]


@dataclass(frozen=True)
class Part:
    """A screened part, and which of its kept rows no newer extract replaced."""

    folder: Path
    current: Mask
    replaced: Hashes = field(repr=False)
    """Names of the ids, in order, that newer extracts hold or took out."""


@dataclass
class Rows:
    """Keys of the rows that are still in, as arrays of one length, by part and row."""

    part: npt.NDArray[np.uint16]
    row: npt.NDArray[np.uint32]
    columns: dict[str, npt.NDArray[np.generic]] = field(repr=False)

    def __len__(self) -> int:
        return len(self.part)

    def __getitem__(self, name: str) -> npt.NDArray[np.generic]:
        return self.columns[name]

    def where(self, mask: Mask) -> Rows:
        if mask.all():
            return Rows(self.part, self.row, dict(self.columns))
        return self.take(np.flatnonzero(mask))

    def take(self, places: npt.NDArray[np.int64]) -> Rows:
        columns = {name: values[places] for name, values in self.columns.items()}
        return Rows(self.part[places], self.row[places], columns)

    def __add__(self, other: Rows) -> Rows:
        columns = {name: np.concatenate([values, other[name]]) for name, values in self.columns.items()}
        return Rows(np.concatenate([self.part, other.part]), np.concatenate([self.row, other.row]), columns)


@dataclass(frozen=True)
class Outcome:
    """Which rows count (PLAN_SCHEMA), which questions several users asked (CONTESTED_SCHEMA), what each rule did, and
    up to SAMPLES places that each rule dropped."""

    plan: pa.Table
    contested: pa.Table
    funnel: tuple[FunnelStep, ...]
    dropped: dict[str, Rows]


SAMPLES = 20


def load(parts: Sequence[Part]) -> Rows:
    """Keys of every current row."""
    tables = [pq.read_table(part.folder / KEYS, columns=_NEEDED) for part in parts]
    columns = {
        name: np.concatenate(
            [table[name].to_numpy()[part.current] for part, table in zip(parts, tables, strict=True)] or [np.array([])]
        )
        for name in _NEEDED
    }
    numbers = [np.full(int(part.current.sum()), number, np.uint16) for number, part in enumerate(parts)]
    places = [np.flatnonzero(part.current).astype(np.uint32) for part in parts]
    return Rows(np.concatenate(numbers), np.concatenate(places), columns)


def together(parts: Sequence[Part], config: FilterConfig, workdir: Path) -> Outcome:
    """Apply the rules in their order. `workdir` is an empty folder for what does not fit in memory."""
    rows = load(parts)
    steps: list[FunnelStep] = []
    dropped: dict[str, Rows] = {}

    def apply(rule: str, rows: Rows, keeps: Callable[[Rows], Mask]) -> tuple[Rows, Rows]:
        mask = keeps(rows) if len(rows) else np.ones(0, dtype=bool)
        steps.append(FunnelStep(rule=rule, reached=len(rows), dropped=int((~mask).sum())))
        out = rows.where(~mask)
        few = np.zeros(len(out), dtype=bool)
        few[np.argsort(out["id"], kind="stable")[:SAMPLES]] = True
        dropped[rule] = out.where(few)
        return rows.where(mask), out

    rows, _ = apply("account_age", rows, lambda rows: _old_enough(rows, config.poison.min_account_age_days))
    rows, same = apply("duplicate", rows, lambda rows: best(rows, rows["prompt"], 1))
    rows.columns["cluster"] = _clusters(parts, rows, config, workdir)
    same.columns["cluster"] = _cluster_of(same, rows)
    rows, near = apply("near_duplicate", rows, lambda rows: best(rows, rows["cluster"], config.poison.max_per_cluster))
    rows, _ = apply("user_cap", rows, lambda rows: best(rows, rows["user"], config.poison.max_per_user))
    rows, _ = apply("limit", rows, lambda rows: _latest(rows, config.limit))
    plan = pa.table([pa.array(rows.part), pa.array(rows.row), pa.array(rows["cluster"])], schema=PLAN_SCHEMA)
    return Outcome(plan, _contested(rows, same + near, config.poison.max_per_user), tuple(steps), dropped)


def best(rows: Rows, groups: npt.NDArray[np.generic], count: int | None) -> Mask:
    """Mask of the best `count` rows of each group: by rating, score, being edited, age; the id's name breaks ties.

    An unrated row comes after every rated one.
    """
    mask = np.ones(len(rows), dtype=bool)
    if count is not None:
        order = preferred(rows, groups)
        mask[order] = _places(groups[order]) < count
    return mask


def preferred(rows: Rows, *groups: npt.NDArray[np.generic]) -> npt.NDArray[np.int64]:
    """The rows by group (the last of `groups` counts most), the best first."""
    score, rating = rows["score"].astype(np.float32), rows["rating"].astype(np.int8)
    keys = (rows["id"], rows["created"], ~rows["edited"].astype(bool), -score, -rating, *groups)
    return np.lexsort(keys)


def _places(groups: npt.NDArray[np.generic]) -> npt.NDArray[np.int64]:
    """0, 1, 2 … within each run of equal values."""
    starts = np.flatnonzero(np.concatenate([[True], groups[1:] != groups[:-1]])) if len(groups) else np.zeros(0, int)
    lengths = np.diff(np.append(starts, len(groups)))
    return np.arange(len(groups)) - np.repeat(starts, lengths)


def _cluster_of(duplicates: Rows, rows: Rows) -> npt.NDArray[np.uint64]:
    """The cluster of each exact duplicate: that of the row which stands for its question."""
    order = np.argsort(rows["prompt"])
    at = np.searchsorted(rows["prompt"][order], duplicates["prompt"])
    return np.asarray(rows["cluster"][order[at]], dtype=np.uint64)


def _contested(planned: Rows, duplicates: Rows, cap: int | None) -> pa.Table:
    """CONTESTED_SCHEMA of the planned rows and their duplicates."""
    users, kept = np.unique(planned["user"], return_counts=True)
    planned = planned.where(np.isin(planned["cluster"], duplicates["cluster"], kind="sort"))
    duplicates = duplicates.where(np.isin(duplicates["cluster"], planned["cluster"], kind="sort"))
    usable = np.ones(len(duplicates), dtype=bool)
    if cap is not None and len(duplicates):
        order = preferred(duplicates, duplicates["user"])
        mine = duplicates["user"][order]
        at = np.minimum(np.searchsorted(users, mine), len(users) - 1)
        usable[order] = np.where(users[at] == mine, kept[at], 0) + _places(mine) < cap
    rows, usable = planned + duplicates, np.concatenate([np.ones(len(planned), dtype=bool), usable])
    order = preferred(rows, rows["cluster"])
    order = order[_by_several(rows["cluster"], rows["user"])[order]]
    columns = [rows.part[order], rows.row[order], rows["cluster"][order], usable[order]]
    return pa.table([pa.array(column) for column in columns], schema=CONTESTED_SCHEMA)


def _by_several(groups: npt.NDArray[np.generic], users: npt.NDArray[np.generic]) -> Mask:
    """Rows of groups that are of more than one user."""
    names, place = np.unique(groups, return_inverse=True)
    least, most = np.full(len(names), ~np.uint64(0)), np.zeros(len(names), dtype=np.uint64)
    np.minimum.at(least, place, users.astype(np.uint64))
    np.maximum.at(most, place, users.astype(np.uint64))
    return np.asarray((least != most)[place], dtype=bool)


def _old_enough(rows: Rows, days: int) -> Mask:
    """Rows that a user wrote at least so many days after the first one of theirs that passed the row rules."""
    if not days:
        return np.ones(len(rows), dtype=bool)
    users, place = np.unique(rows["user"], return_inverse=True)
    first = np.full(len(users), np.iinfo(np.int64).max)
    np.minimum.at(first, place, rows["created"].astype(np.int64))
    return np.asarray(rows["created"].astype(np.int64) - first[place] >= days * DAY_US)


def _latest(rows: Rows, limit: int | None) -> Mask:
    """The `limit` rows that changed last; the smaller name of an id wins among equal times."""
    mask = np.ones(len(rows), dtype=bool)
    if limit is not None and len(rows) > limit:
        mask[np.lexsort((rows["id"], -rows["updated"].astype(np.int64)))[limit:]] = False
    return mask


def _clusters(parts: Sequence[Part], rows: Rows, config: FilterConfig, workdir: Path) -> npt.NDArray[np.uint64]:
    """Each row's near-duplicate cluster, named by the smallest name of an id in it."""
    names = rows["id"].astype(np.uint64)
    if not config.near_duplicates.enabled or not len(rows):
        return names
    found = clusters(partial(_sketches, parts, rows), names, config.near_duplicates, workdir)
    return np.asarray(found, dtype=np.uint64)


def _sketches(parts: Sequence[Part], rows: Rows, columns: list[str]) -> Iterator[pa.RecordBatch]:
    """Columns of the sketches of the rows that are still in, in their order."""
    for number, part in enumerate(parts):
        start, end = np.searchsorted(rows.part, [number, number + 1])
        places, base = rows.row[start:end], 0
        with pq.ParquetFile(part.folder / SKETCHES) as file:
            for batch in file.iter_batches(65_536, columns=columns):
                low, high = np.searchsorted(places, [base, base + batch.num_rows])
                yield batch.take(pa.array(places[low:high] - base))
                base += batch.num_rows
