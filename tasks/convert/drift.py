"""Whether the traffic moved: tonight's dataset against the one that the champion learnt from, feature by feature.

The figure is the population stability index, PSI = Σ (p - q) ln(p / q) over a feature's values, the symmetric
Kullback-Leibler divergence that credit scoring made a standard (Siddiqi, Credit Risk Scorecards, 2006: below 0.1 no
change, above 0.25 a major one). Beside it the Jensen-Shannon distance, which is bounded by 1 and needs no smoothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

MAJOR = 0.25
SMOOTHING = 0.5
"""Examples added to every value, so that one that is missing on one side gives a large figure and not infinity."""

RARE_SHARE = 0.005
"""Values rarer than this on both sides are counted as one: their logarithms would be noise."""


@dataclass(frozen=True)
class Shift:
    """How far one feature moved."""

    feature: str
    psi: float
    js: float
    value: str
    """The value that moved most, with its shares before and now."""

    before: float
    now: float


def shifts(now: Mapping[str, Mapping[str, int]], before: Mapping[str, Mapping[str, int]]) -> list[Shift]:
    """Every feature that both datasets have, the most moved first."""
    found = [_shift(feature, now[feature], before[feature]) for feature in sorted(set(now) & set(before))]
    return sorted(found, key=lambda shift: -shift.psi)


def _shift(feature: str, now: Mapping[str, int], before: Mapping[str, int]) -> Shift:
    values = _common(now, before)
    p, q = _shares(now, values), _shares(before, values)
    terms = {value: (p[value] - q[value]) * math.log(p[value] / q[value]) for value in values}
    middle = {value: (p[value] + q[value]) / 2 for value in values}
    divergence = sum(side[value] * math.log2(side[value] / middle[value]) / 2 for side in (p, q) for value in values)
    most = max(terms, key=lambda value: terms[value])
    return Shift(feature, sum(terms.values()), math.sqrt(max(0.0, divergence)), most, q[most], p[most])


def _common(now: Mapping[str, int], before: Mapping[str, int]) -> list[str]:
    totals = max(1, sum(now.values())), max(1, sum(before.values()))
    names = sorted(set(now) | set(before))
    kept = [name for name in names if max(now.get(name, 0) / totals[0], before.get(name, 0) / totals[1]) >= RARE_SHARE]
    return [*kept, ""] if len(kept) < len(names) else kept


def _shares(counts: Mapping[str, int], values: list[str]) -> dict[str, float]:
    """Shares of the values; the empty name stands for all others."""
    named = {value: counts.get(value, 0) for value in values if value}
    if "" in values:
        named[""] = sum(counts.values()) - sum(named.values())
    total = sum(named.values()) + SMOOTHING * len(named)
    return {value: (count + SMOOTHING) / total for value, count in named.items()}
