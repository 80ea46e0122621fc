"""Filter the interactions of an extract's chain, and publish what was kept, the funnel, and samples of the rest."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq

from configs.load import fingerprint
from configs.schema import FilterConfig
from tasks import snapshot
from tasks.artifacts import Extract, Filtered
from tasks.filter.engine import FilterResult, run
from tasks.storage import Store, code_fingerprint

KIND = "filtered"


def filter_extract(extract: Extract, config: FilterConfig, store: Store) -> Filtered:
    """Return what passes the filter, from an earlier run where extract, settings and rules are the same.

    Raises FilterError where nothing passes, StorageError where an extract is missing.
    """
    key = fingerprint(extract.sha256, config, code_fingerprint(Path(__file__).parent))
    found = store.find(KIND, key)
    if found is not None:
        return _reference(found.uri, found.sha256, extract, store)
    result = run(snapshot.batches(store, extract), config)
    with store.draft(KIND) as draft:
        write(result, draft)
        # Part of the content: the same rows by other settings are another artifact, with settings of its own.
        (draft / "filter.json").write_text(config.model_dump_json(indent=1) + "\n", encoding="utf-8")
        published = store.publish(draft, meta={"rows": result.kept.num_rows, "extract": extract.uri}, key=key)
    return _reference(published.uri, published.sha256, extract, store)


def write(result: FilterResult, folder: Path) -> None:
    """Write `kept.parquet`, `rejected.parquet` and `funnel.json`."""
    pq.write_table(result.kept, folder / "kept.parquet", compression="zstd")
    pq.write_table(result.rejected, folder / "rejected.parquet", compression="zstd")
    steps = [step.model_dump() for step in result.funnel]
    (folder / "funnel.json").write_text(json.dumps(steps, indent=1) + "\n", encoding="utf-8")


def _reference(uri: str, sha256: str, extract: Extract, store: Store) -> Filtered:
    folder = store.open(uri)
    return Filtered(
        uri=uri,
        sha256=sha256,
        rows=pq.read_metadata(folder / "kept.parquet").num_rows,
        extract=extract,
        funnel=json.loads((folder / "funnel.json").read_text(encoding="utf-8")),
    )
