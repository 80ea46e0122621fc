"""What the gateway says where it does not do what it was asked: OpenAI's shape, for every error.

{"error": {"message": "…", "type": "invalid_request_error", "param": null, "code": "model_not_found"}}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
_FIRST_OF_THE_SERVERS = 500


@dataclass(eq=False)
class Refusal(Exception):  # noqa: N818 - most are no errors of ours
    """An answer instead of what was asked for."""

    status: int
    message: str
    code: str | None = None
    param: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> bytes:
        kind = _TYPES.get(self.status) or ("server_error" if self.status >= _FIRST_OF_THE_SERVERS else None)
        return error_body(self.message, kind or "invalid_request_error", self.code, self.param)


def error_body(message: str, kind: str, code: str | None = None, param: str | None = None) -> bytes:
    return orjson.dumps({"error": {"message": message, "type": kind, "param": param, "code": code}})


def wrong(message: str, param: str | None = None, code: str | None = None) -> Refusal:
    """A request that can never be right."""
    return Refusal(400, message, code, param)


def later(status: int, message: str, code: str, wait_s: float = 1) -> Refusal:
    """A request that may be right later: in whole seconds, one at least."""
    return Refusal(status, message, code, headers={"Retry-After": str(max(1, int(-(-wait_s // 1))))})


def broken(message: str) -> Refusal:
    """A model server that failed."""
    return Refusal(502, message, "upstream_error")
