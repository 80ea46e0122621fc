"""Datasets for tests, without the stages that make them: one shard a split."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.dataset import SHARDS, Shard
from tasks.records import DATASET_SCHEMA, SPLITS


def put_shards(
    draft: Path, tables: Mapping[str, pa.Table], lines: Mapping[str, Mapping[str, list[str]]] | None = None
) -> None:
    """Write splits (columns that are missing are null), and lines of formats by format and split."""
    shards = []
    for split in SPLITS:
        table = tables.get(split)
        if table is None or not table.num_rows:
            continue
        digest = sha256(repr(table.to_pylist()).encode()).hexdigest()[:32]
        shard = Shard(split, "2026-10-26", table.num_rows, digest)
        shards.append(shard._asdict())
        columns = [
            table[field.name].combine_chunks().cast(field.type)
            if field.name in table.column_names
            else pa.nulls(table.num_rows, field.type)
            for field in DATASET_SCHEMA
        ]
        loose = pa.schema([field.with_nullable(True) for field in DATASET_SCHEMA])
        files = {shard.file(): None} | {shard.file(form): splits[split] for form, splits in (lines or {}).items()}
        for name, content in files.items():
            target = draft / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                pq.write_table(pa.table(columns, schema=loose), target)
            else:
                target.write_text("".join(f"{line}\n" for line in content), encoding="utf-8")
    (draft / SHARDS).write_text(json.dumps(shards))
