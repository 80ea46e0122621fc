"""One request, timed: from when it was due to its last piece, or to how it failed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from tasks.endpoint.prompts import EndpointError, Prompt
from tasks.endpoint.stream import GarbageError, pieces

MAX_ANSWER = 100_000
"""Characters of an answer that are kept; a stream that goes on is read to its end, and timed, without being held."""

MAX_REASON = 300
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class Endpoint:
    """Where to send requests. `url` is the server's address, with or without `/v1`."""

    url: str
    model: str
    api_key: str = field(default="", repr=False)
    body: Mapping[str, Any] = field(default_factory=dict)
    """Put over each request's body; None takes a field out. For endpoints that want other fields."""

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise EndpointError(f"{self.url} is no address of an endpoint; write it like http://127.0.0.1:8000/v1")

    @property
    def completions(self) -> str:
        """The address of its chat completions."""
        base = self.url.rstrip("/").removesuffix("/chat/completions")
        return f"{base}{'' if urlsplit(base).path else '/v1'}/chat/completions"

    def client(self) -> aiohttp.ClientSession:
        """A client without a limit of connections: one would make requests wait, and hide it. Only within a loop.

        It is aiohttp's, whose parser is C: a client in Python takes as much of the processor for a token as a small
        model does, and on the server's own machine it takes that from the server.
        """
        return aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {self.api_key}"} if self.api_key else {},
            timeout=aiohttp.ClientTimeout(total=None),  # the whole request has one: see `ask`
            connector=aiohttp.TCPConnector(limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=urlsplit(self.url).hostname not in LOOPBACK,
        )

    def request(self, prompt: Prompt, max_tokens: int) -> dict[str, Any]:
        """The body of a prompt's request."""
        body = {
            "model": self.model,
            "messages": list(prompt.messages),
            "max_tokens": prompt.max_tokens or max_tokens,
            "temperature": 0,
            "stream": True,
            "stream_options": {"include_usage": True},
        } | dict(self.body)
        return {name: value for name, value in body.items() if value is not None}


@dataclass(slots=True)
class Record:
    """What became of one request. Times are seconds on one clock; `failure` is the kind, None for an answer."""

    prompt: int
    due: float
    sent: float = 0.0
    first_event: float | None = None
    """The first event about the answer, with text or without: what `vllm bench serve` takes for the first token."""

    first: float | None = None
    last: float | None = None
    end: float = 0.0
    text: str = ""
    """The answer, of prompts with a reference alone."""

    chunks: int = 0
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    model: str | None = None
    finish_reason: str | None = None
    failure: str | None = None
    reason: str = ""

    @property
    def tokens(self) -> int:
        """Tokens of the answer: what the endpoint counted; pieces of content where it does not say."""
        return self.chunks if self.completion_tokens is None else self.completion_tokens


async def ask(
    client: aiohttp.ClientSession,
    endpoint: Endpoint,
    prompt: Prompt,
    record: Record,
    *,
    max_tokens: int,
    timeout_s: float,
) -> None:
    """Send one request and fill its record. Never raises for what the endpoint does.

    The limit is on the whole request, from when it is sent: an endpoint that sends a byte now and then ends too.
    """
    record.sent = time.perf_counter()
    try:
        async with asyncio.timeout(timeout_s):
            # Only what is graded is kept: the memory of a long run must not grow with its answers.
            kept = MAX_ANSWER if prompt.reference is not None else 0
            await _stream(client, endpoint, endpoint.request(prompt, max_tokens), record, kept)
    except TimeoutError:
        _fail(record, "timeout", f"no whole answer within {timeout_s:g} s")
    except GarbageError as error:
        _fail(record, "garbage stream", str(error))
    except (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError) as error:
        _fail(record, "cut stream" if record.first is not None else "connection", str(error))
    except (aiohttp.ClientError, OSError) as error:
        _fail(record, "connection", str(error) or type(error).__name__)
    record.end = time.perf_counter()


async def _stream(
    client: aiohttp.ClientSession, endpoint: Endpoint, body: dict[str, Any], record: Record, kept: int
) -> None:
    texts, length, done = [], 0, False
    async with client.post(endpoint.completions, json=body, allow_redirects=False) as response:
        if response.status != HTTPStatus.OK:
            said = (await _beginning(response)).decode(errors="replace")
            _fail(record, f"HTTP {response.status}", " ".join(said.split()) or response.reason or "")
            return
        async for piece in pieces(response.content.iter_any()):
            now = time.perf_counter()
            if piece.choice and record.first_event is None:
                record.first_event = now
            # Tokens without text count among the answer's tokens, so the last of them ends it.
            if piece.content or (piece.choice and record.first is not None):
                record.last = now
            if piece.content:
                record.first = now if record.first is None else record.first
                record.chunks += 1
                if length < kept:
                    texts.append(piece.content[: kept - length])
                    length += len(texts[-1])
            if record.failure is None and piece.model is not None and record.model not in {None, piece.model}:
                _fail(record, "model changed", f"{record.model} became {piece.model} within one answer")
            record.model = piece.model or record.model
            record.finish_reason = piece.finish_reason or record.finish_reason
            record.prompt_tokens = record.prompt_tokens if piece.prompt_tokens is None else piece.prompt_tokens
            if piece.completion_tokens is not None:
                record.completion_tokens = piece.completion_tokens
            done = done or piece.done
    record.text = "".join(texts)
    if record.failure is None and not done and record.finish_reason is None:
        _fail(record, "cut stream", "the stream ended without finish_reason and [DONE]")
    elif record.failure is None and record.first is None:
        _fail(record, "empty answer", f"no content, finish_reason {record.finish_reason}")


async def _beginning(response: aiohttp.ClientResponse) -> bytes:
    """The first bytes of an error's body; the rest may be of any size."""
    found = b""
    async for chunk in response.content.iter_any():
        found += chunk
        if len(found) >= MAX_REASON:
            break
    return found[:MAX_REASON]


def _fail(record: Record, kind: str, reason: str) -> None:
    record.failure, record.reason = kind, reason[:MAX_REASON]
