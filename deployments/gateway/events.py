"""Server-sent events on their way: the usage is read, and taken out where the caller did not ask for it.

The gateway asks every server for the token counts that end a stream, since its metrics need them. They come in an event
of their own, with no choices. Whole events are handed on in the pieces in which they came; only of a torn event the
first part waits for the rest.
"""

from __future__ import annotations

import re

from deployments.gateway.errors import error_body

DONE = b"data: [DONE]\n\n"
MOST_TORN_BYTES = 1 << 20

_USAGE_EVENT = b'"choices":[]'
"""Only in the last event but one. In a text, the quotation marks would be escaped."""

_ERROR_EVENT = b'data: {"error"'

_PROMPT = re.compile(rb'"prompt_tokens":\s*(\d+)')
_ANSWER = re.compile(rb'"completion_tokens":\s*(\d+)')


class Events:
    """One stream. `feed` every piece, `rest` at the end."""

    def __init__(self, *, keep_usage: bool) -> None:
        self._keep_usage = keep_usage
        self._torn = b""
        self.prompt_tokens = self.answer_tokens = 0
        self.done = self.failed = False

    def feed(self, piece: bytes) -> bytes:
        """What of it may be handed on now."""
        if self._torn:
            piece, self._torn = self._torn + piece, b""
        if not piece.endswith(b"\n\n"):
            whole, separator, torn = piece.rpartition(b"\n\n")
            if len(torn) <= MOST_TORN_BYTES:
                piece, self._torn = whole + separator, torn
        if _ERROR_EVENT in piece:
            self.failed = True
        if _USAGE_EVENT in piece:
            piece = self._without_usage(piece)
        if piece.endswith(DONE):
            self.done = True
        return piece

    def rest(self) -> bytes:
        """What is left of a stream that ended within an event."""
        return self._torn

    def _without_usage(self, piece: bytes) -> bytes:
        kept = []
        for event in piece.split(b"\n\n"):
            if _USAGE_EVENT in event and b'"usage"' in event:
                self.prompt_tokens, self.answer_tokens = usage(event)
                if not self._keep_usage:
                    continue
            kept.append(event)
        return b"\n\n".join(kept)


def usage(document: bytes) -> tuple[int, int]:
    """Tokens of question and answer that an answer counts; 0 where it counts none."""
    prompt, answer = _PROMPT.search(document), _ANSWER.search(document)
    return int(prompt[1]) if prompt else 0, int(answer[1]) if answer else 0


def error_event(message: str, code: str) -> bytes:
    """The event that ends a stream which cannot go on. OpenAI's clients raise it."""
    return b"data: " + error_body(message, "server_error", code) + b"\n\n"
