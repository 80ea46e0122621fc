"""Which cases a night puts to every model: a frozen test set, the newest cases beside it, and general questions.

    cases = choose(store, dataset, config)
    cases.frozen, cases.recent, cases.general       # tables; `cases.all` is what is asked
    cases.test_set.words                            # "frozen on 2026-11-23 with 500 cases, of which 3 are withdrawn"

A row's side never changes (tasks/convert/splits.py), so test rows of one night are test rows of the next. The frozen
set is made of those whose ids have the smallest hashes, on the first night that has as many as `evaluate.max_cases`;
until then all test rows there are take its place, and the set grows. What is published of it are digests alone, no
texts: a row that is withdrawn or rewritten is in no later dataset, and so leaves the frozen set with it. Privacy comes
before comparability, and the record says how many are gone. A row rewritten since counts among the recent ones.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
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
    rewritten since."""

    __test__ = False  # not one of pytest's

    name: str
    sha256: str | None
    frozen_at: str
    size: int
    wanted: int
    gone: int = 0

    @property
    def words(self) -> str:
        """What it is, in a sentence."""
        if self.sha256 is None:
            return f"the test set `{self.name}` still grows: {self.size:,} cases; with {self.wanted:,} it is frozen"
        gone = f", of which {self.gone:,} were withdrawn or rewritten since and left it" if self.gone else ""
        return f"the test set `{self.name}` was frozen on {self.frozen_at[:10]} with {self.size:,} cases{gone}"


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
    """The night's cases; freezes the test set where there are enough. Raises StorageError, EvaluateError."""
    test = split_table(store, dataset.uri, "test")
    rows = test.select(CASE_SCHEMA.names).cast(CASE_SCHEMA)
    general = read_general(config.general_set)
    digests = [case_digest(row) for row in rows.to_pylist()]
    frozen = _frozen(store, config)
    if frozen is None and test.num_rows >= config.max_cases:
        order = by_hash(rows)[: config.max_cases]
        frozen = _freeze(store, config, dataset, [digests[row] for row in order])
    if frozen is None:
        order = by_hash(rows)
        return Cases(
            _take(rows, order),
            rows.slice(0, 0),
            general,
            TestSet(config.test_set, None, "", len(order), config.max_cases),
        )
    sha256, frozen_at, members = frozen
    inside = [row for row in by_hash(rows) if digests[row] in members]
    updated = test.column("updated_at").to_pylist()
    outside = [row for row in range(test.num_rows) if digests[row] not in members]
    newest = sorted(outside, key=lambda row: (updated[row], digests[row]), reverse=True)[: config.max_recent_cases]
    wanted = set(newest)
    return Cases(
        _take(rows, inside[: config.max_cases]),
        _take(rows, [row for row in by_hash(rows) if row in wanted]),
        general,
        TestSet(config.test_set, sha256, frozen_at, len(members), len(members), len(members) - len(inside)),
    )


def case_digest(row: Mapping[str, Any]) -> str:
    """What a case is, by its id and texts."""
    texts = [row["id"], row["task_type"], row["instruction"], row["input"], row["output"]]
    return hashlib.sha256(json.dumps(texts, ensure_ascii=False).encode()).hexdigest()


def by_hash(rows: pa.Table) -> list[int]:
    """Row numbers in an order that the ids alone decide: a larger split changes a sample as little as can be."""
    ids = rows.column("id").to_pylist()
    return sorted(range(len(ids)), key=lambda row: hashlib.sha256(ids[row].encode()).digest())


def _take(rows: pa.Table, order: list[int]) -> pa.Table:
    return rows.take(pa.array(order, pa.int64()))


def _pointer(config: EvaluateConfig) -> str:
    return f"{KIND}/{config.test_set}"


def _frozen(store: Store, config: EvaluateConfig) -> tuple[str, str, frozenset[str]] | None:
    """Digest, time and members of the frozen set; None where there is none yet."""
    pointer = store.pointer(_pointer(config))
    if pointer is None:
        return None
    try:
        found = pq.read_table(store.open(pointer["uri"]) / FILE)["case"].to_pylist()
    except StorageError as error:
        raise StorageError(
            f"the frozen test set `{config.test_set}` cannot be read: {error}; restore it, or freeze a new one by "
            "another name in evaluate.test_set"
        ) from error
    return pointer["sha256"], pointer["frozen_at"], frozenset(found)


def _freeze(
    store: Store, config: EvaluateConfig, dataset: Dataset, members: list[str]
) -> tuple[str, str, frozenset[str]]:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with store.draft(KIND) as draft:
        pq.write_table(pa.table({"case": sorted(members)}), draft / FILE)
        published = store.publish(draft, {"name": config.test_set, "dataset": dataset.uri, "frozen_at": now})
    store.point(_pointer(config), {"uri": published.uri, "sha256": published.sha256, "frozen_at": now})
    return published.sha256, now, frozenset(members)
