"""The gate's rules, and that its error is what it claims."""

from __future__ import annotations

import numpy as np
import pytest

from configs.schema import GateConfig
from tasks.evaluate.gate import Scores, decide, measure

NIGHTS = 400
CONFIG = GateConfig(resamples=500)


def scores(values: np.ndarray, users: np.ndarray, perplexity: float = 2.0) -> Scores:
    ids = [f"c{number}" for number in range(len(values))]
    return Scores(
        values=dict(zip(ids, map(float, values), strict=True)),
        users=dict(zip(ids, map(str, users), strict=True)),
        perplexity=perplexity,
    )


def night(dice: np.random.Generator, gain: float, users: int = 40, each: int = 8) -> tuple[Scores, Scores]:
    """Two models on clustered cases: what users ask differs in how the two models fare, by half as much as cases do."""
    taste = np.repeat(dice.normal(0, 0.5, users), each)
    user = np.repeat(np.arange(users), each)
    hard = dice.random(users * each)
    before = (hard < 0.5).astype(float)
    after = (hard < np.clip(0.5 + gain + 0.4 * taste + dice.normal(0, 0.1, hard.size), 0, 1)).astype(float)
    return scores(before, user), scores(after, user)


def share_promoted(gain: float, seed: int, **shape: int) -> float:
    dice = np.random.default_rng(seed)
    return float(np.mean([decide(*night(dice, gain, **shape), CONFIG).promote for _ in range(NIGHTS)]))


@pytest.mark.slow
@pytest.mark.parametrize(("users", "each"), [(40, 8), (15, 12), (100, 3)])
def test_promotes_falsely_no_more_often_than_it_says(users: int, each: int) -> None:
    # Two standard errors of 400 nights at 5% are 2.2 points.
    assert share_promoted(0.0, seed=1, users=users, each=each) <= 0.05 + 0.022


@pytest.mark.slow
def test_the_simulation_would_catch_a_gate_that_forgets_the_users() -> None:
    """Every case a user of its own: the interval is too short, and the rate shows it."""
    dice, promoted = np.random.default_rng(2), 0
    for _ in range(NIGHTS):
        before, after = night(dice, 0.0, users=15, each=8)
        alone = {case: case for case in before.users}
        promoted += decide(Scores(before.values, alone, 2.0), Scores(after.values, alone, 2.0), CONFIG).promote
    assert promoted / NIGHTS > 0.10


@pytest.mark.slow
def test_finds_the_effect_that_it_calls_detectable_about_as_often_as_it_says() -> None:
    dice = np.random.default_rng(3)
    detectable = float(np.mean([measure(*night(dice, 0.0), CONFIG).detectable for _ in range(20)]))
    assert 0.65 <= share_promoted(detectable, seed=4) <= 0.95


def big_win() -> tuple[Scores, Scores]:
    users = np.arange(213) % 31
    before = (np.arange(213) % 4 == 0).astype(float)
    after = (np.arange(213) % 5 != 0).astype(float)
    return scores(before, users, 3.0), scores(after, users, 2.0)


def test_a_win_is_promoted_with_its_figures() -> None:
    decision = decide(*big_win(), GateConfig())
    assert (decision.promote, decision.rule) == (True, "promoted")
    assert decision.reason.startswith(
        "promoted: formula accuracy 79.8% against 25.4% (+54.5 points, 95% interval from +"
    )
    assert decision.reason.endswith("213 cases of 31 users)")


def test_the_first_night_says_what_it_was_compared_with() -> None:
    assert decide(*big_win(), GateConfig(), against="first night").reason.endswith("users); first night")


def test_a_tie_is_no_gain() -> None:
    before, _ = big_win()
    decision = decide(before, before, GateConfig())
    assert (decision.promote, decision.rule) == (False, "no-gain")
    assert "+0.0 points" in decision.reason


def test_a_gain_below_the_wanted_one_is_no_gain() -> None:
    decision = decide(*big_win(), GateConfig(min_gain=0.6))
    assert decision.rule == "no-gain"
    assert "the interval must lie above +60.0 points" in decision.reason
    assert "would be found 80% of the time" in decision.reason


@pytest.mark.parametrize("perplexity", [3.4, float("nan"), float("inf")])
def test_a_worse_perplexity_stops_a_win(perplexity: float) -> None:
    before, after = big_win()
    decision = decide(before, Scores(after.values, after.users, perplexity), GateConfig())
    assert (decision.promote, decision.rule) == (False, "perplexity")


def test_too_few_cases_is_an_answer_and_names_what_could_be_found() -> None:
    dice = np.random.default_rng(5)
    decision = decide(*night(dice, 0.5, users=12, each=3), GateConfig())
    assert (decision.promote, decision.rule) == (False, "too-few-cases")
    assert "36 cases of 12 users, where 50 cases of 10 users are needed" in decision.reason
    assert "or more would be found 80% of the time" in decision.reason


@pytest.mark.parametrize("users", [1, 3])
def test_many_cases_of_few_users_are_too_few(users: int) -> None:
    values = np.zeros(200)
    decision = decide(scores(values, np.arange(200) % users), scores(values + 1, np.arange(200) % users), GateConfig())
    assert decision.rule == "too-few-cases"


def test_no_common_case_is_too_few() -> None:
    empty = Scores({}, {}, 2.0)
    assert decide(empty, empty, GateConfig()).rule == "too-few-cases"


def test_the_same_answers_give_the_same_decision() -> None:
    dice = np.random.default_rng(6)
    before, after = night(dice, 0.05)
    assert decide(before, after, CONFIG) == decide(before, after, CONFIG)


def test_sentence_scores_are_shown_on_their_own_scale() -> None:
    users = np.arange(100) % 25
    decision = decide(
        scores(np.full(100, 40.0), users),
        scores(np.full(100, 52.5), users),
        GateConfig(primary_metric="chrf"),
    )
    assert decision.reason.startswith("promoted: chrF 52.5 against 40.0 (+12.5 points")
