"""Whatever is sent: an error in OpenAI's shape or an answer, never a 500, and no server sees what is not allowed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

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
