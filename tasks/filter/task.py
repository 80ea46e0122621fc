"""The filter as a Prefect task; its funnel is a table on the run's page."""

from __future__ import annotations

import pyarrow.parquet as pq
from prefect import get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from configs.schema import FilterConfig
from tasks import pool
from tasks.artifacts import Extract, Filtered
from tasks.filter.checks import Checking
from tasks.filter.filter import QUARANTINE, filter_extract
from tasks.storage import Store

SHOWN = 100
"""Quarantined rows on the run's page; the artifact holds all."""


@task(name="filter-interactions", task_run_name="filter interactions", cache_policy=NO_CACHE)
def filter_interactions(
    extract: Extract,
    config: FilterConfig,
    root: str,
    checking: Checking | None = None,
    mapper: pool.Mapper = pool.in_processes,
) -> Filtered:
    """Publish the interactions that are good enough to learn from; see `tasks.filter.filter.filter_extract`."""
    store = Store(root)
    filtered = filter_extract(extract, config, store, checking, mapper)
    create_table_artifact(
        key="funnel",
        table=[
            {"rule": step.rule, "reached": step.reached, "dropped": step.dropped, "kept": step.reached - step.dropped}
            for step in filtered.funnel
        ],
        description=f"{filtered.rows:,} of {filtered.funnel[0].reached:,} interactions passed every rule",
    )
    logger = get_run_logger()
    logger.info(f"{filtered.rows:,} of {filtered.funnel[0].reached:,} interactions passed every rule")
    aside = pq.read_table(store.open(filtered.uri, [QUARANTINE]) / QUARANTINE, columns=["id", "reason"])
    if aside.num_rows:
        create_table_artifact(
            key="quarantine",
            table=aside.slice(0, SHOWN).to_pylist(),
            description=f"{aside.num_rows:,} interactions for a person to look at: {filtered.uri}/{QUARANTINE}. "
            "`filter.poison.released` lets some of them through",
        )
        logger.warning(f"{aside.num_rows:,} suspicious interactions were set aside: {filtered.uri}/{QUARANTINE}")
    return filtered
