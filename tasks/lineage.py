"""Which datasets and adapters a user's rows reached: the question that a withdrawal of consent asks.

Datasets keep the names of their users, not the users themselves (`users.parquet`), and adapters the digests of the
dataset that they learnt from and of the adapter that they went on from; so the answer is there as long as they are, and
without anybody's text. An adapter that went on from another has in its weights what that one learnt, whatever became of
the rows since.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict

from tasks.dataset import USERS
from tasks.hashes import USER_KEY, hash64
from tasks.storage import Store


class Reached(BaseModel):
    """A dataset with rows of the user, and the adapters that were trained on it, or went on from one that was."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: str
    sha256: str
    rows: int
    adapters: tuple[str, ...]
    """Names under which servers load them."""


class Lineage(BaseModel):
    """Everything that one user's rows reached, the oldest first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user_id: str
    datasets: tuple[Reached, ...]


def trace(user_id: str, store: Store) -> Lineage:
    """Look through every dataset of a store. Raises StorageError for one whose list of users was altered."""
    name = int(hash64(pa.array([user_id]), USER_KEY)[0])
    adapters = _adapters(store)
    found = []
    for uri in store.all("datasets"):
        manifest = store.manifest(uri)
        rows = _rows(store, uri, manifest, name)
        if rows:
            sha256 = manifest["sha256"]
            learnt = tuple(adapters.get(sha256, []))
            found.append(Reached(dataset=uri, sha256=sha256, rows=rows, adapters=learnt))
    return Lineage(user_id=user_id, datasets=tuple(found))


def _rows(store: Store, uri: str, manifest: dict[str, Any], name: int) -> int:
    if USERS not in manifest["files"]:
        return 0
    table = pq.read_table(store.open(uri, [USERS]) / USERS)
    mine = table.filter(pc.equal(table["user"], pa.scalar(name, pa.uint64())))
    return int(pc.sum(mine["rows"]).as_py() or 0)


def _adapters(store: Store) -> dict[str, list[str]]:
    """Digest of a dataset to the adapters that it reached, the oldest first."""
    learnt, begun, order = {}, {}, []
    for uri in store.all("adapters"):
        manifest = store.manifest(uri)
        sha256, meta = manifest["sha256"], manifest["meta"]
        order.append(sha256)
        learnt[sha256], begun[sha256] = meta["dataset_sha256"], meta.get("start_sha256")
    found: dict[str, list[str]] = {}
    for sha256 in order:
        seen, at = set(), sha256
        while at in learnt:
            seen.add(learnt[at])
            at = begun[at]
        for dataset in seen:
            found.setdefault(dataset, []).append(f"adapter-{sha256[:12]}")
    return found
