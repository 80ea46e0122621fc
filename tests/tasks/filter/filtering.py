"""Filter interactions in a test: an extract of some parts goes in, what was kept and what was done comes out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from configs.schema import FilterConfig
from tasks import kept, snapshot
from tasks.artifacts import Extract, Filtered
from tasks.filter.filter import filter_extract
from tasks.records import EXAMPLE_SCHEMA, INTERACTION_SCHEMA, Interaction
from tasks.storage import Store
from tests.tasks.builders import batch


def publish_extract(
    store: Store, parts: Iterable[Sequence[Interaction]], removed: Sequence[str] = (), previous: Extract | None = None
) -> Extract:
    """An extract with these parts."""
    rows = 0
    with store.draft("extracts") as draft:
        for number, part in enumerate(parts):
            table = pa.Table.from_batches([batch(*part)] if part else [], INTERACTION_SCHEMA)
            pq.write_table(table, draft / f"part-{number:05d}.parquet")
            rows += table.num_rows
        pq.write_table(pa.table({"id": pa.array(removed, pa.string())}), draft / snapshot.REMOVED)
        (draft / "previous.json").write_text(json.dumps(previous.sha256 if previous else None))
        facts = {"rows": rows, "removed": len(removed), "watermark": None, "previous": previous and previous.uri}
        published = store.publish(draft, meta=facts)
    return Extract.model_validate({"uri": published.uri, "sha256": published.sha256} | facts)


class Filtering:
    """One filter run, looked into."""

    def __init__(self, store: Store, filtered: Filtered) -> None:
        folder = store.open(filtered.uri)
        self.reference = filtered
        self.kept = pa.Table.from_batches(kept.rows(store, filtered), EXAMPLE_SCHEMA).sort_by("id")
        self.rejected = pq.read_table(folder / "rejected.parquet")
        self.quarantine = pq.read_table(folder / "quarantine.parquet")
        self.funnel = filtered.funnel

    @property
    def ids(self) -> list[str]:
        found: list[str] = self.kept["id"].to_pylist()
        return found

    def step(self, rule: str) -> tuple[int, int]:
        """How many rows reached a rule, and how many it dropped."""
        return next((step.reached, step.dropped) for step in self.funnel if step.rule == rule)


def run(*parts: Sequence[Interaction], config: FilterConfig | None = None) -> Filtering:
    """Filter an extract of these parts in a store of its own."""
    with TemporaryDirectory(prefix="filter-") as folder:
        store = Store(f"{folder}/store")
        return Filtering(store, filter_extract(publish_extract(store, parts), config or FilterConfig(), store))
