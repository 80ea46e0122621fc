"""Where the data stage does its pieces of work: in processes of this machine, or on a Dask cluster.

On Dask, a piece is a run of a Prefect task, submitted by `prefect-dask`'s task runner: the same function on the same
piece, so the same bytes come out. Workers need the store (`store` on shared storage) and this project installed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.task_runners import TaskRunner

from configs.schema import Profile
from tasks import pool

Piece = TypeVar("Piece")
Result = TypeVar("Result")


def mapper(profile: Profile) -> pool.Mapper:
    """As `prepare.dask` says."""
    address = profile.prepare.dask
    return pool.in_processes if address is None else OnDask(address, profile.prepare.dask_workers)


class OnDask:
    """Maps over the workers of a Dask cluster: one that runs at an address, or one of this machine's own."""

    def __init__(self, address: str, workers: int) -> None:
        self._address = address
        self._workers = workers

    def __call__(self, work: Callable[[Piece], Result], pieces: Sequence[Piece]) -> list[Result]:
        name = getattr(work, "__name__", "work").replace("_", "-")
        piece: Any = task(name=name, cache_policy=NO_CACHE)(work)

        @flow(name=f"map-{name}", flow_run_name=f"{name}: {len(pieces)} pieces", task_runner=self._runner())
        def run() -> list[Any]:
            return [future.result() for future in piece.map(list(pieces))]

        results: list[Result] = run()
        return results

    def _runner(self) -> TaskRunner[Any]:
        from prefect_dask.task_runners import DaskTaskRunner  # noqa: PLC0415 - Dask takes a second to import; most nights need none

        if self._address != "local":
            return DaskTaskRunner(address=self._address)
        options = {"n_workers": self._workers, "threads_per_worker": 1, "dashboard_address": None}
        return DaskTaskRunner(cluster_kwargs=options | {"silence_logs": logging.WARNING})
