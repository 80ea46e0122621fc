"""The conversion as a Prefect task."""

from __future__ import annotations

from prefect import get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from configs.schema import ConvertConfig
from tasks import pool
from tasks.artifacts import Dataset, Filtered
from tasks.convert.convert import convert
from tasks.storage import Store


@task(name="convert-examples", task_run_name="convert examples", cache_policy=NO_CACHE)
def convert_examples(
    filtered: Filtered,
    config: ConvertConfig,
    min_records: int,
    root: str,
    mapper: pool.Mapper = pool.in_processes,
) -> Dataset:
    """Publish the dataset; see `tasks.convert.convert.convert`."""
    dataset = convert(filtered, config, min_records, Store(root), mapper)
    create_table_artifact(
        key="dataset",
        table=[
            {"split": "train", "rows": dataset.train_rows},
            {"split": "validation", "rows": dataset.validation_rows},
            {"split": "test", "rows": dataset.test_rows},
        ],
        description=f"Dataset {dataset.short}: {dataset.rows:,} examples, {dataset.new_rows:,} of them new or changed",
    )
    get_run_logger().info(f"dataset {dataset.short}: {dataset.rows:,} examples")
    return dataset
