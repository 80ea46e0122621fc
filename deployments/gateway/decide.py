"""What to do next: a pure function of what should serve and what every server was last seen to hold.

    decide(memory, observed, pinned) -> (steps, memory)

It makes no call and looks at no clock. `reconcile.py` takes the steps.

- A server that lacks the current adapter, the wanted one or the one before gets it, in this order: so a server that was
  restarted holds all of them again.
- The stable name moves to the wanted adapter once every server that can hold it does. Until then what serves stays; an
  adapter that cannot be loaded never takes its place.
- An adapter that nothing wants is unloaded when no request and no conversation uses it. Only those that the gateway
  once wanted: the evaluation loads challengers of its own into the same servers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from deployments.gateway.desired import Memory, Version

MOST_RETIRED = 100


@dataclass(frozen=True)
class Observed:
    """One server, as last seen. `base` are the first digits of its base model's fingerprint; None: it does not say."""

    url: str
    healthy: bool
    offered: frozenset[str] = frozenset()
    base: str | None = None
    in_use: Mapping[str, int] = field(default_factory=dict)

    def can_load(self, version: Version) -> bool:
        """Whether it takes this adapter beside its base model."""
        fits = self.base is not None and version.base_sha256.startswith(self.base)
        return self.healthy and fits and not version.merged and not version.problem


@dataclass(frozen=True)
class Load:
    """Have a server load an adapter."""

    url: str
    version: Version


@dataclass(frozen=True)
class Unload:
    """Have a server drop an adapter."""

    url: str
    name: str


Step = Load | Unload


def decide(
    memory: Memory, observed: Sequence[Observed], pinned: Collection[str] = (), failed: Collection[tuple[str, str]] = ()
) -> tuple[tuple[Step, ...], Memory]:
    """The steps to take now, and the memory after what was observed.

    `pinned` are adapters that a conversation holds on to, `failed` the loads (server, adapter) refused lately.
    """
    memory = _moved(memory, observed, failed)
    keep = _distinct(memory.current, memory.wanted(), memory.desired.previous, memory.before)
    names = {version.name for version in keep}
    loads = [
        Load(server.url, version)
        for version in keep
        for server in observed
        if server.can_load(version) and version.name not in server.offered and (server.url, version.name) not in failed
    ]
    unloads = [
        Unload(server.url, name)
        for name in memory.retired
        for server in observed
        if name in server.offered and name not in names and name not in pinned and not server.in_use.get(name)
    ]
    return (*loads, *unloads), memory


def _moved(memory: Memory, observed: Sequence[Observed], failed: Collection[tuple[str, str]]) -> Memory:
    """The memory with the wanted adapter as the current one, where the servers are ready for it."""
    if not memory.known:
        return memory
    wanted = memory.wanted()
    if _name(wanted) == _name(memory.current):
        # The same adapter, perhaps with its files elsewhere or found whole again.
        return memory if wanted == memory.current else memory.model_copy(update={"current": wanted})
    if wanted is not None and not _ready(wanted, observed, failed):
        return memory
    return switched(memory, wanted)


def switched(memory: Memory, to: Version | None) -> Memory:
    """The memory after the stable name moved to another adapter. What it meant stays warm; the one before that goes."""
    before = memory.current or memory.before
    gone = [memory.before.name] if memory.before is not None and memory.before != before else []
    kept = {_name(to), _name(before)}
    retired = [name for name in dict.fromkeys((*memory.retired, *gone)) if name not in kept]
    return memory.model_copy(update={"current": to, "before": before, "retired": tuple(retired[-MOST_RETIRED:])})


def _ready(wanted: Version, observed: Sequence[Observed], failed: Collection[tuple[str, str]]) -> bool:
    """Whether it is loaded on a server, and on every one that is to load it."""
    waiting = any(
        server.can_load(wanted) and wanted.name not in server.offered and (server.url, wanted.name) not in failed
        for server in observed
    )
    return not waiting and any(server.healthy and wanted.name in server.offered for server in observed)


def _distinct(*versions: Version | None) -> tuple[Version, ...]:
    return tuple({version.name: version for version in versions if version is not None}.values())


def _name(version: Version | None) -> str:
    return version.name if version is not None else ""
