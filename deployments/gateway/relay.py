"""One request, from its adapter's name to its last byte.

However it ends, the server's connection is kept or cut, the caller hears how it ended (a status, or an error event
within a stream), and one record of it remains.

- No server offers the adapter: 503 with Retry-After. All that do are full: 429.
- A server that takes no connection, or cuts it before an answer began: the next server, else 503.
- A server that fails, or does not begin in time: 502 or 504; within a stream, an error event.
- The caller hangs up, or takes nothing for too long: the server's connection is cut, and it stops to generate.
"""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import Any

import orjson

from configs.schema import GatewayConfig
from deployments.gateway.errors import Refusal, broken, later
from deployments.gateway.events import Events, error_event, usage
from deployments.gateway.exchange import JSON, Exchange, StalledError
from deployments.gateway.request import Asked
from deployments.gateway.routing import Target
from deployments.gateway.servers import Server, choose
from deployments.gateway.upstream import Connection, CutError, UnreachableError

MOST_ERROR_BYTES = 64 << 10
RETRY_S = 2.0
_USAGE_BYTES = 2_000
"""Of an answer's end, where its token counts stand."""

STREAM = b"text/event-stream; charset=utf-8"


class Relay:
    """What all requests share."""

    def __init__(self, servers: list[Server], settings: GatewayConfig, wake: asyncio.Event) -> None:
        self._servers, self._settings, self._wake = servers, settings, wake

    async def answer(self, asked: Asked, target: Target, exchange: Exchange) -> None:
        """Put it to a server and hand on the answer. Raises a Refusal where nothing was sent yet."""
        content = asked.encoded(target.served)
        tried: list[Server] = []
        while True:
            server = self._choose(target, tried)
            exchange.record.server = server.url
            with server.asked(target.served):
                if await self._from(server, content, _Answer(asked, target, exchange, self._settings.stall_timeout_s)):
                    return
            tried.append(server)

    def _choose(self, target: Target, tried: list[Server]) -> Server:
        server = choose(self._servers, target.served, tried)
        if server is None:
            raise later(503, f"no model server offers {target.public} now; try again", "model_unavailable", RETRY_S)
        if server.in_flight >= self._settings.max_in_flight:
            raise later(429, "every model server is busy; try again", "overloaded", RETRY_S)
        return server

    async def _from(self, server: Server, content: bytes, answer: _Answer) -> bool:
        """Whether this server answered; else another one may be asked. Raises a Refusal."""
        exchange, target = answer.exchange, answer.target
        record, wire = exchange.record, exchange.wire
        connection: Connection | None = None
        try:
            async with asyncio.timeout(self._settings.first_token_timeout_s) as limit:
                connection = await server.client.ask("POST", answer.asked.path, content, exchange.hold)
                if connection.status != 200:
                    return await self._refused(server, connection, answer)
                piece = await connection.read()
                limit.reschedule(asyncio.get_running_loop().time() + self._settings.request_timeout_s)
                await answer.hand_on(connection, piece)
        except UnreachableError:
            server.lost()
            self._wake.set()
            return False
        except CutError as error:
            self._wake.set()
            return _cut(error, exchange)
        except TimeoutError:
            record.outcome, record.failed = "timeout", True
            if record.status:  # within the stream, it has been told
                return True
            raise Refusal(504, f"{target.public} did not answer in time", "timeout") from None
        except StalledError:
            record.outcome = "caller stalled"
            wire.end()
        finally:
            wire.on_hang_up = None
            if connection is not None:
                server.client.give_back(connection)
        return True

    async def _refused(self, server: Server, connection: Connection, answer: _Answer) -> bool:
        """What a server answered in place of 200; in the gateway's words where it is the server's fault."""
        target = answer.target
        content = bytearray()
        while (piece := await connection.read()) and len(content) < MOST_ERROR_BYTES:
            content += piece
        status = connection.status
        if status == 404:  # it was restarted, and does not hold the adapter yet
            server.offered -= {target.served}
            self._wake.set()
            return False
        if status in {429, 503}:
            raise later(status, "the model server is busy; try again", "overloaded", RETRY_S)
        if status >= 500:
            answer.exchange.record.failed = True
            raise broken(f"the model server failed ({status})")
        raise Refusal(status, _message(bytes(content)).replace(target.served, target.public), "refused_by_server")


class _Answer:
    """An answer on its way from a server to a caller."""

    def __init__(self, asked: Asked, target: Target, exchange: Exchange, stall_s: float) -> None:
        self.asked, self.target, self.exchange, self._stall_s = asked, target, exchange, stall_s

    async def hand_on(self, connection: Connection, piece: bytes) -> None:
        """From its first piece, which has come, to its end."""
        record = self.exchange.record
        if not self.asked.stream:
            await self._whole(connection, piece)
            return
        events = Events(keep_usage=self.asked.wants_usage)
        record.ttft_s = perf_counter() - record.began
        headers = [(b"content-type", STREAM), (b"cache-control", b"no-cache"), (b"x-accel-buffering", b"no")]
        await self.exchange.start(200, [*headers, self._name()])
        try:
            end = await self._events(connection, piece, events)
        except asyncio.CancelledError:  # the time limit ran out, or the gateway ends: either way the caller is told
            connection.abort()
            await self._end(events, "the answer took too long, or the gateway ended")
            record.outcome = "ended"
            raise
        record.prompt_tokens, record.answer_tokens = events.prompt_tokens, events.answer_tokens
        record.failed = events.failed
        await self._end(events, end)

    async def _events(self, connection: Connection, piece: bytes, events: Events) -> str:
        """Hand events on as they come; why they ended early, or "". What goes wrong is told within the stream."""
        try:
            while piece:
                if out := events.feed(piece):
                    await self._put(out)
                piece = await connection.read()
        except CutError:
            return "the connection to the model server broke"
        return "" if events.done else "the model server ended the answer early"

    async def _end(self, events: Events, why: str) -> None:
        record, rest = self.exchange.record, events.rest()
        if self.exchange.has_hung_up:
            record.outcome = "caller hung up"
        elif not why:
            record.outcome = "failed" if events.failed else "done"
            await self._put(rest, more=False)
        else:
            record.outcome = "broken"
            # What was torn is ended first, so that the error is read as an event of its own.
            await self._put((rest + b"\n\n" if rest else b"") + error_event(why, "stream_broken"), more=False)

    async def _whole(self, connection: Connection, piece: bytes) -> None:
        """Hand it on when it is whole. Raises CutError."""
        record, content = self.exchange.record, bytearray(piece)
        while piece := await connection.read():
            content += piece
        record.prompt_tokens, record.answer_tokens = usage(bytes(content[-_USAGE_BYTES:]))
        answer = _text_alone(content) if self.asked.generate else bytes(content)
        record.ttft_s, record.outcome = perf_counter() - record.began, "done"
        await self.exchange.start(
            200, [(b"content-type", JSON), (b"content-length", str(len(answer)).encode()), self._name()]
        )
        await self._put(answer, more=False)

    def _name(self) -> tuple[bytes, bytes]:
        return b"x-exhell-model", self.target.public.encode()

    async def _put(self, piece: bytes, *, more: bool = True) -> None:
        if self.exchange.record.kept is not None:
            self.exchange.record.kept.add(piece)
        await self.exchange.put(piece, more=more, stall_s=self._stall_s)


def _cut(error: CutError, exchange: Exchange) -> bool:
    """After a connection broke before anything was handed on. Raises a Refusal; False: another server may answer."""
    if exchange.has_hung_up:
        exchange.record.outcome = "caller hung up"
        return True
    if error.begun:
        raise later(503, "the connection to the model server broke; try again", "upstream_error", RETRY_S)
    return False


def _message(content: bytes) -> str:
    try:
        return str(orjson.loads(content)["error"]["message"])[:2_000]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return "the model server refused the request"


def _text_alone(content: bytearray) -> bytes:
    """The guide's answer of a chat completion."""
    try:
        found: Any = orjson.loads(content)
        return orjson.dumps({"text": found["choices"][0]["message"]["content"] or ""})
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError):
        raise broken("the model server sent no answer") from None
