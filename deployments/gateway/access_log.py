"""Who asked what when, and how it ended: a line of JSON a request, never what was asked or answered.

    {"time", "id", "caller", "path", "model", "adapter", "server", "status", "outcome", "ttft_ms", "total_ms",
     "prompt_tokens", "answer_tokens"}

`caller` is a key's fingerprint, or an address. Lines are written twice a second: a killed gateway loses the last half
second of them. The file is opened for every writing, so that it can be rotated.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

FLUSH_S = 0.5
MOST_WAITING = 100_000


class AccessLog:
    """Appends to a file that only its owner may read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._waiting: list[bytes] = []
        path.parent.mkdir(parents=True, exist_ok=True)

    def add(self, line: Mapping[str, Any]) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(orjson.dumps({"time": now, **line}, option=orjson.OPT_APPEND_NEWLINE))

    def flush(self) -> None:
        """Write what waits. A disk that is full costs lines, never requests."""
        if not self._waiting:
            return
        lines, self._waiting = b"".join(self._waiting), []
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(descriptor, lines)
            finally:
                os.close(descriptor)
        except OSError as error:
            logging.getLogger(__name__).warning("the access log %s cannot be written: %s", self.path, error)
