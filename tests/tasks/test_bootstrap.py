"""Bootstrap intervals: as wide as the data are uncertain, no wider for cases that hang together."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.bootstrap import of, paired, quantile


def test_intervals_of_clustered_cases_are_wider() -> None:
    """Ten cases of each user that all change together tell no more than one of each."""
    dice = np.random.default_rng(1)
    change = np.repeat(dice.normal(0.1, 1.0, 30), 10)
    before, after = (np.stack([values, np.ones(300)], 1) for values in (np.zeros(300), change))
    clustered = paired(before, after, [str(n // 10) for n in range(300)])
    single = paired(before, after, [str(n) for n in range(300)])
    assert clustered is not None
    assert single is not None
    widths = [(one.high or 0) - (one.low or 0) for one in (clustered, single)]
    assert clustered.value == single.value
    assert widths[0] > 2.5 * widths[1]


def test_one_user_has_no_interval_and_no_case_no_figure() -> None:
    column = np.ones((5, 2))
    alone = paired(column, column * [2, 1], ["u"] * 5)
    assert alone is not None
    assert (alone.value, alone.low, alone.high) == (1.0, None, None)
    assert paired(np.empty((0, 2)), np.empty((0, 2)), []) is None


@pytest.mark.slow
def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    dice = np.random.default_rng(5)
    covered = 0
    for _ in range(100):
        users = [str(n // 4) for n in range(160)]
        change = np.repeat(dice.normal(0.2, 0.5, 40), 4) + dice.normal(0, 0.5, 160)
        sides = [np.stack([values, np.ones(160)], 1) for values in (np.zeros(160), change)]
        span = paired(sides[0], sides[1], users)
        assert span is not None
        covered += (span.low or 0) <= 0.2 <= (span.high or 0)
    assert 0.88 <= covered / 100 <= 1.0


def test_a_quantile_is_numpys_and_its_interval_holds_it() -> None:
    values = np.random.default_rng(2).lognormal(0, 1, 400)
    for share in (0.5, 0.95, 0.99):
        span = quantile(values, share)
        assert span is not None
        assert span.value == pytest.approx(float(np.quantile(values, share)))
        assert span.low is not None
        assert span.low <= span.value <= (span.high or 0)


def test_one_value_has_no_interval_and_none_no_figure() -> None:
    single = quantile([2.0], 0.5)
    assert single is not None
    assert (single.value, single.low) == (2.0, None)
    assert quantile([], 0.5) is None


@pytest.mark.slow
def test_resampling_in_blocks_gives_as_many_resamples() -> None:
    """More values than fit a block at once: the same figure, and an interval of the mean as the theory has it."""
    values = np.random.default_rng(3).normal(10, 2, 10_000)
    span = of(values, lambda rows: rows.mean(axis=1))
    assert span is not None
    assert span.value == pytest.approx(float(values.mean()))
    assert (span.high or 0) - (span.low or 0) == pytest.approx(2 * 1.96 * 2 / np.sqrt(10_000), rel=0.1)
