"""Examples as the bytes of a file, a block at a time.

Memory holds one batch of rows and what it renders to, whatever the number of rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from deployments.export_api.formats import PARQUET
from tasks.convert.formats import lines
from tasks.records import EXAMPLE_SCHEMA

BLOCK_BYTES = 256 << 10

PARQUET_SCHEMA = pa.schema([field for field in EXAMPLE_SCHEMA if field.name != "user_id"])
"""An export says what was asked and answered, not by whom: splits by user are the night's business."""


def blocks(batches: Iterable[pa.RecordBatch], format_name: str, system_prompt: str) -> Iterator[bytes]:
    """The file of EXAMPLE_SCHEMA batches in a format of `FILES`, in blocks of at most BLOCK_BYTES."""
    if format_name == PARQUET:
        pieces = _parquet(batches)
    else:
        pieces = (memoryview(lines(format_name, batch, system_prompt)) for batch in batches)
    for piece in pieces:
        for start in range(0, len(piece), BLOCK_BYTES):
            yield bytes(piece[start : start + BLOCK_BYTES])


def _parquet(batches: Iterable[pa.RecordBatch]) -> Iterator[memoryview]:
    file = ParquetBytes()
    for batch in batches:
        yield file.of(batch)
    yield file.end()


class ParquetBytes:
    """A Parquet file as it is written: a row group a batch. Holds only what was not taken yet."""

    closed = False

    def __init__(self) -> None:
        self._held = bytearray()
        self._position = 0
        self._writer = pq.ParquetWriter(self, PARQUET_SCHEMA, compression="zstd")

    def of(self, batch: pa.RecordBatch) -> memoryview:
        """What an EXAMPLE_SCHEMA batch adds to the file."""
        columns = [batch.column(name) for name in PARQUET_SCHEMA.names]
        self._writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=PARQUET_SCHEMA))
        return self._taken()

    def end(self) -> memoryview:
        self._writer.close()
        return self._taken()

    # What the writer asks of a file.

    def write(self, data: Any) -> int:
        size = memoryview(data).nbytes
        self._held += data
        self._position += size
        return size

    def tell(self) -> int:
        return self._position

    def flush(self) -> None:
        """Nothing lies beneath."""

    def _taken(self) -> memoryview:
        held, self._held = memoryview(self._held), bytearray()
        return held
