"""The extraction as a Prefect task."""

from __future__ import annotations

from typing import Any

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE

from configs.schema import SourceConfig
from tasks.artifacts import Extract
from tasks.extract.errors import SourceUnavailableError
from tasks.extract.extract import extract
from tasks.storage import Store


def _is_transient(_task: Any, _run: Any, state: Any) -> bool:
    return isinstance(state.data, SourceUnavailableError)


@task(
    name="extract-interactions",
    task_run_name="extract interactions",
    retries=2,
    retry_delay_seconds=[2, 10],
    retry_condition_fn=_is_transient,
    cache_policy=NO_CACHE,
)
def extract_interactions(source: SourceConfig, root: str) -> Extract:
    """Publish what changed in the application's database; see `tasks.extract.extract.extract`."""
    taken = extract(source, Store(root))
    news = (
        f"{taken.rows:,} new or changed rows, {taken.removed:,} gone" if taken.rows + taken.removed else "nothing new"
    )
    get_run_logger().info(f"{news}; extract {taken.short}")
    return taken
