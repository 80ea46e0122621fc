"""What the data engine promises of duplicates and splits, on the labelled cases."""

from __future__ import annotations

import pytest

from bench.cases import leaks, near
from bench.score import Score


@pytest.mark.slow
@pytest.mark.parametrize("area", [near, leaks], ids=["near", "leaks"])
def test_of_a_hundred_cases_one_may_go_wrong(area: object) -> None:
    scores: dict[str, Score] = area.measure()  # type: ignore[attr-defined]
    whole = sum(scores.values(), Score())
    assert (whole.recall or 0) >= 0.99, whole.missed
    assert whole.false_alarms is not None
    assert whole.false_alarms < 0.01, whole.wrong
    low = {name: one.missed for name, one in scores.items() if one.recall is not None and one.recall < 0.95}
    assert low == {}
