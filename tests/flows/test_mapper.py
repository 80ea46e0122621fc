"""The data stage over a Dask cluster: the same bytes as in processes of this machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.workplace import free_port
from configs.load import load_profile
from configs.schema import ConvertConfig, FilterConfig
from flows.mapper import LOCAL, DaskError, OnDask, mapper
from tasks import pool
from tasks.artifacts import Dataset
from tasks.convert import convert as conversion
from tasks.convert.convert import convert
from tasks.extract import parts
from tasks.extract.extract import extract
from tasks.filter.filter import filter_extract
from tasks.storage import Store
from tests.tasks.builders import database, interactions, source

WORKERS = 2


@pytest.fixture(scope="module")
def prefect_server() -> Iterator[None]:
    from prefect.testing.utilities import prefect_test_harness  # loads Prefect's whole server: seconds

    with prefect_test_harness(server_startup_timeout=120):
        yield


def who_works(seconds: float) -> int:
    """A piece of work that says which process did it."""
    time.sleep(seconds)
    return os.getpid()


def prepare(path: Path, store: Store, work: pool.Mapper) -> Dataset:
    extracted = extract(source(path), store)
    filtered = filter_extract(extracted, FilterConfig(), store, mapper=work)
    return convert(filtered, ConvertConfig(decontaminate=("exact",)), 1, store, work)


@pytest.mark.slow
def test_two_workers_make_the_dataset_that_one_machine_makes(
    tmp_path: Path, prefect_server: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "GROUP_ROWS", 100)  # eight of them a part: 4 parts to screen
    monkeypatch.setattr(conversion, "GROUP_ROWS", 600)  # rows of shards that are written together
    path = database(tmp_path / "app.db", interactions(3_000))

    here = prepare(path, Store(str(tmp_path / "here")), pool.in_processes)
    there = prepare(path, Store(str(tmp_path / "there")), OnDask(LOCAL, WORKERS))

    assert there.sha256 == here.sha256
    screened = Store(str(tmp_path / "there")).all("screened")
    assert len(screened) == 4


@pytest.mark.slow
def test_pieces_are_shared_between_two_workers_and_come_back_in_their_order(prefect_server: None) -> None:
    found = OnDask(LOCAL, WORKERS)(who_works, [0.5, 0.5, 0.5, 0.5])

    assert len(set(found)) == WORKERS
    assert os.getpid() not in found


@pytest.mark.slow
def test_a_scheduler_that_does_not_answer_or_has_no_worker_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    profile = load_profile("demo", {"prepare.dask": address})
    monkeypatch.setattr("flows.mapper.ANSWER_S", 2)
    with pytest.raises(DaskError, match=f"no Dask scheduler answers at {address}: .*check prepare.dask and start it"):
        mapper(profile)
    argv = [
        sys.executable,
        "-m",
        "distributed.cli.dask_scheduler",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--no-dashboard",
    ]
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as scheduler:
        try:
            wait_for(port)
            with pytest.raises(DaskError, match=f"has no worker; start some: `dask worker {address}`"):
                mapper(profile)
        finally:
            scheduler.terminate()


def wait_for(port: int) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("the scheduler does not start")
