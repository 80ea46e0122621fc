"""What every flow of a night works with: the checked profile and the places it names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect.runtime import flow_run

from configs.load import ConfigError, load_profile, store_root, workspace
from configs.schema import Profile
from flows import dead_runs
from flows.runtime import one_night_at_a_time
from tasks.serving import retire, servers, stop_servers, where
from tasks.storage import Store
from tasks.tracking import TrackingError

if TYPE_CHECKING:
    from tasks.tracking import Tracker

Overrides = dict[str, Any]
"""Dotted setting to value, on top of the profile: {"train.epochs": 1}."""


def named(what: str) -> Callable[[], str]:
    """A flow run's name: the profile's own, which its parameter may only point to, and what the run does."""

    def name() -> str:
        given = flow_run.parameters["profile"]
        try:
            return f"{load_profile(given).name}: {what}"
        except ConfigError:  # the flow itself tells what is wrong
            return f"{given}: {what}"

    return name


STAGE: dict[str, Any] = {"persist_result": True, "result_serializer": "json", "on_running": [dead_runs.leave_record]}
"""Options of every flow: results are JSON documents that a pool on another machine can read; and that a run whose
process is gone is noticed."""


@dataclass(frozen=True)
class Context:
    """One profile, resolved. Flows pass its name on, never the object: each loads its own."""

    profile: Profile

    @classmethod
    def of(cls, profile: str, overrides: Overrides | None = None) -> Context:
        """Load and check a profile. Raises ConfigError."""
        return cls(load_profile(profile, overrides))

    @property
    def workspace(self) -> Path:
        return workspace(self.profile)

    @property
    def root(self) -> str:
        """Where artifacts are published."""
        return store_root(self.profile)

    @property
    def store(self) -> Store:
        return Store(self.root)

    @cached_property
    def tracker(self) -> Tracker:
        from tasks.tracking import tracker  # noqa: PLC0415 - MLflow takes seconds to import; a flow's import must not

        return tracker(self.profile)


def alone(context: Context, night: str | None) -> AbstractContextManager[None]:
    """Keep nights out while a stage runs by itself; a stage of a night runs under the night's own lock."""
    return one_night_at_a_time(context.workspace) if night is None else nullcontext()


@contextmanager
def server_left_as_found(context: Context) -> Iterator[None]:
    """End the model servers that the block started if it is interrupted, or fails with nothing to serve.

    A server that ran before is never ended, and neither is one that serves the champion when something fails later.
    """
    ran_before = servers(context.workspace)
    try:
        yield
    except BaseException as error:
        _end_what_started(context, ran_before, interrupted=not isinstance(error, Exception))
        raise


def _end_what_started(context: Context, ran_before: frozenset[int], interrupted: bool) -> None:
    try:
        champion = context.tracker.champion()
    except TrackingError:  # a server may serve a champion that MLflow cannot name now
        if interrupted:
            stop_servers(context.workspace, but=ran_before)
        return
    serves = champion is not None and where(context.profile, champion.name) is not None
    if champion is not None and serves and (ran_before or not interrupted):
        retire(context.profile, champion.name)
    elif champion is None or interrupted:
        stop_servers(context.workspace, but=ran_before)
