"""Read a streamed chat completion: server-sent events, however a server cuts them, and whatever else comes instead.

The format is that of the WHATWG's HTML standard, section 9.2: lines end with LF, CR or CR LF, an event with an empty
line, `data` lines of one event are joined, lines that start with a colon are comments. OpenAI's API puts one JSON
object into each event and ends with `[DONE]`.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

MAX_EVENT = 1 << 20
"""Characters of one event; a stream whose event does not end is garbage, and must not fill the memory."""

DONE = "[DONE]"


class GarbageError(ValueError):
    """A stream that is no chat completion; the message says what stands in its place."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One event of a completion."""

    content: str = ""
    choice: bool = False
    """Whether it is about the answer: a token without text (the answer's end, half a character) is, usage is not."""

    model: str | None = None
    finish_reason: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    done: bool = False


async def pieces(chunks: AsyncIterator[bytes]) -> AsyncIterator[Piece]:
    """The pieces of a completion, each as soon as its event is whole. Raises GarbageError."""
    events = Events()
    async for chunk in chunks:
        for data in events.feed(chunk):
            yield read(data)
    for data in events.end():
        yield read(data)


class Events:
    """Cuts bytes into the data of events."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._rest = ""
        self._data: list[str] = []
        self._held = 0

    def feed(self, chunk: bytes) -> Iterator[str]:
        """The data of every event that this chunk completes. Raises GarbageError."""
        try:
            text = self._rest + self._decoder.decode(chunk)
        except UnicodeDecodeError as error:
            raise GarbageError(f"bytes that are no UTF-8: {error.object[error.start : error.start + 20]!r}") from error
        # A CR at the very end may be half of a CR LF: it waits for what follows.
        held = "\r" if text.endswith("\r") else ""
        lines = text.removesuffix(held).replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._rest = lines.pop() + held
        for line in lines:
            if not line and self._data:
                yield "\n".join(self._data)
                self._data, self._held = [], 0
            elif line:
                self._take(line)
        if self._held + len(self._rest) > MAX_EVENT:
            raise GarbageError(f"an event of more than {MAX_EVENT:,} characters")

    def end(self) -> Iterator[str]:
        """What the stream ended with: a last event without its empty line."""
        if self._rest.strip():
            self._take(self._rest.strip())
        if self._data:
            yield "\n".join(self._data)

    def _take(self, line: str) -> None:
        name, colon, value = line.partition(":")
        if not colon or name not in {"data", "event", "id", "retry", ""}:
            raise GarbageError(f"no server-sent event: {line[:80]!r}")
        if name == "data":
            value = value.removeprefix(" ")
            self._data.append(value)
            self._held += len(value)


def read(data: str) -> Piece:
    """One event's data as a piece. Raises GarbageError for what is no chunk of a chat completion."""
    if data.strip() == DONE:
        return Piece(done=True)
    try:
        found: Any = json.loads(data)
    except ValueError as error:
        raise GarbageError(f"data that is not JSON: {data[:80]!r}") from error
    if not isinstance(found, dict):
        raise GarbageError(f"data that is no object: {data[:80]!r}")
    if "error" in found:
        raise GarbageError(f"an error inside the stream: {str(found['error'])[:200]}")
    choices, usage = found.get("choices"), found.get("usage")
    if not isinstance(choices, list) or not all(isinstance(one, dict) for one in choices):
        raise GarbageError(f"data without `choices`: {data[:80]!r}")
    choice = choices[0] if choices else {}
    delta = choice.get("delta")
    content = delta.get("content") if isinstance(delta, dict) else None
    if content is not None and not isinstance(content, str):
        raise GarbageError(f"content that is no text: {str(content)[:80]!r}")
    return Piece(
        content=content or "",
        choice=bool(choices),
        model=found["model"] if isinstance(found.get("model"), str) else None,
        finish_reason=choice.get("finish_reason") if isinstance(choice.get("finish_reason"), str) else None,
        prompt_tokens=_count(usage, "prompt_tokens"),
        completion_tokens=_count(usage, "completion_tokens"),
    )


def _count(usage: Any, name: str) -> int | None:
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if isinstance(value, int) and value >= 0 else None
