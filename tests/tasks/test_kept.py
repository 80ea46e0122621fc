"""Rows of a screened part, read by their numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.kept import BATCH, KEPT_SCHEMA, ROW_GROUP, taken

ROWS = 2 * BATCH + 100


@pytest.fixture(scope="module")
def part(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A part whose rows are named by their numbers."""
    path = tmp_path_factory.mktemp("part") / "kept.parquet"
    columns = [
        pa.array([str(number) for number in range(ROWS)])
        if field.name == "id"
        else pa.array([""] * ROWS)
        if field.type == pa.string()
        else pa.nulls(ROWS, field.type)
        for field in KEPT_SCHEMA
    ]
    nullable = pa.schema([field.with_nullable(True) for field in KEPT_SCHEMA])
    pq.write_table(pa.table(columns, schema=nullable), path, row_group_size=ROW_GROUP)
    return path


@pytest.mark.parametrize(
    "rows",
    [
        [0],
        [ROWS - 1],
        [ROW_GROUP - 1, ROW_GROUP],
        [5, 3 * ROW_GROUP + 7, BATCH + 1, ROWS - 2],
        [],
        [*range(ROWS)],
        [*range(0, ROWS, 7)],
    ],
    ids=["first", "last", "two-groups", "far-apart", "none", "all", "every-seventh"],
)
def test_the_rows_that_are_asked_for_come_in_their_order(part: Path, rows: list[int]) -> None:
    batches = [*taken(part, np.array(rows, np.uint32), ["id", "instruction"])]
    assert [id_ for batch in batches for id_ in batch.column("id").to_pylist()] == [str(row) for row in rows]
    assert max((batch.num_rows for batch in batches), default=0) <= BATCH
