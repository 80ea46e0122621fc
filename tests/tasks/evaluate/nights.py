"""Simulated nights: two models on the same clustered cases."""

from __future__ import annotations

import numpy as np

from tasks.evaluate.evidence import Evidence, Pair
from tasks.evaluate.gain import Scores


def scores(values: np.ndarray, users: np.ndarray) -> Scores:
    ids = [f"c{number}" for number in range(len(values))]
    return Scores(
        values=dict(zip(ids, map(float, values), strict=True)), users=dict(zip(ids, map(str, users), strict=True))
    )


def night(dice: np.random.Generator, gain: float, users: int = 40, each: int = 8) -> Pair:
    """Two models on clustered cases: what users ask differs in how the two models fare, by half as much as cases do."""
    taste = np.repeat(dice.normal(0, 0.5, users), each)
    user = np.repeat(np.arange(users), each)
    hard = dice.random(users * each)
    before = (hard < 0.5).astype(float)
    after = (hard < np.clip(0.5 + gain + 0.4 * taste + dice.normal(0, 0.1, hard.size), 0, 1)).astype(float)
    return Pair(scores(before, user), scores(after, user))


def win() -> Pair:
    """25% against 80% of 213 cases of 31 users."""
    users = np.arange(213) % 31
    before = (np.arange(213) % 4 == 0).astype(float)
    after = (np.arange(213) % 5 != 0).astype(float)
    return Pair(scores(before, users), scores(after, users))


def change(worse: int, better: int, cases: int = 120, users: int = 24) -> Pair:
    """The challenger is right on 90% of the cases, but for those that it mends or breaks."""
    before = (np.arange(cases) % 10 != 0).astype(float)
    after = before.copy()
    after[np.flatnonzero(before == 1)[:worse]] = 0
    after[np.flatnonzero(before == 0)[:better]] = 1
    who = np.arange(cases) % users
    return Pair(scores(before, who), scores(after, who))


def evidence(primary: Pair, alpha: float = 0.05, **more: object) -> Evidence:
    fields = {"champion_perplexity": 3.0, "challenger_perplexity": 2.0, "alpha": alpha}
    return Evidence(primary, **(fields | more))  # type: ignore[arg-type]
