"""One call that reads the data, from the check of its fields to its last byte.

However it ends (done, the caller hangs up or takes nothing any more, an error, the end of the server), the process that
reads the database ends, its files go, the caller's place is free again and the audit log says how it ended. Memory
holds a block or two: the next one is rendered when the caller has taken the last.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import orjson
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from configs.schema import FilterConfig
from deployments.export_api.answers import Refusal
from deployments.export_api.audit import Audit, Entry
from deployments.export_api.engine import (
    Engine,
    Export,
    ExportError,
    HungUpError,
    NothingPassedError,
    UnavailableError,
)
from deployments.export_api.formats import FILES
from deployments.export_api.guard import Caller
from deployments.export_api.limits import Slots
from deployments.export_api.stats import Stats, nothing

STATS = "stats"
DATABASE_RETRY_S = 30

T = TypeVar("T")


@dataclass(frozen=True)
class Service:
    """What all calls share."""

    engine: Engine
    slots: Slots
    audit: Audit
    stall_timeout_s: float


class Call(Response):
    """The answer to one call: a file, or (for `STATS`) figures. Everything happens when it is sent."""

    def __init__(self, service: Service, caller: Caller, settings: FilterConfig, wanted: str) -> None:
        super().__init__()
        self.service, self.caller, self.settings, self.wanted = service, caller, settings, wanted
        self._hung_up = threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            with ExitStack() as place:
                place.enter_context(self.service.slots.held(self.caller.key))
                await self._recorded(place, receive, send)
        except Refusal as refusal:
            await refusal(scope, receive, send)

    async def _recorded(self, place: ExitStack, receive: Receive, send: Send) -> None:
        entry = self._entry()
        outcome = "the server ended"
        try:
            last = await self._made(entry, receive, send)
            place.close()  # before the caller knows that it is over: the next call may follow at once
            for message in last:
                await self._send(message, send)
            outcome = "done"
        except HungUpError as error:
            outcome = str(error) or "the caller hung up"
        except Refusal as refusal:
            outcome = f"refused: {refusal.status}"
            raise
        except Exception:  # of any kind: it is raised again, and the audit log does not mistake it for the server's end
            outcome = "failed"
            raise
        finally:
            entry.ended(outcome)

    def _entry(self) -> Entry:
        """Raises a Refusal where the audit log cannot be written."""
        asked = {"format": self.wanted, "filter": self.settings.model_dump(mode="json")}
        operation = STATS if self.wanted == STATS else "export"
        try:
            return self.service.audit.started(operation, self.caller.address, self.caller.token, asked)
        except OSError as error:
            logging.getLogger(__name__).error("no export without an audit log: %s: %s", self.service.audit.path, error)
            raise Refusal(503, "the audit log cannot be written, and without it nothing is exported") from None

    async def _made(self, entry: Entry, receive: Receive, send: Send) -> list[Message]:
        """Send all but the last message, which is returned with what must come before it: everything else is freed."""
        gone = asyncio.create_task(_disconnected(receive))
        try:
            export = await self._opened(gone)
            try:
                entry.rows = export.rows
                if self.wanted == STATS:
                    counting = asyncio.ensure_future(in_thread(export.stats))
                    return _figures(await self._unless(gone, counting), entry)
                await self._send_file(export, entry, gone, send)
                return [{"type": "http.response.body", "body": b""}]
            finally:
                await in_thread(export.close)
        except NothingPassedError as error:
            if self.wanted == STATS:
                return _figures(nothing(error.funnel), entry)
            raise Refusal(409, str(error), funnel=error.funnel) from None
        finally:
            gone.cancel()

    async def _opened(self, gone: asyncio.Task[None]) -> Export:
        """Raises HungUpError, NothingPassedError, and a Refusal for what the caller may read."""
        opening = asyncio.ensure_future(in_thread(self.service.engine.open_export, self.settings, self._hung_up))
        try:
            return await self._unless(gone, opening)
        except asyncio.CancelledError:
            if opening.done() and not opening.cancelled() and opening.exception() is None:
                opening.result().close()
            raise
        except UnavailableError as error:
            raise Refusal(503, str(error), headers={"Retry-After": str(DATABASE_RETRY_S)}) from None
        except NothingPassedError:
            raise
        except ExportError as error:
            raise Refusal(503, str(error)) from None
        except OSError as error:
            logging.getLogger(__name__).error("an export could not be prepared: %s", error)
            raise Refusal(503, f"the export cannot be prepared: {error.strerror or error}") from None

    async def _unless(self, gone: asyncio.Task[None], work: asyncio.Future[T]) -> T:
        """What the work comes to. If the caller hangs up or the server ends, the work is told, and ends first."""
        either: set[asyncio.Future[Any]] = {work, gone}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not work.done():
                self._hung_up.set()
                await _ended(work)
        return await work

    async def _send_file(self, export: Export, entry: Entry, gone: asyncio.Task[None], send: Send) -> None:
        kind = FILES[self.wanted]
        # The first block is made before the status is sent: what fails at once fails with an answer.
        with closing(_closable(export.lines(self.wanted))) as blocks:
            block = await in_thread(next, blocks, b"")
            headers = {
                "content-type": kind.media_type,
                "content-disposition": f'attachment; filename="{kind.file_name(f"{datetime.now(UTC):%Y-%m-%d}")}"',
                "x-total-records": str(export.rows),
            }
            raw = [(name.encode(), value.encode()) for name, value in headers.items()]
            await self._send({"type": "http.response.start", "status": 200, "headers": raw}, send)
            while block:
                await self._send({"type": "http.response.body", "body": block, "more_body": True}, send)
                if gone.done():
                    raise HungUpError
                entry.bytes += len(block)
                block = await in_thread(next, blocks, b"")

    async def _send(self, message: Message, send: Send) -> None:
        try:
            await asyncio.wait_for(send(message), self.service.stall_timeout_s)
        except TimeoutError:
            raise HungUpError(f"the caller took nothing for {self.service.stall_timeout_s:g} s") from None


def _figures(stats: Stats, entry: Entry) -> list[Message]:
    body = orjson.dumps({"stats": stats.model_dump(by_alias=True)})
    entry.bytes = len(body)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    return [
        {"type": "http.response.start", "status": 200, "headers": headers},
        {"type": "http.response.body", "body": body},
    ]


async def in_thread(work: Callable[..., T], *arguments: object) -> T:
    """Run blocking work. A cancelled call still waits for it: it uses what its caller frees next."""
    running = asyncio.get_running_loop().run_in_executor(None, partial(work, *arguments))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await _ended(running)
        running.exception()  # looked at, or asyncio complains that nobody did
        raise


async def _ended(work: asyncio.Future[T]) -> None:
    """Wait for what cannot be cancelled, however often that is tried: a server that ends tries more than once."""
    while not work.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait({work})


async def _disconnected(receive: Receive) -> None:
    """Returns when the caller hangs up. The body must have been read."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _closable(blocks: Iterator[bytes]) -> Generator[bytes]:
    yield from blocks
