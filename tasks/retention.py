"""What may go from a store: what neither serves, nor begins the next night, nor is among the newest.

Kept are, whatever their age:

- what a pointer names (the newest extract of each source, the latest of each stage, the last night's decision), and
  the adapters of the registry's aliases, `champion` and `previous`;
- what these need: an adapter its dataset (for `exhell lineage`), the adapter that it went on from, its merged model and
  its extended base; what the filter kept its screened rows; an extract the chain before it;
- the newest of each kind, `retention.newest` of them, and what was published in the last `retention.grace_hours`: a
  night may be at work.

Older extracts and screened rows are not kept for an older dataset's sake: they hold text, of users too who withdrew
since, and the dataset's own list of users is what lineage asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from configs.schema import RetentionConfig
from tasks import kept
from tasks.artifacts import Adapter, Reference
from tasks.storage import StorageError, Store

NEWEST_OF = ("datasets", "adapters", "models", "answers", "reports")
"""Kinds of which the newest are kept for people to look at; of the others only what something needs."""

RECORDS = "published/"
"""Pointers that find an artifact by its digest: they hold nothing in place, and go with what they name."""


class Removed(BaseModel):
    """What went, or would go, of one kind."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    kept: int
    removed: int
    bytes: int
    """Of the removed ones by their manifests; files that a kept one shares with them free nothing."""
    uris: tuple[str, ...]


@dataclass(frozen=True)
class Artifact:
    """One published folder."""

    kind: str
    uri: str
    sha256: str
    meta: dict[str, object]
    bytes: int


def choose(store: Store, serving: Iterable[Adapter], config: RetentionConfig, now: datetime) -> list[Removed]:
    """What may go, a row a kind; nothing is removed. Raises StorageError for a store that cannot be read."""
    everything = {one.uri: one for kind in store.kinds() for one in _all(store, kind)}
    by_digest = {(one.kind, one.sha256): one.uri for one in everything.values()}
    needed: set[str] = set()
    roots = [*_pointed(store), *_newest(store, everything, config, now), *(adapter.uri for adapter in serving)]
    stack = [uri for uri in roots if uri in everything]
    while stack:
        uri = stack.pop()
        if uri not in needed:
            needed.add(uri)
            stack += [one for one in _needs(store, everything[uri], by_digest) if one in everything]
    needed |= {one.uri for one in everything.values() if one.kind == "models" and _adapter_of(one, by_digest) in needed}
    return [_row(kind, everything, needed) for kind in store.kinds()]


def carry_out(store: Store, removals: Iterable[Removed]) -> None:
    """Remove what `choose` chose, and the pointers that name it."""
    gone = {uri for one in removals for uri in one.uris}
    for name, value in store.pointers():
        if value.get("uri") in gone:
            store.unpoint(name)
    for uri in sorted(gone):
        store.remove(uri)


def _all(store: Store, kind: str) -> Iterator[Artifact]:
    for uri in store.all(kind):
        try:
            manifest = store.manifest(uri)
        except StorageError:  # damaged: nothing can be made of it
            yield Artifact(kind, uri, "", {}, 0)
            continue
        size = sum(file["bytes"] for file in manifest["files"].values())
        yield Artifact(kind, uri, manifest["sha256"], manifest["meta"], size)


def _pointed(store: Store) -> Iterator[str]:
    for name, value in store.pointers():
        if not name.startswith(("keys/", RECORDS)):
            yield from _uris(value)


def _uris(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _uris(one)
    elif isinstance(value, list):
        for one in value:
            yield from _uris(one)


def _newest(store: Store, everything: dict[str, Artifact], config: RetentionConfig, now: datetime) -> Iterator[str]:
    since = now - timedelta(hours=config.grace_hours)
    for kind in store.kinds():
        uris = [uri for uri in store.all(kind) if uri in everything]  # the oldest first
        if kind in NEWEST_OF:
            yield from uris[-config.newest :]
        yield from (uri for uri in uris if store.made_at(uri) > since)


def _needs(store: Store, one: Artifact, by_digest: dict[tuple[str, str], str]) -> Iterator[str]:
    """URIs that an artifact is nothing without, or that say what it learnt."""
    if one.kind == "adapters":
        yield by_digest.get(("datasets", str(one.meta["dataset_sha256"])), "")
        yield by_digest.get(("adapters", str(one.meta.get("start_sha256"))), "")
        base = store.pointer(f"bases/of/{one.meta['base_sha256']}")
        yield base["uri"] if base else ""
    elif one.kind == "models":
        yield by_digest.get(("adapters", str(one.meta["adapter_sha256"])), "")
    elif one.kind == "filtered":
        yield from kept.parts(store, Reference(uri=one.uri, sha256=one.sha256))
    elif one.kind == "extracts":
        yield str(one.meta["previous"])


def _adapter_of(model: Artifact, by_digest: dict[tuple[str, str], str]) -> str:
    return by_digest.get(("adapters", str(model.meta.get("adapter_sha256"))), "")


def _row(kind: str, everything: dict[str, Artifact], needed: set[str]) -> Removed:
    all_of_it = [one for one in everything.values() if one.kind == kind]
    gone = [one for one in all_of_it if one.uri not in needed]
    return Removed(
        kind=kind,
        kept=len(all_of_it) - len(gone),
        removed=len(gone),
        bytes=sum(one.bytes for one in gone),
        uris=tuple(one.uri for one in gone),
    )
