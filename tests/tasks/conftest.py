"""One real vLLM server for every test of this folder that asks for it, with adapters made here.

The server holds the demo's base model. Its start takes 20-40 s, so there is one for the whole session; adapters are
immutable and loaded under names that carry their digest, so tests do not meet in it.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from configs.load import load_profile, project_path, template_path
from configs.schema import Profile
from tasks.records import conversation
from tasks.serving import ModelServer, ensure_server, stop_servers

QUESTION = conversation("B열에서 가장 큰 값을 찾는 수식을 알려줘", "")
ANSWER = "=MAX(B2:B20)"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def demo_base() -> Path:
    return project_path("deployments/demo/base_model")


@pytest.fixture(scope="session")
def llama_template() -> Path:
    return template_path("llama-2")


@pytest.fixture(scope="session")
def serving_profile(tmp_path_factory: pytest.TempPathFactory) -> Profile:
    """The demo's profile in a workspace of its own, on a free port."""
    folder = tmp_path_factory.mktemp("serving")
    return load_profile("demo", {"workspace": str(folder), "serve.port": free_port(), "serve.ready_timeout_s": 300})


@pytest.fixture(scope="session")
def model_server(serving_profile: Profile) -> Iterator[ModelServer]:
    """The running server; tests that use it are marked `serve`."""
    state = ensure_server(serving_profile)
    with ModelServer(state.url) as server:
        yield server
    stop_servers(Path(serving_profile.workspace))
