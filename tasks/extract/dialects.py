"""Not yet."""

from __future__ import annotations

SHORT: dict[str, str] = {}


def knows(_scheme: str) -> bool:
    return False


def view(*_: object) -> None: ...
