"""That the gain's error and power are what it claims, by simulation and by the table."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from configs.load import PROJECT
from tasks.evaluate.evidence import Pair
from tasks.evaluate.gain import Scores, measure
from tasks.evaluate.spending import share
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


LATE = share(0.05, [False] * 29)
"""What the thirtieth look at a test set may err."""


def cases_needed(gain: float, changed: float, alpha: float, power: float = 0.8) -> int:
    """Cases that a paired test needs where a share of them changes, for a gain to be found with this power: Miettinen,
    "The matched pairs design in the case of all-or-none responses" (Biometrics 24, 1968)."""
    normal = NormalDist()
    both = normal.inv_cdf(1 - alpha) + normal.inv_cdf(power)
    return math.ceil(both**2 * (changed - gain**2) / gain**2)


def test_the_table_of_docs_gate_md() -> None:
    """Gains of 2 and 5 points with 10% of the cases changed, of 10 points with 20%."""
    alphas = (0.025, share(0.05, []), share(0.05, [False] * 4), LATE)
    rows = {gain: [cases_needed(gain, changed, alpha) for alpha in alphas] for gain, changed in TABLE}
    text = (PROJECT / "docs/gate.md").read_text(encoding="utf-8")
    for gain, row in rows.items():
        assert f"| {gain * 100:.0f} points | " + " | ".join(f"{cases:,}" for cases in row) + " |" in text


TABLE = ((0.02, 0.10), (0.05, 0.10), (0.10, 0.20))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("gain", "changed", "alpha"), [(0.05, 0.10, 0.025), (0.02, 0.10, 0.025), (0.05, 0.10, LATE), (0.10, 0.20, LATE)]
)
def test_power_is_that_of_the_table(gain: float, changed: float, alpha: float) -> None:
    dice, found, nights, cases = np.random.default_rng(5), 0, 300, cases_needed(gain, changed, alpha)
    for _ in range(nights):
        luck = dice.random(cases)
        better, worse = luck < (changed + gain) / 2, luck > 1 - (changed - gain) / 2
        before = np.where(better, 0.0, np.where(worse, 1.0, 0.5))
        after = np.where(better, 1.0, np.where(worse, 0.0, 0.5))
        who = np.arange(cases)
        found += measure(scores(before, who), scores(after, who), alpha, RESAMPLES).lower > 0
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
