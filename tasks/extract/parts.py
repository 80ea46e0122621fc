"""Write an extract's rows into Parquet files that are units of parallel work, beside the reading of the next rows.

Where a file and a row group end depends on the rows alone, never on how a driver batches them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tasks import snapshot
from tasks.artifacts import Watermark
from tasks.digests import Known, finish
from tasks.records import INTERACTION_SCHEMA, TIMESTAMP

GROUP_ROWS = 16_384
GROUP_BYTES = 64 << 20
"""A row group ends at whichever comes first: readers hold one at a time, however long its texts are."""

PART_GROUPS = 2
PART_ROWS = PART_GROUPS * GROUP_ROWS
"""Rows of a file (32,768), where they are not very long: few enough that each core has parts to screen, of 65,536 rows
on."""

WAITING_GROUPS = 2
"""Row groups that may wait for the disk before the reading does: bounds memory."""

_CONTENT = ("instruction", "input", "output", "edited_output")
_TEXTS = [field.name for field in INTERACTION_SCHEMA if pa.types.is_string(field.type)]
_FEW_VALUES = ["user_id", "session_id", "turn", "task_type", "rating", "language", "training_consent"]
_WITH_STATISTICS = [name for name in INTERACTION_SCHEMA.names if name not in _CONTENT]
_ZSTD_LEVEL = 1  # of what zstd can save here, all but a few percent, in the shortest time


@dataclass
class Parts:
    """Files of rows in a folder. A context manager: what is not closed is not written whole.

    `newest` is the last row by time of change that is not after `now`.
    """

    folder: Path
    now: datetime
    rows: int = 0
    newest: Watermark | None = None
    _groups: int = 0
    _batches: list[pa.RecordBatch] = field(default_factory=list)
    _held_rows: int = 0
    _held_bytes: int = 0
    _path: Path = Path()
    _writer: pq.ParquetWriter | None = None
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "parts"))
    _disk: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "disk"))
    _finished: dict[str, Future[Known]] = field(default_factory=dict)
    _waiting: deque[Future[None]] = field(default_factory=deque)

    def __enter__(self) -> Parts:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for thread in (self._thread, self._disk):
            thread.shutdown(wait=True, cancel_futures=True)
        if self._writer is not None:
            with suppress(OSError):  # a full disk has been told by then
                self._writer.close()

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows. Raises OSError where the disk cannot be written."""
        self._advance(batch)
        sizes = np.cumsum(_bytes(batch))
        start = 0
        while start < batch.num_rows:
            before = int(sizes[start - 1]) if start else 0
            full = int(np.searchsorted(sizes, before + GROUP_BYTES - self._held_bytes)) + 1
            end = min(batch.num_rows, full, start + GROUP_ROWS - self._held_rows)
            self._batches.append(batch.slice(start, end - start))
            self._held_rows += end - start
            self._held_bytes += int(sizes[end - 1]) - before
            start = end
            if self._held_rows >= GROUP_ROWS or self._held_bytes >= GROUP_BYTES:
                self._send()

    def close(self) -> None:
        """Wait until everything is written, and on the disk."""
        if self._held_rows:
            self._send()
        while self._waiting:
            self._waiting.popleft().result()
        self._thread.submit(self._end_part).result()
        self.known()

    def known(self) -> dict[str, Known]:
        """What each file is, after `close`."""
        return {name: finished.result() for name, finished in self._finished.items()}

    def ids(self) -> Iterator[pa.Array]:
        """The ids of all rows, after `close`."""
        for path in self._paths():
            yield pq.read_table(path, columns=["id"]).column("id").combine_chunks()

    def drop(self, ids: pa.Array) -> None:
        """Write all files anew without some ids, after `close`."""
        old = [path.rename(path.with_name(f"all-{path.name}")) for path in self._paths()]
        self.rows = self._groups = 0
        self._finished.clear()
        for path in old:
            with pq.ParquetFile(path) as file:
                for batch in file.iter_batches(GROUP_ROWS):
                    self.write(batch.filter(pc.invert(pc.is_in(batch.column("id"), ids))))
            path.unlink()
        self.close()

    def _advance(self, batch: pa.RecordBatch) -> None:
        times = batch.column("updated_at")
        latest = pc.max(times.filter(pc.less_equal(times, pa.scalar(self.now, TIMESTAMP))))
        if latest.is_valid and (self.newest is None or latest.as_py() >= self.newest.updated_at):
            last = pc.max(batch.column("id").filter(pc.equal(times, latest))).as_py()
            mark = Watermark(updated_at=latest.as_py(), id=last)
            self.newest = max(self.newest or mark, mark, key=lambda one: (one.updated_at, one.id))

    def _paths(self) -> list[Path]:
        return sorted(self.folder.glob(snapshot.PARTS))

    def _send(self) -> None:
        # One batch: pages must not end where a driver's batches did.
        group = pa.Table.from_batches(self._batches).combine_chunks()
        self.rows += group.num_rows
        self._batches, self._held_rows, self._held_bytes = [], 0, 0
        while len(self._waiting) >= WAITING_GROUPS:
            self._waiting.popleft().result()
        self._waiting.append(self._thread.submit(self._write_group, group))

    def _write_group(self, group: pa.Table) -> None:
        if self._writer is None:
            self._path = self.folder / f"part-{self._groups // PART_GROUPS:05d}.parquet"
            self._writer = pq.ParquetWriter(
                self._path,
                INTERACTION_SCHEMA,
                compression="zstd",
                compression_level=_ZSTD_LEVEL,
                use_dictionary=_FEW_VALUES,
                write_statistics=_WITH_STATISTICS,
            )
        self._writer.write_table(group, row_group_size=group.num_rows)
        self._groups += 1
        if self._groups % PART_GROUPS == 0:
            self._end_part()

    def _end_part(self) -> None:
        if self._writer is not None:
            writer, self._writer = self._writer, None
            writer.close()
            self._finished[self._path.name] = self._disk.submit(finish, self._path)


def _bytes(batch: pa.RecordBatch) -> npt.NDArray[np.int64]:
    """Bytes of text per row."""
    total = np.zeros(batch.num_rows, np.int64)
    for name in _TEXTS:
        total += pc.fill_null(pc.binary_length(batch.column(name)), 0).to_numpy(zero_copy_only=False)
    return total
