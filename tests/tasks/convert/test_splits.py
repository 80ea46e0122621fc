"""Sides are by user, stable, and of the size that was asked for; what the test would leak through is taken out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from configs.schema import ConvertConfig
from tasks.convert.splits import TEST, TRAIN, VALIDATION, Keys, Sides, leaks, sides
from tasks.hashes import USER_KEY, hash64

USERS = [f"user-{number}" for number in range(5_000)]
DAY_US = 86_400_000_000


def keys(users: list[str], **columns: Any) -> Keys:
    numbers = np.arange(len(users), dtype=np.uint64) + 1
    arrays = dict.fromkeys(("cluster", "id", "session", "prompt", "skeleton", "formula", "content"), numbers)
    arrays |= {"created": numbers.astype(np.int64) * DAY_US, "turn": numbers.astype(np.int32)}
    arrays |= {"part": numbers.astype(np.uint16), "row": numbers.astype(np.uint32)}
    arrays |= {"user": hash64(pa.array(users, pa.string()), USER_KEY)}
    given = {name: np.array(values, dtype=arrays[name].dtype) for name, values in columns.items()}
    columns = arrays | given
    formula = columns["formula"]

    def lists(_name: str) -> tuple[Any, Any]:
        return formula[formula != 0], (formula != 0).astype(np.int64)

    return Keys(columns["part"], columns["row"], columns["cluster"], columns.__getitem__, lists)


def of(users: list[str], **settings: Any) -> Sides:
    return sides(keys(users), ConvertConfig.model_validate(settings))


def one_of(side: int) -> str:
    return USERS[np.flatnonzero(of(USERS) == side)[0]]


def test_a_users_place_never_changes() -> None:
    assert keys(["user-1"]).column("user")[0] / 2**64 == 0.5852884276203973


def test_shares_are_met() -> None:
    found = of(USERS, test_share=0.10, validation_share=0.05)
    assert abs((found == TEST).mean() - 0.10) < 0.015
    assert abs((found == VALIDATION).mean() - 0.05) < 0.01


def test_no_share_means_no_row() -> None:
    assert set(of(USERS, test_share=0.0, validation_share=0.0)) == {TRAIN}


def test_a_larger_test_share_takes_nobody_out_of_test() -> None:
    small, large = of(USERS, test_share=0.1), of(USERS, test_share=0.2)
    assert (large[small == TEST] == TEST).all()


@given(st.lists(st.text(), min_size=1), st.lists(st.text()))
def test_a_users_side_depends_on_nobody_else(users: list[str], others: list[str]) -> None:
    assert (of(users + others)[: len(users)] == of(users)).all()


def test_a_test_window_leaves_later_rows_of_its_users_out() -> None:
    tester, trainer = one_of(TEST), one_of(TRAIN)
    moment = datetime(1970, 1, 3, tzinfo=UTC)
    found = of([tester, tester, trainer, trainer], test_until=moment, train_until=datetime(1970, 1, 5, tzinfo=UTC))
    assert found.tolist() == [TEST, -1, TRAIN, -1]


def test_what_the_test_would_leak_through_is_named_by_kind() -> None:
    tester, trainer = one_of(TEST), one_of(TRAIN)
    table = keys(
        [tester, *[trainer] * 4],
        prompt=[7, 7, 2, 3, 4],
        cluster=[8, 1, 8, 3, 4],
        formula=[9, 1, 2, 9, 4],
    )
    config = ConvertConfig()
    found = {rule: np.flatnonzero(mask).tolist() for rule, mask in leaks(table, sides(table, config), config)}
    assert found == {"leak_exact": [1], "leak_near": [2], "leak_formula": [3]}


def test_a_formula_that_many_users_know_leaks_nothing() -> None:
    tester, trainers = one_of(TEST), [user for user, side in zip(USERS, of(USERS), strict=True) if side == TRAIN][:4]
    table = keys([tester, *trainers], formula=[9] * 5)
    strict, loose = (ConvertConfig(decontaminate=("formula",), common_formula_users=users) for users in (None, 5))
    (_, all_of_them), (_, none) = (
        next(leaks(table, sides(table, strict), strict)),
        next(leaks(table, sides(table, loose), loose)),
    )
    assert all_of_them.tolist() == [False, True, True, True, True]
    assert not none.any()


def test_any_formula_of_an_answer_may_be_the_tests() -> None:
    table = keys([one_of(TEST), one_of(TRAIN), one_of(TRAIN)], formula=[9, 1, 2])
    several = (np.array([9, 1, 9, 2], dtype=np.uint64), np.array([1, 2, 1]))
    config = ConvertConfig(decontaminate=("formula",))
    (_, found), *_ = leaks(replace(table, lists=lambda _: several), sides(table, config), config)
    assert found.tolist() == [False, True, False]


def test_a_row_without_a_formula_leaks_none() -> None:
    table = keys([one_of(TEST), one_of(TRAIN)], formula=[0, 0])
    config = ConvertConfig(decontaminate=("formula",))
    assert [mask.any() for _, mask in leaks(table, sides(table, config), config)] == [False]
