"""A question is on the side of who asked it first, whatever copies and ratings come later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tasks.convert.askers import speakers
from tasks.convert.splits import TEST, TRAIN, VALIDATION, Keys


@dataclass(frozen=True)
class Copy:
    """A row of the one question: its user's side, when it was asked, how good it is, and whether its user has room."""

    side: int
    created: int
    rank: int
    usable: bool = True


def standing(*copies: Copy, cluster: tuple[int, ...] | None = None) -> list[int]:
    """The copies that stand; the best-ranked of each cluster is the one that the filter kept."""
    count = len(copies)
    names = np.array(cluster or (7,) * count, dtype=np.uint64)
    rank = np.array([copy.rank for copy in copies], dtype=np.int64)
    best = {name: min(rank[names == name]) for name in names.tolist()}
    planned = np.array([rank[at] == best[name] for at, name in enumerate(names.tolist())])
    columns = {
        "created": np.array([copy.created for copy in copies], dtype=np.int64),
        "prompt": np.arange(count, dtype=np.uint64),
    }
    numbers = np.arange(count)
    keys = Keys(
        numbers.astype(np.uint16), numbers.astype(np.uint32), names, columns.__getitem__, lambda _: (names, rank)
    )
    side = np.array([copy.side for copy in copies], dtype=np.int8)
    usable = np.array([copy.usable for copy in copies])
    return np.flatnonzero(speakers(keys, side, planned, rank, usable)).tolist()


def test_the_best_copy_stands_where_its_user_is_on_the_first_askers_side() -> None:
    assert standing(Copy(TRAIN, 1, rank=1), Copy(TRAIN, 2, rank=0)) == [1]


def test_a_better_copy_of_another_side_does_not_move_the_question() -> None:
    assert standing(Copy(TRAIN, 1, rank=1), Copy(TEST, 2, rank=0)) == [0]
    assert standing(Copy(TEST, 1, rank=2), Copy(TRAIN, 2, rank=0), Copy(TEST, 3, rank=1)) == [2]


def test_of_two_copies_of_one_moment_the_tests_is_the_first() -> None:
    assert standing(Copy(TRAIN, 1, rank=0), Copy(TEST, 1, rank=1)) == [1]


def test_a_row_outside_of_the_time_window_has_no_say() -> None:
    assert standing(Copy(-1, 1, rank=0), Copy(TRAIN, 2, rank=1)) == [1]


def test_a_copy_over_its_users_cap_does_not_stand_in() -> None:
    assert standing(Copy(TRAIN, 1, rank=1, usable=False), Copy(TEST, 2, rank=0)) == []


def test_clusters_do_not_touch_each_other() -> None:
    copies = (Copy(TRAIN, 1, 1), Copy(TEST, 2, 0), Copy(TEST, 1, 2), Copy(VALIDATION, 2, 3))
    assert standing(*copies, cluster=(7, 7, 8, 8)) == [0, 2]


sides = st.sampled_from((TRAIN, VALIDATION, TEST))


@given(st.lists(sides, min_size=1, max_size=6), st.lists(sides, max_size=4), st.randoms(use_true_random=False))
def test_neither_later_copies_nor_other_ratings_move_a_question(
    first: list[int], later: list[int], dice: object
) -> None:
    def question(askers: list[int]) -> int:
        ranks = list(range(len(askers)))
        dice.shuffle(ranks)  # type: ignore[attr-defined]
        copies = [Copy(side, moment, rank) for moment, (side, rank) in enumerate(zip(askers, ranks, strict=True))]
        (only,) = standing(*copies)
        return copies[only].side

    assert question(first) == question(first + later) == first[0]
