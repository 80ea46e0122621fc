"""What a caller asks, checked before any server sees it: known fields alone, within the limits.

A server's own extensions of the API (templates in a request, embeddings in place of text, structured outputs, addresses
to fetch) are left out on purpose: each has been a way into a server.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from configs.schema import GatewayConfig
from deployments.gateway.errors import Refusal, wrong

CHAT, COMPLETIONS, GENERATE = "/v1/chat/completions", "/v1/completions", "/generate"

_COMMON = {"model", "stream", "max_tokens", "temperature", "top_p", "top_k", "stop", "seed", "user"}
_SAMPLING = _COMMON | {
    *("stream_options", "n", "presence_penalty", "frequency_penalty", "logit_bias", "logprobs"),
    *("min_p", "repetition_penalty"),
}
FIELDS: Mapping[str, frozenset[str]] = {
    CHAT: frozenset(
        _SAMPLING | {"messages", "max_completion_tokens", "top_logprobs", "metadata", "store", "response_format"}
    ),
    COMPLETIONS: frozenset(_SAMPLING | {"prompt", "echo", "suffix"}),
    GENERATE: frozenset(_COMMON | {"prompt"}),
}
_DROPPED = ("metadata", "store", "response_format")
"""OpenAI's own, which a model server does not know or this one does not allow; `response_format` of text is the
default."""

_SHOWN_CHARS = 80
MOST_MESSAGES = 1_000
ROLES = frozenset({"system", "user", "assistant", "developer"})


@dataclass(slots=True)
class Asked:
    """A request that may be put to a server. `body` still lacks the adapter's name."""

    path: str
    model: str
    body: dict[str, Any]
    stream: bool
    user: str
    wants_usage: bool
    generate: bool = False
    """Asked at the guide's /generate: the answer is `{"text"}`."""

    def encoded(self, adapter: str) -> bytes:
        """The request for one adapter, as a server takes it. Raises a Refusal (400) where it cannot be written."""
        self.body["model"] = adapter
        try:
            return orjson.dumps(self.body)
        except orjson.JSONEncodeError as error:  # lists within lists, deeper than any request has them
            raise wrong(f"the body cannot be handed on: {error}") from None


def parse(path: str, content: bytes, settings: GatewayConfig, default_model: str) -> Asked:
    """Check a request. Raises a Refusal (400) that names the field."""
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise wrong(f"the body is no JSON: {error}") from None
    if not isinstance(body, dict):
        raise wrong("the body must be a JSON object")
    if unknown := body.keys() - FIELDS[path]:
        name = min(unknown)
        raise wrong(f"unknown field: {_cut(name)}; known are {', '.join(sorted(FIELDS[path]))}", _cut(name))
    if path == GENERATE:
        body = _as_chat(body, default_model)
    return _checked(CHAT if path == GENERATE else path, body, settings, generate=path == GENERATE)


def _as_chat(body: dict[str, Any], default_model: str) -> dict[str, Any]:
    prompt = body.pop("prompt", None)
    if not isinstance(prompt, str) or not prompt:
        raise wrong("prompt must be a text", "prompt")
    if body.get("stream"):
        raise wrong("/generate answers whole; /v1/chat/completions streams", "stream")
    return {"model": default_model, **body, "messages": [{"role": "user", "content": prompt}]}


def _checked(path: str, body: dict[str, Any], settings: GatewayConfig, *, generate: bool) -> Asked:
    model, stream = body.get("model"), body.get("stream")
    if not isinstance(model, str):
        raise wrong("model must be the name of a model; GET /v1/models lists them", "model")
    if stream is not None and not isinstance(stream, bool):
        raise wrong("stream must be true or false", "stream")
    user = body.pop("user", None)
    if user is not None and not isinstance(user, str):
        raise wrong("user must be a text", "user")
    _check_limits(body, settings)
    if path == CHAT:
        _check_messages(body.get("messages"))
    else:
        _check_prompt(body.get("prompt"))
    if body.get("response_format", {"type": "text"}) != {"type": "text"}:
        raise wrong("response_format may only be text", "response_format")
    for name in _DROPPED:
        body.pop(name, None)
    wants_usage = _usage_wanted(body.pop("stream_options", None))
    if stream:
        body["stream_options"] = {"include_usage": True}  # the metrics count tokens; `events.py` takes it out again
    return Asked(path, model, body, bool(stream), user or "", wants_usage, generate)


def _check_limits(body: dict[str, Any], settings: GatewayConfig) -> None:
    for name in ("max_tokens", "max_completion_tokens"):
        value = body.get(name)
        if value is not None and (type(value) is not int or not 1 <= value <= settings.max_tokens):
            raise wrong(f"{name} must be a whole number from 1 to {settings.max_tokens}", name)
    answers = body.get("n")
    if answers is not None and (type(answers) is not int or not 1 <= answers <= settings.max_answers):
        raise wrong(f"n must be a whole number from 1 to {settings.max_answers}", "n")


def _check_messages(messages: object) -> None:
    if not isinstance(messages, list) or not messages or len(messages) > MOST_MESSAGES:
        raise wrong(f"messages must be a list of 1 to {MOST_MESSAGES} messages", "messages")
    for place, message in enumerate(messages):
        if not isinstance(message, dict) or message.keys() - {"role", "content", "name"}:
            raise wrong(f"messages[{place}] must have role and content, and nothing else", "messages")
        role = message.get("role")
        if not isinstance(role, str) or role not in ROLES:
            raise wrong(f"messages[{place}].role must be one of {', '.join(sorted(ROLES))}", "messages")
        if not _is_text(message.get("content")):
            raise wrong(f"messages[{place}].content must be a text", "messages")


def _is_text(content: object) -> bool:
    """A text, or OpenAI's list of text parts: no picture, no address that a server would fetch."""
    if isinstance(content, str):
        return True
    return isinstance(content, list) and all(
        isinstance(part, dict)
        and part.keys() == {"type", "text"}
        and part["type"] == "text"
        and isinstance(part["text"], str)
        for part in content
    )


def _check_prompt(prompt: object) -> None:
    if not isinstance(prompt, str) or not prompt:
        raise wrong("prompt must be a text; put several in requests of their own", "prompt")


def _usage_wanted(options: object) -> bool:
    if options is None:
        return False
    if not isinstance(options, dict) or options.keys() - {"include_usage"}:
        raise wrong('stream_options may only be {"include_usage": true}', "stream_options")
    return bool(options.get("include_usage"))


FEEDBACK = "/v1/feedback"


def parse_feedback(content: bytes) -> tuple[str, dict[str, Any]]:
    """The id of an answer, and what changes about its row. Raises a Refusal (400)."""
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise wrong(f"the body is no JSON: {error}") from None
    known = {"id", "rating", "quality_score", "edited_output"}
    if not isinstance(body, dict) or not isinstance(body.get("id"), str) or body.keys() - known or len(body) < 2:
        raise wrong("feedback is an object with the answer's id and rating, quality_score or edited_output", "id")
    rating, score, edited = (body.get(name) for name in ("rating", "quality_score", "edited_output"))
    if rating is not None and (type(rating) is not int or not 1 <= rating <= 5):
        raise wrong("rating must be a whole number from 1 to 5", "rating")
    if score is not None and (type(score) not in {int, float} or not 0 <= score <= 1):
        raise wrong("quality_score must be from 0 to 1", "quality_score")
    if edited is not None and not isinstance(edited, str):
        raise wrong("edited_output must be a text", "edited_output")
    return body.pop("id"), body


def unknown_model(name: str, known: str) -> Refusal:
    """Of a name that is not on the list, a path say: it is shown, but not at any length, and goes to no server."""
    return Refusal(404, f"there is no model {_cut(name)!r} here; ask for {known}", "model_not_found", "model")


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}…"
