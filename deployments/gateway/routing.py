"""Which adapter answers a request: a stable name becomes one immutable adapter, for the whole of the request.

    exhell-expert                   what serves now; within a conversation, what answered its first question
    exhell-expert@a674f4a094fc      that adapter, as long as it is warm

Everything else is refused: a name on no list reaches no server.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from configs.schema import CanaryConfig
from deployments.gateway.decide import switched
from deployments.gateway.desired import Memory, Version
from deployments.gateway.request import unknown_model
from deployments.gateway.servers import Server
from deployments.gateway.sessions import Sessions
from deployments.gateway.watch import Parity, Window, verdict

_HASHES = float(1 << 64)


@dataclass(frozen=True)
class Target:
    """An adapter as callers and servers know it. `served` is its name on the servers."""

    served: str
    public: str


@dataclass(frozen=True)
class Names:
    """What the app asks for, and what the servers call the base model."""

    stable: str
    base: str


@dataclass(frozen=True)
class Trial:
    """A new champion that is being watched. `ends` is monotonic, in seconds."""

    new: str
    old: str
    ends: float


class Router:
    """The memory, and everything that follows from it. Used by the event loop's thread alone."""

    def __init__(
        self,
        names: Names,
        limits: CanaryConfig,
        servers: Sequence[Server],
        sessions: Sessions,
        memory: Memory,
        *,
        save: Callable[[Memory], None],
    ) -> None:
        self.stable, self.base_name = names.stable, names.base
        self.limits, self.servers, self.sessions = limits, servers, sessions
        self.memory, self._save = memory, save
        self.windows: defaultdict[str, Window] = defaultdict(Window)
        self.parity: defaultdict[str, Parity] = defaultdict(Parity)
        self.trial: Trial | None = None
        left = min(memory.watched_until - time.time(), limits.watch_s)
        if left > 0 and memory.current is not None:
            self._watch(left)

    @property
    def current(self) -> str:
        """The name on the servers of what the stable name means."""
        return self._served(self.memory.current)

    def resolve(self, model: str, session: bytes | None, user: str) -> Target:
        """Raises a Refusal (404) for a name that is on no list."""
        if model == self.stable:
            served = self._kept(session) if session else None
            if served is None:
                served = self._tried(user)
                if session:
                    self.sessions.pin(session, served)
            return Target(served, self._public(served))
        name, at, digest = model.partition("@")
        if name == self.stable and at:
            for served in self.warm():
                if served.rpartition("-")[2] == digest:
                    return Target(served, model)
        raise unknown_model(model, self.stable)

    def warm(self) -> list[str]:
        """Adapters of ours that a server offers now, or should."""
        memory = self.memory
        versions = (memory.current, memory.before, memory.desired.champion, memory.desired.previous)
        names = dict.fromkeys(version.name for version in versions if version is not None)
        offered = {name for server in self.servers for name in server.offered}
        always = [self.current] if memory.current is not None else []
        return list(dict.fromkeys((*always, *(name for name in (*names, *memory.retired) if name in offered))))

    def public_names(self) -> list[str]:
        return [self.stable, *(f"{self.stable}@{name.rpartition('-')[2]}" for name in self.warm())]

    def adopt(self, memory: Memory) -> bool:
        """Take a newer memory; True where the stable name moved, which begins a trial of what it means now."""
        moved = memory.current != self.memory.current and self._served(memory.current) != self.current
        if memory == self.memory:
            return False
        first = self.memory.current is None
        if moved:
            watched = memory.current is not None and not first
            until = time.time() + self.limits.watch_s if watched else 0.0
            memory = memory.model_copy(update={"watched_until": until})
        self.memory = memory
        self._save(memory)
        if moved:
            self.trial = None
            if memory.watched_until:
                self._watch(self.limits.watch_s)
        return moved

    def take_back(self, why: str) -> Version | None:
        """Serve what served before, now; None where nothing did or it is not warm.

        `why` is kept until the alias moves: until then it brings the same adapter back no more.
        """
        memory = self.memory
        bad, good = memory.current, self.rollback_target()
        if bad is None or good is None:
            return None
        back = switched(memory, good)
        self.adopt(back.model_copy(update={"refused": {**memory.refused, bad.name: why}}))
        self.trial, self.memory = None, self.memory.model_copy(update={"watched_until": 0.0})
        self._save(self.memory)
        return good

    def rollback_target(self) -> Version | None:
        """What served before and can serve at once."""
        memory = self.memory
        warm = {name for server in self.servers if server.healthy for name in server.offered}
        for version in (memory.desired.previous, memory.before):
            if version is not None and version.name in warm and version.name != self.current:
                return version
        return None

    def heard(self, served: str, *, failed: bool, ttft_s: float | None) -> None:
        """What became of a request."""
        self.windows[served].add(time.monotonic(), failed=failed, ttft_s=ttft_s)

    def judge(self) -> str:
        """Why what is being watched must be taken back; empty where nothing is, or all is well."""
        trial, now = self.trial, time.monotonic()
        if trial is None:
            return ""
        if now >= trial.ends:
            self.trial = None
            return ""
        new, old = self.windows[trial.new], self.windows[trial.old]
        return verdict(new, old, self.parity[trial.new].share, self.limits, now)

    def forget(self) -> None:
        """Drop figures of adapters that no longer serve."""
        warm = {*self.warm(), self.base_name}
        for kept in (self.windows, self.parity):
            for name in [name for name in kept if name not in warm]:
                del kept[name]

    def _watch(self, seconds: float) -> None:
        now = time.monotonic()
        new = self.current
        self.windows.pop(new, None)
        self.parity.pop(new, None)
        self.trial = Trial(new, self._served(self.memory.before), now + seconds)

    def _kept(self, session: bytes) -> str | None:
        served = self.sessions.get(session)
        if served is None or served in self.memory.refused:
            return None
        if served == self.current or any(served in server.offered for server in self.servers):
            return served
        return None

    def _tried(self, user: str) -> str:
        trial = self.trial
        if trial is None or self.limits.share >= 1.0:
            return self.current
        if not user:
            part = random.random()  # noqa: S311 - a share, no secret
        else:
            digest = blake2b(f"{trial.new}\0{user}".encode(), digest_size=8).digest()
            part = int.from_bytes(digest) / _HASHES
        return trial.new if part < self.limits.share else trial.old

    def _served(self, version: Version | None) -> str:
        return version.name if version is not None else self.base_name

    def _public(self, served: str) -> str:
        return self.stable if served == self.base_name else f"{self.stable}@{served.rpartition('-')[2]}"
