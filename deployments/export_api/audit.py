"""Who exported what: one line of JSON for the start of every export, one for its end. Never what was exported.

    {"time", "id", "event": "start", "operation", "address", "token", "format", "filter"}
    {"time", "id", "event": "end", "operation", "address", "token", "outcome", "rows", "bytes", "seconds"}
    {"time", "event": "refused", "address", "path", "status", "reason"}

`token` is a fingerprint. The start is on the disk before the first byte leaves: a line that cannot be written means no
export. A start without an end is an export during which the server was killed.
"""

from __future__ import annotations

import logging
import os
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

_PATH_CHARS = 200


class Audit:
    """Appends to a file that only its owner may read. Opened for every line, so that it can be rotated."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)

    def started(self, operation: str, address: str, token: str, asked: Mapping[str, Any]) -> Entry:
        """Write down that an export begins. Raises OSError where that is not possible."""
        entry = Entry(self, {"operation": operation, "address": address, "token": token})
        self.write({"id": entry.id, "event": "start", **entry.who, **asked})
        return entry

    def refused(self, address: str, path: str, status: int, reason: str) -> None:
        """Write down a call that nothing was given to; where that is not possible, nothing is lost."""
        line = {"event": "refused", "address": address, "path": path[:_PATH_CHARS], "status": status, "reason": reason}
        try:
            self.write(line)
        except OSError as error:
            logging.getLogger(__name__).warning("the audit log %s cannot be written: %s", self.path, error)

    def write(self, line: Mapping[str, Any]) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, orjson.dumps({"time": now, **line}) + b"\n")  # in one piece: calls do not mix
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@dataclass
class Entry:
    """One export on its way."""

    audit: Audit
    who: Mapping[str, Any]
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:16])
    rows: int = 0
    bytes: int = 0
    began: float = field(default_factory=time.monotonic)

    def ended(self, outcome: str) -> None:
        """`rows` are those of the whole export; `bytes` are those that left, all of them only where it is done."""
        self.audit.write(
            {
                "id": self.id,
                "event": "end",
                **self.who,
                "outcome": outcome,
                "rows": self.rows,
                "bytes": self.bytes,
                "seconds": round(time.monotonic() - self.began, 3),
            }
        )
