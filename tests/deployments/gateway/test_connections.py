"""Many connections, idle and streaming, at a gateway in a process of its own: its memory does not grow with time."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from bench.workplace import free_port, write_profile
from configs.load import PROJECT
from deployments.gateway.desired import write
from tests.deployments.gateway.conftest import NAME, StubServer, memory
from tests.deployments.in_thread import eventually

pytestmark = pytest.mark.long

IDLE, STREAMING = 10_000, 500
FILES = IDLE + STREAMING + 500
HOLD_S = 20.0
MIB = 2**20
BODY = json.dumps({"model": "exhell-expert", "stream": True, "messages": [{"role": "user", "content": "?"}]}).encode()


@pytest.fixture
def gateway(tmp_path: Path, stub: StubServer) -> Iterator[tuple[int, psutil.Process]]:
    """Its port and its process."""
    port = free_port()
    settings = {
        "port": port,
        "servers": [stub.url],
        "requests_per_minute": 1_000_000,
        "max_in_flight": 1_000,
        "idle_timeout_s": 900,
    }
    profile = write_profile(tmp_path, free_port(), gateway=settings)
    (tmp_path / "workspace" / "gateway").mkdir(parents=True)
    write(tmp_path / "workspace" / "gateway" / "state.json", memory())
    argv = [str(Path(sys.executable).with_name("exhell")), "gateway", "--profile", str(profile)]
    # A registry that is away: what it remembers stands.
    argv += ["--set", "tracking.uri=http://127.0.0.1:9"]
    process = subprocess.Popen(argv, cwd=PROJECT, start_new_session=True)
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False)

    def ready() -> bool:
        try:
            return client.get("/ready").status_code == 200
        except httpx.HTTPError:
            return False

    assert eventually(ready, 60)
    client.close()
    yield port, psutil.Process(process.pid)
    os.killpg(process.pid, signal.SIGTERM)
    process.wait()


def test_ten_thousand_idle_and_five_hundred_streaming(gateway: tuple[int, psutil.Process], stub: StubServer) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < FILES:
        pytest.skip(f"only {hard} files may be open here, and {FILES} are needed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, FILES), hard))
    port, process = gateway
    stub.behave(delay_s=0.2, events=100_000)
    try:
        figures = asyncio.run(_held(port, process))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    print(json.dumps(figures))
    assert figures["answered"] == STREAMING
    assert figures["open"] == IDLE
    assert figures["late_mib"] - figures["early_mib"] < 5
    # All of them hung up: the server generates nothing any more.
    assert eventually(lambda: stub.behave()["ended_early"] == STREAMING, 30)
    assert NAME in stub.client.get("/v1/models").text


async def _held(port: int, process: psutil.Process) -> dict[str, float]:
    """Hold the connections for a while; the gateway's memory (MiB) before, early and late."""
    figures = {"before_mib": _mib(process)}
    idle = []
    for _ in range(IDLE // 100):
        idle += await asyncio.gather(*(asyncio.open_connection("127.0.0.1", port) for _ in range(100)))
    figures["idle_mib"] = _mib(process)
    streams = [await _stream(port) for _ in range(STREAMING)]
    readers = [asyncio.create_task(_read(reader)) for reader, _ in streams]
    await asyncio.sleep(HOLD_S / 2)
    figures["early_mib"] = _mib(process)
    await asyncio.sleep(HOLD_S)
    figures["late_mib"] = _mib(process)
    figures["answered"] = sum(not task.done() for task in readers)
    figures["open"] = sum(not reader.at_eof() for reader, _ in idle)
    for task in readers:
        task.cancel()
    for _, writer in (*idle, *streams):
        writer.transport.abort()
    await asyncio.sleep(0.5)
    return figures


async def _stream(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: {len(BODY)}\r\n\r\n"
    writer.write(head.encode() + BODY)
    assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    return reader, writer


async def _read(reader: asyncio.StreamReader) -> None:
    while await reader.read(65_536):
        pass


def _mib(process: psutil.Process) -> float:
    return round(process.memory_info().rss / MIB, 1)
