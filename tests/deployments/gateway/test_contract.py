"""The stub behaves like a real vLLM where the gateway and its tests rely on it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench.workplace import free_port
from configs.load import load_profile, project_path
from tasks.serving import ensure_server, stop_servers
from tests.deployments.gateway.conftest import StubServer
from tests.tasks.adapters import write_adapter

NAME = "adapter-" + "7" * 12


@pytest.fixture(scope="module", params=["stub", pytest.param("vllm", marks=pytest.mark.serve)])
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    if request.param == "stub":
        stub = StubServer()
        yield stub.client
        stub.close()
        return
    folder = tmp_path_factory.mktemp("contract")
    settings = {"workspace": str(folder), "serve.port": free_port(), "serve.ready_timeout_s": 300}
    state = ensure_server(load_profile("demo", settings))
    with httpx.Client(base_url=state.url, trust_env=False, timeout=60) as found:
        yield found
    stop_servers(Path(folder))


@pytest.fixture(scope="module")
def adapter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_adapter(tmp_path_factory.mktemp("adapter"), project_path("deployments/demo/base_model"), 7)


def ask(client: httpx.Client, model: str, **changes: Any) -> httpx.Response:
    body = {"model": model, "messages": [{"role": "user", "content": "?"}], "max_tokens": 4} | changes
    return client.post("/v1/chat/completions", json=body)


def test_the_models_say_which_base_it_is(client: httpx.Client) -> None:
    names = [card["id"] for card in client.get("/v1/models").json()["data"]]
    assert any(name.startswith("base-") for name in names)


def test_adapters_come_and_go(client: httpx.Client, adapter: Path) -> None:
    assert ask(client, NAME).status_code == 404
    load = {"lora_name": NAME, "lora_path": str(adapter)}
    assert client.post("/v1/load_lora_adapter", json=load).status_code == 200
    again = client.post("/v1/load_lora_adapter", json=load)
    assert (again.status_code, "already been loaded" in again.text) == (400, True)
    assert ask(client, NAME).json()["model"] == NAME
    assert client.post("/v1/unload_lora_adapter", json={"lora_name": NAME}).status_code == 200
    assert client.post("/v1/unload_lora_adapter", json={"lora_name": NAME}).status_code == 404
    refused = ask(client, NAME)
    assert (refused.status_code, NAME in refused.json()["error"]["message"]) == (404, True)


def test_a_stream_ends_with_its_usage_in_an_event_of_its_own(client: httpx.Client) -> None:
    answer = ask(client, "base", stream=True, stream_options={"include_usage": True})
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = answer.text.split("\n\n")
    assert events[-2:] == ["data: [DONE]", ""]
    assert '"choices":[]' in events[-3]
    assert '"usage"' in events[-3]
    assert json.loads(events[-3].removeprefix("data: "))["usage"]["completion_tokens"] >= 1
    assert all('"choices":[]' not in event for event in events[:-3])


def test_an_answer_counts_its_tokens_at_its_end(client: httpx.Client) -> None:
    answer = ask(client, "base")
    assert answer.json()["usage"]["prompt_tokens"] >= 1
    assert '"completion_tokens"' in answer.text[-2_000:]
