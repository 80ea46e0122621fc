"""The API on a free loopback port, in a thread of the test's process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench.workplace import free_port
from configs.load import load_profile
from configs.schema import Profile
from deployments.export_api.app import PATH
from deployments.export_api.engine import Engine
from deployments.export_api.serve import ApiServer
from tests.deployments.in_thread import in_thread

NOWHERE = "sqlite:////nowhere.db"

Start = Callable[..., "Running"]


class Running:
    """A server that runs, and a client of it that no proxy stands between."""

    def __init__(self, server: ApiServer, workspace: Path) -> None:
        self.server, self.workspace = server, workspace
        self.url = server.url
        self.port = int(server.url.rpartition(":")[2])
        self.client = httpx.Client(base_url=server.url, trust_env=False, timeout=120)

    def post(self, json: Any = None, **options: Any) -> httpx.Response:
        return self.client.post(PATH, json={} if json is None else json, **options)

    def get(self, query: str = "", **options: Any) -> httpx.Response:
        return self.client.get(f"{PATH}?{query}", **options)

    @property
    def audit(self) -> str:
        return self.server.audit.path.read_text(encoding="utf-8")

    def left(self) -> list[str]:
        """Files of exports that are still there."""
        return [str(path) for path in (self.workspace / "api" / "exports").rglob("*") if path.is_file()]


def api_profile(folder: Path, url: str, **api: Any) -> Profile:
    """The demo's profile over a database, with a workspace and a port of its own."""
    changes = {"requests_per_minute": 10_000, "port": free_port()} | api
    return load_profile(
        "demo",
        {"workspace": str(folder / "workspace"), "source.url": url, "filter.execute_formulas": False, "api": changes},
    )


@contextmanager
def running(profile: Profile, engine: Engine | None = None) -> Iterator[Running]:
    server = ApiServer(profile, engine)
    with in_thread(server):
        place = Running(server, Path(profile.workspace))
        with place.client:
            yield place


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a server over an engine; `api` are its settings."""
    with ExitStack() as stack:

        def begin(engine: Engine | None = None, url: str = NOWHERE, **api: Any) -> Running:
            return stack.enter_context(running(api_profile(tmp_path, url, **api), engine))

        yield begin
