"""Where every kept row goes: its side, its shard, its place there. Worked out from keys alone, before any text is read.

A shard holds one split's rows of one week, by the time they were created. So new traffic makes new shards, and a night
rewrites only those whose rows changed. A week with more than SHARD_ROWS rows is cut by the names of their ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from configs.schema import ConvertConfig
from tasks.artifacts import FunnelStep
from tasks.convert.contained import contained
from tasks.convert.splits import Keys, Mask, Sides, leaks, sides
from tasks.dataset import Shard
from tasks.kept import KEYS, chosen
from tasks.records import SPLITS

SHARD_ROWS = 65_536
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
    shards: tuple[Shard, ...]
    funnel: tuple[FunnelStep, ...]

    @property
    def starts(self) -> npt.NDArray[np.int64]:
        """Where each shard begins, and where the last one ends."""
        return np.cumsum([0, *(shard.rows for shard in self.shards)])


def lay_out(plan: pa.Table, folders: Sequence[Path], config: ConvertConfig, recipe: str) -> Layout:
    """`folders` are the screened parts, in the plan's numbering; `recipe` names how rows are written."""
    keys = _keys(plan, folders)
    side = sides(keys, config)
    steps = []
    for rule, drop in chain(leaks(keys, side, config), _contained(keys, side, folders, config)):
        alive = side >= 0
        steps.append(FunnelStep(rule=rule, reached=int(alive.sum()), dropped=int((alive & drop).sum())))
        side[drop] = -1
    rows, week, piece = _order(keys, np.flatnonzero(side >= 0), side, config)
    content = keys.column("content")[rows]
    shards = _shards(side[rows], week, piece, content, recipe)
    user, korean = (keys.column(name)[rows] for name in ("user", "korean"))
    return Layout(keys.part[rows], keys.row[rows], user, korean, shards, tuple(steps))


def _order(
    keys: Keys, kept: npt.NDArray[np.int64], side: Sides, config: ConvertConfig
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.uint64]]:
    """The rows in the dataset's order, and the week and the piece of it that each is in."""
    ids, session = keys.column("id")[kept], keys.column("session")[kept]
    created = _begun(keys.column("created")[kept], session, config)
    week = (created + MONDAY_US) // WEEK_US
    piece = _pieces(week, ids if config.turns == "single" else session)
    # Turns of one conversation stand together, in their order.
    order = np.lexsort((ids, keys.column("turn")[kept], session, created, piece, week, side[kept]))
    return kept[order], week[order], piece[order]


def _contained(keys: Keys, side: Sides, folders: Sequence[Path], config: ConvertConfig) -> Iterator[tuple[str, Mask]]:
    if "contained" in config.decontaminate:
        yield "leak_contained", contained(keys, side, folders)


def _keys(plan: pa.Table, folders: Sequence[Path]) -> Keys:
    def column(name: str) -> npt.NDArray[Any]:
        tables = (pq.read_table(folder / KEYS, columns=[name]) for folder in folders)
        return np.concatenate([table[name].to_numpy()[chosen(plan, number)] for number, table in enumerate(tables)])

    return Keys(plan["part"].to_numpy(), plan["row"].to_numpy(), plan["cluster"].to_numpy(), column)


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


def _pieces(week: npt.NDArray[np.int64], ids: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Which piece of its week a row is in: the week is halved until every piece has SHARD_ROWS rows or about that."""
    _, place, counts = np.unique(week, return_inverse=True, return_counts=True)
    bits = np.maximum(0, np.ceil(np.log2(np.maximum(counts, 1) / SHARD_ROWS))).astype(np.uint64)[place]
    return np.where(bits > 0, ids >> (np.uint64(64) - np.maximum(bits, np.uint64(1))), np.uint64(0))


def _shards(
    side: npt.NDArray[np.int8],
    week: npt.NDArray[np.int64],
    piece: npt.NDArray[np.uint64],
    content: npt.NDArray[np.uint64],
    recipe: str,
) -> tuple[Shard, ...]:
    if not len(side):
        return ()
    changes = (side[1:] != side[:-1]) | (week[1:] != week[:-1]) | (piece[1:] != piece[:-1])
    starts = [0, *(np.flatnonzero(changes) + 1).tolist(), len(side)]
    pieces = set(np.unique(week[piece > 0]).tolist())
    shards = []
    for start, end in pairwise(starts):
        monday = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(week[start]) * WEEK_US - MONDAY_US)
        name = f"{monday:%Y-%m-%d}" + (f"-{int(piece[start]):02d}" if int(week[start]) in pieces else "")
        digest = blake2b(recipe.encode() + content[start:end].tobytes(), digest_size=16).hexdigest()
        shards.append(Shard(SPLITS[side[start]], name, end - start, digest))
    return tuple(shards)
