"""Which cases a night puts to every model: a frozen test set, the newest cases beside it, and general questions.

    cases = choose(store, dataset, config)
    cases.frozen, cases.recent, cases.general       # tables; `cases.all` is what is asked
    cases.test_set.words                            # "frozen on 2026-11-23 with 500 cases, of which 3 are withdrawn"

A row's side never changes (tasks/convert/splits.py), so test rows of one night are test rows of the next. The frozen
set is made of those whose ids have the smallest hashes, on the first night that has as many as `evaluate.max_cases`;
until then all test rows there are take its place, and the set grows. What is published of it are digests alone, no
texts: a row that is withdrawn or rewritten is in no later dataset, and so leaves the frozen set with it. Privacy comes
before comparability, and the record says how many are gone. A row rewritten since counts among the recent ones.

A set that only lost cases would one day be too small to decide by. So one that lost many is filled up again, with the
test rows whose ids have the next smallest hashes, and what the gate has spent on it stays spent (docs/gate.md).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from configs.load import fingerprint
from configs.schema import EvaluateConfig
from tasks.artifacts import Dataset
from tasks.dataset import table as split_table
from tasks.evaluate.general import CASE_SCHEMA, read_general
from tasks.storage import StorageError, Store

KIND = "testsets"
FILE = "cases.parquet"


@dataclass(frozen=True)
class TestSet:
    """The test set under a name. `sha256` is None until it is frozen, with `wanted` cases; `gone` were withdrawn or
    rewritten since. `filled_from` cases were left when it was last filled up; None where it never was."""

    __test__ = False  # not one of pytest's

    name: str
    sha256: str | None
    frozen_at: str
    size: int
    wanted: int
    gone: int = 0
    filled_from: int | None = None

    @property
    def words(self) -> str:
        """What it is, in a sentence."""
        if self.sha256 is None:
            return f"the test set `{self.name}` still grows: {self.size:,} cases; with {self.wanted:,} it is frozen"
        gone = f", of which {self.gone:,} were withdrawn or rewritten since and left it" if self.gone else ""
        how = "frozen" if self.filled_from is None else f"filled up from {self.filled_from:,} cases"
        return f"the test set `{self.name}` was {how} on {self.frozen_at[:10]} with {self.size:,} cases{gone}"


@dataclass(frozen=True)
class Cases:
    """Tables in CASE_SCHEMA; each in the order of the ids' hashes, the general ones as they stand in their file."""

    frozen: pa.Table
    recent: pa.Table
    general: pa.Table
    test_set: TestSet

    @property
    def all(self) -> list[dict[str, Any]]:
        """Every case that is asked, the frozen set first."""
        rows: list[dict[str, Any]] = pa.concat_tables([self.frozen, self.recent, self.general]).to_pylist()
        return rows

    @property
    def digest(self) -> str:
        """Fingerprint of what is asked."""
        return fingerprint(*map(case_digest, self.all))

    @property
    def frozen_digest(self) -> str:
        """Fingerprint of the frozen set's cases."""
        return fingerprint(*map(case_digest, self.frozen.to_pylist()))


def choose(store: Store, dataset: Dataset, config: EvaluateConfig) -> Cases:
    """The night's cases; freezes the test set where there are enough. Raises StorageError, EvaluateError.

    Texts are read of those rows alone that are chosen, or were frozen.
    """
    test = split_table(store, dataset.uri, "test")
    general = read_general(config.general_set)
    hashes = [hashlib.sha256(name.encode()).hexdigest() for name in test.column("id").to_pylist()]
    by_hash = sorted(range(len(hashes)), key=hashes.__getitem__)
    frozen = _frozen(store, config)
    if frozen is None and test.num_rows >= config.max_cases:
        frozen = _freeze(store, config, dataset, _digests(test, hashes, by_hash[: config.max_cases]))
    if frozen is None:
        growing = TestSet(config.test_set, None, "", len(by_hash), config.max_cases)
        return Cases(_take(test, by_hash), _take(test, []), general, growing)
    inside = _inside(test, hashes, by_hash, frozen)
    if len(inside) < config.refill_below * len(frozen.members):
        left = set(inside)
        more = [row for row in by_hash if row not in left][: max(config.max_cases - len(inside), 0)]
        full = _digests(test, hashes, [*inside, *more])
        frozen = _freeze(store, config, dataset, full, filled_from=len(inside))
        inside = _inside(test, hashes, by_hash, frozen)
    size = len(frozen.members)
    newest = _newest(test, set(inside), config.max_recent_cases)
    return Cases(
        _take(test, inside[: config.max_cases]),
        _take(test, [row for row in by_hash if row in newest]),
        general,
        TestSet(config.test_set, frozen.sha256, frozen.frozen_at, size, size, size - len(inside), frozen.filled_from),
    )


def case_digest(row: Mapping[str, Any]) -> str:
    """What a case is, by its id and texts."""
    texts = [row["id"], row["task_type"], row["instruction"], row["input"], row["output"]]
    return hashlib.sha256(json.dumps(texts, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class _Frozen:
    """The published set: digests of its cases by the hashes of their ids."""

    sha256: str
    frozen_at: str
    members: Mapping[str, str]
    filled_from: int | None = None


def _inside(test: pa.Table, hashes: Sequence[str], by_hash: Sequence[int], frozen: _Frozen) -> list[int]:
    """The rows that are as they were when the set was frozen, in the order of their ids' hashes."""
    known = [row for row in by_hash if hashes[row] in frozen.members]
    now = _digests(test, hashes, known)
    return [row for row in known if now[hashes[row]] == frozen.members[hashes[row]]]


def _digests(test: pa.Table, hashes: Sequence[str], rows: Sequence[int]) -> dict[str, str]:
    return {hashes[row]: case_digest(case) for row, case in zip(rows, _take(test, rows).to_pylist(), strict=True)}


def _newest(test: pa.Table, without: Set[int], most: int) -> set[int]:
    """The rows that changed last, of those that are not among some."""
    keys = [("updated_at", "descending"), ("id", "ascending")]
    order = (row for row in pc.sort_indices(test, sort_keys=keys).to_pylist() if row not in without)
    return set(islice(order, most))


def _take(test: pa.Table, rows: Sequence[int]) -> pa.Table:
    return test.select(CASE_SCHEMA.names).take(pa.array(rows, pa.int64())).cast(CASE_SCHEMA)


def _pointer(config: EvaluateConfig) -> str:
    return f"{KIND}/{config.test_set}"


def _frozen(store: Store, config: EvaluateConfig) -> _Frozen | None:
    """The frozen set, or None where there is none yet."""
    pointer = store.pointer(_pointer(config))
    if pointer is None:
        return None
    try:
        found = pq.read_table(store.open(pointer["uri"]) / FILE)
    except StorageError as error:
        raise StorageError(
            f"the frozen test set `{config.test_set}` cannot be read: {error}; restore it, or freeze a new one by "
            "another name in evaluate.test_set"
        ) from error
    members = dict(zip(found["id"].to_pylist(), found["case"].to_pylist(), strict=True))
    return _Frozen(pointer["sha256"], pointer["frozen_at"], members, pointer.get("filled_from"))


def _freeze(
    store: Store,
    config: EvaluateConfig,
    dataset: Dataset,
    members: Mapping[str, str],
    filled_from: int | None = None,
) -> _Frozen:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    table = pa.table({"id": list(members), "case": list(members.values())}).sort_by("id")
    with store.draft(KIND) as draft:
        pq.write_table(table, draft / FILE)
        published = store.publish(draft, {"name": config.test_set, "dataset": dataset.uri, "frozen_at": now})
    pointer = {"uri": published.uri, "sha256": published.sha256, "frozen_at": now, "filled_from": filled_from}
    store.point(_pointer(config), pointer)
    return _Frozen(published.sha256, now, members, filled_from)
