"""The gate: does the challenger serve from now on? Pure, seeded, and every answer carries its figures.

Rules, in this order; the first that stops the challenger decides:

1. `too-few-cases`   fewer cases or users than an interval means anything for; says what could have been found
2. `perplexity`      the challenger finds right answers less likely than the champion does, beyond the margin
3. `no-gain`         the lower bound of the primary metric's gain is not above `min_gain`
4. `promoted`

The gain is paired (both models answered the same cases) and its interval is a percentile bootstrap over users, for one
user's questions resemble each other, and resampling cases one by one promotes falsely far more often than alpha says
(tests/tasks/evaluate/test_gate.py simulates both). For few users the interval is widened as in Hesterberg, "What
Teachers Should Know About the Bootstrap" (The American Statistician 69, 2015), the expanded percentile interval:
percentiles at Phi(-t(alpha, n-1) sqrt(n/(n-1))) instead of alpha.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from configs.schema import GateConfig
from tasks.artifacts import Decision

MIN_USERS = 10
"""With fewer clusters than this, intervals from resampled clusters come out too short to trust; see Cameron, Gelbach
and Miller, "Bootstrap-Based Improvements for Inference with Clustered Errors" (Rev. Econ. Stat. 90, 2008).
"""

POWER = 0.8
"""Probability with which the minimum detectable effect would have been found."""

SEED = 20_151_123
"""Any fixed number: the same answers must give the same decision."""

NAMES = {"formula_accuracy": "formula accuracy", "bleu": "BLEU", "chrf": "chrF"}


@dataclass(frozen=True)
class Scores:
    """One model's primary metric a case (0 or 1, or a sentence score of 0..100), who asked, and its perplexity."""

    values: Mapping[str, float]
    users: Mapping[str, str]
    perplexity: float


@dataclass(frozen=True)
class Gain:
    """The challenger's mean over the champion's on the cases of both, in units of the metric.

    `lower` bounds it from below with probability 1 - alpha; `detectable` is the smallest true gain that so many cases
    would show with probability POWER. Both are NaN where there are fewer than two users.
    """

    champion: float
    challenger: float
    lower: float
    detectable: float
    cases: int
    users: int

    @property
    def mean(self) -> float:
        return self.challenger - self.champion


def decide(champion: Scores, challenger: Scores, config: GateConfig, against: str = "") -> Decision:
    """Promote or not, and why. `against` names what stands in for a champion that does not exist yet."""
    gain = measure(champion, challenger, config)
    rule, why = _apply(gain, challenger.perplexity / champion.perplexity, champion, challenger, config)
    promote = rule == "promoted"
    suffix = f"; {against}" if against else ""
    reason = f"{'promoted' if promote else 'not promoted'}: {why}{suffix}"
    return Decision(promote=promote, rule=rule, reason=reason)


def measure(champion: Scores, challenger: Scores, config: GateConfig) -> Gain:
    """The paired gain with its interval, on the cases that both have a value for."""
    cases = sorted(champion.values.keys() & challenger.values.keys())
    if not cases:
        return Gain(math.nan, math.nan, math.nan, math.nan, 0, 0)
    before = np.array([champion.values[case] for case in cases])
    after = np.array([challenger.values[case] for case in cases])
    _, cluster = np.unique([champion.users[case] for case in cases], return_inverse=True)
    users = int(cluster.max()) + 1
    lower, detectable = math.nan, math.nan
    if users > 1:
        sums = np.bincount(cluster, weights=after - before)
        counts = np.bincount(cluster).astype(float)
        means = _resample(sums, counts, config.resamples)
        lower = float(np.quantile(means, _widened(config.alpha, users)))
        normal = NormalDist()
        error = float(means.std()) * math.sqrt(users / (users - 1))
        detectable = (normal.inv_cdf(1 - config.alpha) + normal.inv_cdf(POWER)) * error
    return Gain(float(before.mean()), float(after.mean()), lower, detectable, len(cases), users)


def _resample(sums: np.ndarray, counts: np.ndarray, resamples: int) -> np.ndarray:
    """Means of resampled users: shape (resamples,), from the sum of differences and number of cases of each user."""
    dice = np.random.default_rng(SEED)
    users = len(sums)
    drawn = dice.multinomial(users, np.full(users, 1 / users), size=resamples)
    means: np.ndarray = (drawn @ sums) / (drawn @ counts)
    return means


def _widened(alpha: float, users: int) -> float:
    """Hesterberg's percentile: smaller than alpha, the more so the fewer users."""
    return NormalDist().cdf(-_student(alpha, users - 1) * math.sqrt(users / (users - 1)))


def _student(alpha: float, freedom: int) -> float:
    """Upper quantile of Student's t, by the expansion in Abramowitz and Stegun, 26.7.5 (error under 1% from 5 on)."""
    z = NormalDist().inv_cdf(1 - alpha)
    first = (z**3 + z) / (4 * freedom)
    second = (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
    return z + first + second + third


def _apply(gain: Gain, ratio: float, champion: Scores, challenger: Scores, config: GateConfig) -> tuple[str, str]:
    """The rule that decides, and its sentence."""
    metric = config.primary_metric
    if gain.cases < config.min_cases or gain.users < MIN_USERS:
        return "too-few-cases", (
            f"too few cases to tell, {_cases(gain)}, where {config.min_cases} cases of {MIN_USERS} users are needed"
            f"{_detectable(gain, metric)}"
        )
    figures = f"{_versus(gain, metric)} ({_interval(gain, metric, config.alpha)}, {_cases(gain)})"
    if not ratio <= config.max_perplexity_ratio:
        return "perplexity", (
            f"perplexity {challenger.perplexity:.3f} against {champion.perplexity:.3f} is {ratio:.2f} times the "
            f"champion's, {config.max_perplexity_ratio:.2f} is the most; {figures}"
        )
    if not gain.lower > config.min_gain:
        return "no-gain", (
            f"{figures}; the interval must lie above {_points(config.min_gain, metric)}{_detectable(gain, metric)}"
        )
    return "promoted", figures


def _versus(gain: Gain, metric: str) -> str:
    return f"{NAMES[metric]} {_level(gain.challenger, metric)} against {_level(gain.champion, metric)}"


def _interval(gain: Gain, metric: str, alpha: float) -> str:
    return f"{_points(gain.mean, metric)}, {1 - alpha:.0%} interval from {_points(gain.lower, metric)}"


def _detectable(gain: Gain, metric: str) -> str:
    if math.isnan(gain.detectable) or gain.detectable == 0:  # no user's answers changed: nothing to estimate it from
        return ""
    return f"; a true gain of {_points(gain.detectable, metric)} or more would be found {POWER:.0%} of the time"


def _cases(gain: Gain) -> str:
    return f"{gain.cases} cases of {gain.users} users"


def _level(value: float, metric: str) -> str:
    return f"{value:.1%}" if metric == "formula_accuracy" else f"{value:.1f}"


def _points(value: float, metric: str) -> str:
    return f"{value * 100 if metric == 'formula_accuracy' else value:+.1f} points"
