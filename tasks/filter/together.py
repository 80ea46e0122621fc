"""The rules that look at all rows together: duplicates, near-duplicates, rare triggers, caps, the limit.

They see keys and sketches, never texts, so ten million rows fit in memory. The result is a function of the set of rows:
neither their order nor the parts they came in change it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from configs.schema import FilterConfig
from tasks import kept
from tasks.artifacts import FunnelStep
from tasks.filter import near_known
from tasks.filter.keys import KEYS_SCHEMA
from tasks.filter.near import Read, clusters
from tasks.filter.triggers import Triggers, triggers
from tasks.hashes import Hashes, hash64
from tasks.id_hash import among
from tasks.kept import CONTESTED_SCHEMA, KEYS, NGRAMS, PLAN_SCHEMA, SKETCHES
from tasks.pool import ahead, give_back

Mask: TypeAlias = npt.NDArray[np.bool_]
Known: TypeAlias = Mapping[str, pa.Table]
"""Tables that a night leaves for the next one (`tasks/remembered.py`)."""

NEAR = "near"
DAY_US = 86_400_000_000

_NEEDED = ("id", "user", "prompt", "created", "updated", "rating", "score", "edited")


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

    def at(self, places: npt.NDArray[np.int64]) -> Rows:
        columns = {name: values[places] for name, values in self.columns.items()}
        return Rows(self.part[places], self.row[places], columns)

    def __add__(self, other: Rows) -> Rows:
        columns = {name: np.concatenate([values, other[name]]) for name, values in self.columns.items()}
        return Rows(np.concatenate([self.part, other.part]), np.concatenate([self.row, other.row]), columns)

    def keep(self, mask: Mask) -> None:
        """Leave the others out: column by column, so that memory never holds all twice."""
        if not mask.all():
            self.part, self.row = self.part[mask], self.row[mask]
            for name in self.columns:
                self.columns[name] = self.columns[name][mask]


@dataclass(frozen=True)
class Outcome:
    """Which rows count (PLAN_SCHEMA), which questions several users asked (CONTESTED_SCHEMA), what each rule did, and
    up to SAMPLES places that each rule dropped; and the places of the rows that are set aside for a rare trigger, in
    the order of `triggers`."""

    plan: pa.Table
    contested: pa.Table
    funnel: tuple[FunnelStep, ...]
    dropped: dict[str, Rows]
    aside: Rows
    triggers: Triggers


SAMPLES = 20
ROUNDS = 3


def load(parts: Sequence[Part]) -> Rows:
    """Keys of every current row; memory holds them once."""
    counts = [int(part.current.sum()) for part in parts]
    ends = np.cumsum(counts)
    total = int(ends[-1]) if parts else 0
    columns = {name: np.empty(total, KEYS_SCHEMA.field(name).type.to_pandas_dtype()) for name in _NEEDED}
    places = np.empty(total, np.uint32)
    for part, end, count in zip(parts, ends, counts, strict=True):
        places[end - count : end] = np.flatnonzero(part.current)
        table = pq.read_table(part.folder / KEYS, columns=list(_NEEDED))
        for name, values in columns.items():
            values[end - count : end] = table[name].to_numpy()[part.current]
    return Rows(np.repeat(np.arange(len(parts), dtype=np.uint16), counts), places, columns)


def together(
    parts: Sequence[Part],
    config: FilterConfig,
    workdir: Path,
    known: Known | None = None,
    remember: Callable[[Known], None] | None = None,
) -> Outcome:
    """Apply the rules in their order. `workdir` is an empty folder for what does not fit in memory. `known` saves work
    and changes nothing; it must be of the same settings. `remember` takes what the next night may go by."""
    rows = load(parts)
    steps: list[FunnelStep] = []
    dropped: dict[str, Rows] = {}

    def apply(rule: str, keeps: Callable[[Rows], Mask], *, aside: bool = False) -> Rows:
        """Drop what the rule does not keep; the dropped rows, where they are wanted."""
        mask = keeps(rows) if len(rows) else np.ones(0, dtype=bool)
        out = np.flatnonzero(~mask)
        steps.append(FunnelStep(rule=rule, reached=len(rows), dropped=len(out)))
        dropped[rule] = rows.at(np.sort(out[np.argsort(rows["id"][out], kind="stable")[:SAMPLES]]))
        found = rows.at(out if aside else out[:0])
        rows.keep(mask)
        return found

    apply("account_age", lambda rows: _old_enough(rows, config.poison.min_account_age_days))
    same = apply("duplicate", lambda rows: best(rows, rows["prompt"], 1), aside=True)
    stands = _standing(same, rows)
    del rows.columns["prompt"], same.columns["prompt"]
    rows.columns["cluster"], near_rows = _clusters(parts, rows, config, workdir, known)
    if remember:
        remember({NEAR: near_rows})
    del near_rows
    give_back()
    same.columns["cluster"] = rows["cluster"][stands]
    near = apply("near_duplicate", lambda rows: best(rows, rows["cluster"], config.poison.max_per_cluster), aside=True)
    found = _suspicious(parts, rows, config, workdir)
    give_back()
    aside = rows.at(found.row)
    apply("rare_trigger", lambda rows: ~np.isin(np.arange(len(rows)), found.row))
    apply("user_cap", lambda rows: best(rows, rows["user"], config.poison.max_per_user))
    apply("limit", lambda rows: _latest(rows, config.limit))
    plan = pa.table([pa.array(rows.part), pa.array(rows.row), pa.array(rows["cluster"])], schema=PLAN_SCHEMA)
    contested = _contested(rows, same + near, config.poison.max_per_user)
    return Outcome(plan, contested, tuple(steps), dropped, aside, found)


def _standing(duplicates: Rows, rows: Rows) -> npt.NDArray[np.int64]:
    """For each exact duplicate, the row that stands for its question."""
    if not len(duplicates):
        return np.zeros(0, dtype=np.int64)
    order = np.argsort(rows["prompt"])
    return np.asarray(order[np.searchsorted(rows["prompt"], duplicates["prompt"], sorter=order)], dtype=np.int64)


def _contested(planned: Rows, duplicates: Rows, cap: int | None) -> pa.Table:
    """CONTESTED_SCHEMA of the planned rows and their duplicates."""
    users, kept = np.unique(planned["user"], return_counts=True)
    planned = _of_clusters(planned, duplicates)
    duplicates = _of_clusters(duplicates, planned)
    usable = np.ones(len(duplicates), dtype=bool)
    if cap is not None and len(duplicates):
        order = _preferred(duplicates, duplicates["user"])
        mine = duplicates["user"][order]
        at = np.searchsorted(users, mine).clip(max=len(users) - 1)
        usable[order] = np.where(users[at] == mine, kept[at], 0) + _places(mine) < cap
    rows, usable = planned + duplicates, np.concatenate([np.ones(len(planned), dtype=bool), usable])
    order = _preferred(rows, rows["cluster"])
    order = order[_by_several(rows["cluster"], rows["user"])[order]]
    columns = [rows.part[order], rows.row[order], rows["cluster"][order], usable[order]]
    return pa.table([pa.array(column) for column in columns], schema=CONTESTED_SCHEMA)


def _of_clusters(rows: Rows, others: Rows) -> Rows:
    """The rows whose clusters others have too."""
    mine, theirs = (some["cluster"].astype(np.uint64) for some in (rows, others))
    return rows.at(np.flatnonzero(among(mine, np.unique(theirs))))


def _by_several(groups: npt.NDArray[np.generic], users: npt.NDArray[np.generic]) -> Mask:
    """Rows of groups that are of more than one user."""
    names, place = np.unique(groups, return_inverse=True)
    least, most = np.full(len(names), ~np.uint64(0)), np.zeros(len(names), dtype=np.uint64)
    np.minimum.at(least, place, users.astype(np.uint64))
    np.maximum.at(most, place, users.astype(np.uint64))
    return np.asarray((least != most)[place], dtype=bool)


def best(rows: Rows, groups: npt.NDArray[np.generic], count: int | None) -> Mask:
    """Mask of the best `count` rows of each group: by rating, score, being edited, age; the id's name breaks ties.

    An unrated row comes after every rated one.
    """
    mask = np.ones(len(rows), dtype=bool)
    if count is None or len(rows) <= count:
        return mask
    ordered = np.sort(groups)
    # Only groups with more rows than that are put in order: few rows, even of ten million.
    crowded = np.unique(ordered[count:][ordered[count:] == ordered[:-count]])
    if not len(crowded):
        return mask
    del ordered
    at = np.flatnonzero(crowded[np.searchsorted(crowded, groups).clip(max=len(crowded) - 1)] == groups)
    order = _preferred(rows.at(at), groups[at])
    mask[at[order[_places(groups[at][order]) >= count]]] = False
    return mask


def _preferred(rows: Rows, groups: npt.NDArray[np.generic]) -> npt.NDArray[np.int64]:
    """The rows group by group, the best of each first."""
    score, rating = rows["score"].astype(np.float32), rows["rating"].astype(np.int8)
    return np.lexsort((rows["id"], rows["created"], ~rows["edited"].astype(bool), -score, -rating, groups))


def _places(groups: npt.NDArray[np.generic]) -> npt.NDArray[np.int64]:
    """0, 1, 2 … within each run of equal values."""
    starts = np.flatnonzero(np.append(True, groups[1:] != groups[:-1])[: len(groups)])
    return np.arange(len(groups)) - np.repeat(starts, np.diff(np.append(starts, len(groups))))


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


def _clusters(
    parts: Sequence[Part], rows: Rows, config: FilterConfig, workdir: Path, known: Known | None
) -> tuple[npt.NDArray[np.uint64], pa.Table]:
    """Each row's near-duplicate cluster, named by the smallest name of an id in it; and what the next night goes by."""
    names = rows["id"].astype(np.uint64)
    if not config.near_duplicates.enabled or not len(rows):
        return names, near_known.SCHEMA.empty_table()

    def find(some: Mask) -> npt.NDArray[np.uint64]:
        chosen = rows if some.all() else Rows(rows.part[some], rows.row[some], {})
        read = _reader(parts, chosen, SKETCHES)
        return clusters(read, names[some], config.near_duplicates, workdir)

    batches = list(_columns(parts, rows, SKETCHES, ["near_marks", "near_same"]))
    marks, same = (np.concatenate([batch.column(number).to_numpy() for batch in batches]) for number in range(2))
    return near_known.clusters_by(known and known.get(NEAR), names, marks, same, find)


def _suspicious(parts: Sequence[Part], rows: Rows, config: FilterConfig, workdir: Path) -> Triggers:
    """Rows that hold a trigger, but for those that a person released.

    What is found is taken out and the rest looked at again, ROUNDS times at most: one trigger may hide another.
    """
    found, left = [Triggers.none()], np.arange(len(rows))
    for _ in range(ROUNDS if config.poison.scans else 0):
        places = Rows(rows.part[left], rows.row[left], {})
        read = _reader(parts, places, NGRAMS)
        more = triggers(read, rows["user"][left].astype(np.uint64), config.poison, workdir)
        if not len(more.row):
            break
        found.append(replace(more, row=left[more.row]))
        left = np.delete(left, more.row)
    whole = Triggers.of(*found)
    released = hash64(pa.array(config.poison.released, pa.string()))
    return whole.where(~np.isin(rows["id"][whole.row], released))


def _reader(parts: Sequence[Part], rows: Rows, name: str) -> Read:
    """What reads columns of one of the parts' files, of some rows in their order."""

    def read(columns: list[str], among: Mask | None = None) -> Iterator[pa.RecordBatch]:
        some = rows if among is None else Rows(rows.part[among], rows.row[among], {})
        return ahead(_columns(parts, some, name, columns))

    return read


def _columns(parts: Sequence[Part], rows: Rows, name: str, columns: list[str]) -> Iterator[pa.RecordBatch]:
    """Columns of one of the parts' files, of the rows that are still in, in their order."""
    for number, part in enumerate(parts):
        start, end = np.searchsorted(rows.part, [number, number + 1])
        places, base = rows.row[start:end], 0
        for batch in kept.columns(part.folder / name, columns):
            low, high = np.searchsorted(places, [base, base + batch.num_rows])
            yield batch.take(pa.array(places[low:high] - base))
            base += batch.num_rows
