"""Clusters are looked for again where a row of the same marks came, went or changed, and nowhere else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from configs.schema import NearDuplicateConfig
from tasks.filter.forest import Sketches, candidates
from tasks.filter.near_known import clusters_by

KEYS, MARKS, SAME = ([1, 2, 3, 4], [10, 10, 20, 20], [100, 101, 102, 103])


def looked_at(known: Any, keys: list[int], marks: list[int], same: list[int]) -> tuple[list[int], list[int], Any]:
    """Each row's cluster, if all rows of some marks were one; the rows that were looked at; what is left to know."""
    asked: list[int] = []
    key, mark = np.array(keys, np.uint64), np.array(marks, np.uint64)

    def find(some: Any) -> Any:
        asked.extend(key[some].tolist())
        return np.array([key[mark == one].min() for one in mark[some]], np.uint64)

    found, left = clusters_by(known, key, mark, np.array(same, np.uint64), find)
    return found.tolist(), sorted(asked), left


@pytest.fixture
def known() -> Any:
    found, asked, left = looked_at(None, KEYS, MARKS, SAME)
    assert (found, asked) == ([1, 1, 3, 3], KEYS)
    return left


def test_without_a_change_nothing_is_looked_for(known: Any) -> None:
    assert looked_at(known, KEYS[::-1], MARKS[::-1], SAME[::-1])[:2] == ([3, 3, 1, 1], [])


def test_a_new_row_is_compared_with_those_of_its_marks(known: Any) -> None:
    found, asked, _ = looked_at(known, [*KEYS, 0], [*MARKS, 20], [*SAME, 104])
    assert (found, asked) == ([1, 1, 0, 0, 0], [0, 3, 4])


def test_where_a_row_went_the_others_are_compared_again(known: Any) -> None:
    assert looked_at(known, KEYS[1:], MARKS[1:], SAME[1:])[:2] == ([2, 3, 3], [2])


def test_a_row_that_says_something_else_now_concerns_both_marks(known: Any) -> None:
    assert looked_at(known, KEYS, [10, 20, 20, 20], [100, 999, 102, 103])[1] == KEYS


def test_rows_of_other_marks_change_no_candidates_even_where_all_hashes_clash(monkeypatch: pytest.MonkeyPatch) -> None:
    dice = np.random.default_rng(1)
    rows = 60
    marks = np.where(np.arange(rows) % 3 == 0, 2, 4).astype(np.uint64)
    base = dice.integers(0, 256, 64)
    signature = np.where(dice.random((rows, 64)) < 0.2, dice.integers(0, 256, (rows, 64)), base).astype(np.uint8)
    hashes = dice.integers(0, 1 << 32, (4, rows)).astype(np.uint64)

    def pairs(some: Any) -> set[tuple[int, int]]:
        same, bag, head, tail = (one[some] for one in hashes)
        sketches = Sketches(marks[some], same, bag, head.astype(np.uint32), tail.astype(np.uint32), signature[some])
        found, _ = candidates(sketches, NearDuplicateConfig())
        return {(int(left), int(right)) for left, right in some[found]}

    monkeypatch.setattr(Sketches, "branches", lambda self, tree: np.arange(len(self.marks), dtype=np.uint64))
    one, other = np.flatnonzero(marks == 2), np.flatnonzero(marks == 4)
    assert pairs(one)
    assert pairs(np.arange(rows)) == pairs(one) | pairs(other)
