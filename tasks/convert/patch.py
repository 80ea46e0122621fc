"""Write shards of which an earlier dataset holds nearly all rows: their lines are copied, not made again.

What comes out is what `tasks/convert/write.py` writes of the same rows, byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from tasks.convert.earlier import Earlier
from tasks.convert.formats import FORMATS, Renderer
from tasks.convert.profile import COUNTED, counts
from tasks.convert.write import RENDER_ROWS, write_table
from tasks.dataset import PARQUET, Shard
from tasks.records import DATASET_SCHEMA

_FRESH = -1
_NEWLINE = ord("\n")


@dataclass(frozen=True)
class Patch:
    """A shard, the place of each of its rows in the earlier dataset (-1: in none), and which number the first of those
    that are in none has among the fresh rows."""

    shard: Shard
    places: npt.NDArray[np.int64]
    first: int


class Fresh:
    """Rows that no earlier dataset holds, as DATASET_SCHEMA and in every format."""

    def __init__(self, rows: pa.Table, system_prompt: str) -> None:
        self.rows = rows
        batches = rows.to_batches(max_chunksize=RENDER_ROWS)
        renderers = [Renderer(batch, system_prompt) for batch in batches]
        self.lines = {form: _Lines(b"".join(one.lines(form) for one in renderers)) for form in FORMATS}


@dataclass(frozen=True)
class _Piece:
    """Rows `first` to `last` of a shard of the earlier dataset, or of the fresh ones."""

    source: int
    first: int
    last: int


def write_patched(patches: Sequence[Patch], earlier: Earlier, fresh: Fresh, draft: Path) -> list[Shard]:
    """Write some shards as Parquet and in every format; the shards, counted together, as one by one takes long.

    Raises StorageError where the earlier dataset is damaged.
    """
    written = pa.concat_tables([_write(patch, earlier, fresh, draft) for patch in patches])
    profiles = counts(written, [patch.shard.rows for patch in patches])
    return [patch.shard._replace(profile=profile) for patch, profile in zip(patches, profiles, strict=True)]


def _write(patch: Patch, earlier: Earlier, fresh: Fresh, draft: Path) -> pa.Table:
    """Write a shard; what is counted of its rows."""
    pieces = list(_pieces(patch, earlier.starts()))
    files = {number: earlier.contents(number) for number in {piece.source for piece in pieces} - {_FRESH}}
    tables = {number: _table(forms[PARQUET]) for number, forms in files.items()} | {_FRESH: fresh.rows}
    rows = pa.concat_tables([tables[one.source].slice(one.first, one.last - one.first) for one in pieces])
    write_table(rows, patch.shard, draft)
    for form in FORMATS:
        path = draft / patch.shard.file(form)
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = {number: _Lines(forms[form]) for number, forms in files.items()} | {_FRESH: fresh.lines[form]}
        with path.open("wb") as file:
            for piece in pieces:
                file.write(lines[piece.source].between(piece.first, piece.last))
    return rows.select(COUNTED)


def _pieces(patch: Patch, starts: npt.NDArray[np.int64]) -> Iterator[_Piece]:
    """The shard's rows as runs of rows that stand one behind the other in one shard of the earlier dataset, or are
    fresh."""
    places = patch.places
    source = np.where(places >= 0, np.searchsorted(starts, places, side="right") - 1, _FRESH)
    row = np.where(places >= 0, places - starts[source], patch.first + np.cumsum(places < 0) - 1)
    begins = np.flatnonzero(np.diff(source, prepend=-2) | (np.diff(row, prepend=-2) != 1))
    ends = np.append(begins[1:], len(places))
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        first = int(row[begin])
        yield _Piece(int(source[begin]), first, first + end - begin)


def _table(content: bytes) -> pa.Table:
    return pq.ParquetFile(pa.BufferReader(content)).read(use_threads=False).cast(DATASET_SCHEMA)


class _Lines:
    """Lines by their numbers."""

    def __init__(self, content: bytes) -> None:
        self._bytes = np.frombuffer(content, dtype=np.uint8)
        self._ends = np.concatenate([[0], np.flatnonzero(self._bytes == _NEWLINE) + 1])

    def between(self, first: int, last: int) -> memoryview:
        return self._bytes[self._ends[first] : self._ends[last]].data
