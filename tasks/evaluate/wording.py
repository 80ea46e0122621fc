"""The gate's figures in words: levels, points, intervals, cases."""

from __future__ import annotations

import math

from tasks.artifacts import Opinion, Preferences
from tasks.evaluate.gain import POWER, Gain

NAMES = {"formula_accuracy": "formula accuracy", "bleu": "BLEU", "chrf": "chrF", "grade": "grade"}
SHARES = frozenset({"formula_accuracy", "grade"})
"""Metrics from 0 to 1; the others go to 100."""


def scale(metric: str) -> float:
    """The metric's highest value."""
    return 1.0 if metric in SHARES else 100.0


def figures(gain: Gain, metric: str) -> str:
    """`formula accuracy 79.8% against 25.4% (+54.5 points, 95% interval from +47.3 points, 213 cases of 31 users)`"""
    return f"{versus(gain, metric)} ({interval(gain, metric)}, {cases(gain)})"


def versus(gain: Gain, metric: str) -> str:
    return f"{NAMES[metric]} {level(gain.challenger, metric)} against {level(gain.champion, metric)}"


def interval(gain: Gain, metric: str) -> str:
    return f"{points(gain.mean, metric)}, {confidence(gain.alpha)} interval from {points(gain.lower, metric)}"


def detectable(gain: Gain, metric: str) -> str:
    """What so many cases could have shown; empty where no user's answers changed: nothing to estimate it from."""
    if math.isnan(gain.detectable) or gain.detectable == 0:
        return ""
    return f"; a true gain of {points(gain.detectable, metric)} or more would be found {POWER:.0%} of the time"


def cases(gain: Gain) -> str:
    return f"{gain.cases} cases of {gain.users} users"


def level(value: float, metric: str) -> str:
    return f"{value:.1%}" if metric in SHARES else f"{value:.1f}"


def points(value: float, metric: str) -> str:
    return f"{value * 100 / scale(metric):+.1f} points"


def confidence(alpha: float) -> str:
    """1 - alpha as a percentage, with as many digits as tell it from 100%."""
    digits = max(1, math.ceil(-math.log10(alpha)) - 1)
    return f"{100 * (1 - alpha):.{digits}f}".rstrip("0").rstrip(".") + "%"


def preferred(found: Preferences) -> str:
    """`61.0% of 40 pairs (95% interval 50.1% to 71.2%); 5.0% of its verdicts contradict …; 2 without one: 2 timeout`"""
    if found.share is None:
        said = f"no verdict on any of {found.pairs} pairs"
    else:
        bounds = (
            "" if found.low is None or found.high is None else f", 95% interval {found.low:.1%} to {found.high:.1%}"
        )
        said = f"{found.share:.1%} of {found.judged} pairs (a tie counts half{bounds})"
    if found.inconsistent_share is not None:
        said += f"; {found.inconsistent_share:.1%} of its verdicts turn when the answers change places"
    if found.failures:
        kinds = ", ".join(f"{count} {kind}" for kind, count in found.failures.items())
        said += f"; {sum(found.failures.values())} without a verdict: {kinds}"
    return said


def agreement(opinion: Opinion) -> str:
    """How often the judge prefers what users rated higher, or that there is nothing to tell it by."""
    if not opinion.rated.pairs:
        return "How far it agrees with users is not known: no question has two answers that they rated differently."
    return (
        f"Of the app's own answers it prefers the one that users rated higher in {preferred(opinion.rated)}; "
        f"{opinion.rated_free_text} of these pairs are free text."
    )


def percent(share: float) -> str:
    """A share that may be small: 5%, 2.2%, 0.0095%."""
    return f"{100 * share:.2g}%"
