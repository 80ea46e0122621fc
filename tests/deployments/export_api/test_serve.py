"""Starting the API: what it refuses to start with, and the command."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench.workplace import free_port, write_profile
from configs.load import ConfigError, load_profile
from deployments.export_api.app import GUIDE_EXAMPLE, PATH
from deployments.export_api.serve import ApiError, ApiServer
from tests.deployments.export_api.conftest import NOWHERE, api_profile, running
from tests.deployments.export_api.engines import FakeEngine
from tests.deployments.in_thread import eventually
from tests.flows.conftest import Workplace

OTHERS = ("0.0.0.0", "192.0.2.1", "::", "exports.example.com")  # noqa: S104 - what must be refused


def _refused(folder: Path, **api: Any) -> str:
    with pytest.raises(ApiError) as caught:
        ApiServer(api_profile(folder, NOWHERE, **api), FakeEngine())
    return str(caught.value)


@pytest.mark.parametrize("host", OTHERS)
def test_it_is_not_open_to_others_without_a_token(tmp_path: Path, host: str) -> None:
    text = _refused(tmp_path, host=host)

    assert f"api.host {host} can be reached from other machines" in text
    assert "api.token" in text


@pytest.mark.parametrize("token", ["", "short"])
def test_a_token_that_can_be_guessed_is_refused_and_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("EXHELL_API_TOKEN", token)
    text = _refused(tmp_path, token="${EXHELL_API_TOKEN}")

    assert "${EXHELL_API_TOKEN}" in text
    assert "openssl rand -hex 32" in text
    assert "short" not in text


def test_a_token_s_variable_that_is_not_set_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EXHELL_API_TOKEN", raising=False)

    with pytest.raises(ConfigError, match="EXHELL_API_TOKEN is not set"):
        ApiServer(api_profile(tmp_path, NOWHERE, token="${EXHELL_API_TOKEN}"), FakeEngine())


def test_a_token_may_be_left_to_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EXHELL_API_TOKEN", raising=False)
    with running(api_profile(tmp_path, NOWHERE, token="${EXHELL_API_TOKEN:-}"), FakeEngine()) as place:
        assert place.get().status_code == 200


@pytest.mark.parametrize("token", ["a plain secret token", "x${EXHELL_API_TOKEN}", "${T:-a plain secret token}", 1234])
def test_a_profile_cannot_hold_the_token_itself(token: object) -> None:
    with pytest.raises(ConfigError) as caught:
        load_profile("demo", {"api.token": token})

    assert "token must be ${EXHELL_API_TOKEN}" in str(caught.value)
    assert "secret" not in str(caught.value).replace("no place for secrets", "")
    assert "1234" not in str(caught.value)


def test_trusted_proxies_need_a_token(tmp_path: Path) -> None:
    assert "behind a proxy" in _refused(tmp_path, trusted_proxies=["127.0.0.1"])


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        assert f"cannot listen on 127.0.0.1 port {port}" in _refused(tmp_path, port=port)


def test_it_listens_on_loopback_alone(tmp_path: Path) -> None:
    with running(api_profile(tmp_path, NOWHERE), FakeEngine()) as place:
        assert place.url.startswith("http://127.0.0.1:")
        assert place.server._socket.getsockname()[0] == "127.0.0.1"


def test_it_listens_on_ipv6_loopback(tmp_path: Path) -> None:
    with running(api_profile(tmp_path, NOWHERE, host="::1"), FakeEngine()) as place:
        assert place.url.startswith("http://[::1]:")
        assert place.get().status_code == 200


@pytest.mark.slow
def test_the_command_serves_until_ctrl_c(tmp_path: Path) -> None:
    place, port = Workplace(tmp_path), free_port()
    write_profile(tmp_path, place.port)
    place.traffic("create")
    process = place.start("api", "--port", str(port))
    try:
        assert eventually(lambda: _answers(port), 60)
        answer = httpx.post(f"http://localhost:{port}{PATH}", json=GUIDE_EXAMPLE, trust_env=False, timeout=120)
        assert answer.text.startswith('{"text":"<s>[INST] ')
    finally:
        place.press_ctrl_c(process)
        _, errors = process.communicate(timeout=60)

    assert process.returncode == 130
    assert f"http://127.0.0.1:{port}{PATH}" in errors
    assert "Traceback" not in errors
    assert place.processes() == []


@pytest.mark.slow
def test_the_command_says_why_it_does_not_start(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    write_profile(tmp_path, place.port)
    done = place.run("api", "--set", "api.host=0.0.0.0")

    assert done.returncode == 1
    assert "can be reached from other machines" in done.stderr


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/docs", trust_env=False).is_success
    except httpx.TransportError:
        return False
