"""Who is let in, and what comes of requests that are none. Over real connections."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from configs.load import load_profile
from deployments.gateway.serve import GatewayError, GatewayServer
from tests.deployments.gateway.conftest import QUESTION, Running, Start, StubServer, memory, running

KEY = "k" * 32
BODY = orjson.dumps(QUESTION)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A gateway that every test here asks, before a server that is not there."""
    with running(tmp_path_factory.mktemp("guard"), ["http://127.0.0.1:9"], memory(), max_body_bytes=10_000) as place:
        yield place


def raw(gateway: Running, content: bytes, *, wait_s: float = 10) -> tuple[int, bytes]:
    """Send bytes; the status and the body of what comes back, until the connection is closed or silent."""
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=wait_s) as connection:
        connection.sendall(content)
        answer = b""
        while b"\r\n\r\n" not in answer or not answer.rstrip().endswith(b"}"):
            piece = connection.recv(65_536)
            if not piece:
                break
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


def head(gateway: Running, *lines: str, path: str = "/v1/chat/completions", length: int | None = None) -> bytes:
    size = len(BODY) if length is None else length
    every = [f"POST {path} HTTP/1.1", f"Host: localhost:{gateway.port}", f"Content-Length: {size}", *lines, "", ""]
    return "\r\n".join(every).encode()


def test_without_keys_only_local_hosts_are_served(gateway: Running) -> None:
    assert gateway.chat().status_code == 503  # let in; there is no server
    for name, value in (("Host", "evil.example"), ("X-Forwarded-For", "1.2.3.4"), ("Origin", "http://evil.example")):
        answer = gateway.client.post("/v1/chat/completions", json=QUESTION, headers={name: value})
        assert (answer.status_code, answer.json()["error"]["type"]) == (403, "permission_error")


def test_with_keys_every_request_bears_one(start: Start, stub: StubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_TEST_KEYS", f"{'o' * 32}, {KEY}")
    gateway = start(stub, api_keys="${GATEWAY_TEST_KEYS}")
    for header in ({}, {"Authorization": f"Bearer {KEY}x"}, {"Authorization": f"Basic {KEY}"}, {"Authorization": KEY}):
        answer = gateway.client.post("/v1/chat/completions", json=QUESTION, headers=header)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_api_key")
    for path in ("/v1/models", "/metrics"):
        assert gateway.client.get(path).status_code == 401
    for key in (KEY, "o" * 32):
        bearer = {"Authorization": f"Bearer {key}"}
        assert gateway.client.post("/v1/chat/completions", json=QUESTION, headers=bearer).status_code == 200
    assert gateway.client.get("/health").status_code == 200
    log = str(gateway.lines())
    assert KEY not in log
    assert len({line["caller"] for line in gateway.lines()}) == 3  # none, and a fingerprint a key


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"host": "0.0.0.0"}, "can be reached from other machines, and no keys are set"),  # noqa: S104 - refused
        ({"api_keys": "${GATEWAY_SHORT}"}, "must be 16 printable ASCII characters"),
        ({"api_keys": "${GATEWAY_EMPTY}"}, "are empty"),
    ],
)
def test_an_unsafe_gateway_does_not_start(
    settings: dict[str, str], error: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_SHORT", "short")
    monkeypatch.setenv("GATEWAY_EMPTY", "")
    with pytest.raises(GatewayError, match=error):
        GatewayServer(load_profile("demo", {"workspace": str(tmp_path), "gateway": settings}))


def test_more_requests_a_minute_than_allowed(start: Start, stub: StubServer) -> None:
    gateway = start(stub, requests_per_minute=2)
    answers = [gateway.chat() for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[2].headers["retry-after"]) <= 30


@pytest.mark.slow
def test_a_body_that_is_too_large_is_read_to_its_end_and_refused(gateway: Running) -> None:
    answer = gateway.client.post("/v1/chat/completions", content=b"x" * 100_000_000)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"GARBAGE\r\n\r\n", 400),
        (b"GET /\x00 HTTP/1.1\r\n\r\n", 400),
        (
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
            400,
        ),
        (b"POST /x HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400),
        (b"POST /x HTTP/1.1\r\nContent-Length : 5\r\n\r\nhello", 400),
        (b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 100_000, 431),
    ],
)
def test_what_is_no_request_or_two_in_one(gateway: Running, content: bytes, status: int) -> None:
    found, body = raw(gateway, content)
    assert found == status
    assert orjson.loads(body)["error"]["message"]


def test_a_header_that_decides_may_not_come_twice(gateway: Running) -> None:
    doubled = head(gateway, "Host: localhost") + BODY
    assert raw(gateway, doubled)[0] == 400


def test_nothing_of_a_callers_head_reaches_a_server(start: Start, stub: StubServer) -> None:
    gateway = start(stub)
    smuggled = head(gateway, "X-Session-Id: a\tb", "Connection: x-real", "X-Real: 1") + BODY
    assert raw(gateway, smuggled)[0] == 200
    assert stub.behave()["asked"] == 1


@pytest.mark.slow
def test_a_head_that_does_not_come(gateway: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deployments.gateway.protocol.HEAD_TIMEOUT_S", 0.5)
    assert raw(gateway, b"POST /v1/chat/completions HTTP/1.1\r\n", wait_s=60)[0] == 408


@pytest.mark.slow
def test_a_body_that_does_not_come(start: Start, stub: StubServer) -> None:
    gateway = start(stub, body_timeout_s=1)
    assert raw(gateway, head(gateway, length=500) + b"{")[0] == 408
