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

from configs.errors import ExhellError
from configs.schema import Profile
from tasks import pool

Piece = TypeVar("Piece")
Result = TypeVar("Result")

LOCAL = "local"
"""In place of an address: a cluster of this machine's own, for as long as a stage works."""


ANSWER_S = 10
"""How long a scheduler may take to answer the first time."""


class DaskError(ExhellError):
    """A Dask cluster that cannot be used."""


def mapper(profile: Profile) -> pool.Mapper:
    """As `prepare.dask` says. Raises DaskError for a scheduler that does not answer, or has no worker."""
    address = profile.prepare.dask
    if address is None:
        return pool.in_processes
    if address != LOCAL:
        _require_workers(address)
    return OnDask(address, profile.prepare.dask_workers)


def _require_workers(address: str) -> None:
    """Now: a piece that is handed to a cluster without workers waits without end."""
    from distributed import Client  # noqa: PLC0415 - Dask takes a second to import; most nights need none

    try:
        with Client(address, timeout=ANSWER_S, set_as_default=False) as client:  # type: ignore[no-untyped-call]
            workers = len(client.scheduler_info(n_workers=-1)["workers"])
    except (OSError, ValueError) as error:
        raise DaskError(f"no Dask scheduler answers at {address}: {error}; check prepare.dask and start it") from error
    if not workers:
        raise DaskError(f"the Dask scheduler at {address} has no worker; start some: `dask worker {address}`")


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

        if self._address != LOCAL:
            return DaskTaskRunner(address=self._address)
        options = {"n_workers": self._workers, "threads_per_worker": 1, "dashboard_address": None}
        return DaskTaskRunner(cluster_kwargs=options | {"silence_logs": logging.WARNING})
