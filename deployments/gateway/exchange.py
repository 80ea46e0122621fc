"""The caller's side of one request: what came, where the answer goes, and the record of how it ended."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from time import perf_counter

from starlette.types import Receive, Scope, Send

from deployments.gateway.errors import Refusal
from deployments.gateway.kept import Kept
from deployments.gateway.protocol import Wire
from deployments.gateway.upstream import Connection

Headers = list[tuple[bytes, bytes]]

JSON = b"application/json"


class StalledError(Exception):
    """The caller took nothing for too long."""


@dataclass(slots=True)
class Record:
    """What remains of a request. Times are in seconds; `ttft_s` is None where no token came."""

    began: float = field(default_factory=perf_counter)
    server: str = ""
    status: int = 0
    outcome: str = "failed"
    failed: bool = False
    """Whether the adapter, or its server while it lived, is to blame."""
    ttft_s: float | None = None
    prompt_tokens: int = 0
    answer_tokens: int = 0
    kept: Kept | None = None
    """Where the answer goes besides, if it is to be captured."""


@dataclass(slots=True)
class Exchange:
    """One request of one caller."""

    scope: Scope
    receive: Receive
    send: Send
    id: str
    record: Record = field(default_factory=Record)

    @property
    def wire(self) -> Wire:
        """The connection."""
        wire: Wire = self.scope["state"]["wire"]
        return wire

    @property
    def has_hung_up(self) -> bool:
        return bool(self.wire.transport.is_closing())

    def hold(self, connection: Connection) -> None:
        """Cut this connection to a server when the caller hangs up, or has already."""
        self.wire.on_hang_up = connection.abort
        if self.has_hung_up:
            connection.abort()

    async def start(self, status: int, headers: Headers) -> None:
        own = [(b"x-request-id", self.id.encode()), (b"x-content-type-options", b"nosniff")]
        self.record.status = status
        await self.send({"type": "http.response.start", "status": status, "headers": [*headers, *own]})

    async def put(self, piece: bytes, *, more: bool, stall_s: float) -> None:
        """Send a part of the body. Raises StalledError where the caller takes nothing for so long."""
        message = {"type": "http.response.body", "body": piece, "more_body": more}
        if not self.wire.is_stalled:
            await self.send(message)
            return
        try:
            async with asyncio.timeout(stall_s):
                await self.send(message)
        except TimeoutError:
            raise StalledError from None

    async def whole(self, status: int, body: bytes, kind: bytes = JSON, headers: Headers | None = None) -> None:
        """The whole answer."""
        length = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
        await self.start(status, [*length, *(headers or [])])
        await self.send({"type": "http.response.body", "body": body})

    async def refuse(self, refusal: Refusal) -> None:
        extra = [(name.lower().encode(), value.encode()) for name, value in refusal.headers.items()]
        await self.whole(refusal.status, refusal.body(), headers=extra)
