"""Write a shard of which an earlier dataset holds nearly all rows: their lines are copied, not made again.

What comes out is what `tasks/convert/write.py` writes of the same rows, byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from tasks.convert.earlier import Earlier
from tasks.convert.formats import FORMATS, Renderer
from tasks.convert.profile import count
from tasks.convert.write import write_table
from tasks.dataset import PARQUET, Shard
from tasks.records import DATASET_SCHEMA

_FRESH = -1
_NEWLINE = ord("\n")


@dataclass(frozen=True)
class Patch:
    """A shard, the place of each of its rows in the earlier dataset (-1: in none), and the rows that are in none, as
    DATASET_SCHEMA and in their order."""

    shard: Shard
    places: npt.NDArray[np.int64]
    fresh: pa.Table


@dataclass(frozen=True)
class _Piece:
    """Rows `first` to `last` of a shard of the earlier dataset, or of the fresh ones."""

    source: int
    first: int
    last: int


def write_patched(patch: Patch, earlier: Earlier, system_prompt: str, draft: Path) -> Shard:
    """Write the shard as Parquet and in every format; the shard, counted.

    Raises StorageError where the earlier dataset is damaged.
    """
    pieces = list(_pieces(patch.places, earlier.starts()))
    files = {number: earlier.files(number) for number in {piece.source for piece in pieces} - {_FRESH}}
    tables = {number: _table(paths[PARQUET]) for number, paths in files.items()} | {_FRESH: patch.fresh}
    rows = pa.concat_tables([tables[one.source].slice(one.first, one.last - one.first) for one in pieces])
    write_table(rows, patch.shard, draft)
    fresh = Renderer(patch.fresh.combine_chunks().to_batches()[0], system_prompt) if patch.fresh.num_rows else None
    for form in FORMATS:
        path = draft / patch.shard.file(form)
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = {number: _Lines(paths[form]) for number, paths in files.items()}
        if fresh:
            lines[_FRESH] = _Lines(fresh.lines(form))
        with path.open("wb") as file:
            for piece in pieces:
                file.write(lines[piece.source].between(piece.first, piece.last))
    return patch.shard._replace(profile=count(rows))


def _pieces(places: npt.NDArray[np.int64], starts: npt.NDArray[np.int64]) -> Iterator[_Piece]:
    """The shard's rows as runs of rows that stand one behind the other in one shard of the earlier dataset, or are
    fresh."""
    source = np.where(places >= 0, np.searchsorted(starts, places, side="right") - 1, _FRESH)
    row = np.where(places >= 0, places - starts[source], np.cumsum(places < 0) - 1)
    begins = np.flatnonzero(np.diff(source, prepend=-2) | (np.diff(row, prepend=-2) != 1))
    ends = np.append(begins[1:], len(places))
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        first = int(row[begin])
        yield _Piece(int(source[begin]), first, first + end - begin)


def _table(path: Path) -> pa.Table:
    with pq.ParquetFile(path) as file:
        return file.read(use_threads=False).cast(DATASET_SCHEMA)


class _Lines:
    """Lines of a file or a buffer, by their numbers."""

    def __init__(self, content: Path | pa.Buffer) -> None:
        self._bytes: npt.NDArray[np.uint8]
        if isinstance(content, Path):
            self._bytes = np.memmap(content, dtype=np.uint8, mode="r")
        else:
            self._bytes = np.frombuffer(content, dtype=np.uint8)
        self._ends = np.concatenate([[0], np.flatnonzero(self._bytes == _NEWLINE) + 1])

    def between(self, first: int, last: int) -> memoryview:
        return self._bytes[self._ends[first] : self._ends[last]].data
