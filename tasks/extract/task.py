"""The extraction as a Prefect task."""

from __future__ import annotations

from typing import Any

from prefect import get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from configs.schema import SourceConfig
from tasks.artifacts import Extract
from tasks.extract.errors import SourceUnavailableError
from tasks.extract.extract import extract
from tasks.extract.quarantine import FILE, listed, told
from tasks.storage import Store

SHOWN = 100
"""Rows that were set aside on the run's page; the artifact holds all."""


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
def extract_interactions(source: SourceConfig, root: str, rebuild: bool = False) -> Extract:
    """Publish what changed in the application's database; see `tasks.extract.extract.extract`."""
    store = Store(root)
    taken = extract(source, store, anew=rebuild)
    news = (
        f"{taken.rows:,} new or changed rows, {taken.removed:,} gone" if taken.rows + taken.removed else "nothing new"
    )
    get_run_logger().info(f"{news}; extract {taken.short}")
    if taken.quarantined:
        _show_quarantine(taken, store)
    return taken


def _show_quarantine(taken: Extract, store: Store) -> None:
    rows = listed(store, taken.uri)
    where = f"{taken.quarantined:,} of the database's rows do not fit and were set aside: {taken.uri}/{FILE}"
    get_run_logger().warning(f"{where}; the first: {told(rows.slice(0, 1).to_pylist()[0])}")
    create_table_artifact(key="set-aside", table=rows.slice(0, SHOWN).to_pylist(), description=where)
