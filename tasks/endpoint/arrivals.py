"""When requests are due: constant gaps, or a Poisson process, as independent users make it. Seeded."""

from __future__ import annotations

from typing import Literal

import numpy as np

from tasks.bootstrap import Floats

Arrivals = Literal["poisson", "constant"]


def due(rate: float, count: int, arrivals: Arrivals, seed: int = 0) -> Floats:
    """Seconds from the start at which each of `count` requests is due, ascending; the first is due at once.

    `rate` is in requests a second. Gaps of a Poisson process are exponential with the mean 1 / rate.
    """
    if count == 0:
        return np.empty(0)
    if arrivals == "constant":
        return np.arange(count, dtype=np.float64) / rate
    gaps = np.random.default_rng(seed).exponential(1 / rate, count - 1)
    return np.concatenate([[0.0], np.cumsum(gaps)])
