"""What the filter kept: rows in parts as they were screened, and a plan that says which of them count.

    parts(store, filtered)                   # the screened parts, in the plan's numbering
    plan(store, filtered)                    # PLAN_SCHEMA, one row for each kept interaction
    rows(store, filtered)                    # EXAMPLE_SCHEMA batches, streamed

The filter writes this, the conversion and the export API read it; none of them imports another.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tasks.artifacts import Filtered, Reference
from tasks.records import EXAMPLE_SCHEMA, TIMESTAMP
from tasks.storage import Store

KEPT, KEYS = "kept.parquet", "keys.parquet"
SKETCHES, ANCHORS, NGRAMS = "sketches.arrow", "anchors.arrow", "ngrams.arrow"
"""Hashes, which compression does not shrink: Arrow's own files, read a column at a time at the speed of the disk."""

PLAN, CONTESTED, PARTS, TRACES = "plan.parquet", "contested.parquet", "parts.json", "traces.json"

KEPT_SCHEMA = pa.schema(
    [
        *EXAMPLE_SCHEMA,
        pa.field("created_at", TIMESTAMP),
        pa.field("session_id", pa.string()),
        pa.field("turn", pa.int32()),
    ]
)
"""A screened row: an example, and what its place in the dataset depends on."""

PLAN_SCHEMA = pa.schema(
    [
        pa.field("part", pa.uint16()),
        pa.field("row", pa.uint32()),
        pa.field("cluster", pa.uint64()),
    ]
)
"""Where a row that counts lies, and the near-duplicate cluster that it stands for; by part and row."""

CONTESTED_SCHEMA = pa.schema([*PLAN_SCHEMA, pa.field("usable", pa.bool_())])
"""All rows of the plan's clusters that are of more than one user, the best of each cluster first. One that is not
`usable` is over its user's cap."""

ROW_GROUP = 512
"""Rows per Parquet row group of a part: what is read to get at one of them."""
BATCH = 8_192
"""Rows per batch of an Arrow file of a part."""
_GROUPS_AT_ONCE = BATCH // ROW_GROUP
"""Row groups that are read at once: 16 MB of texts, in two thirds of the time of one by one."""


def parts(store: Store, filtered: Reference) -> list[str]:
    """URIs of the screened parts; the plan's `part` counts them from 0."""
    found: list[str] = json.loads((store.open(filtered.uri, [PARTS]) / PARTS).read_bytes())
    return found


def traces(store: Store, filtered: Reference) -> set[str]:
    """Kinds of traces of the test (`convert.decontaminate`) that the parts can be searched for."""
    return set(json.loads((store.open(filtered.uri, [TRACES]) / TRACES).read_bytes()))


def plan(store: Store, filtered: Reference) -> pa.Table:
    """PLAN_SCHEMA, by part and row."""
    return pq.read_table(store.open(filtered.uri, [PLAN]) / PLAN, schema=PLAN_SCHEMA)


def contested(store: Store, filtered: Reference) -> pa.Table:
    """CONTESTED_SCHEMA."""
    return pq.read_table(store.open(filtered.uri, [CONTESTED]) / CONTESTED, schema=CONTESTED_SCHEMA)


def chosen(plan: pa.Table, part: int) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    """The rows of a part that count, in their order."""
    numbers = plan["part"].to_numpy()
    start, end = np.searchsorted(numbers, [part, part + 1])
    rows: np.ndarray[tuple[int], np.dtype[np.uint32]] = plan["row"].to_numpy()[start:end]
    return rows


def rows(store: Store, filtered: Filtered) -> Iterator[pa.RecordBatch]:
    """The kept interactions as EXAMPLE_SCHEMA batches, in the order of the parts; memory holds BATCH rows."""
    table = plan(store, filtered)
    for number, uri in enumerate(parts(store, filtered)):
        places = chosen(table, number)
        if len(places):
            for batch in taken(store.open(uri, [KEPT]) / KEPT, places):
                yield pa.RecordBatch.from_arrays(
                    [batch.column(name) for name in EXAMPLE_SCHEMA.names], schema=EXAMPLE_SCHEMA
                )


def columns(path: Path, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Columns of an Arrow file of a part, batch by batch; of other columns, nothing is read."""
    with pa.OSFile(str(path)) as source:
        schema = pa.ipc.open_file(source).schema
        options = pa.ipc.IpcReadOptions(included_fields=[schema.get_field_index(name) for name in names])
        file = pa.ipc.open_file(source, options=options)
        for number in range(file.num_record_batches):
            yield file.get_batch(number).select(list(names))


def taken(
    path: Path, places: np.ndarray[tuple[int], np.dtype[np.uint32]], columns: Sequence[str] = tuple(KEPT_SCHEMA.names)
) -> Iterator[pa.RecordBatch]:
    """Some rows of a part, by their numbers (ascending), as batches of columns of KEPT_SCHEMA; other row groups are not
    read."""
    schema = pa.schema([KEPT_SCHEMA.field(name) for name in columns])
    with pq.ParquetFile(path) as file:
        sizes = np.array([file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)], np.int64)
        ends = np.cumsum(sizes)
        group_of = np.searchsorted(ends, places, side="right")
        wanted = np.unique(group_of)
        for groups in np.split(wanted, range(_GROUPS_AT_ONCE, len(wanted), _GROUPS_AT_ONCE)) if len(wanted) else ():
            low, high = np.searchsorted(group_of, [groups[0], groups[-1] + 1])
            table = file.read_row_groups(groups.tolist(), columns=list(columns), use_threads=False)
            before = ends[groups] - np.cumsum(sizes[groups])  # rows of the file that are not in the table
            found = table.take(pa.array(places[low:high] - before[np.searchsorted(groups, group_of[low:high])]))
            yield from found.combine_chunks().cast(schema).to_batches()
