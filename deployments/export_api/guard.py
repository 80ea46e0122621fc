"""Who is let in. Stands before everything else, the description and errors included.

Without a token, only callers on this machine: the connection comes from a loopback address, through no proxy, and names
a local host. A page that a browser on this machine shows reaches loopback too, under whatever name its owner lets point
there (DNS rebinding), so the Host header must be a local name with the API's own port.

With a token, every call must bear it. Browsers' calls from pages of other origins are refused in either case: nothing
here is meant for them, and a GET costs a reading of the database.
"""

from __future__ import annotations

import hmac
from collections.abc import MutableMapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deployments.export_api.answers import Refusal, too_many
from deployments.export_api.audit import Audit
from deployments.services import PROXY_HEADERS, Buckets, fingerprint, is_loopback, local_hosts

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
"""Of every answer; a page of our own widens the last."""


@dataclass(frozen=True)
class Caller:
    """Who calls: the address, and the fingerprint of the token, which is empty where none is asked for."""

    address: str
    token: str = ""

    @property
    def key(self) -> str:
        return f"{self.token} {self.address}"


class Guard:
    """Lets a request through to the application, with its `Caller` in `scope["state"]`, or answers it."""

    def __init__(self, app: ASGIApp, token: str, requests_per_minute: int, audit: Audit) -> None:
        self._app, self._audit = app, audit
        # The token itself is not kept: nothing that shows this object, a traceback with locals say, can show it.
        self._expected = sha256(token.encode()).digest() if token else None
        self._served, self._refused = Buckets(requests_per_minute), Buckets(requests_per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        send = _with_security_headers(send)
        try:
            scope.setdefault("state", {})["caller"] = self._caller(scope)
        except Refusal as refusal:
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _caller(self, scope: Scope) -> Caller:
        """Raises a Refusal: 401, 403 or 429."""
        address = str((scope.get("client") or ("",))[0])
        try:
            caller = self._admitted(scope, address)
        except Refusal as refusal:
            _count(self._refused, address)  # of what is refused, only so much is written down
            self._audit.refused(address, scope["path"], refusal.status, refusal.error)
            raise
        _count(self._served, caller.key)
        return caller

    def _admitted(self, scope: Scope, address: str) -> Caller:
        headers = Headers(scope=scope)
        if self._expected is None:
            _require_local(scope, headers, address)
            _require_own_origin(headers, [f"http://{name}" for name in local_hosts(scope["server"][1])])
            return Caller(address)
        token = _bearer(headers)
        if token is None or not hmac.compare_digest(sha256(token).digest(), self._expected):
            raise Refusal(
                401,
                "this API wants its token: Authorization: Bearer …",
                headers={"WWW-Authenticate": 'Bearer realm="exhell"'},
            )
        host = headers.get("host", "")
        _require_own_origin(headers, [f"http://{host}", f"https://{host}"])
        return Caller(address, fingerprint(token))


def _count(buckets: Buckets, caller: str) -> None:
    """Raises a Refusal (429) that says when the next call is welcome."""
    wait_s = buckets.take(caller)
    if wait_s:
        raise too_many(f"more than {buckets.per_minute} calls a minute; wait and call again", wait_s=wait_s)


def _require_local(scope: Scope, headers: Headers, address: str) -> None:
    if not is_loopback(address):
        raise Refusal(403, "only callers on this machine are served; with a token (api.token), others are too")
    if any(name in headers for name in PROXY_HEADERS):
        raise Refusal(403, "the call came through a proxy, behind which callers look local; set a token (api.token)")
    hosts, port = headers.getlist("host"), scope["server"][1]
    if len(hosts) != 1 or hosts[0].lower() not in local_hosts(port):
        raise Refusal(403, f"the Host header must be localhost:{port}, 127.0.0.1:{port} or [::1]:{port}")


def _require_own_origin(headers: Headers, origins: list[str]) -> None:
    """Browsers say from which page a call comes; other programs say nothing."""
    own = {origin.lower().rstrip("/") for origin in origins}
    foreign = any(origin.lower() not in own for origin in headers.getlist("origin"))
    if foreign or headers.get("sec-fetch-site", "none").lower() not in {"none", "same-origin"}:
        raise Refusal(403, "calls from web pages of another origin are refused")


def _bearer(headers: Headers) -> bytes | None:
    """The token of the one Authorization header, or None."""
    given = headers.getlist("authorization")
    scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    return token.strip().encode("latin-1") if scheme.lower() == "bearer" else None


def _with_security_headers(send: Send) -> Send:
    async def wrapped(message: Message | MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return wrapped
