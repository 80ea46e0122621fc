"""Alpha over the nights: what a look may err, and that all of them together keep it."""

from __future__ import annotations

import numpy as np
import pytest

from configs.schema import GateConfig
from tasks.evaluate.evidence import Pair
from tasks.evaluate.gain import Scores
from tasks.evaluate.gate import decide
from tasks.evaluate.spending import share, weight
from tests.tasks.evaluate.nights import evidence, scores

ALPHA = GateConfig().alpha


def test_the_weights_sum_to_one_over_nights_without_end() -> None:
    first = sum(weight(look) for look in range(1, 10_001))
    rest = 10_000**-0.6 / 0.6 * weight(1)  # the integral of x^-1.6 from there on
    assert first + rest == pytest.approx(1.0, abs=1e-6)


def test_the_first_looks_get_most() -> None:
    shares = [share(ALPHA, [False] * looks) for looks in range(40)]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) < ALPHA


def test_a_gain_that_was_found_hands_its_share_on() -> None:
    own = [ALPHA * weight(look) for look in (1, 2, 3)]
    assert share(ALPHA, [False, True]) == pytest.approx(own[2] + own[1])
    assert share(ALPHA, [True, True]) == pytest.approx(sum(own))
    assert share(ALPHA, [True, False]) == pytest.approx(own[2])


def nights_on_one_set(dice: np.random.Generator, nights: int, *, spend: bool) -> bool:
    """Whether any of so many challengers that are no better is promoted: same cases and users, a new model a night.

    A case is as hard for all models; half of the cases are answered by luck. What is promoted is the next champion.
    """
    users = np.repeat(np.arange(30), 6)
    level = np.clip(0.6 + np.repeat(dice.normal(0, 0.15, 30), 6), 0, 1)
    lucky = dice.random(180) < 0.5
    sure = (dice.random(180) < level).astype(float)

    def model() -> Scores:
        return scores(np.where(lucky, dice.random(180) < level, sure).astype(float), users)

    champion, found = model(), list[bool]()
    for _ in range(nights):
        pair = Pair(champion, model())
        alpha = share(ALPHA, found) if spend else ALPHA
        found.append(decide(evidence(pair, alpha), GateConfig(resamples=500)).promote)
        if found[-1]:
            champion = pair.challenger
    return any(found)


@pytest.mark.slow
def test_thirty_nights_promote_falsely_no_more_often_than_one_was_allowed() -> None:
    dice, sets = np.random.default_rng(11), 300
    falsely = sum(nights_on_one_set(dice, 30, spend=True) for _ in range(sets)) / sets
    assert falsely <= ALPHA + 2 * float(np.sqrt(ALPHA * (1 - ALPHA) / sets))


@pytest.mark.slow
def test_the_simulation_would_catch_nights_that_do_not_spend() -> None:
    dice = np.random.default_rng(12)
    assert sum(nights_on_one_set(dice, 30, spend=False) for _ in range(60)) / 60 > 0.25
