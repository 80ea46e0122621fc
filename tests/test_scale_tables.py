"""How docs/scale.md reckons a night from measured lines, on lines that can be reckoned in the head."""

from __future__ import annotations

from typing import Any

import pytest

from docs.scale_tables import EPOCHS, TOKENS_PER_S, Night, nights


def line(slope: float, fixed: float = 0.0) -> dict[str, float]:
    return {"slope": slope, "fixed": fixed, "worst": 0.0}


@pytest.fixture
def result() -> dict[str, Any]:
    """1,000 rows of which half train, 100 tokens each; two cores; a millisecond a row for each part of the stage."""
    stages = {
        f"{night}.{part}_s": line(1e-3) for night in ("first", "next") for part in ("extract", "filter", "convert")
    }
    more = {"store_bytes": line(1_000), "peak_mib": line(0.001, 100)}
    runs = [
        {"times": times, "rows": 1_000 * times, "first": {"store_bytes": 0}, "next": {"store_bytes": added}}
        for times, added in ((1, 100), (10, 1_900))
    ]
    return {
        "demo_rows": 1_000,
        "machine": {"cores": 2},
        "data": {"runs": runs, "lines": stages | more},
        "train": {"rows": 500, "tokens_a_row": 100.0, "line": line(1e-5, 20)},
        "evaluate": {"server_start_s": 30.0, "lines": {"ask_s": line(0.1), "judge_s": line(0.01, 1)}},
    }


def test_the_data_stage_uses_every_core_but_for_the_extraction(result: dict[str, Any]) -> None:
    night = Night(result, 10)
    assert night.whole_s == night.night_s == pytest.approx(10 + (10 + 10) / 2)
    assert night.memory == pytest.approx(110 * 2**20)


def test_training_grows_with_tokens_and_takes_more_gpus_than_one_when_a_night_is_too_short(
    result: dict[str, Any],
) -> None:
    one, many = Night(result, 1), Night(result, 10_000)
    assert one.tokens == 500 * 100 * EPOCHS
    assert one.gpu_s == pytest.approx(one.tokens / TOKENS_PER_S)
    assert (one.gpus, one.profile) == (1, "`exhell`")
    assert many.gpu_s == pytest.approx(150_000)
    assert (many.gpus, many.profile) == (7, "`exhell-gpus`")  # 41.7 hours, 6 a night
    assert Night(result, 100_000).profile == "`exhell-nodes`"


def test_the_price_is_of_the_gpus_hours(result: dict[str, Any]) -> None:
    # 15 s a night are 0.125 hours a month, of 730; a month of a GPU is 500.
    assert Night(result, 1).price == "0.09 USD"


def test_the_evaluation_stops_growing_and_the_longest_part_is_named(result: dict[str, Any]) -> None:
    night, far = Night(result, 1), Night(result, 10_000)
    assert night.evaluate_s == pytest.approx(30 + 3 * 0.1 * (50 + 80) + 0.01 * (50 + 80) + 1)
    assert far.evaluate_s == pytest.approx(30 + 3 * 0.1 * (700 + 80) + 0.01 * (700 + 80) + 1)
    assert (night.bottleneck, far.bottleneck) == ("evaluation", "training")


def test_what_a_night_adds_to_the_store_is_drawn_on_from_the_largest_table(result: dict[str, Any]) -> None:
    assert [round(Night(result, times).store_night) for times in (1, 10, 100)] == [100, 1_900, 19_000]


def test_what_was_not_measured_is_marked(result: dict[str, Any]) -> None:
    rows = next(row for row in nights(result).splitlines() if row.startswith("| rows"))
    assert rows == "| rows in the app's table | 1,000 | 10,000 | 100,000 * | 1,000,000 * |"
