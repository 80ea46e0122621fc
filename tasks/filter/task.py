"""The filter as a Prefect task; its funnel is a table on the run's page."""

from __future__ import annotations

from prefect import get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from configs.schema import FilterConfig
from tasks.artifacts import Extract, Filtered
from tasks.filter.filter import filter_extract
from tasks.storage import Store


@task(name="filter-interactions", task_run_name="filter interactions", cache_policy=NO_CACHE)
def filter_interactions(extract: Extract, config: FilterConfig, root: str) -> Filtered:
    """Publish the interactions that are good enough to learn from; see `tasks.filter.filter.filter_extract`."""
    filtered = filter_extract(extract, config, Store(root))
    create_table_artifact(
        key="funnel",
        table=[
            {"rule": step.rule, "reached": step.reached, "dropped": step.dropped, "kept": step.reached - step.dropped}
            for step in filtered.funnel
        ],
        description=f"{filtered.rows:,} of {filtered.funnel[0].reached:,} interactions passed every rule",
    )
    get_run_logger().info(f"{filtered.rows:,} of {filtered.funnel[0].reached:,} interactions passed every rule")
    return filtered
