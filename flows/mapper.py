"""Where the data stage does its pieces of work: in processes of this machine, or on a Dask or Ray cluster.

On a cluster, a piece is a run of a Prefect task, submitted by `prefect-dask`'s or `prefect-ray`'s task runner: the same
function on the same piece, so the same bytes come out. Workers need the store (`store` on shared storage) and this
project installed, by the same lock.
"""

from __future__ import annotations

import logging
import os
import socket
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

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
"""How long a cluster may take to answer the first time."""

CLIENT_STUMBLES = ("Starting Ray client server failed", "ZombieProcess")
CLIENT_TRIES = 4
"""Ray forks a server for each client beside threads of gRPC; on a busy machine some of these hang at their start (seen
once in four with Ray 2.60), and it says so after half a minute, or end while it looks. The next is another process."""


class ClusterError(ExhellError):
    """A Dask or Ray cluster that cannot be used."""


@contextmanager
def mapper(profile: Profile) -> Iterator[pool.Mapper]:
    """As `prepare.dask` or `prepare.ray` says, for as long as the block lasts.

    Raises ClusterError for a cluster that does not answer, has no worker, or runs another Ray or Python.
    """
    dask, ray, workers = profile.prepare.dask, profile.prepare.ray, profile.prepare.workers
    if dask is not None:
        if dask != LOCAL:
            _require_dask_workers(dask)
        yield OnCluster(lambda: _dask(dask, workers))
    elif ray is not None:
        with _connected(ray, workers):
            yield OnCluster(_ray)
    else:
        with pool.Processes() as work:
            yield work


class OnCluster:
    """Maps over the workers of a cluster: one that runs at an address, or one of this machine's own."""

    def __init__(self, runner: Callable[[], TaskRunner[Any]]) -> None:
        self._runner = runner

    def __call__(
        self,
        work: Callable[[Piece], Result],
        pieces: Sequence[Piece],
        *,
        more: bool = False,  # noqa: ARG002 - the cluster's workers stay
    ) -> list[Result]:
        name = getattr(work, "__name__", "work").replace("_", "-")
        piece: Any = task(name=name, cache_policy=NO_CACHE)(work)

        @flow(name=f"map-{name}", flow_run_name=f"{name}: {len(pieces)} pieces", task_runner=self._runner())
        def run() -> list[Any]:
            return [future.result() for future in piece.map(list(pieces))]

        results: list[Result] = run()
        return results

    def start(self, work: Callable[[Any], object]) -> None:
        """The cluster's workers are there."""

    def rest(self) -> None:
        """And stay: others may want them."""


def _dask(address: str, workers: int) -> TaskRunner[Any]:
    from prefect_dask.task_runners import DaskTaskRunner  # noqa: PLC0415 - Dask takes a second to import; most nights need none

    if address != LOCAL:
        return DaskTaskRunner(address=address)
    options = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    return DaskTaskRunner(cluster_kwargs=options | {"silence_logs": logging.WARNING})


def _require_dask_workers(address: str) -> None:
    """Now: a piece that is handed to a cluster without workers waits without end."""
    from distributed import Client  # noqa: PLC0415 - as above

    try:
        with Client(address, timeout=ANSWER_S, set_as_default=False) as client:  # type: ignore[no-untyped-call]
            workers = len(client.scheduler_info(n_workers=-1)["workers"])
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"no Dask scheduler answers at {address}: {error}; check prepare.dask and start it"
        ) from error
    if not workers:
        raise ClusterError(f"the Dask scheduler at {address} has no worker; start some: `dask worker {address}`")


def _ray() -> TaskRunner[Any]:
    """On the cluster that this process is connected to."""
    from prefect_ray.task_runners import RayTaskRunner  # noqa: PLC0415 - Ray takes a second to import; most nights need none

    runner: TaskRunner[Any] = RayTaskRunner()
    return runner


@contextmanager
def _connected(address: str, workers: int) -> Iterator[None]:
    """Once for a stage, and first: Ray waits half a minute for a cluster, and for a worker without end."""
    ray = _import_ray()
    options: dict[str, Any] = {"logging_level": logging.WARNING, "log_to_driver": False, "namespace": "exhell"}
    if address == LOCAL:
        # It is Ray's own word too: without it a cluster that RAY_ADDRESS names would be joined.
        with ray.init(LOCAL, num_cpus=workers, include_dashboard=False, **options):
            yield
        return
    with _client(ray, address, options):
        if not ray.cluster_resources().get("CPU", 0):
            host = urlsplit(address).hostname
            raise ClusterError(
                f"the Ray cluster at {address} has no worker; start some: `ray start --address={host}:6379`"
            )
        yield


def _client(ray: Any, address: str, options: dict[str, Any]) -> Any:
    """A connection to a cluster that runs."""
    parts = urlsplit(address)
    for left in reversed(range(CLIENT_TRIES)):
        try:
            socket.create_connection((parts.hostname or "", parts.port or 0), timeout=ANSWER_S).close()
            with warnings.catch_warnings(action="ignore"):
                return ray.init(address, **options)
        except (OSError, RuntimeError) as error:  # RuntimeError: another version of Ray or Python
            if left and any(sign in str(error) for sign in CLIENT_STUMBLES):
                continue
            reason = ([line for line in str(error).splitlines() if line.strip()] or [repr(error)])[-1].strip()
            raise ClusterError(
                f"no Ray cluster can be used at {address}: {reason}; check prepare.ray and start it; one that asks for "
                "a token wants RAY_AUTH_MODE=token and RAY_AUTH_TOKEN_PATH here too"
            ) from error
    raise AssertionError("unreachable: the last try returns or raises")


def _import_ray() -> Any:
    # Read as it is imported: it would tell its makers of each cluster.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray  # noqa: PLC0415 - as above
    except ImportError as error:
        raise ClusterError(
            "prepare.ray needs Ray, which is not installed here: `make setup` installs it, or pip the extra `ray`"
        ) from error
    return ray
