"""The data stage over a Dask or a Ray cluster: the same bytes as in processes of this machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from bench.workplace import free_port
from configs.load import load_profile
from configs.schema import ConvertConfig, FilterConfig
from flows.mapper import LOCAL, ClusterError, mapper
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
CLUSTERS = ("dask", "ray")
TOKEN = "0123456789abcdef" * 4
"""What Ray's processes ask of each other."""


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else Ray writes one into the home folder."""
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    monkeypatch.setenv("RAY_AUTH_TOKEN", TOKEN)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)


def on(cluster: str, address: str = LOCAL) -> AbstractContextManager[pool.Mapper]:
    return mapper(load_profile("demo", {f"prepare.{cluster}": address, "prepare.workers": WORKERS}))


@pytest.fixture(scope="module")
def prefect_server() -> Iterator[None]:
    from prefect.testing.utilities import prefect_test_harness  # loads Prefect's whole server: seconds

    with prefect_test_harness(server_startup_timeout=120):
        yield


def who_works(seconds: float) -> int:
    """A piece of work that says which process did it."""
    time.sleep(seconds)
    return os.getpid()


def whole_number(text: str) -> int:
    return int(text)


def prepare(path: Path, store: Store, work: pool.Mapper) -> Dataset:
    extracted = extract(source(path), store)
    filtered = filter_extract(extracted, FilterConfig(), store, mapper=work)
    return convert(filtered, ConvertConfig(decontaminate=("exact",)), 1, store, work)


@pytest.mark.slow
@pytest.mark.parametrize("cluster", CLUSTERS)
def test_two_workers_make_the_dataset_that_one_machine_makes(
    cluster: str, tmp_path: Path, prefect_server: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "GROUP_ROWS", 400)  # two of them a part: 4 parts to screen
    monkeypatch.setattr(conversion, "GROUP_ROWS", 600)  # rows of shards that are written together
    path = database(tmp_path / "app.db", interactions(3_000))

    here = prepare(path, Store(str(tmp_path / "here")), pool.in_processes)
    with on(cluster) as work:
        there = prepare(path, Store(str(tmp_path / "there")), work)

    assert there.sha256 == here.sha256
    screened = Store(str(tmp_path / "there")).all("screened")
    assert len(screened) == 4


@pytest.mark.slow
@pytest.mark.parametrize("cluster", CLUSTERS)
def test_pieces_are_shared_between_two_workers_and_come_back_in_their_order(cluster: str, prefect_server: None) -> None:
    with on(cluster) as work:
        found = work(who_works, [0.5, 0.5, 0.5, 0.5])

    assert len(set(found)) == WORKERS
    assert os.getpid() not in found


@pytest.mark.slow
@pytest.mark.parametrize("cluster", CLUSTERS)
def test_what_a_piece_raises_is_raised_here(cluster: str, prefect_server: None) -> None:
    with on(cluster) as work, pytest.raises(ValueError, match="invalid literal for int"):
        work(whole_number, ["1", "one"])


@pytest.mark.slow
def test_a_dask_scheduler_that_does_not_answer_or_has_no_worker_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    monkeypatch.setattr("flows.mapper.ANSWER_S", 2)
    with (
        pytest.raises(ClusterError, match=f"no Dask scheduler answers at {address}: .*check prepare.dask and start it"),
        on("dask", address),
    ):
        pass
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
    reason = f"has no worker; start some: `dask worker {address}`"
    with running(argv, port), pytest.raises(ClusterError, match=reason), on("dask", address):
        pass


@pytest.mark.slow
def test_a_ray_cluster_that_does_not_answer_or_has_no_worker_is_named_and_one_that_has_some_is_used(
    prefect_server: None,
) -> None:
    head, client = free_port(), free_port()
    address = f"ray://127.0.0.1:{client}"
    with (
        pytest.raises(ClusterError, match=f"no Ray cluster can be used at {address}: .*check prepare.ray and start it"),
        on("ray", address),
    ):
        pass
    ray = [Path(sys.executable).with_name("ray"), "start", "--block", "--disable-usage-stats"]
    first = [*ray, "--head", f"--port={head}", f"--ray-client-server-port={client}", "--node-ip-address=127.0.0.1"]
    with running([*first, "--num-cpus=0", "--include-dashboard=false"], client):
        reason = f"the Ray cluster at {address} has no worker; start some: `ray start"
        with pytest.raises(ClusterError, match=reason), on("ray", address):
            pass
    with running([*first, f"--num-cpus={WORKERS}", "--include-dashboard=false"], client), on("ray", address) as work:
        assert len(set(work(who_works, [0.5] * 4))) == WORKERS
        assert work(who_works, [0.0]) != [os.getpid()]


def test_without_ray_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    reason = r"prepare\.ray needs Ray, which is not installed here: `make setup`"
    with pytest.raises(ClusterError, match=reason), on("ray", "ray://127.0.0.1:1"):
        pass


@contextmanager
def running(argv: Sequence[str | Path], port: int) -> Iterator[None]:
    """A program that listens at a port, for as long as it is needed."""
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as program:
        try:
            wait_for(port)
            yield
        finally:
            program.terminate()


def wait_for(port: int) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("nothing listens there")
