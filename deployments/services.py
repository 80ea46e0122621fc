"""What the services that listen share: who is on this machine, what a key is called, how often a caller may call."""

from __future__ import annotations

import socket
import time
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from ipaddress import ip_address

from configs.errors import ExhellError

LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
PROXY_HEADERS = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")

MOST_CALLERS = 10_000
"""Callers remembered; the one who was silent longest is forgotten, who then has a full bucket again."""

_FINGERPRINT_DIGITS = 12


def fingerprint(key: bytes) -> str:
    """What a log calls a key: enough to tell keys apart, of no use to guess one."""
    return sha256(b"exhell audit " + key).hexdigest()[:_FINGERPRINT_DIGITS]


def is_loopback(address: str) -> bool:
    """Whether an address is this machine's own, an IPv4 one in IPv6 clothes included. False for a name."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return bool((getattr(parsed, "ipv4_mapped", None) or parsed).is_loopback)


def is_local(host: str) -> bool:
    """Whether what listens on `host` can be reached from this machine alone."""
    return host == "localhost" or is_loopback(host)


def local_hosts(port: int) -> list[str]:
    """Host headers that name this machine and a service's own port."""
    return [f"{name}:{port}" for name in LOCAL_NAMES] + (list(LOCAL_NAMES) if port == 80 else [])


def listen(host: str, port: int, setting: str, backlog: int, error: type[ExhellError]) -> socket.socket:
    """A socket that listens. Raises `error` where it cannot, which names the setting of the port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=backlog)
    except OSError as reason:
        raise error(
            f"cannot listen on {host} port {port}: {reason.strerror or reason}; end what uses it, or choose another "
            f"with --port or {setting}"
        ) from None


def address(listening: socket.socket, host: str) -> str:
    """The URL of what listens, with the port that it was given."""
    return f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"


class Buckets:
    """A token bucket a caller: `per_minute` calls at once, and as many a minute from then on."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_minute, self._clock = per_minute, clock
        self._rate = per_minute / 60
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str) -> float:
        """Count a call; 0, or the seconds until the next one is welcome."""
        now = self._clock()
        left, since = self._left.pop(caller, (float(self.per_minute), now))
        left = min(self.per_minute, left + (now - since) * self._rate)
        self._left[caller] = (left - 1 if left >= 1 else left, now)
        if len(self._left) > MOST_CALLERS:
            self._left.popitem(last=False)
        return 0.0 if left >= 1 else (1 - left) / self._rate
