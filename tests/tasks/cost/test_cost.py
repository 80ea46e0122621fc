"""What a month costs: the guide's figure, and what its simple division leaves out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from configs.schema import HOURS_OF_MONTH, CostConfig
from tasks.cost.model import Bill, crossings, needed, reckon, unit_tokens
from tasks.cost.plots import by_volume, million, sensitivity


def bill(correct: float | None = None, **settings: Any) -> Bill:
    found = reckon(CostConfig.model_validate({"gpu_month": 500, "api_prompt_per_1k": 0.03} | settings), correct)
    assert found is not None
    return found


def test_500_a_month_against_3_cents_breaks_even_at_16_7_million_tokens() -> None:
    """The guide's 17,000 are thousands of tokens."""
    found = bill().break_even
    assert found == pytest.approx(16_666_667, abs=1)
    assert round(found / 1000 / 1000) == 17


def test_without_a_price_there_is_no_bill() -> None:
    assert reckon(CostConfig()) is None
    assert reckon(CostConfig(gpu_month=500)) is None
    assert reckon(CostConfig(api_prompt_per_1k=0.03)) is None


def test_at_the_break_even_both_cost_the_same_and_beyond_it_ours_is_cheaper() -> None:
    at = bill().break_even
    assert at is not None
    same = bill(tokens_month=at)
    assert same.ours_month == pytest.approx(same.api_month)
    assert bill(tokens_month=at * 1.1).cheaper == "ours"
    assert bill(tokens_month=at * 0.9).cheaper == "api"


def test_idle_and_training_hours_are_paid_for() -> None:
    """At 2% of what the GPU could serve a token costs fifty times what it would at full load."""
    found = bill(tokens_month=2.6e6, tokens_per_s=50, training_hours=30)
    assert found.serving_share == pytest.approx(2.6e6 / 50 / 3600 / HOURS_OF_MONTH)
    assert found.training_share == pytest.approx(30 / HOURS_OF_MONTH)
    assert (found.serving_share or 0) + found.training_share + (found.idle_share or 0) == pytest.approx(1)
    assert found.ours_month == 500
    assert found.ours_per_1k == pytest.approx(500 / 2600)
    assert found.capacity == pytest.approx(50 * 3600 * (HOURS_OF_MONTH - 30))


def test_training_takes_from_what_can_be_served() -> None:
    full = bill(tokens_per_s=10, training_hours=0).capacity
    half = bill(tokens_per_s=10, training_hours=HOURS_OF_MONTH / 2).capacity
    assert full is not None
    assert half == pytest.approx(full / 2)
    with pytest.raises(ValidationError, match="no hour of a month to serve in"):
        CostConfig(training_hours=HOURS_OF_MONTH)


def test_more_tokens_than_a_gpu_serves_need_another() -> None:
    found = bill(tokens_month=60e6, tokens_per_s=10, training_hours=0)
    assert found.capacity == pytest.approx(26.28e6)
    assert found.gpus == 3
    assert found.ours_month == 1500


def test_a_gpu_that_serves_too_few_tokens_never_pays() -> None:
    found = bill(tokens_per_s=5, training_hours=0)
    assert found.break_even is None
    assert found.always_from is None


def test_crossings_are_where_brute_force_finds_them() -> None:
    """Against the definition: D tokens are cheaper on GPUs where ceil(D / C) of them cost less than the API."""
    dice = np.random.default_rng(4)
    for _ in range(200):
        unit = dice.uniform(1, 10)
        size = unit * dice.uniform(0.8, 3)
        gpus = int(dice.integers(1, 4))
        tokens = np.linspace(0.01, 60 * unit, 60_001)
        pays = np.maximum(gpus, np.ceil(tokens / size)) * unit < tokens
        first, always = crossings(unit, size, gpus)
        step = tokens[1] - tokens[0]
        if first is None or always is None:
            assert not pays.any()
            continue
        if first < tokens[-1] - step:
            assert tokens[pays.argmax()] == pytest.approx(first, abs=2 * step)
        if always < tokens[-1] * 0.9:
            assert pays[tokens > always + 2 * step].all()
            assert not pays[tokens < always - 2 * step].all()


def test_a_correct_answer_costs_more_than_an_answer() -> None:
    found = bill(0.8, tokens_month=30e6, api_correct=0.9, prompt_tokens=300, answer_tokens=100)
    assert found.ours_per_answer == pytest.approx(500 / (30e6 / 400))
    assert found.ours_per_correct == pytest.approx((found.ours_per_answer or 0) / 0.8)
    assert found.api_per_answer == pytest.approx(0.012)
    assert found.api_per_correct == pytest.approx(0.012 / 0.9)


def test_no_right_answer_has_no_price_in_place_of_an_infinite_one() -> None:
    assert bill(0.0, tokens_month=30e6).ours_per_correct is None


def test_prompt_and_answer_prices_are_mixed_as_requests_mix_them() -> None:
    found = bill(api_answer_per_1k=0.06, prompt_tokens=300, answer_tokens=100)
    assert found.api_per_1k == pytest.approx(0.0375)
    assert found.break_even == pytest.approx(unit_tokens(500, 0.0375))


def test_gpus_that_are_paid_for_count_although_fewer_would_do() -> None:
    config = CostConfig(gpu_month=500, api_prompt_per_1k=0.03, gpus=3, tokens_per_s=100)
    assert needed(config, 1000) == 3
    found = reckon(config)
    assert found is not None
    assert found.break_even == pytest.approx(50e6)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"tokens_month": 30e6, "tokens_per_s": 10},
        {"tokens_per_s": 5},
        {"gpu_month": 0.01, "api_prompt_per_1k": 900},
    ],
)
def test_plots_are_drawn_whatever_the_prices(settings: dict[str, Any]) -> None:
    found = bill(**settings)
    assert "var(--challenger)" in by_volume(found)
    assert ("break-even" in by_volume(found)) == (found.break_even is not None)
    assert "GPT-4" in sensitivity(found)


def test_numbers_of_tokens_are_short() -> None:
    assert [million(value) for value in (0, 999, 16_666_667, 2.5e9)] == ["0", "999", "16.7M", "2.5B"]


@pytest.mark.parametrize("settings", [{"gpu_month": 0}, {"api_prompt_per_1k": -1}, {"gpu_month": float("inf")}])
def test_prices_are_above_zero_and_finite(settings: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        CostConfig.model_validate(settings)
