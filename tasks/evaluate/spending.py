"""How much error each night may make, so that all nights on one test set together make no more than one was allowed.

    share(0.05, [])                       # the first look at a test set: 2.2%
    share(0.05, [False] * 29)             # the thirtieth, after nothing was found: 0.01%
    share(0.05, [False, True])            # the third, after a promotion: its own share and the second one's

Thirty nights at 5% each would promote at least one challenger falsely with 78% probability. Spent is by the online
fallback procedure of Tian and Ramdas, "Online control of the familywise error rate" (Statistical Methods in Medical
Research 30, 2021): night j tests at alpha_j = alpha gamma_j + R_(j-1) alpha_(j-1), where R is whether the night before
found a gain. The probability of any false finding, over nights without end, is then at most alpha, however the nights
depend on each other: and they do, for they look at the same cases. The gammas sum to 1; these are j^-1.6 / zeta(1.6),
one of the series that the onlineFDR package takes for it (Robertson et al., Bioinformatics 35, 2019): late nights keep
more than of j^-2.
"""

from __future__ import annotations

from collections.abc import Sequence

from scipy.special import zeta

EXPONENT = 1.6


def share(alpha: float, found: Sequence[bool]) -> float:
    """The error that the next look may make, after looks that found a gain or did not, in their order."""
    level = 0.0
    for look in range(1, len(found) + 2):
        handed_on = level if look > 1 and found[look - 2] else 0.0
        level = alpha * weight(look) + handed_on
    return level


def weight(look: int) -> float:
    """The share of alpha that is a look's own; looks count from 1, and all weights sum to 1."""
    return float(look**-EXPONENT / zeta(EXPONENT))
