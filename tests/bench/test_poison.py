"""The labelled cases of poisoning, put through the whole data stage."""

from __future__ import annotations

import pytest

from bench.cases.poison import measure
from bench.score import Score


@pytest.mark.slow
def test_what_is_planted_is_set_aside_and_what_is_ordinary_is_not() -> None:
    scores = measure()
    for kind, score in scores.items():
        assert score.recall is None or score.recall >= 0.99, (kind, score.missed[:10])
    whole = sum(scores.values(), Score())
    assert whole.false_alarms is not None
    assert whole.false_alarms < 0.01
