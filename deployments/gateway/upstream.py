"""HTTP/1.1 to a model server: connections that are kept, and answers piece by piece as they come.

The hot path of the gateway, written for it on httptools (the parser that uvicorn uses). In a trial of bare proxies, at
100 streamed answers of 17 events a second, one answer took 0.4 ms of one core with it, 0.8 ms with aiohttp's client and
3.3 ms with httpx (2026-11-26). What the gateway takes as a whole is in `python -m bench.gateway`.

    async with asyncio.timeout(60):
        connection = await server.ask("POST", "/v1/completions", body)      # raises UnreachableError, CutError
    while piece := await connection.read():                                # raises CutError
        ...
    server.give_back(connection)                                           # or connection.abort()

Nothing of a caller's head is handed on: every header that a server sees is written here.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import cast
from urllib.parse import urlsplit

import httptools

MOST_HELD_BYTES = 256 << 10
"""Of an answer that its caller does not take: then the server's connection is read no further, and the server waits."""

IDLE_S = 4.0
"""An unused connection is not used again after this long: uvicorn, under vLLM, closes it after 5 s."""

MOST_IDLE = 256
CONNECT_TIMEOUT_S = 2.0


class UpstreamError(Exception):
    """A model server did not answer as it should."""


class UnreachableError(UpstreamError):
    """No connection could be made: the request has not been sent."""


class CutError(UpstreamError):
    """The connection ended before the answer did. `begun` says whether any of it had come."""

    def __init__(self, message: str, *, begun: bool) -> None:
        super().__init__(message)
        self.begun = begun


class Connection(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[None] | None = None
        self._lost: str | None = None
        self.used_before = self.aborted = False
        self.idle_since = 0.0
        self._begin()

    def _begin(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._pieces: list[bytes] = []
        self._held = 0
        self._paused = False
        self._begun = self._has_head = self._complete = self._keep = False
        self.status = 0
        self.content_type = b""

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own do not inherit from it

    def data_received(self, data: bytes) -> None:
        self._begun = True
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self.abort(f"it sent no HTTP ({error})")
            return
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = self._lost or (str(exc) if exc else "it closed the connection")
        self._wake()

    # httptools' side

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"content-type":
            self.content_type = value

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        self._has_head = True

    def on_body(self, body: bytes) -> None:
        self._pieces.append(body)
        self._held += len(body)
        if self._held > MOST_HELD_BYTES and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()

    def on_message_complete(self) -> None:
        self._complete = True
        self._keep = self._parser.should_keep_alive()

    # The gateway's side

    def send(self, head: bytes, body: bytes) -> None:
        self._begin()
        if self._transport is not None:
            self._transport.write(head + body)

    async def head(self) -> None:
        """Wait for the status. Raises CutError."""
        while not self._has_head:
            await self._wait()

    async def read(self) -> bytes:
        """What has come of the answer since, or comes next; empty at its end. Raises CutError."""
        while not self._pieces:
            if self._complete:
                return b""
            await self._wait()
        piece = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces.clear()
        self._held = 0
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        return piece

    @property
    def reusable(self) -> bool:
        return self._complete and self._keep and self._lost is None and not self._pieces

    @property
    def is_open(self) -> bool:
        return self._lost is None

    def abort(self, why: str = "the gateway ended it") -> None:
        """End the connection at once: a model server then stops to generate."""
        self.aborted = True
        self._lost = self._lost or why
        if self._transport is not None:
            self._transport.abort()
        self._wake()

    async def _wait(self) -> None:
        if self._lost is not None:
            raise CutError(self._lost, begun=self._begun)
        self._waiting = asyncio.get_running_loop().create_future()
        try:
            await self._waiting
        finally:
            self._waiting = None

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


class Client:
    """Connections to one server."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.url = url.rstrip("/")
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._common = f"host: {parts.netloc}\r\naccept: */*\r\n".encode()
        self._idle: deque[Connection] = deque()

    async def ask(
        self, method: str, path: str, body: bytes = b"", opened: Callable[[Connection], None] = lambda _: None
    ) -> Connection:
        """Send a request and wait for the status of its answer. Raises UnreachableError and CutError.

        `opened` hears of the connection before anything is sent, and may abort it at any time. A kept connection that
        the server closed as the request was on its way is replaced by a new one.
        """
        head = b"%s %s HTTP/1.1\r\n%scontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % (
            method.encode(),
            path.encode(),
            self._common,
            len(body),
        )
        while True:
            connection = self._kept() or await self._connect()
            try:
                opened(connection)
                connection.send(head, body)
                await connection.head()
            except CutError as error:
                if not connection.used_before or error.begun or connection.aborted:
                    raise
            except BaseException:
                connection.abort()
                raise
            else:
                return connection

    def give_back(self, connection: Connection) -> None:
        """Keep the connection of a request that is over, or close it where it cannot be used again."""
        if connection.reusable and len(self._idle) < MOST_IDLE:
            connection.used_before, connection.idle_since = True, monotonic()
            self._idle.append(connection)
        else:
            connection.abort()

    def close(self) -> None:
        """Close what is kept: the server it led to may be another process now."""
        while self._idle:
            self._idle.pop().abort()

    def _kept(self) -> Connection | None:
        now = monotonic()
        while self._idle and (now - self._idle[0].idle_since > IDLE_S or not self._idle[0].is_open):
            self._idle.popleft().abort()
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open:
                return connection
        return None

    async def _connect(self) -> Connection:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                _, connection = await loop.create_connection(Connection, self._host, self._port)
        except TimeoutError:
            raise UnreachableError(f"{self.url} takes no connection") from None
        except OSError as error:
            raise UnreachableError(f"{self.url} takes no connection: {error.strerror or error}") from None
        return connection
