"""The model servers: what each holds, how much it has to do, and which one a request goes to."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import orjson

from deployments.gateway.decide import Observed
from deployments.gateway.upstream import Client, Connection, UpstreamError

PROBE_TIMEOUT_S = 3.0
"""vLLM lists its models in 2 ms, a busy one in 50; its CPU build answers nobody while it computes a long prompt."""

LOAD_TIMEOUT_S = 60.0
BASE_PREFIX = "base-"

MOST_SILENT = 3
"""Looks without an answer, one after the other, after which a server that takes connections counts as away. One that
takes none is away at once."""


class CallError(Exception):
    """A server refused, or did not answer, a call that is not a caller's. `status` is what it answered, 0 for nothing;
    `gone`: it takes no connection, or cut it."""

    def __init__(self, message: str, *, status: int = 0, gone: bool = False) -> None:
        super().__init__(message)
        self.status, self.gone = status, gone


class Server:
    """One model server. Used by the event loop's thread alone."""

    def __init__(self, url: str) -> None:
        self.client = Client(url)
        self.url = self.client.url
        self.healthy = False
        self.offered: frozenset[str] = frozenset()
        self.base: str | None = None
        self.in_use: Counter[str] = Counter()
        self._silent = 0

    @property
    def in_flight(self) -> int:
        return self.in_use.total()

    @contextmanager
    def asked(self, adapter: str) -> Iterator[None]:
        """Count a request, inside the block."""
        self.in_use[adapter] += 1
        try:
            yield
        finally:
            self.in_use[adapter] -= 1
            if not self.in_use[adapter]:
                del self.in_use[adapter]

    def observed(self) -> Observed:
        return Observed(self.url, self.healthy, self.offered, self.base, dict(self.in_use))

    async def look(self) -> None:
        """See whether it answers and what it offers. Never raises."""
        try:
            document = await self.call("GET", "/v1/models", timeout_s=PROBE_TIMEOUT_S)
            names = frozenset(str(card["id"]) for card in document["data"])
        except CallError as error:
            self._silent += 1
            if error.gone or self._silent >= MOST_SILENT:
                self.lost()
            return
        except (KeyError, TypeError):  # another program than a model server
            self.lost()
            return
        self._silent = 0
        bases = [name.removeprefix(BASE_PREFIX) for name in names if name.startswith(BASE_PREFIX)]
        self.offered, self.base, self.healthy = names, bases[0] if bases else None, True

    def lost(self) -> None:
        """It does not answer. Whatever comes back at its address may hold nothing."""
        self.healthy, self.offered, self.base = False, frozenset(), None
        self.client.close()

    async def load(self, name: str, folder: str) -> None:
        """Raises CallError. An adapter that is there already is fine: names carry the digest."""
        try:
            await self.call("POST", "/v1/load_lora_adapter", {"lora_name": name, "lora_path": folder})
        except CallError as error:
            if "already been loaded" not in str(error):
                raise
        self.offered |= {name}

    async def unload(self, name: str) -> None:
        """Raises CallError. From now on no request goes to it."""
        self.offered -= {name}
        await self.call("POST", "/v1/unload_lora_adapter", {"lora_name": name})

    async def call(
        self, method: str, path: str, body: dict[str, Any] | None = None, timeout_s: float = LOAD_TIMEOUT_S
    ) -> Any:
        """A call of the gateway's own: its answer, as JSON where it is that. Raises CallError."""
        connection: Connection | None = None
        try:
            async with asyncio.timeout(timeout_s):
                connection = await self.client.ask(method, path, orjson.dumps(body) if body is not None else b"")
                content = bytearray()
                while piece := await connection.read():
                    content += piece
        except (UpstreamError, TimeoutError) as error:
            if connection is not None:
                connection.abort()
            gone = isinstance(error, UpstreamError)
            why = error if gone else f"no answer within {timeout_s:g} s"
            raise CallError(f"{self.url}{path}: {why}", gone=gone) from None
        status = connection.status
        self.client.give_back(connection)
        if status != 200:
            said = content[:500].decode(errors="replace")
            raise CallError(f"{self.url}{path} answered {status}: {said}", status=status)
        try:
            return orjson.loads(content)
        except orjson.JSONDecodeError:
            return None


def choose(servers: Sequence[Server], adapter: str, avoid: Sequence[Server] = ()) -> Server | None:
    """The server that offers an adapter and has the least to do; None where none does."""
    found: Server | None = None
    for server in servers:
        fits = server.healthy and adapter in server.offered and server not in avoid
        if fits and (found is None or server.in_flight < found.in_flight):
            found = server
    return found
