"""uvicorn's connection with limits of ours: how many, how long without a request, how large and slow a head may be.

And it tells who answers a request when its caller hangs up, without a task a request that waits for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from deployments.gateway.errors import Refusal

MOST_HEAD_BYTES = 32 << 10
HEAD_TIMEOUT_S = 10.0


@dataclass(frozen=True)
class Limits:
    """Of all connections, and of each."""

    connections: int
    idle_timeout_s: float


class Wire(HttpToolsProtocol):
    """One connection of a caller."""

    def __init__(
        self,
        limits: Limits,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._limits = limits
        self._in_head = True
        self._head_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self.on_hang_up: Callable[[], None] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self._limits.connections:
            self._refuse(Refusal(503, "too many connections", "too_many_connections", headers={"Retry-After": "1"}))
            return
        self.timeout_keep_alive_task = self.loop.call_later(
            self._limits.idle_timeout_s, self.timeout_keep_alive_handler
        )

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self._in_head:
            if not self._head_bytes:
                self._head_timer = self.loop.call_later(HEAD_TIMEOUT_S, self._head_is_late)
            self._head_bytes += len(data)
            # More than a head may come at once: only what stays a head after that much is too large.
            super().data_received(data)
            if self._in_head and self._head_bytes > MOST_HEAD_BYTES and not self.transport.is_closing():
                self._refuse(Refusal(431, "the head of the request is too large", "head_too_large"))
            return
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_head_timer()
        super().connection_lost(exc)
        if self.on_hang_up is not None:
            self.on_hang_up()
            self.on_hang_up = None

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"]["wire"] = self

    def on_headers_complete(self) -> None:
        self._in_head, self._head_bytes = False, 0
        self._stop_head_timer()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head = True
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words are no JSON
        self._refuse(Refusal(400, "this is no valid HTTP request", "invalid_http"))

    @property
    def is_stalled(self) -> bool:
        """Whether the caller takes what it is sent slower than it comes."""
        return bool(self.flow.write_paused)

    def end(self) -> None:
        """Cut the connection of a caller who takes nothing."""
        self.transport.abort()

    def _head_is_late(self) -> None:
        if not self.transport.is_closing():
            self._refuse(Refusal(408, "the head of the request did not come", "timeout"))

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _refuse(self, refusal: Refusal) -> None:
        body = refusal.body()
        self.transport.write(
            b"HTTP/1.1 %d \r\ncontent-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n%s\r\n%s"
            % (
                refusal.status,
                len(body),
                b"".join(f"{name}: {value}\r\n".encode() for name, value in refusal.headers.items()),
                body,
            )
        )
        self.transport.close()
