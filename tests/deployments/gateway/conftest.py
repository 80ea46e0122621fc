"""A gateway on a free loopback port, in a thread of the test's process, before stub servers in their own."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench.workplace import free_port
from configs.load import PROJECT, load_profile
from deployments.gateway.desired import Memory, Version, write
from deployments.gateway.serve import GatewayServer
from tests.deployments.gateway.stand_ins import silent
from tests.deployments.in_thread import eventually, in_thread

NAME = "adapter-" + "1" * 12
OTHER = "adapter-" + "2" * 12
BASE = "b" * 64
QUESTION = {"model": "exhell-expert", "messages": [{"role": "user", "content": "B2:B20의 합계는?"}]}


class StubServer:
    """A stub of vLLM in a process of its own."""

    def __init__(self, port: int | None = None) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.client = httpx.Client(base_url=self.url, trust_env=False)
        self.start()

    def start(self) -> None:
        argv = [sys.executable, "-m", "bench.gateway_stub", str(self.port)]
        self.process = subprocess.Popen(argv, cwd=PROJECT)
        assert eventually(self._listens)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        self.kill()
        self.client.close()

    def load(self, *names: str) -> None:
        for name in names:
            self.client.post("/v1/load_lora_adapter", json={"lora_name": name, "lora_path": "/nowhere"})

    def behave(self, **behaviour: Any) -> dict[str, int]:
        """Change what it does; its counts."""
        found: dict[str, int] = self.client.post("/stub", json=behaviour).json()
        return found

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


class Running:
    """A gateway that runs, and a client of it."""

    def __init__(self, server: GatewayServer, workspace: Path) -> None:
        self.server, self.workspace, self.url = server, workspace, server.url
        self.port = int(server.url.rpartition(":")[2])
        self.client = httpx.Client(base_url=server.url, trust_env=False, timeout=30)

    def chat(self, **changes: Any) -> httpx.Response:
        return self.client.post("/v1/chat/completions", json=QUESTION | changes)

    def text(self, **changes: Any) -> str:
        answer = self.chat(**changes)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["choices"][0]["message"]["content"])

    def stream(self, **changes: Any) -> list[Any]:
        """The events of a stream."""
        answer = self.chat(stream=True, **changes)
        assert answer.status_code == 200, answer.text
        assert answer.text.endswith("\n\n")
        events = [event.removeprefix("data: ") for event in answer.text.split("\n\n")[:-1]]
        return [event if event == "[DONE]" else json.loads(event) for event in events]

    def lines(self) -> list[dict[str, Any]]:
        """The access log."""
        self.server.access.flush()
        return [json.loads(line) for line in self.server.access.path.read_text().splitlines()]


def version(name: str, number: int, **changes: Any) -> Version:
    """A registered adapter of the stub's base model."""
    return Version(version=number, name=name, sha256=name[-12:] + "0" * 52, base_sha256=BASE, **changes)


def memory(**changes: Any) -> Memory:
    """A gateway that serves NAME, as the registry wants."""
    current = version(NAME, 1)
    return Memory.model_validate({"desired": {"champion": current}, "known": True, "current": current} | changes)


@contextmanager
def running(
    folder: Path,
    servers: list[str],
    remembered: Memory | None = None,
    registry: Any = silent,
    tracking_uri: str = "",
    **settings: Any,
) -> Iterator[Running]:
    changes = {"requests_per_minute": 1_000_000, "port": free_port(), "servers": servers} | settings
    profile = load_profile("demo", {"workspace": str(folder), "gateway": changes, "tracking.uri": tracking_uri})
    (folder / "gateway").mkdir(parents=True, exist_ok=True)
    if remembered is not None:
        write(folder / "gateway" / "state.json", remembered)
    server = GatewayServer(profile, registry)
    with in_thread(server):
        place = Running(server, folder)
        with place.client:
            yield place


@pytest.fixture
def stub() -> Iterator[StubServer]:
    """A stub that holds two adapters."""
    server = StubServer()
    try:
        server.load(NAME, OTHER)
        yield server
    finally:
        server.close()


Start = Callable[..., Running]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a gateway before servers; it serves NAME."""
    with ExitStack() as stack:

        def begin(
            *servers: StubServer, ready: bool = True, remembered: Memory | None = None, **settings: Any
        ) -> Running:
            urls = [server.url for server in servers]
            place = stack.enter_context(running(tmp_path / "workspace", urls, remembered or memory(), **settings))
            assert not ready or eventually(lambda: place.client.get("/ready").status_code == 200)
            return place

        yield begin
