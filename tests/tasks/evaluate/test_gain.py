"""That the gain's error and power are what it claims, by simulation and by the table."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.evaluate.evidence import Pair
from tasks.evaluate.gain import Scores, measure
from tests.tasks.evaluate.nights import night, scores, win

NIGHTS = 400
RESAMPLES = 500


def share_found(gain: float, seed: int, alpha: float = 0.05, nights: int = NIGHTS, **shape: int) -> float:
    dice = np.random.default_rng(seed)
    pairs = (night(dice, gain, **shape) for _ in range(nights))
    return float(np.mean([measure(one.champion, one.challenger, alpha, RESAMPLES).lower > 0 for one in pairs]))


def error_of(share: float, nights: int) -> float:
    """Two standard errors of a share found by simulation."""
    return 2 * float(np.sqrt(share * (1 - share) / nights))


@pytest.mark.slow
@pytest.mark.parametrize(("users", "each"), [(40, 8), (15, 12), (100, 3)])
def test_finds_a_gain_falsely_no_more_often_than_it_says(users: int, each: int) -> None:
    assert share_found(0.0, seed=1, users=users, each=each) <= 0.05 + error_of(0.05, NIGHTS)


@pytest.mark.slow
@pytest.mark.parametrize(("users", "each"), [(40, 8), (15, 12)])
def test_a_small_alpha_is_kept_too_where_the_resamples_do_not_reach_its_percentile(users: int, each: int) -> None:
    # 0.4% of 500 resamples are two: the bound is Student's.
    found = share_found(0.0, seed=7, alpha=0.004, nights=4_000, users=users, each=each)
    assert found <= 0.004 + error_of(0.004, 4_000)


@pytest.mark.slow
def test_the_simulation_would_catch_an_interval_that_forgets_the_users() -> None:
    """Every case a user of its own: the interval is too short, and the rate shows it."""
    dice, found = np.random.default_rng(2), 0
    for _ in range(NIGHTS):
        pair = night(dice, 0.0, users=15, each=8)
        alone = {case: case for case in pair.champion.users}
        gain = measure(Scores(pair.champion.values, alone), Scores(pair.challenger.values, alone), 0.05, RESAMPLES)
        found += gain.lower > 0
    assert found / NIGHTS > 0.10


@pytest.mark.slow
def test_finds_the_effect_that_it_calls_detectable_about_as_often_as_it_says() -> None:
    dice = np.random.default_rng(3)
    pairs = [night(dice, 0.0) for _ in range(20)]
    detectable = float(np.mean([measure(p.champion, p.challenger, 0.05, RESAMPLES).detectable for p in pairs]))
    assert 0.65 <= share_found(detectable, seed=4) <= 0.95


@pytest.mark.slow
@pytest.mark.parametrize(("gain", "cases"), [(0.05, 307), (0.02, 1_955)])
def test_power_is_that_of_the_table(gain: float, cases: int) -> None:
    """Cases that a paired test needs for a power of 80% where 10% of them change, one-sided at 2.5%: Miettinen, "The
    matched pairs design in the case of all-or-none responses" (Biometrics 24, 1968)."""
    dice, found, nights = np.random.default_rng(5), 0, 300
    for _ in range(nights):
        luck = dice.random(cases)
        better, worse = luck < 0.05 + gain / 2, luck > 1 - (0.05 - gain / 2)
        before = np.where(better, 0.0, np.where(worse, 1.0, 0.5))
        after = np.where(better, 1.0, np.where(worse, 0.0, 0.5))
        who = np.arange(cases)
        found += measure(scores(before, who), scores(after, who), 0.025, RESAMPLES).lower > 0
    assert found / nights == pytest.approx(0.80, abs=error_of(0.8, nights) + 0.02)


def test_the_bound_falls_with_alpha_and_stays_finite_at_any() -> None:
    pair = win()
    bounds = [measure(pair.champion, pair.challenger, alpha, 10_000).lower for alpha in (0.05, 0.01, 1e-3, 1e-4, 1e-6)]
    assert bounds == sorted(bounds, reverse=True)
    assert bounds[-1] > 0


def test_the_two_bounds_meet() -> None:
    """Where the percentile can just be read off, Student's bound is near it."""
    pair = night(np.random.default_rng(8), 0.1, users=60)
    read, student = (measure(pair.champion, pair.challenger, 0.02, resamples).lower for resamples in (10_000, 500))
    assert read == pytest.approx(student, abs=0.01)


def test_one_user_has_no_interval() -> None:
    pair = Pair(scores(np.zeros(5), np.zeros(5)), scores(np.ones(5), np.zeros(5)))
    gain = measure(pair.champion, pair.challenger, 0.05, RESAMPLES)
    assert gain.mean == 1.0
    assert not gain.lower > 0
