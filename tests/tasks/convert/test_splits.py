"""Sides are by user, stable, and of the size that was asked for."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from configs.schema import ConvertConfig
from tasks.convert.splits import assign, position

USERS = [f"user-{number}" for number in range(5_000)]


def sides(users: list[str], **shares: float) -> list[str]:
    names: list[str] = assign(pa.chunked_array([users], pa.string()), ConvertConfig.model_validate(shares)).to_pylist()
    return names


def test_a_users_place_never_changes() -> None:
    assert position("user-1") == 0.5852884276203973


def test_shares_are_met() -> None:
    names = sides(USERS, test_share=0.10, validation_share=0.05)
    assert abs(names.count("test") / len(USERS) - 0.10) < 0.015
    assert abs(names.count("validation") / len(USERS) - 0.05) < 0.01


def test_no_share_means_no_row() -> None:
    assert set(sides(USERS, test_share=0.0, validation_share=0.0)) == {"train"}


def test_a_larger_test_share_takes_nobody_out_of_test() -> None:
    small, large = sides(USERS, test_share=0.1), sides(USERS, test_share=0.2)
    assert all(after == "test" for before, after in zip(small, large, strict=True) if before == "test")


@given(st.lists(st.text(), min_size=1), st.lists(st.text()))
def test_a_users_side_depends_on_nobody_else(users: list[str], others: list[str]) -> None:
    assert sides(users + others)[: len(users)] == sides(users)
