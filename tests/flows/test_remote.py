"""A stage in the night's own process and on a work pool: a real Prefect server, and a real worker beside it."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import httpx
import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterParentFlowRunId
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.deployments import run_deployment
from prefect.deployments.runner import RunnerDeployment
from prefect.events.worker import EventsWorker
from prefect.settings import PREFECT_API_URL, PREFECT_HOME, PREFECT_LOGGING_TO_API_ENABLED, temporary_settings
from prefect.states import Cancelling
from prefect.types.entrypoint import EntrypointType

from bench.workplace import free_port
from configs.load import PROJECT, load_profile
from configs.schema import Profile
from flows.remote import StageError, run_stage
from tasks import jobs, processes
from tasks.artifacts import Adapter, Dataset, FunnelStep, Watermark
from tasks.jobs import Job
from tasks.train.plan import TrainError
from tasks.train.supervise import RECORD
from tests.flows import stand_ins
from tests.flows.stand_ins import TROUBLE, train

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

POOL = "gpu"
DEPLOYMENT = f"{train.name}/stage"
DATASET = Dataset(
    uri="file:///datasets/1",
    sha256="d" * 64,
    train_rows=8,
    validation_rows=1,
    test_rows=1,
    new_rows=10,
    watermark=Watermark(updated_at=datetime(2026, 11, 23, 2, tzinfo=UTC), id="7"),
    funnel=(FunnelStep(rule="consent", reached=12, dropped=2),),
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a Prefect server with one process pool, a worker on it, and the stand-in as its deployment."""
    folder = tmp_path_factory.mktemp("prefect")
    port = free_port()
    url = f"http://127.0.0.1:{port}/api"
    program = str(Path(sys.executable).with_name("prefect"))
    environment = {"PREFECT_HOME": str(folder), "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}
    serve = Job(
        "prefect server",
        (program, "server", "start", "--host", "127.0.0.1", "--port", str(port), "--no-ui"),
        PROJECT,
        folder / "server.log",
        environment,
    )
    work = Job(
        "prefect worker",
        (program, "worker", "start", "--pool", POOL),
        PROJECT,
        folder / "worker.log",
        environment | {"PREFECT_API_URL": url, "PREFECT_WORKER_QUERY_SECONDS": "1"},
    )
    records = {job.name: folder / f"{job.name}.json" for job in (work, serve)}
    try:
        jobs.start(serve, records[serve.name])
        _wait(f"{url}/health", serve)
        # What is still in the log handler's queue when the server ends would keep this process for a minute.
        with temporary_settings({PREFECT_API_URL: url, PREFECT_HOME: folder, PREFECT_LOGGING_TO_API_ENABLED: False}):
            with get_client(sync_client=True) as client:
                client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
            # As prefect.yaml names them: a file's path would load the flow outside its package.
            for stage in (train, stand_ins.night):
                RunnerDeployment.from_flow(
                    stage, name="stage", work_pool_name=POOL, entrypoint_type=EntrypointType.MODULE_PATH
                ).apply()
            jobs.start(work, records[work.name])
            yield url
            # Events that are still queued when the server ends would be sent again and again by this process.
            EventsWorker.drain_all()
    finally:
        for record in records.values():
            jobs.stop(record)


@flow
def night(settings: Profile, fail: bool = False) -> Adapter:
    """As a night calls its stages: from a flow."""
    return run_stage(train, settings, dataset=DATASET, fail=fail)


def _settings(**pools: str) -> Profile:
    return load_profile("demo", {"night.pools": pools})


def _wait(url: str, job: Job) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            if httpx.get(url, timeout=5).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError(jobs.tail_of(job.log))


def test_a_stage_without_a_pool_runs_in_this_process(server: str) -> None:
    adapter = night(_settings(evaluate=DEPLOYMENT))

    assert isinstance(adapter, Adapter)
    assert adapter.steps == os.getpid()


def test_a_stage_on_a_pool_returns_the_very_reference_that_it_would_here(server: str) -> None:
    here = night(_settings())
    there = night(_settings(train=DEPLOYMENT))

    assert there.steps != os.getpid()
    assert there == here.model_copy(update={"steps": there.steps})


def test_a_stage_that_fails_on_its_pool_says_why_and_where_to_look(server: str) -> None:
    with pytest.raises(StageError) as failure:
        night(_settings(train=DEPLOYMENT), fail=True)

    assert f"{train.name} on {DEPLOYMENT} did not complete" in str(failure.value)
    assert TROUBLE in str(failure.value)
    assert "see flow run" in str(failure.value)


def test_a_stage_that_fails_in_this_process_raises_its_own_error(server: str) -> None:
    with pytest.raises(TrainError, match=TROUBLE):
        night(_settings(), fail=True)


def test_a_run_that_is_cancelled_in_prefect_ends_its_trainer_with_all_its_processes(
    server: str, tmp_path: Path
) -> None:
    """What the button of Prefect's page does: it asks the worker for the end of the run."""
    parameters = {"dataset": DATASET.model_dump(mode="json"), "endless": str(tmp_path)}
    run = cast(FlowRun, run_deployment(DEPLOYMENT, parameters=parameters, timeout=0))
    _until(lambda: jobs.running(tmp_path / RECORD) is not None and (tmp_path / "train.log").is_file(), "no trainer")
    pid = json.loads((tmp_path / RECORD).read_text())["pid"]
    _until(lambda: len(processes.members(pid)) == 2, "the trainer has no worker")
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(run.id, Cancelling())
        _until(lambda: not processes.members(pid), "the trainer still runs")
        _until(lambda: client.read_flow_run(run.id).state_type == StateType.CANCELLED, "it is not told as cancelled")
    assert not (tmp_path / RECORD).exists()


def test_a_night_that_is_cancelled_takes_its_stage_on_a_pool_with_it(server: str, tmp_path: Path) -> None:
    parameters = {"deployment": DEPLOYMENT, "dataset": DATASET.model_dump(mode="json"), "endless": str(tmp_path)}
    run = cast(FlowRun, run_deployment(f"{stand_ins.night.name}/stage", parameters=parameters, timeout=0))
    _until(lambda: jobs.running(tmp_path / RECORD) is not None, "no trainer")
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(run.id, Cancelling())
        of_it = FlowRunFilter(parent_flow_run_id=FlowRunFilterParentFlowRunId(any_=[run.id]))
        (stage,) = client.read_flow_runs(flow_run_filter=of_it)
        for one in (run, stage):
            _until(lambda: client.read_flow_run(one.id).state_type == StateType.CANCELLED, f"{one.name} goes on")  # noqa: B023
    assert jobs.running(tmp_path / RECORD) is None


def _until(condition: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + 90
    while not condition():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.1)
