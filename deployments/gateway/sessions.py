"""Which adapter a conversation keeps: the one that answered first, as long as it is offered.

Kept in a file of one line a conversation, appended as it begins, so that a killed gateway goes on with the same. The
file holds hashes, not what callers call their conversations.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

MOST = 100_000
"""Conversations remembered; the one that was silent longest is forgotten."""

MOST_DIGITS = 15
"""Of a time in seconds; more are a damaged line."""

TOUCH_S = 60.0
COUNT_S = 5.0
"""Which adapters are kept is counted anew after this long: over all conversations it takes milliseconds."""


class Sessions:
    """Conversations of all callers, by hash. Times are seconds of the epoch, as a file needs; a clock that jumps makes
    conversations end early or late, no more."""

    def __init__(self, path: Path, idle_s: float, clock: Callable[[], float] = time.time) -> None:
        self._path, self._idle_s, self._clock = path, idle_s, clock
        self._known: OrderedDict[bytes, tuple[str, float]] = OrderedDict()
        self._counted: tuple[float, frozenset[str]] = (0.0, frozenset())
        self._read()
        self._file: BinaryIO = self._rewritten()

    @staticmethod
    def key(caller: str, session: str) -> bytes:
        return blake2b(f"{caller}\0{session}".encode(), digest_size=12).hexdigest().encode()

    def get(self, key: bytes) -> str | None:
        """The adapter that a conversation keeps."""
        found = self._known.get(key)
        if found is None:
            return None
        name, since = found
        now = self._clock()
        if now - since > self._idle_s:
            del self._known[key]
            return None
        if not 0 <= now - since < TOUCH_S:
            self.pin(key, name)
        return name

    def pin(self, key: bytes, adapter: str) -> None:
        """From now on the conversation keeps this adapter."""
        now = self._clock()
        self._known[key] = (adapter, now)
        self._known.move_to_end(key)
        if len(self._known) > MOST:
            self._known.popitem(last=False)
        try:
            self._file.write(_line(key, adapter, now))
        except OSError as error:
            logging.getLogger(__name__).warning("%s cannot be written: %s", self._path, error)

    def adapters(self) -> frozenset[str]:
        """Those that a live conversation keeps, or kept a few seconds ago."""
        now = self._clock()
        if not 0 <= now - self._counted[0] < COUNT_S:
            while self._known:
                key, (_, since) = next(iter(self._known.items()))
                if now - since <= self._idle_s:
                    break
                del self._known[key]
            self._counted = (now, frozenset(name for name, _ in self._known.values()))
        return self._counted[1]

    def close(self) -> None:
        self._file.close()

    def _read(self) -> None:
        try:
            lines = self._path.read_bytes().splitlines()
        except OSError:
            return
        now = self._clock()
        for line in lines:
            key, _, rest = line.partition(b" ")
            name, _, since = rest.partition(b" ")
            whole = since.isdigit() and len(since) < MOST_DIGITS and name.isascii()  # the last line may be torn
            if whole and now - int(since) <= self._idle_s:
                self._known[key] = (name.decode(), min(now, float(since)))
                self._known.move_to_end(key)

    def _rewritten(self) -> BinaryIO:
        """The file with live conversations alone, open to append."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        beside = self._path.with_suffix(".new")
        beside.write_bytes(b"".join(_line(key, name, since) for key, (name, since) in self._known.items()))
        beside.replace(self._path)
        return self._path.open("ab", buffering=0)


def _line(key: bytes, adapter: str, since: float) -> bytes:
    return b"%s %s %d\n" % (key, adapter.encode(), since)
