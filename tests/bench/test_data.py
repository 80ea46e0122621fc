"""The comparison's arithmetic, on figures that were not measured."""

from __future__ import annotations

from typing import Any

import pytest

from bench import data

COST: dict[str, Any] = {"seconds": 10.0, "kept": 1_000, "peak_mib": 100}


def result(**kept: int) -> dict[str, Any]:
    sides = {side: COST | {"kept": count} for side, count in kept.items()}
    return {"export_s": 5.0, "same_rules": sides, "without_dedup": {}}


def test_a_rival_pays_for_the_export_and_is_held_against_our_runs_around_it() -> None:
    sides = {"ours": COST, "datasets": COST | {"seconds": 35.0, "ours_s": [8.0, 12.0]}}
    assert data.ratios({"export_s": 5.0, "same_rules": sides}, "same_rules") == {"datasets": 4.0}


def test_without_ours_there_is_no_ratio() -> None:
    assert data.ratios({"export_s": 5.0, "same_rules": {"datasets": COST}}, "same_rules") == {}


@pytest.mark.parametrize(("rival", "agree"), [(1_040, True), (1_060, False), (940, False)])
def test_sides_that_keep_other_rows_are_no_comparison(rival: int, agree: bool) -> None:
    assert data.kept(result(ours=1_000, datasets=rival))["same_rules"]["agree"] is agree


def test_the_whole_reaches_what_the_machine_could() -> None:
    ours = {"seconds": 20.0, "stages": {"extract": 4.0, "convert": 8.0}}
    ceilings = {"stream_to_null_s": 1.0, "parquet_s": 1.0, "orjson_s": 3.0, "copy_to_null_s": 0.5}
    assert data.reached({"ours": ours, "ceilings": ceilings}) == {"extract": 0.5, "convert": 0.5, "whole": 0.25}


def test_a_summary_names_every_side() -> None:
    shown = data.summary(
        result(ours=1_000, datasets=990) | {"rows": 2_000, "ratios": {"datasets": 4.2}, "machine": {"load_before": 0.1}}
    )
    assert "ours 10.0 s" in shown
    assert "datasets 10.0 s, 100 MiB, 990 kept, 4.2 times ours with 5.0 s of export" in shown
