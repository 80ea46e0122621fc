"""The endpoint with known delays, started once for a file's tests."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest

from bench.workplace import free_port
from configs.load import PROJECT


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "tests.tasks.endpoint.server", str(port)]
    process = subprocess.Popen(command, cwd=PROJECT)
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while not _is_up(address):
            assert process.poll() is None, "the server ended"
            assert time.monotonic() < deadline, "the server never came up"
            time.sleep(0.05)
        yield address
    finally:
        process.kill()  # streams that never end would keep it
        process.wait(timeout=10)


def _is_up(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
