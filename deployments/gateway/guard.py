"""Who is let in, and how often.

With keys, every request must bear one. Without, only callers on this machine are served, under the rules of the export
API: a loopback address, no proxy, a local Host header with the gateway's own port, no page of another origin.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from deployments.gateway.errors import Refusal, later
from deployments.services import PROXY_HEADERS, Buckets, fingerprint, is_loopback, local_hosts

_FOREIGN = frozenset(name.encode() for name in PROXY_HEADERS)
_TOLD = (b"x-session-id", b"x-task-type", b"x-language")
_SINGLE = frozenset({b"authorization", b"host", b"x-session-id", b"origin"})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a key's fingerprint, or the address where no keys are set; and which conversation it is."""

    name: str
    session: str
    consents: bool = False
    """Whether the request bears its user's consent to be kept."""
    task_type: str = ""
    language: str = ""


class Guard:
    """Admits a request, or raises a Refusal."""

    def __init__(self, keys: Sequence[str], requests_per_minute: int) -> None:
        # Keys themselves are not kept: nothing that shows this object, a traceback with locals say, can show them.
        self._keys = [sha256(key.encode()).digest() for key in keys]
        self._buckets = Buckets(requests_per_minute)

    def admit(self, scope: Any) -> Caller:
        """Raises a Refusal: 400, 401, 403 or 429."""
        headers = self._headers(scope)
        caller = self._who(scope, headers)
        wait_s = self._buckets.take(caller)
        if wait_s > 0:
            raise later(429, "more requests a minute than this key may make; wait", "rate_limit_exceeded", wait_s)
        consents = headers.get(b"x-training-consent", b"").lower() == b"true"
        told = [headers.get(name, b"")[:200].decode("latin-1") for name in _TOLD]
        return Caller(caller, told[0], consents, *told[1:])

    def _headers(self, scope: Any) -> dict[bytes, bytes]:
        found: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            if name in _SINGLE and name in found:
                raise Refusal(400, f"the header {name.decode()} is given twice", "invalid_header")
            found[name] = value
        return found

    def _who(self, scope: Any, headers: dict[bytes, bytes]) -> str:
        if not self._keys:
            return _local(scope, headers)
        scheme, _, key = headers.get(b"authorization", b"").partition(b" ")
        given = sha256(key.strip()).digest()
        known = False
        for expected in self._keys:  # all of them, always: how long it takes says nothing
            known |= hmac.compare_digest(given, expected)
        if scheme.lower() != b"bearer" or not known:
            raise Refusal(
                401,
                "this gateway wants one of its keys: Authorization: Bearer …",
                "invalid_api_key",
                headers={"WWW-Authenticate": 'Bearer realm="exhell"'},
            )
        return fingerprint(key.strip())


def _local(scope: Any, headers: dict[bytes, bytes]) -> str:
    address = str((scope.get("client") or ("",))[0])
    if not is_loopback(address):
        raise Refusal(403, "only callers on this machine are served; with keys (gateway.api_keys), others are too")
    if _FOREIGN & headers.keys():
        raise Refusal(
            403, "the call came through a proxy, behind which callers look local; set keys (gateway.api_keys)"
        )
    port = scope["server"][1]
    hosts = local_hosts(port)
    if headers.get(b"host", b"").decode("latin-1").lower() not in hosts:
        raise Refusal(403, f"the Host header must be localhost:{port}, 127.0.0.1:{port} or [::1]:{port}")
    site, origin = headers.get(b"sec-fetch-site", b"none"), headers.get(b"origin")
    own = origin is None or origin.decode("latin-1").lower() in {f"http://{host}" for host in hosts}
    if not own or site.lower() not in {b"none", b"same-origin"}:
        raise Refusal(403, "calls from web pages of another origin are refused")
    return address
