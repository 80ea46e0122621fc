"""Where every kept row goes: its side, its shard, its place there. Worked out from keys alone, before any text is read.

A shard holds one split's rows of one week, by the time they were created. So new traffic makes new shards, and a night
touches only those whose rows changed. Of a week with more than SHARD_ROWS rows in a split, shards are cut by the names
of their ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from configs.schema import ConvertConfig
from tasks.artifacts import FunnelStep
from tasks.convert.askers import speakers
from tasks.convert.contained import Known, contained
from tasks.convert.earlier import row_names
from tasks.convert.splits import Keys, Mask, Sides, leaks, sides
from tasks.dataset import Shard
from tasks.id_hash import among
from tasks.kept import KEYS
from tasks.records import SPLITS

SHARD_ROWS = 512
"""About so many rows has a shard at most. All of them are copied when one changes, as one old row in 1,600 did in a
night (1% new rows, of a million); but every shard is a file in each format."""
WEEK_US = 7 * 86_400_000_000
MONDAY_US = 3 * 86_400_000_000
"""1970-01-01, where times begin, was a Thursday: the week's Monday came three days before."""


@dataclass(frozen=True)
class Layout:
    """The dataset's rows in their order, as arrays of one length, and its shards, each a slice of them."""

    part: npt.NDArray[np.uint16]
    row: npt.NDArray[np.uint32]
    user: npt.NDArray[np.uint64]
    korean: npt.NDArray[np.float32]
    names: npt.NDArray[np.uint64]
    """What each row holds and how it is written (`tasks.convert.earlier.row_names`)."""

    shards: tuple[Shard, ...]
    funnel: tuple[FunnelStep, ...]
    known: Known
    """What the next night may go by."""

    @property
    def starts(self) -> npt.NDArray[np.int64]:
        """Where each shard begins, and where the last one ends."""
        return np.cumsum([0, *(shard.rows for shard in self.shards)])


def lay_out(
    plan: pa.Table,
    contested: pa.Table,
    folders: Sequence[Path],
    config: ConvertConfig,
    *,
    recipe: str,
    known: Known | None = None,
) -> Layout:
    """`folders` are the screened parts, in the plan's numbering; `recipe` names how rows are written.

    `plan` is PLAN_SCHEMA, `contested` CONTESTED_SCHEMA (`tasks/kept.py`). `known` saves work and changes nothing.
    """
    keys, side, step = _settled(plan, contested, folders, config)
    steps = [step]
    left: Known = {}

    def apply(rule: str, drop: Mask) -> None:
        alive = side >= 0
        steps.append(FunnelStep(rule=rule, reached=int(alive.sum()), dropped=int((alive & drop).sum())))
        side[drop] = -1

    for rule, drop in leaks(keys, side, config):
        apply(rule, drop)
    if "contained" in config.decontaminate:
        drop, left = contained(keys, side, folders, config.common_question_users, known)
        apply("leak_contained", drop)
    rows, week, piece = _order(keys, np.flatnonzero(side >= 0), side, config)
    names = row_names(keys.column("content")[rows], recipe)
    shards = _shards(side[rows], week, piece, names)
    user, korean = (keys.column(name)[rows] for name in ("user", "korean"))
    return Layout(keys.part[rows], keys.row[rows], user, korean, names, shards, tuple(steps), left)


def _order(
    keys: Keys, kept: npt.NDArray[np.int64], side: Sides, config: ConvertConfig
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.uint64]]:
    """The rows in the dataset's order, and the week and the piece of it that each is in."""
    ids, session = keys.column("id")[kept], keys.column("session")[kept]
    created = _begun(keys.column("created")[kept], session, config)
    week = (created + MONDAY_US) // WEEK_US
    piece = _pieces(week * len(SPLITS) + side[kept], ids if config.turns == "single" else session)
    # Turns of one conversation stand together, in their order.
    order = np.lexsort((ids, keys.column("turn")[kept], session, created, piece, week, side[kept]))
    return kept[order], week[order], piece[order]


def _settled(
    plan: pa.Table, contested: pa.Table, folders: Sequence[Path], config: ConvertConfig
) -> tuple[Keys, Sides, FunnelStep]:
    """Keys and sides of the rows that stand in the dataset before the test's traces are taken out, and what it cost to
    keep each question on its side."""
    planned, named = _places(plan), _places(contested)
    places, at = np.unique(np.concatenate([planned, named]), return_index=True)
    cluster = np.concatenate([plan["cluster"].to_numpy(), contested["cluster"].to_numpy()])[at]
    mine, rank, usable = np.ones(len(places), dtype=bool), np.full(len(places), -1), np.ones(len(places), dtype=bool)
    theirs = np.searchsorted(places, named)
    rank[theirs], usable[theirs] = np.arange(len(named)), contested["usable"].to_numpy()
    mine[theirs] = among(named, np.sort(planned))
    keys = _keys(places, cluster, folders)
    side = sides(keys, config)
    standing = np.flatnonzero(speakers(keys, side, mine, rank, usable))
    before, after = int((mine & (side >= 0)).sum()), int((side[standing] >= 0).sum())
    step = FunnelStep(rule="other_side", reached=before, dropped=max(0, before - after))
    return _keys(places[standing], cluster[standing], folders), side[standing], step


def _places(rows: pa.Table) -> npt.NDArray[np.uint64]:
    """Part and row of each row as one number."""
    part, row = (rows[name].to_numpy().astype(np.uint64) for name in ("part", "row"))
    return np.asarray(part << np.uint64(32) | row, dtype=np.uint64)


def _keys(places: npt.NDArray[np.uint64], cluster: npt.NDArray[np.uint64], folders: Sequence[Path]) -> Keys:
    """Keys of the rows at `places`, which ascend."""
    part, row = (places >> np.uint64(32)).astype(np.uint16), (places & np.uint64(0xFFFFFFFF)).astype(np.uint32)
    ends = np.searchsorted(part, np.arange(len(folders) + 1))

    def column(name: str) -> npt.NDArray[Any]:
        return np.concatenate(
            [
                pq.ParquetFile(folder / KEYS).read([name])[name].to_numpy()[row[start:end]]
                for folder, (start, end) in zip(folders, pairwise(ends), strict=True)
            ]
        )

    def lists(name: str) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
        values, sizes = [], []
        for folder, (start, end) in zip(folders, pairwise(ends), strict=True):
            found = pq.read_table(folder / KEYS, columns=[name])[name].combine_chunks().take(pa.array(row[start:end]))
            values.append(found.flatten().to_numpy())
            sizes.append(pc.list_value_length(found).to_numpy(zero_copy_only=False).astype(np.int64))
        return np.concatenate(values), np.concatenate(sizes)

    return Keys(part, row, cluster, column, lists)


def _begun(
    created: npt.NDArray[np.int64], session: npt.NDArray[np.uint64], config: ConvertConfig
) -> npt.NDArray[np.int64]:
    """The time that decides a row's week; with multi-turn examples, that of its conversation's first row."""
    if config.turns == "single":
        return created
    sessions, place = np.unique(session, return_inverse=True)
    first = np.full(len(sessions), np.iinfo(np.int64).max)
    np.minimum.at(first, place, created)
    return np.asarray(first[place])


def _pieces(weeks: npt.NDArray[np.int64], ids: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Which piece of its split's week a row is in: that is halved until every piece has SHARD_ROWS rows or about so
    many."""
    _, place, counts = np.unique(weeks, return_inverse=True, return_counts=True)
    bits = np.maximum(0, np.ceil(np.log2(np.maximum(counts, 1) / SHARD_ROWS))).astype(np.uint64)[place]
    return np.where(bits > 0, ids >> (np.uint64(64) - np.maximum(bits, np.uint64(1))), np.uint64(0))


def _shards(
    side: npt.NDArray[np.int8],
    week: npt.NDArray[np.int64],
    piece: npt.NDArray[np.uint64],
    names: npt.NDArray[np.uint64],
) -> tuple[Shard, ...]:
    if not len(side):
        return ()
    changes = (side[1:] != side[:-1]) | (week[1:] != week[:-1]) | (piece[1:] != piece[:-1])
    starts = [0, *(np.flatnonzero(changes) + 1).tolist(), len(side)]
    cut = piece > 0
    pieces = set(zip(side[cut].tolist(), week[cut].tolist(), strict=True))
    shards = []
    for start, end in pairwise(starts):
        monday = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(week[start]) * WEEK_US - MONDAY_US)
        name = f"{monday:%Y-%m-%d}" + (
            f"-{int(piece[start]):02d}" if (int(side[start]), int(week[start])) in pieces else ""
        )
        digest = blake2b(names[start:end].tobytes(), digest_size=16).hexdigest()
        shards.append(Shard(SPLITS[side[start]], name, end - start, digest))
    return tuple(shards)
