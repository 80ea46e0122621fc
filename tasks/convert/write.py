"""Write shards: pieces of work for several processes, each with a bounded number of rows in memory.

First every screened part hands its rows to the groups of shards that they belong to (`scatter`), in files that are gone
afterwards; then each group is put in order and written in every format (`write_group`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict

from tasks.convert.earlier import FORMS
from tasks.convert.formats import FORMATS, Renderer, content
from tasks.convert.profile import counts
from tasks.dataset import Shard
from tasks.digests import SYNCS, Known, finish
from tasks.kept import KEPT, KEPT_SCHEMA, taken
from tasks.records import DATASET_SCHEMA, EXAMPLE_SCHEMA, TURN
from tasks.storage import Store

RENDER_ROWS = 8_192
_FEW_VALUES = ["user_id", "task_type", "language", "edited", "quality_score", "rating", "updated_at"]
"""Columns that a dictionary and statistics are worth their time for: not the texts, nor the ids."""
_SPILL_SCHEMA = pa.schema([*KEPT_SCHEMA, pa.field("place", pa.uint32())])


class Scatter(BaseModel):
    """One part's rows, the groups that they go to, and their places in the dataset: arrays of one length, by row."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    root: str
    part: str
    number: int
    rows: npt.NDArray[np.uint32]
    groups: npt.NDArray[np.uint32]
    places: npt.NDArray[np.uint32]
    spill: Path


class Group(BaseModel):
    """Shards that one process writes, in the dataset's order."""

    model_config = ConfigDict(frozen=True)

    number: int
    shards: tuple[Shard, ...]
    multi_turn: bool
    system_prompt: str
    spill: Path
    draft: Path


@dataclass(frozen=True)
class Written:
    """Shards that were written, counted, by their Parquet files; and what is known of all files."""

    shards: dict[str, Shard] = field(default_factory=dict)
    files: dict[str, Known] = field(default_factory=dict)


def scatter(order: Scatter) -> None:
    """Write the part's rows to a spill file a group."""
    path = Store(order.root).open(order.part, [KEPT]) / KEPT
    done = 0
    with ExitStack() as files:
        writers: dict[int, pa.ipc.RecordBatchFileWriter] = {}
        for batch in taken(path, order.rows):
            rows = slice(done, done + batch.num_rows)
            done += batch.num_rows
            by_group = np.argsort(order.groups[rows], kind="stable")
            placed = pa.RecordBatch.from_arrays([*batch.columns, pa.array(order.places[rows])], schema=_SPILL_SCHEMA)
            placed = placed.take(pa.array(by_group))
            names, begins = np.unique(order.groups[rows][by_group], return_index=True)
            for group, (begin, end) in zip(names.tolist(), pairwise([*begins.tolist(), len(by_group)]), strict=True):
                if group not in writers:
                    name = order.spill / f"{group}-{order.number}.arrow"
                    writers[group] = files.enter_context(pa.ipc.new_file(name, _SPILL_SCHEMA))
                writers[group].write_batch(placed.slice(begin, end - begin))


def write_group(order: Group) -> Written:
    """Write the group's shards as Parquet and in every format, and remove its spill files."""
    spilled = sorted(order.spill.glob(f"{order.number}-*.arrow"))
    table = pa.concat_tables([pa.ipc.open_file(path).read_all() for path in spilled])
    table = table.take(pc.sort_indices(table["place"])).combine_chunks()
    examples, shards = _examples(table, order)
    profiles = counts(examples, [shard.rows for shard in shards])
    written = Written()
    with ThreadPoolExecutor(SYNCS) as disk:
        finished: dict[str, Future[Known]] = {}
        for old, shard, profile in zip(
            order.shards, write_shards(examples, shards, order.system_prompt, order.draft), profiles, strict=True
        ):
            finished |= {name: disk.submit(finish, order.draft / name) for name in map(shard.file, FORMS)}
            written.shards[old.file()] = shard._replace(profile=profile)
        written.files.update({name: file.result() for name, file in finished.items()})
    for path in spilled:
        path.unlink()
    return written


def _examples(rows: pa.Table, order: Group) -> tuple[pa.Table, list[Shard]]:
    """DATASET_SCHEMA of the group's rows, and the shards with how many of these are theirs."""
    if not order.multi_turn:
        return single(rows), list(order.shards)
    edges = np.cumsum([0, *(shard.rows for shard in order.shards)]).tolist()
    found = [_conversations(rows.slice(begin, end - begin)) for begin, end in pairwise(edges)]
    shards = [shard._replace(rows=some.num_rows) for shard, some in zip(order.shards, found, strict=True)]
    return pa.concat_tables(found).combine_chunks(), shards


def write_shards(examples: pa.Table, shards: Sequence[Shard], system_prompt: str, draft: Path) -> Iterator[Shard]:
    """Write DATASET_SCHEMA rows, one shard's behind the other's; each shard when its files are there.

    Small shards are rendered together: each by itself, most of the time would go into calls on a few rows.
    """
    start = 0
    for some in groups(shards, RENDER_ROWS):
        window = examples.slice(start, sum(shard.rows for shard in some))
        start += window.num_rows
        if len(some) == 1:
            write_shard(window, some[0], system_prompt, draft)
            yield some[0]
            continue
        (batch,) = window.combine_chunks().to_batches()
        renderer = Renderer(batch, system_prompt)
        texts = {form: renderer.rows(form) for form in FORMATS}
        for shard, end in zip(some, np.cumsum([shard.rows for shard in some]).tolist(), strict=True):
            begin = end - shard.rows
            write_table(window.slice(begin, shard.rows), shard, draft)
            for form, rows in texts.items():
                with _file(draft, shard.file(form)) as file:
                    file.write(content(rows.slice(begin, shard.rows)))
            yield shard


def write_shard(rows: pa.Table, shard: Shard, system_prompt: str, draft: Path) -> None:
    """Write DATASET_SCHEMA rows as Parquet and in every format."""
    write_table(rows, shard, draft)
    with ExitStack() as stack:
        files = {form: stack.enter_context(_file(draft, shard.file(form))) for form in FORMATS}
        for batch in rows.to_batches(max_chunksize=RENDER_ROWS):
            renderer = Renderer(batch, system_prompt)
            for form, file in files.items():
                file.write(renderer.lines(form))


def _file(draft: Path, name: str) -> pa.OSFile:
    """A new file of the draft, in a folder that may be new as well."""
    path = f"{draft}/{name}"
    try:
        return pa.OSFile(path, "wb")
    except FileNotFoundError:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        return pa.OSFile(path, "wb")


def write_table(rows: pa.Table, shard: Shard, draft: Path) -> None:
    """Write DATASET_SCHEMA rows as Parquet: the bytes follow from the rows alone, not from how they came together."""
    with _file(draft, shard.file()) as file:
        pq.write_table(
            rows.combine_chunks(),
            file,
            compression="zstd",
            row_group_size=RENDER_ROWS,
            use_dictionary=_FEW_VALUES,
            write_statistics=_FEW_VALUES,
        )


def single(rows: pa.Table) -> pa.Table:
    """DATASET_SCHEMA of KEPT_SCHEMA rows: each an example of its own."""
    columns = [rows[name] for name in EXAMPLE_SCHEMA.names]
    history = pa.nulls(rows.num_rows, DATASET_SCHEMA.field("history").type)
    return pa.table([*columns, history], schema=DATASET_SCHEMA)


def _conversations(rows: pa.Table) -> pa.Table:
    """One example a conversation: its last turn, with those before it as history. Rows come by session and turn."""
    sessions = rows["session_id"].combine_chunks()
    names = pc.fill_null(sessions, "")
    # A row without a session is a conversation of its own.
    alone = pc.equal(names, "").to_numpy(zero_copy_only=False)
    codes = pc.dictionary_encode(names).indices.to_numpy()
    ends = np.append((codes[1:] != codes[:-1]) | alone[1:] | alone[:-1], True) if len(codes) else np.array([], bool)
    last = np.flatnonzero(ends)
    begins = np.concatenate([[0], last[:-1] + 1]) if len(last) else last
    history = [
        _turns(rows, int(begin), int(end)) if end > begin else None for begin, end in zip(begins, last, strict=True)
    ]
    columns = [rows[name].take(pa.array(last)) for name in EXAMPLE_SCHEMA.names]
    return pa.table([*columns, pa.array(history, DATASET_SCHEMA.field("history").type)], schema=DATASET_SCHEMA)


def _turns(rows: pa.Table, begin: int, end: int) -> list[dict[str, Any]]:
    turns: list[dict[str, Any]] = rows.select([field.name for field in TURN]).slice(begin, end - begin).to_pylist()
    return turns


def groups(shards: Sequence[Shard], rows: int) -> list[list[Shard]]:
    """The shards in their order, in groups of about so many rows."""
    found: list[list[Shard]] = []
    size = 0
    for shard in shards:
        if not found or size + shard.rows > rows:
            found.append([])
            size = 0
        found[-1].append(shard)
        size += shard.rows
    return found
