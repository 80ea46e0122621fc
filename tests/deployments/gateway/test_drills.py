"""The gateway before a real vLLM, each in processes of their own, under load from another: swaps and kills.

What is measured is printed (`pytest -s`) and asserted only where no clock is in it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench.workplace import free_port, write_profile
from configs.load import PROJECT, load_profile, store_root
from flows.gateway import gateway_status
from tasks.base_model import fingerprint, locate
from tasks.records import Message
from tasks.serving import ModelServer, ensure_server, servers, stop_servers
from tasks.storage import Store
from tasks.tracking import ModelVersion, tracker
from tests.deployments.gateway.steady import QUESTION
from tests.deployments.in_thread import eventually
from tests.tasks.adapters import publish_adapter

pytestmark = [pytest.mark.serve, pytest.mark.long]

RATE = 4.0
SWAPS = 30


class Site:
    """A workspace with a running vLLM, MLflow, adapters and their known answers, and a gateway."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        settings = {"port": self.port, "registry_poll_s": 0.2, "canary": {"watch_s": 0}}
        path = write_profile(
            folder, free_port(), gateway=settings, serve={"ready_timeout_s": 300, "second_port": free_port()}
        )
        self.path, self.profile = path, load_profile(str(path))
        self.url = f"http://127.0.0.1:{self.port}"
        self.state = ensure_server(self.profile)
        self.model = ModelServer(self.state.url)
        self.registry = tracker(self.profile).registry
        self.run_id = tracker(self.profile).start("drill").id
        self.base = locate(self.profile.base_model)
        self.sha256 = fingerprint(self.base)
        self.store = Store(store_root(self.profile))
        self.answers: dict[str, str] = {}
        self.client = httpx.Client(base_url=self.url, trust_env=False, timeout=60)

    def adapter(self, seed: int) -> ModelVersion:
        """Registered, with the answer that it gives where nothing stands in between."""
        adapter = publish_adapter(self.store, self.base, self.sha256, seed)
        self.model.load_adapter(adapter.name, self.store.open(adapter.uri))
        self.answers[adapter.short] = self.model.complete(adapter.name, [Message("user", QUESTION)], max_tokens=16).text
        self.model.unload_adapter(adapter.name)
        return self.registry.register(adapter, self.run_id)

    def start_gateway(self) -> subprocess.Popen[bytes]:
        argv = [str(Path(sys.executable).with_name("exhell")), "gateway", "--profile", str(self.path)]
        with (self.folder / "gateway.log").open("ab") as log:
            return subprocess.Popen(argv, cwd=PROJECT, stdout=log, stderr=log, start_new_session=True)

    def serves(self, version: ModelVersion) -> bool:
        """Whether the stable name means this adapter, and a server can be asked for it."""
        try:
            ready = self.client.get("/ready").status_code == 200
        except httpx.HTTPError:
            return False
        status = gateway_status(self.profile)
        return ready and status is not None and status.serves == version.name

    @contextmanager
    def load(self) -> Iterator[list[dict[str, Any]]]:
        """Steady load during the block; afterwards, what came of every request."""
        out, found = self.folder / f"load-{time.time_ns()}.jsonl", []
        argv = [sys.executable, "-m", "tests.deployments.gateway.steady", self.url, str(RATE), str(out)]
        process = subprocess.Popen(argv, cwd=PROJECT, stdin=subprocess.PIPE)
        try:
            yield found
        finally:
            process.communicate(timeout=120)
        found += [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]

    def wrong(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Answers that are not those of the adapter that they are said to come from."""
        answered = [line for line in lines if line["status"] == 200]
        return [line for line in answered if line["text"].strip() != self.answers.get(line["model"].rpartition("@")[2])]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    found = Site(tmp_path_factory.mktemp("drill"))
    gateway = found.start_gateway()
    yield found
    found.client.close()
    found.model.close()
    os.killpg(gateway.pid, signal.SIGTERM)
    gateway.wait()
    stop_servers(Path(found.profile.workspace))


def p99(lines: list[dict[str, Any]]) -> float:
    times = sorted(line["ttft_ms"] for line in lines if line["ttft_ms"])
    return round(times[int(len(times) * 0.99)], 1) if times else 0.0


def test_thirty_hot_swaps_under_steady_load(site: Site) -> None:
    versions = [site.adapter(seed) for seed in range(SWAPS + 1)]
    assert len(set(site.answers.values())) > SWAPS // 2  # so that a wrong adapter shows
    site.registry.promote(versions[0].version)
    assert eventually(lambda: site.serves(versions[0]), 120)
    swaps = []
    with site.load() as lines:
        time.sleep(10)
        for version in versions[1:]:
            began = time.time()
            site.registry.promote(version.version)
            assert eventually(lambda version=version: site.serves(version), 60)  # type: ignore[misc]
            swaps.append((began, time.time()))
            time.sleep(1)
    failed = [line for line in lines if line["status"] != 200]
    during = [line for line in lines if any(a <= line["at"] <= b for a, b in swaps)]
    steady = [line for line in lines if line not in during]
    print(
        json.dumps(
            {
                "requests": len(lines),
                "during_swaps": len(during),
                "p99_ttft_ms": {"during": p99(during), "steady": p99(steady)},
                "swap_s_median": sorted(b - a for a, b in swaps)[len(swaps) // 2],
            }
        )
    )
    assert failed == []
    assert site.wrong(lines) == []
    assert len({line["model"] for line in lines}) > SWAPS // 2
    assert len(lines) > 100
    # The older ones are gone again: what serves, the one before, and no more.
    assert eventually(lambda: len([name for name in site.model.models() if name.startswith("adapter-")]) == 2)


def test_a_killed_vllm_means_503_at_once_and_the_right_adapter_afterwards(site: Site) -> None:
    version = site.adapter(1_000)
    site.registry.promote(version.version)
    assert eventually(lambda: site.serves(version), 120)
    with site.load() as lines:
        time.sleep(4)
        killed = time.time()
        for pid in servers(Path(site.profile.workspace)):
            os.killpg(pid, signal.SIGKILL)
        time.sleep(5)
        site.state = ensure_server(site.profile)
        assert eventually(lambda: site.client.get("/ready").status_code == 200, 60)
        ready = time.time()
        time.sleep(4)
    after = [line for line in lines if killed + 1 < line["at"] < killed + 5]
    assert after
    assert {line["status"] for line in after} == {503}
    assert {line["retry_after"] for line in after} == {"2"}
    print(json.dumps({"503_ms_max": max(line["total_ms"] for line in after)}))
    again = [line for line in lines if line["at"] > ready]
    assert again
    assert {(line["status"], line["model"]) for line in again} == {(200, f"exhell-expert@{version.adapter.short}")}
    assert site.wrong(lines) == []
    # Nothing hung: every request ended, those on their way with an error event or a status.
    assert all(line["status"] in {200, 503} or line.get("error") for line in lines)


def test_a_killed_gateway_comes_back_with_the_same_routing(site: Site) -> None:
    first, second = site.adapter(2_000), site.adapter(2_001)
    site.registry.promote(first.version)
    assert eventually(lambda: site.serves(first), 120)
    body = {"model": "exhell-expert", "messages": [{"role": "user", "content": QUESTION}], "max_tokens": 2}
    talk = {"X-Session-Id": "a conversation"}
    site.client.post("/v1/chat/completions", json=body, headers=talk)
    site.registry.promote(second.version)
    assert eventually(lambda: site.serves(second), 120)
    _kill_what_listens(site.port)
    began = time.monotonic()
    gateway = site.start_gateway()
    try:
        assert eventually(lambda: site.serves(second), 60)
        back_s = time.monotonic() - began
        kept = site.client.post("/v1/chat/completions", json=body, headers=talk)
        new = site.client.post("/v1/chat/completions", json=body)
        assert kept.headers["x-exhell-model"].endswith(first.adapter.short)
        assert new.headers["x-exhell-model"].endswith(second.adapter.short)
        print(json.dumps({"back_s": round(back_s, 2)}))
    finally:
        os.killpg(gateway.pid, signal.SIGTERM)
        gateway.wait()


def _kill_what_listens(port: int) -> None:
    import psutil

    for connection in psutil.net_connections("tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
            psutil.Process(connection.pid).kill()
    assert eventually(lambda: not _listens(port))


def _listens(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
