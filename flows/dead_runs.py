"""Runs whose process is gone without Prefect's having been told: they would stay Running, and hold their pool's slot.

Prefect's server marks a run as crashed by its missing heartbeats, but only one whose heartbeats that very server has
heard. So every run leaves a record in the workspace, and whoever looks next (a run of any flow as it starts, `exhell
up`, `exhell up --stay` all the time) tells Prefect of those whose process no longer is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Container, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from prefect import Flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterParentFlowRunId
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.exceptions import ObjectNotFound, PrefectException
from prefect.states import Cancelled, Cancelling, Crashed

from configs.errors import ExhellError
from configs.load import load_profile, workspace
from tasks import processes

FOLDER = "runs"


def leave_record(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:  # noqa: ARG001 - a hook's names
    """A hook of every flow, as its run starts: tell of the dead before it, and leave a record of this one.

    A profile that cannot be loaded is left to the flow itself, which says what is wrong.
    """
    try:
        folder = workspace(load_profile(flow_run.parameters.get("profile", ""), flow_run.parameters.get("overrides")))
    except ExhellError:
        return
    end(folder)
    records = folder / FOLDER
    records.mkdir(parents=True, exist_ok=True)
    content = {"pid": os.getpid(), "started": processes.identity(os.getpid())}
    written = records / f"{flow_run.id}.new"  # whoever looks meanwhile must not take half a record for a dead run's
    written.write_text(json.dumps(content), encoding="utf-8")
    written.replace(written.with_suffix(".json"))


def cancel_stages(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:  # noqa: ARG001
    """A hook of a night that a person cancels: its stage on another pool ends as well, and gives its slot back. What
    runs in the night's own process ends with it."""
    with get_client(sync_client=True) as client:
        for child in _children(client, flow_run.id):
            if child.deployment_id and _is_unfinished(child):
                client.set_flow_run_state(child.id, Cancelling(message="the night that it belongs to was cancelled"))


def dead(folder: Path) -> list[str]:
    """Ids of the runs of this workspace whose process is gone, and of which Prefect may not have been told."""
    return [record.stem for record, _, lives in _records(folder) if not lives]


def end(folder: Path, but: Container[str] = ()) -> list[str]:
    """Tell Prefect of the runs of this workspace whose process is gone; their names. Those in `but` are left alone.

    A server that does not answer is asked the next time.
    """
    gone = [(record, pid) for record, pid, lives in _records(folder) if not lives and record.stem not in but]
    if not gone:
        return []
    told = []
    try:
        with get_client(sync_client=True) as client:
            for record, pid in gone:
                told += _tell(client, UUID(record.stem), pid)
                record.unlink(missing_ok=True)
    except (httpx.HTTPError, PrefectException):
        pass
    return told


def _records(folder: Path) -> Iterator[tuple[Path, int, bool]]:
    """Of each run: its record, its process, and whether that lives. A damaged record counts as a dead run's."""
    for record in sorted((folder / FOLDER).glob("*.json")):
        try:
            content = json.loads(record.read_text(encoding="utf-8"))
            pid, started = int(content["pid"]), content["started"]
        except OSError:  # another one told of it meanwhile
            continue
        except (ValueError, KeyError, TypeError):
            pid, started = 0, None
        yield record, pid, processes.is_alive(pid, started)


def _tell(client: SyncPrefectClient, run_id: UUID, pid: int) -> list[str]:
    """Names of what was held for unfinished: the run, and the runs in its process. Of these, one that was killed as it
    began has left no record of its own."""
    try:
        run = client.read_flow_run(run_id)
    except ObjectNotFound:  # of another server, or deleted
        return []
    what = f"its process ({pid}) is gone, and could not say why; what served still serves, and the next night goes on"
    told = []
    for one in (run, *(child for child in _children(client, run_id) if not child.deployment_id)):
        if _is_unfinished(one):
            is_cancelling = one.state_type == StateType.CANCELLING
            client.set_flow_run_state(one.id, Cancelled(message=what) if is_cancelling else Crashed(message=what))
            told.append(one.name)
    return told


def _is_unfinished(run: FlowRun) -> bool:
    return run.state is not None and not run.state.is_final()


def _children(client: SyncPrefectClient, run_id: UUID) -> list[FlowRun]:
    of_it = FlowRunFilter(parent_flow_run_id=FlowRunFilterParentFlowRunId(any_=[run_id]))
    return client.read_flow_runs(flow_run_filter=of_it)
