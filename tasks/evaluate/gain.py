"""What one model gains over another on the cases that both answered, with its interval. Pure and seeded.

    gain = measure(champion, challenger, alpha=0.05, resamples=10_000)
    gain.mean, gain.lower            # 0.12, 0.04: at least 4 points, with an error of 5%
    gain.detectable                  # 0.07: the smallest true gain that so many cases would show

The gain is paired and its interval is a percentile bootstrap over users, for one user's questions resemble each other,
and resampling cases one by one promotes falsely far more often than alpha says (tests/tasks/evaluate/test_gain.py
simulates both). For few users the interval is widened as in Hesterberg, "What Teachers Should Know About the Bootstrap"
(The American Statistician 69, 2015), the expanded percentile interval: percentiles at Phi(-t(alpha, n-1) sqrt(n/(n-1)))
instead of alpha. Where alpha is so small that too few resamples lie beyond that percentile (TAIL), the bound is
Student's, mean - t(alpha, n-1) s sqrt(n/(n-1)), with the bootstrap's own standard error s.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

POWER = 0.8
"""Probability with which the minimum detectable effect would have been found."""

SEED = 20_151_123
"""Any fixed number: the same answers must give the same decision."""

TAIL = 20
"""Resamples that must lie beyond a percentile for it to be read off: its own error is then about a fifth of alpha."""

DRAWN = 1 << 20
"""Users drawn at once: some 20 MB of memory."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scores:
    """One model's metric a case (0 or 1, or a sentence score of 0..100), and who asked."""

    values: Mapping[str, float]
    users: Mapping[str, str]


@dataclass(frozen=True)
class Gain:
    """The challenger's mean over the champion's on the cases of both, in units of the metric.

    `lower` bounds it from below with probability 1 - `alpha`; `detectable` is the smallest true gain that so many cases
    would show with probability POWER. Both are NaN where there are fewer than two users.
    """

    champion: float
    challenger: float
    lower: float
    detectable: float
    cases: int
    users: int
    alpha: float

    @property
    def mean(self) -> float:
        return self.challenger - self.champion


def measure(champion: Scores, challenger: Scores, alpha: float, resamples: int) -> Gain:
    """The paired gain with its one-sided interval, on the cases that both have a value for."""
    cases = sorted(champion.values.keys() & challenger.values.keys())
    if not cases:
        return Gain(math.nan, math.nan, math.nan, math.nan, 0, 0, alpha)
    before = np.array([champion.values[case] for case in cases])
    after = np.array([challenger.values[case] for case in cases])
    _, cluster = np.unique([champion.users[case] for case in cases], return_inverse=True)
    users = int(cluster.max()) + 1
    lower, detectable = math.nan, math.nan
    if users > 1:
        sums = np.bincount(cluster, weights=after - before).astype(np.float64)
        counts = np.bincount(cluster).astype(np.float64)
        means = _resample(sums, counts, resamples)
        error = float(means.std()) * math.sqrt(users / (users - 1))
        lower = _lower(means, float(after.mean() - before.mean()), error, alpha, users)
        normal = NormalDist()
        detectable = (normal.inv_cdf(1 - alpha) + normal.inv_cdf(POWER)) * error
    return Gain(float(before.mean()), float(after.mean()), lower, detectable, len(cases), users, alpha)


def _resample(sums: Floats, counts: Floats, resamples: int) -> Floats:
    """Means of resampled users: shape (resamples,), from the sum of differences and number of cases of each user."""
    dice = np.random.default_rng(SEED)
    users = len(sums)
    means = np.empty(resamples)
    rows = max(1, DRAWN // users)
    for start in range(0, resamples, rows):
        drawn = dice.integers(0, users, size=(min(rows, resamples - start), users), dtype=np.int32)
        means[start : start + rows] = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    return means


def _lower(means: Floats, mean: float, error: float, alpha: float, users: int) -> float:
    student = float(stdtrit(users - 1, 1 - alpha))
    percentile = NormalDist().cdf(-student * math.sqrt(users / (users - 1)))
    if percentile * len(means) >= TAIL:
        return float(np.quantile(means, percentile))
    return mean - student * error
