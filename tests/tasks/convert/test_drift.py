"""How far traffic moved, and what says so."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tasks.convert.drift import MAJOR, shifts
from tasks.convert.profile import users


def test_the_same_mix_did_not_move_whatever_its_size() -> None:
    (shift,) = shifts({"task": {"a": 700, "b": 300}}, {"task": {"a": 7_000, "b": 3_000}})
    assert shift.psi < 0.001
    assert shift.js < 0.01


def test_the_index_is_the_symmetric_divergence_of_the_shares() -> None:
    (shift,) = shifts({"task": {"a": 400_000, "b": 600_000}}, {"task": {"a": 600_000, "b": 400_000}})
    assert shift.psi == pytest.approx(0.4 * math.log(1.5), rel=1e-4)
    assert MAJOR > shift.psi > 0.1


def test_what_moved_most_is_named_with_its_shares() -> None:
    found = shifts(
        {"task": {"a": 500, "b": 500}, "rating": {"5": 100, "4": 900}},
        {"task": {"a": 500, "b": 500}, "rating": {"5": 600, "4": 400}},
    )
    assert [shift.feature for shift in found] == ["rating", "task"]
    assert (found[0].value, found[0].before, found[0].now) == ("5", pytest.approx(0.6, 0.01), pytest.approx(0.1, 0.01))
    assert found[0].psi > MAJOR


def test_a_value_that_is_new_gives_a_large_figure_and_not_infinity() -> None:
    (shift,) = shifts({"function": {"SUM": 500, "IMPORTXML": 500}}, {"function": {"SUM": 1_000}})
    assert shift.value == "IMPORTXML"
    assert MAJOR < shift.psi < 10


def test_many_rare_values_are_one() -> None:
    now = {"function": {"SUM": 10_000} | {f"F{number}": 1 for number in range(50)}}
    before = {"function": {"SUM": 10_000} | {f"G{number}": 1 for number in range(50)}}
    (shift,) = shifts(now, before)
    assert shift.psi < 0.01


def test_users_who_all_asked_more_did_not_move_and_one_who_took_over_did() -> None:
    everybody = np.arange(50, dtype=np.uint64)
    before = {"user_share": users(np.repeat(everybody, 8))}
    grown, ragged = (users(np.repeat(everybody, often)) for often in (17, [8] * 49 + [9]))
    taken_over = users(np.concatenate([np.repeat(everybody, 8), np.repeat(everybody[:1], 200)]))
    assert [shifts({"user_share": now}, before)[0].psi for now in (grown, ragged)] == pytest.approx([0, 0], abs=0.02)
    assert shifts({"user_share": taken_over}, before)[0].psi > MAJOR
