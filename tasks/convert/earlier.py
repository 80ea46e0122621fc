"""The newest dataset, as what the next one is made from: shards that are equal are linked, others patched.

A shard is a function of its rows, and a line of one row alone. So a shard that lost or gained a few rows is put
together from lines of the earlier dataset and from those of the rows that are new. `ROWS` names the rows that a dataset
holds; a name says as well how the row is written, so that lines of other settings or older code are never taken over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from tasks import dataset
from tasks.convert.formats import FORMATS
from tasks.dataset import ROWS, Shard
from tasks.digests import Known
from tasks.hashes import Hashes
from tasks.pool import in_threads
from tasks.storage import StorageError, Store

NEWEST = "datasets/newest"
"""The store's pointer to the dataset that shards are taken over from."""

FORMS = (dataset.PARQUET, *FORMATS)


def row_names(content: Hashes, recipe: str) -> Hashes:
    """Names of rows as `recipe` writes them, from names of what they hold."""
    digest = blake2b(recipe.encode(), digest_size=8).digest()
    return content ^ np.uint64(int.from_bytes(digest, "little"))


@dataclass(frozen=True)
class Earlier:
    """An earlier dataset; empty where there is none."""

    store: Store = field(repr=False)
    uri: str = ""
    shards: tuple[Shard, ...] = ()
    rows: Hashes = field(default_factory=lambda: np.zeros(0, np.uint64), repr=False)
    """Names of the rows of these shards, in order; none where an example is more than a row."""

    @classmethod
    def newest(cls, store: Store) -> Earlier:
        """The store's newest dataset; an empty one where it was removed, damaged, or made by another version."""
        pointer = store.pointer_if_whole(NEWEST)
        if pointer is None:
            return cls(store)
        uri = str(pointer["uri"])
        try:
            names = pq.ParquetFile(store.open(uri, [ROWS]) / ROWS).read()["row"].to_numpy()
            shards = dataset.shards(store, uri)
        except StorageError:
            return cls(store)
        ends = np.cumsum([shard.rows for shard in shards])
        # Trusted examples come last and have no names; an example of several turns is more than one row.
        return cls(store, uri, tuple(shards), names if len(names) in ends else names[:0])

    def link(self, wanted: Sequence[Shard], draft: Path) -> tuple[dict[str, Shard], dict[str, Known]]:
        """Take over the shards that are equal: these, and descriptions of their files, by name. A damaged one counts as
        none."""
        known = {(one.split, one.fingerprint): one for one in self.shards}
        pairs = [(shard, known.get((shard.split, shard.fingerprint))) for shard in wanted]
        equal = [(shard, found) for shard, found in pairs if found is not None]

        def take(pair: tuple[Shard, Shard]) -> dict[str, Known]:
            shard, found = pair
            names = {found.file(form): shard.file(form) for form in FORMS}
            try:
                return {to: self.store.link(self.uri, name, draft, to) for name, to in names.items()}
            except StorageError:  # what was linked of it must not be written through
                for to in names.values():
                    (draft / to).unlink(missing_ok=True)
                return {}

        shards: dict[str, Shard] = {}
        linked: dict[str, Known] = {}
        for (shard, found), files in zip(equal, in_threads(take, equal), strict=True):
            if files:
                linked |= files
                shards[shard.file()] = found._replace(name=shard.name)
        return shards, linked

    def places(self, rows: Hashes) -> npt.NDArray[np.int64]:
        """For each of some names, the row's place in this dataset; -1 for a row that it does not hold."""
        if not len(self.rows):
            return np.full(len(rows), -1, dtype=np.int64)
        order = np.argsort(self.rows)
        ordered = self.rows[order]
        at = np.searchsorted(ordered, rows).clip(max=len(order) - 1)
        return np.where(ordered[at] == rows, order[at], -1)

    def starts(self) -> npt.NDArray[np.int64]:
        """Where each shard begins among the rows, and where the last one ends."""
        return np.cumsum([0, *(shard.rows for shard in self.shards)])

    def contents(self, number: int) -> dict[str, bytes]:
        """A shard's files by format. Raises StorageError where one is missing or altered."""
        return {form: self.store.read(self.uri, self.shards[number].file(form)) for form in FORMS}


def write_rows(rows: Hashes, draft: Path) -> None:
    """Write the names of a dataset's rows."""
    pq.write_table(pa.table({"row": rows}), draft / ROWS, compression="none", use_dictionary=False)
