"""Make a dataset of the examples that were kept: three splits, as Parquet and as JSONL in every format.

    {split}.parquet          EXAMPLE_SCHEMA, by id
    {format}/{split}.jsonl   one line per example, in the same order
    funnel.json              what each filter rule dropped
    rejected.parquet         samples of what it dropped

The content follows from the examples, the funnel and the settings alone. When and from which extracts it was made
stands in the manifest, so that equal content has an equal digest, whatever way it came about.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from configs.errors import ExhellError
from configs.load import fingerprint
from configs.schema import ConvertConfig
from tasks import snapshot
from tasks.artifacts import Dataset, Filtered
from tasks.convert.formats import FORMATS, Example
from tasks.convert.splits import assign
from tasks.records import SPLITS
from tasks.storage import Store, code_fingerprint

KIND = "datasets"
_LINES_AT_ONCE = 10_000
_FUNNEL_RULES_SHOWN = 3


class ConvertError(ExhellError):
    """Examples that make no dataset: too few, or none on one side."""


def convert(filtered: Filtered, config: ConvertConfig, min_records: int, store: Store) -> Dataset:
    """Publish the dataset of filtered examples, or return what an earlier run made of the same.

    Raises ConvertError for fewer than `min_records` examples and for a split that should have rows and has none.
    """
    if filtered.rows < min_records:
        raise ConvertError(_too_few(filtered, min_records))
    key = fingerprint(filtered.sha256, filtered.extract.sha256, config, code_fingerprint(Path(__file__).parent))
    found = store.find(KIND, key)
    if found is not None:
        return _reference(found.uri, found.sha256, filtered, store)
    source = store.open(filtered.uri)
    splits = split(pq.read_table(source / "kept.parquet"), config)
    with store.draft(KIND) as draft:
        for name, rows in splits.items():
            write_split(rows, name, config.system_prompt, draft)
        for name in ("funnel.json", "rejected.parquet"):
            shutil.copyfile(source / name, draft / name)
        published = store.publish(draft, meta=_facts(filtered, splits, config, source, store), key=key)
    return _reference(published.uri, published.sha256, filtered, store)


def split(kept: pa.Table, config: ConvertConfig) -> dict[str, pa.Table]:
    """Rows by split. Raises ConvertError where a split whose share is above 0 is empty."""
    sides = assign(kept["user_id"], config)
    splits = {name: kept.filter(pc.equal(sides, name)) for name in SPLITS}
    held_out = {"validation": config.validation_share, "test": config.test_share}
    shares = {"train": 1 - sum(held_out.values()), **held_out}
    for name, rows in splits.items():
        if not rows.num_rows and shares[name] > 0:
            users = pc.count_distinct(kept["user_id"]).as_py()
            raise ConvertError(
                f"the {name} split is empty: {kept.num_rows:,} examples of {users:,} user(s) leave none for a share of "
                f"{shares[name]:.0%}, since each user's examples stay together; gather more users' examples, or change "
                "convert.validation_share and convert.test_share"
            )
    return splits


def write_split(rows: pa.Table, name: str, system_prompt: str, folder: Path) -> None:
    """Write one split as Parquet and in every format."""
    pq.write_table(rows, folder / f"{name}.parquet", compression="zstd")
    for format_name, form in FORMATS.items():
        path = folder / format_name / f"{name}.jsonl"
        path.parent.mkdir(exist_ok=True)
        with path.open("wb") as file:
            for batch in rows.to_batches(max_chunksize=_LINES_AT_ONCE):
                columns = (batch.column(column).to_pylist() for column in Example._fields)
                examples = map(Example._make, zip(*columns, strict=True))
                file.write(b"".join(orjson.dumps(form.render(example, system_prompt)) + b"\n" for example in examples))


def _facts(
    filtered: Filtered, splits: dict[str, pa.Table], config: ConvertConfig, source: Path, store: Store
) -> dict[str, Any]:
    """The manifest's word on how this content first came about."""
    mark = filtered.extract.watermark
    return {
        "rows": {name: rows.num_rows for name, rows in splits.items()},
        "watermark": mark.model_dump(mode="json") if mark else None,
        "extracts": snapshot.chain(store, filtered.extract),
        "filtered": filtered.uri,
        "filter": orjson.loads((source / "filter.json").read_bytes()),
        "convert": config.model_dump(mode="json"),
    }


def _reference(uri: str, sha256: str, filtered: Filtered, store: Store) -> Dataset:
    folder = store.open(uri)
    changed = snapshot.changed_ids(store, filtered.extract)
    ids = {name: pq.read_table(folder / f"{name}.parquet", columns=["id"])["id"] for name in SPLITS}
    return Dataset(
        uri=uri,
        sha256=sha256,
        train_rows=len(ids["train"]),
        validation_rows=len(ids["validation"]),
        test_rows=len(ids["test"]),
        new_rows=sum(pc.sum(pc.is_in(column, changed)).as_py() or 0 for column in ids.values()),
        watermark=filtered.extract.watermark,
        funnel=filtered.funnel,
    )


def _too_few(filtered: Filtered, min_records: int) -> str:
    most = sorted(filtered.funnel, key=lambda step: -step.dropped)[:_FUNNEL_RULES_SHOWN]
    rules = ", ".join(f"`{step.rule}` {step.dropped:,}" for step in most if step.dropped)
    dropped = f"the rules that dropped most: {rules}" if rules else "no rule dropped any"
    return (
        f"only {filtered.rows:,} good records of {filtered.funnel[0].reached:,}, {min_records:,} needed; {dropped}. "
        "Gather more rated answers, loosen these rules in the profile's filter, or lower night.min_records"
    )
