"""Runs whose process was killed, and what Prefect holds of them: a real server, without its automations."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import FlowFilter, FlowFilterName
from prefect.client.schemas.objects import StateType
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Cancelling

from bench.workplace import free_port, write_profile
from configs.load import PROJECT, load_profile, workspace
from flows import dead_runs
from tests.deployments.in_thread import eventually
from tests.flows.prefect_api import prefect_api

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

RUN = """
import time
from pathlib import Path
from prefect import flow
from flows.context import STAGE

@flow(name="endless", **STAGE)
def endless(profile: str, sign: str) -> None:
    Path(sign).touch()
    time.sleep(600)

@flow
def unrecorded(profile: str, sign: str) -> None:
    Path(sign).touch()
    time.sleep(600)

@flow(**STAGE)
def night(profile: str, sign: str) -> None:
    unrecorded(profile, sign)

import sys
{"endless": endless, "night": night}[sys.argv[1]](*sys.argv[2:])
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SyncPrefectClient]:
    with prefect_api(tmp_path_factory.mktemp("prefect")) as found:
        yield found


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    write_profile(tmp_path, free_port())
    return tmp_path / "profile.yaml"


def folder_of(profile: Path) -> Path:
    return workspace(load_profile(str(profile)))


def running(client: SyncPrefectClient, profile: Path, flow: str = "endless") -> tuple[subprocess.Popen[bytes], UUID]:
    """A run in a process of its own, and its id."""
    sign, known = profile.with_name(f"sign-{uuid4().hex}"), set(records(profile))
    environment = {"PREFECT_API_URL": str(client.api_url), "PATH": "/usr/bin:/bin", "DO_NOT_TRACK": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, flow, str(profile), str(sign)],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert eventually(sign.exists, 60)
    (made,) = set(records(profile)) - known
    return process, UUID(made.stem)


def records(profile: Path) -> list[Path]:
    return sorted((folder_of(profile) / dead_runs.FOLDER).glob("*.json"))


def kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def state(client: SyncPrefectClient, run: UUID) -> StateType | None:
    return client.read_flow_run(run).state_type


def test_a_run_that_was_killed_is_told_as_crashed_and_one_that_lives_is_left(
    client: SyncPrefectClient, profile: Path
) -> None:
    (killed, first), (lives, second) = running(client, profile), running(client, profile)
    try:
        assert dead_runs.end(folder_of(profile)) == []
        kill(killed)
        assert dead_runs.dead(folder_of(profile)) == [str(first)]
        assert dead_runs.end(folder_of(profile), but=[str(first)]) == []

        told = dead_runs.end(folder_of(profile))

        assert told == [client.read_flow_run(first).name]
        assert (state(client, first), state(client, second)) == (StateType.CRASHED, StateType.RUNNING)
        told_why = client.read_flow_run(first).state
        assert told_why is not None
        assert f"({killed.pid})" in str(told_why.message)
        assert [UUID(record.stem) for record in records(profile)] == [second]
    finally:
        kill(lives)


def test_a_run_within_it_that_was_killed_before_it_left_a_record_is_told_as_well(
    client: SyncPrefectClient, profile: Path
) -> None:
    killed, night = running(client, profile, "night")
    kill(killed)

    told = dead_runs.end(folder_of(profile))

    inside = client.read_flow_runs(flow_filter=FlowFilter(name=FlowFilterName(any_=["unrecorded"])))
    assert sorted(told) == sorted([client.read_flow_run(night).name, inside[0].name])
    assert [run.state_type for run in inside] == [StateType.CRASHED]


def test_the_next_run_tells_of_it_and_one_that_was_being_cancelled_is_cancelled(
    client: SyncPrefectClient, profile: Path
) -> None:
    killed, first = running(client, profile)
    kill(killed)
    client.set_flow_run_state(first, Cancelling(), force=True)

    after, _ = running(client, profile)

    kill(after)
    assert state(client, first) == StateType.CANCELLED


def test_a_server_that_is_away_is_asked_the_next_time(client: SyncPrefectClient, profile: Path) -> None:
    killed, first = running(client, profile)
    kill(killed)
    with temporary_settings({PREFECT_API_URL: f"http://127.0.0.1:{free_port()}/api"}):
        assert dead_runs.end(folder_of(profile)) == []

    assert dead_runs.end(folder_of(profile)) == [client.read_flow_run(first).name]
    assert state(client, first) == StateType.CRASHED


@pytest.mark.parametrize("content", ["", "[]", '{"pid": 1}', json.dumps({"pid": 1, "started": "another boot 7"})])
def test_the_record_of_a_run_that_this_server_never_had_is_forgotten(
    client: SyncPrefectClient, profile: Path, content: str
) -> None:
    record = folder_of(profile) / dead_runs.FOLDER / f"{uuid4()}.json"
    record.parent.mkdir(parents=True)
    record.write_text(content, encoding="utf-8")

    assert dead_runs.end(folder_of(profile)) == []
    assert not record.exists()
