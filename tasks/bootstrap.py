"""Bootstrap intervals: how far a figure could be off, had other users asked, or other requests been timed.

    gain = paired(before, after, users, ratio)      # champion and challenger on the same cases, resampled by user
    p95 = quantile(latencies, 0.95)                 # one sample of independent values

Percentile intervals of Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13, always with the same
seed: the same data give the same interval.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

LEVEL = 0.95
RESAMPLES = 2_000
SEED = 20_151_123
BLOCK = 4_000_000
"""Values resampled at once: 32 MB."""

Floats = NDArray[np.float64]
Statistic = Callable[[Floats], Floats]
"""Sums of a case's contributions, shape (resamples, k), to the figure, shape (resamples,)."""


class Span(BaseModel):
    """A figure with its interval; the bounds are None where there is too little to resample."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of zero."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def ratio(sums: Floats) -> Floats:
    """The mean: contributions are (value, 1) a case, or any numerator and denominator."""
    found: Floats = sums[:, 0] / sums[:, 1]
    return found


def paired(
    before: Floats, after: Floats, clusters: Sequence[str], statistic: Statistic = ratio, level: float = LEVEL
) -> Span | None:
    """The statistic of `after` less that of `before`, with an interval from resampled clusters.

    Both are contributions of shape (cases, k) to the same cases; `clusters` names whose each case is. None without
    cases; without an interval where there are fewer than two clusters.
    """
    if not len(before):
        return None
    _, place = np.unique(np.asarray(clusters), return_inverse=True)
    count = int(place.max()) + 1
    gain = float(statistic(after.sum(0)[None])[0] - statistic(before.sum(0)[None])[0])
    if count < 2:
        return Span(value=gain)
    sums = [
        np.stack([np.bincount(place, weights=side[:, k]) for k in range(side.shape[1])], 1) for side in (before, after)
    ]
    drawn = np.random.default_rng(SEED).multinomial(count, np.full(count, 1 / count), size=RESAMPLES).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = statistic(drawn @ sums[1]) - statistic(drawn @ sums[0])
    return _span(gain, found, level)


def quantile(values: Sequence[float] | Floats, share: float, level: float = LEVEL) -> Span | None:
    """A quantile of independent values (linear between neighbours, as numpy's), with its interval; None without any."""
    return of(values, lambda rows: np.quantile(rows, share, axis=1), level)


def of(values: Sequence[float] | Floats, statistic: Statistic, level: float = LEVEL) -> Span | None:
    """Any statistic of the rows of a matrix, over independent values. Memory is bounded by BLOCK."""
    sample = np.asarray(values, dtype=np.float64)
    if not len(sample):
        return None
    value = float(statistic(sample[None])[0])
    if len(sample) < 2:
        return Span(value=value)
    dice = np.random.default_rng(SEED)
    at_once = max(1, BLOCK // len(sample))
    found = []
    for start in range(0, RESAMPLES, at_once):
        rows = min(at_once, RESAMPLES - start)
        found.append(statistic(sample[dice.integers(0, len(sample), (rows, len(sample)))]))
    return _span(value, np.concatenate(found), level)


def _span(value: float, found: Floats, level: float) -> Span | None:
    if math.isnan(value):
        return None
    usable = found[np.isfinite(found)]
    if not len(usable):
        return Span(value=value)
    low, high = np.quantile(usable, [(1 - level) / 2, (1 + level) / 2])
    return Span(value=value, low=float(low), high=float(high))
