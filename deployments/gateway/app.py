"""The gateway's routes, as a bare ASGI application: a framework would cost more than all that it does.

    POST /v1/chat/completions, /v1/completions, /generate        answered by a model server
    POST /v1/feedback                                            about an answer that was captured
    GET  /v1/models, /metrics                                    answered here, with a key where keys are set
    GET  /health, /ready                                         for anyone: 200, or 503 and why

There is nothing else. What a model server offers besides, to load adapters above all, cannot be reached through it.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

import orjson
from starlette.types import Receive, Scope, Send

from configs.schema import GatewayConfig
from deployments.gateway.access_log import AccessLog
from deployments.gateway.errors import Refusal, later
from deployments.gateway.exchange import Exchange
from deployments.gateway.guard import Caller, Guard
from deployments.gateway.kept import About, Kept, UnwritableError
from deployments.gateway.metrics import Ended, Metrics
from deployments.gateway.relay import Relay
from deployments.gateway.request import CHAT, COMPLETIONS, FEEDBACK, GENERATE, Asked, parse, parse_feedback
from deployments.gateway.routing import Router, Target
from deployments.gateway.sessions import Sessions
from deployments.gateway.shadow import Shadow

if TYPE_CHECKING:
    from deployments.gateway.capture import Capture

DISCARD_S = 10.0
"""Of a body that is too large, what comes within this time is read and thrown away: a connection that is closed while
its caller still sends loses the answer."""

_CLOSE = {"Connection": "close"}

log = logging.getLogger("exhell.gateway")

Handler = Callable[[Exchange], Awaitable[None]]


@dataclass(frozen=True)
class Parts:
    """What the application is made of."""

    settings: GatewayConfig
    guard: Guard
    router: Router
    relay: Relay
    shadow: Shadow
    metrics: Metrics
    access: AccessLog
    capture: Capture | None = None


class Gateway:
    """The application."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._settings, self._router = parts, parts.settings, parts.router
        self._prefix, self._count = secrets.token_hex(4), 0
        self._routes: Mapping[tuple[str, bytes], Handler] = {
            ("GET", b"/v1/models"): self._models,
            ("GET", b"/metrics"): self._page,
            ("GET", b"/health"): self._health,
            ("GET", b"/ready"): self._readiness,
            **{("POST", path.encode()): self._generation for path in (CHAT, COMPLETIONS, GENERATE)},
        }
        if parts.capture is not None:
            self._routes = {**self._routes, ("POST", FEEDBACK.encode()): self._feedback}
        self._allowed = {path: method for method, path in self._routes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        self._count += 1
        exchange = Exchange(scope, receive, send, f"{self._prefix}-{self._count:x}")
        try:
            # By the path as it was sent: no spelling of another one leads anywhere.
            handler = self._routes.get((scope["method"], scope["raw_path"]))
            if handler is None:
                raise self._nothing(scope)
            await handler(exchange)
        except Refusal as refusal:
            self._parts.metrics.refused(refusal.status)
            await exchange.refuse(refusal)
        except Exception as error:  # of any kind: a defect of ours, of which the caller sees no traceback
            log.exception("request %s failed", exchange.id)
            if exchange.record.status:
                exchange.wire.end()
            else:
                what = f"the gateway failed ({type(error).__name__}); its log says more"
                await exchange.refuse(Refusal(500, what, "gateway_error"))

    def _nothing(self, scope: Scope) -> Refusal:
        allowed = self._allowed.get(scope["raw_path"])
        if allowed is not None:
            headers = {"Allow": allowed, **_CLOSE}
            return Refusal(405, f"use {allowed}", "method_not_allowed", headers=headers)
        return Refusal(
            404,
            f"there is nothing here; the paths are {', '.join(path.decode() for path in self._allowed)}",
            "unknown_path",
            headers=_CLOSE,
        )

    async def _generation(self, exchange: Exchange) -> None:
        caller: Caller | None = None
        target: Target | None = None
        try:
            caller = self._admitted(exchange.scope)
            content = await self._body(exchange.receive)
            asked = parse(exchange.scope["path"], content, self._settings, self._router.stable)
            session = Sessions.key(caller.name, caller.session) if caller.session else None
            target = self._router.resolve(asked.model, session, asked.user or caller.session)
            kept = self._kept(asked, caller)
            exchange.record.kept = kept
            await self._parts.relay.answer(asked, target, exchange)
            if kept is not None and self._parts.capture is not None and exchange.record.outcome == "done":
                self._parts.capture.add(exchange.id, kept)
            self._parts.shadow.maybe(asked, target)
        except Refusal as refusal:
            exchange.record.outcome = exchange.record.outcome if exchange.record.failed else "refused"
            self._ended(exchange, caller, target, refusal.status)
            raise
        except BaseException:
            self._ended(exchange, caller, target, 500)
            raise
        self._ended(exchange, caller, target, exchange.record.status)

    def _kept(self, asked: Asked, caller: Caller) -> Kept | None:
        """Where the question and the answer go, if they are to be captured."""
        if self._parts.capture is None or not caller.consents or not asked.user or asked.generate:
            return None
        about = About(asked.user, caller.session, caller.task_type, caller.language)
        return Kept(about, asked.body["messages"], asked.stream) if asked.path == CHAT else None

    async def _feedback(self, exchange: Exchange) -> None:
        self._admitted(exchange.scope)
        number, changes = parse_feedback(await self._body(exchange.receive))
        assert self._parts.capture is not None  # noqa: S101 - there is no such route without
        try:
            found = await asyncio.to_thread(self._parts.capture.feedback, number, changes)
        except UnwritableError as error:
            log.error("feedback could not be written: %s", error)
            raise later(503, "the database cannot be written now; try again", "database_unavailable", 5) from None
        if not found:
            raise Refusal(404, "no answer of this id was kept", "unknown_id", "id")
        await exchange.whole(200, b'{"status":"ok"}')

    def _admitted(self, scope: Scope) -> Caller:
        try:
            return self._parts.guard.admit(scope)
        except Refusal as refusal:  # whose body is not read: the connection cannot be used for another request
            refusal.headers = {**refusal.headers, **_CLOSE}
            raise

    async def _body(self, receive: Receive) -> bytes:
        """Raises a Refusal: 408, 413 or 415."""
        most = self._settings.max_body_bytes
        message = await receive()
        body: bytes = message.get("body", b"")
        if message.get("more_body"):
            parts = bytearray(body)
            try:
                async with asyncio.timeout(self._settings.body_timeout_s):
                    while message.get("more_body") and len(parts) <= most:
                        message = await receive()
                        parts += message.get("body", b"")
            except TimeoutError:
                raise Refusal(408, "the body did not come", "timeout", headers=_CLOSE) from None
            body = bytes(parts)
        if message["type"] == "http.disconnect":
            raise Refusal(499, "the caller hung up", "hung_up")
        if len(body) > most:
            await _discard(message, receive)
            raise Refusal(413, f"the body is over {most:,} bytes", "body_too_large", headers=_CLOSE)
        return body

    def _ended(self, exchange: Exchange, caller: Caller | None, target: Target | None, status: int) -> None:
        record = exchange.record
        served = target.served if target is not None else ""
        total_s = perf_counter() - record.began
        if target is not None:
            if record.failed or record.outcome == "done":
                self._router.heard(served, failed=record.failed, ttft_s=record.ttft_s)
            self._parts.metrics.ended(
                Ended(
                    served,
                    record.outcome,
                    status,
                    record.ttft_s,
                    total_s,
                    record.prompt_tokens,
                    record.answer_tokens,
                )
            )
        self._parts.access.add(
            {
                "id": exchange.id,
                "caller": caller.name if caller is not None else "",
                "path": exchange.scope["path"],
                "model": target.public if target is not None else "",
                "server": record.server,
                "status": status,
                "outcome": record.outcome,
                "ttft_ms": round(record.ttft_s * 1e3, 2) if record.ttft_s is not None else None,
                "total_ms": round(total_s * 1e3, 2),
                "prompt_tokens": record.prompt_tokens,
                "answer_tokens": record.answer_tokens,
            }
        )

    async def _models(self, exchange: Exchange) -> None:
        self._parts.guard.admit(exchange.scope)
        cards = [{"id": name, "object": "model", "owned_by": "exhell"} for name in self._router.public_names()]
        await exchange.whole(200, orjson.dumps({"object": "list", "data": cards}))

    async def _page(self, exchange: Exchange) -> None:
        self._parts.guard.admit(exchange.scope)
        page = self._parts.metrics.page(ready=not self.why_not_ready())
        await exchange.whole(200, page, b"text/plain; version=0.0.4; charset=utf-8")

    async def _health(self, exchange: Exchange) -> None:
        await exchange.whole(200, b'{"status":"ok"}')

    async def _readiness(self, exchange: Exchange) -> None:
        why = self.why_not_ready()
        status, found = (503, {"status": "not ready", "why": why}) if why else (200, {"status": "ready"})
        await exchange.whole(status, orjson.dumps(found))

    def why_not_ready(self) -> str:
        """Why what should serve cannot be asked; empty where it can."""
        router = self._router
        if not router.memory.known:
            return "the registry has not been read yet"
        if any(server.healthy and router.current in server.offered for server in router.servers):
            return ""
        return f"no model server offers {router.current}"


async def _discard(message: Any, receive: Receive) -> None:
    try:
        async with asyncio.timeout(DISCARD_S):
            while message.get("more_body"):
                message = await receive()
    except TimeoutError:
        pass
