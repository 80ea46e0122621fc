"""Whatever is sent: an error in OpenAI's shape or an answer, never a 500, and no server sees what is not allowed."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from configs.schema import GatewayConfig
from deployments.gateway.errors import Refusal
from deployments.gateway.request import CHAT, COMPLETIONS, FIELDS, GENERATE, Asked, parse
from tests.deployments.gateway.conftest import NAME, Running, StubServer, memory, running

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)
MESSAGE = st.fixed_dictionaries({"role": st.sampled_from(["user", "system", "x"]) | JSON, "content": st.text() | JSON})
FIELD = st.sampled_from(sorted({name for names in FIELDS.values() for name in names} | {"lora_path", "chat_template"}))
REQUEST = st.dictionaries(FIELD, JSON, max_size=6).flatmap(
    lambda rest: st.fixed_dictionaries(
        {"model": st.sampled_from(["exhell-expert", NAME, "../x"]) | JSON, "messages": st.lists(MESSAGE, max_size=3)}
    ).map(lambda core: core | rest)
)
SETTINGS = GatewayConfig()


@pytest.mark.slow
@given(st.sampled_from([CHAT, COMPLETIONS, GENERATE]), st.binary(max_size=200) | (REQUEST | JSON).map(orjson.dumps))
@settings(max_examples=500, deadline=None)
def test_a_body_is_refused_or_holds_known_fields_alone(path: str, content: bytes) -> None:
    found = _parsed(path, content)
    if isinstance(found, Refusal):
        assert found.status == 400
        assert set(orjson.loads(found.body())["error"]) == {"message", "type", "param", "code"}
        return
    asked = found
    sent: dict[str, Any] = orjson.loads(asked.encoded(NAME))
    assert sent.keys() <= FIELDS[asked.path]
    assert sent["model"] == NAME
    for name in ("max_tokens", "max_completion_tokens"):
        assert sent.get(name) is None or 1 <= sent[name] <= SETTINGS.max_tokens


@pytest.mark.parametrize("depth", [200, 300, 900, 100_000])
@pytest.mark.parametrize("field", ["seed", "messages", "stop", "metadata"])
def test_lists_within_lists_are_no_defect(place: Running, field: str, depth: int) -> None:
    content = orjson.dumps({"model": "exhell-expert", "messages": [{"role": "user", "content": "?"}]})
    deep = b"[" * depth + b"]" * depth
    body = content[:-1] + b',"%s":%s}' % (field.encode(), deep)
    answer = place.client.post(CHAT, content=body)
    assert answer.status_code in {200, 400}  # the stub takes what a server would judge
    assert answer.status_code == 200 or answer.json()["error"]["type"] == "invalid_request_error"


def _parsed(path: str, content: bytes) -> Asked | Refusal:
    try:
        return parse(path, content, SETTINGS, "exhell-expert")
    except Refusal as refusal:
        return refusal


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"chat_template": "{{ x }}"}, "chat_template"),
        ({"max_tokens": 100_000}, "max_tokens"),
        ({"max_tokens": True}, "max_tokens"),
        ({"n": 100}, "n"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": "http://x"}]}]}, "messages"),
        ({"response_format": {"type": "json_schema"}}, "response_format"),
        ({"stream_options": {"other": 1}}, "stream_options"),
        ({"model": None}, "model"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], param: str) -> None:
    body = {"model": "exhell-expert", "messages": [{"role": "user", "content": "?"}]} | changes
    with pytest.raises(Refusal) as caught:
        parse(CHAT, orjson.dumps(body), SETTINGS, "exhell-expert")
    assert caught.value.param == param


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    stub = StubServer()
    stub.load(NAME)
    with running(tmp_path_factory.mktemp("fuzz"), [stub.url], memory()) as gateway:
        yield gateway
    stub.close()


@pytest.mark.slow
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"]),
    path=st.sampled_from([CHAT, COMPLETIONS, GENERATE, "/v1/models", "/v1/load_lora_adapter"])
    | st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20).map(lambda text: f"/{text}"),
    content=st.binary(max_size=300) | REQUEST.map(orjson.dumps),
    session=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30).map(str.strip),
)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_request_is_answered_with_a_defect(
    place: Running, method: str, path: str, content: bytes, session: str
) -> None:
    answer = place.client.request(method, f"{place.url}{path}", content=content, headers={"X-Session-Id": session})
    assert answer.status_code in {200, 400, 404, 405, 503}
    assert "Traceback" not in answer.text
    if answer.status_code != 200 and method != "HEAD":
        assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


LINE = st.sampled_from(
    [
        *("Transfer-Encoding: chunked", "Transfer-Encoding: chunked, chunked", "Transfer-Encoding: xchunked"),
        *("Transfer-Encoding:\tchunked", "Transfer-Encoding : chunked", "transfer-encoding: gzip, chunked"),
        *("Content-Length: 0", "Content-Length: +5", "Content-Length: 5, 5", "Content-Length: 99999999999999999999"),
        *("Content-Length: -1", "Content-Length: 0x5", " folded: line", "Expect: 100-continue", "Expect: 200-ok"),
        *("Upgrade: websocket", "Connection: upgrade", "Connection: close", "HTTP2-Settings: AAMAAABkAAQAAP"),
        *("Host: elsewhere", "X-Session-Id: \xff", "X: a\rb", "X: \0", "Trailer: Content-Length", ": no name"),
    ]
)
TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=30)
HEAD = st.lists(TEXT.map("X-Told: {}".format), max_size=2) | st.lists(LINE, max_size=2)
SILENT_S = 0.1
HIDDEN = b'{"lora_name":"smuggled","lora_path":"/"}'
SMUGGLED = b"POST /v1/load_lora_adapter HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(HIDDEN), HIDDEN)
BODY = orjson.dumps({"model": "exhell-expert", "messages": [{"role": "user", "content": "?"}]})


@pytest.mark.slow
@given(
    start=st.sampled_from(
        ["POST /v1/chat/completions HTTP/1.1", "GET /health HTTP/1.1", "PRI * HTTP/2.0", "\r\n", "\0"]
    ),
    lines=HEAD,
    framed=st.booleans(),
    body=st.sampled_from([BODY, b"0\r\n\r\n" + SMUGGLED, b"5\r\nhello\r\n0\r\n\r\n", b"zz\r\n", SMUGGLED, b""])
    | st.binary(max_size=100),
)
@settings(max_examples=200, deadline=None)
def test_bytes_that_are_no_request_are_answered_or_cut_and_reach_no_server(
    place: Running, start: str, lines: list[str], framed: bool, body: bytes
) -> None:
    length = [f"Content-Length: {len(body)}"] if framed else []
    head = "\r\n".join([start, f"Host: localhost:{place.port}", *length, *lines, "", ""])
    answer = exchanged(place.port, head.encode("latin-1", "replace") + body)
    # Whatever came back is whole answers of ours, none of them of a defect.
    for status in re.findall(rb"HTTP/1\.1 (\d{3})", answer):
        assert int(status) in {100, 200, 400, 403, 404, 405, 408, 413, 431}
    assert b"Traceback" not in answer
    assert b"gateway_error" not in answer
    assert "smuggled" not in place.client.get(f"{place.url}/v1/models").text
    assert "smuggled" not in place.server.servers[0].offered


def exchanged(port: int, content: bytes) -> bytes:
    """What comes back for these bytes until the connection is cut, or both sides wait for more."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        try:
            connection.sendall(content)
            connection.settimeout(SILENT_S)
            while piece := connection.recv(65_536):
                answer += piece
        except (ConnectionError, TimeoutError):
            pass
    return answer


def test_after_all_that_the_gateway_serves_and_its_server_has_heard_of_no_order(place: Running) -> None:
    answer = place.client.post(CHAT, content=BODY)
    assert answer.headers["x-exhell-model"].endswith(NAME.rpartition("-")[2])
    found = httpx.get(f"{place.server.servers[0].url}/v1/models", trust_env=False).json()["data"]
    assert {card["id"] for card in found if card["id"].startswith("adapter-") or "smuggled" in card["id"]} == {NAME}
