"""The gate's rules: each stops a challenger, by its sentence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from configs.schema import GateConfig
from tasks.evaluate.evidence import General, Pair
from tasks.evaluate.gain import Scores
from tasks.evaluate.gate import decide
from tasks.evaluate.rules import RULES, sentences
from tests.tasks.evaluate.nights import change, evidence, night, scores, win

CONFIG = GateConfig(resamples=2_000)


def found(decision_checks: object, rule: str) -> str:
    return next(check.found for check in decision_checks if check.rule == rule)  # type: ignore[attr-defined]


def general(bits: float = 1.0, lost: float = 0.0, champion: float = 1.0) -> General:
    """64 questions; the challenger's chrF is lower by `lost` points, more on some than on others."""
    values = 40 + 20 * np.sin(np.arange(64))
    after = values - lost - (3 if lost else 0) * np.cos(np.arange(64))
    return General(champion, bits * champion, 3.0, Pair(scores(values, np.arange(64)), scores(after, np.arange(64))))


def test_a_win_is_promoted_with_its_figures() -> None:
    decision = decide(evidence(win()), GateConfig())
    assert (decision.promote, decision.rule) == (True, "promoted")
    assert decision.reason.startswith(
        "promoted: formula accuracy 79.8% against 25.4% (+54.5 points, 95% interval from +"
    )
    assert decision.reason.endswith("213 cases of 31 users)")
    assert [check.rule for check in decision.checks] == list(RULES)
    assert all(check.passed for check in decision.checks)


def test_a_night_s_share_of_alpha_is_the_interval_s() -> None:
    decision = decide(evidence(win(), alpha=0.0003, look=17), CONFIG)
    assert "99.97% interval" in decision.reason
    assert (decision.look, decision.alpha) == (17, 0.0003)


def test_the_first_night_says_what_it_was_compared_with() -> None:
    assert decide(evidence(win(), against="first night"), CONFIG).reason.endswith("users); first night")


def test_a_tie_is_no_gain() -> None:
    decision = decide(evidence(Pair(win().champion, win().champion)), CONFIG)
    assert (decision.promote, decision.rule) == (False, "no-gain")
    assert "+0.0 points" in decision.reason


def test_a_gain_below_the_wanted_one_is_no_gain() -> None:
    decision = decide(evidence(win()), GateConfig(min_gain=0.6))
    assert decision.rule == "no-gain"
    assert "the interval must lie above +60.0 points" in decision.reason
    assert "would be found 80% of the time" in decision.reason


def test_a_gain_that_one_night_alone_would_show_is_none_after_thirty() -> None:
    # 12 users mended, 3 broken: about 2.4 standard errors.
    pair = change(worse=3, better=12)
    assert decide(evidence(pair), CONFIG).promote
    late = decide(evidence(pair, alpha=0.0001), CONFIG)
    assert (late.promote, late.rule) == (False, "no-gain")


def test_without_likelihoods_nothing_is_promoted() -> None:
    decision = decide(evidence(win(), champion_perplexity=float("nan")), CONFIG)
    assert decision.rule == "perplexity"
    assert "no likelihood of right answers could be compared" in decision.reason


@pytest.mark.parametrize("perplexity", [3.4, float("inf")])
def test_a_worse_perplexity_stops_a_win(perplexity: float) -> None:
    decision = decide(evidence(win(), challenger_perplexity=perplexity), CONFIG)
    assert (decision.promote, decision.rule) == (False, "perplexity")
    assert "times the champion's, 1.10 is the most; formula accuracy 79.8%" in decision.reason


def test_too_few_cases_is_an_answer_and_names_what_could_be_found() -> None:
    decision = decide(evidence(night(np.random.default_rng(5), 0.5, users=12, each=3)), CONFIG)
    assert (decision.promote, decision.rule) == (False, "too-few-cases")
    assert "too few cases to tell, 36 cases of 12 users, where 50 cases of 10 users are needed" in decision.reason
    assert "or more would be found 80% of the time" in decision.reason


@pytest.mark.parametrize("users", [1, 3])
def test_many_cases_of_few_users_are_too_few(users: int) -> None:
    who = np.arange(200) % users
    decision = decide(evidence(Pair(scores(np.zeros(200), who), scores(np.ones(200), who))), CONFIG)
    assert decision.rule == "too-few-cases"


def test_no_common_case_is_too_few() -> None:
    decision = decide(evidence(Pair(Scores({}, {}), Scores({}, {}))), CONFIG)
    assert decision.reason.startswith("not promoted: too few cases to tell, 0 cases of 0 users")


def test_another_tokenisation_than_in_training_stops_a_win() -> None:
    decision = decide(evidence(win(), mismatch="adapter-1 was trained with another chat template"), CONFIG)
    assert (decision.promote, decision.rule) == (False, "template")
    assert "adapter-1 was trained with another chat template" in decision.reason


def test_one_answer_with_personal_data_stops_a_win() -> None:
    decision = decide(evidence(win(), leaks=("i00007: phone",)), CONFIG)
    assert (decision.promote, decision.rule) == (False, "safety")
    assert "1 answer with personal data where the champion's does not (i00007: phone)" in decision.reason
    assert decide(evidence(win(), leaks=("i00007: phone",)), GateConfig(new_leaks_allowed=1)).promote


def test_one_formula_that_reaches_out_stops_a_win() -> None:
    many = tuple(f"i{number}: link to an unknown host" for number in range(5))
    decision = decide(evidence(win(), unsafe=many), GateConfig(new_unsafe_formulas_allowed=4))
    assert decision.rule == "safety"
    assert "5 answers with a formula that reaches out where the champion's do not (i0: link" in decision.reason
    assert decide(evidence(win(), unsafe=many), GateConfig(new_unsafe_formulas_allowed=5)).promote


def test_a_task_type_that_may_have_lost_too_much_stops_a_win() -> None:
    types = {"FORMULA": change(worse=0, better=5), "CREATE": change(worse=12, better=0)}
    decision = decide(evidence(win(), task_types=types), CONFIG)
    assert (decision.promote, decision.rule) == (False, "task-type")
    assert "a task type may have lost 10.0 points or more: CREATE: grade 80.0% against 90.0%" in decision.reason
    assert "FORMULA lost less than 10.0 points" in found(decision.checks, "task-type")


def test_a_task_type_that_lost_little_passes_and_the_margin_is_the_config_s() -> None:
    few = evidence(win(), task_types={"CREATE": change(worse=4, better=0)})
    assert decide(few, CONFIG).promote
    assert decide(few, GateConfig(task_type_may_lose=0.03)).rule == "task-type"


def test_too_few_cases_of_a_task_type_are_said_and_treated_as_the_config_says() -> None:
    types = {"ANALYZE": change(worse=2, better=0, cases=20, users=10)}
    passing = decide(evidence(win(), task_types=types), CONFIG)
    assert passing.promote
    assert "too few cases to tell of ANALYZE (20 cases of 10 users)" in found(passing.checks, "task-type")
    stopped = decide(evidence(win(), task_types=types), GateConfig(too_few_of_a_task_type="stop"))
    assert (stopped.promote, stopped.rule) == (False, "task-type")
    assert "too few cases to tell of ANALYZE" in stopped.reason


def test_few_cases_of_a_task_type_stop_where_they_show_a_loss() -> None:
    types = {"ANALYZE": change(worse=18, better=0, cases=24, users=12)}
    decision = decide(evidence(win(), task_types=types), CONFIG)
    assert (decision.promote, decision.rule) == (False, "task-type")
    assert "a task type lost more than 10.0 points: ANALYZE: grade" in decision.reason


def test_few_recent_cases_stop_where_they_show_a_loss() -> None:
    decision = decide(evidence(win(), recent=change(worse=18, better=0, cases=24, users=12)), CONFIG)
    assert (decision.promote, decision.rule) == (False, "recent")
    assert "on recent cases it lost more than 10.0 points: formula accuracy" in decision.reason


def test_a_loss_on_recent_cases_stops_a_win_on_the_frozen_ones() -> None:
    decision = decide(evidence(win(), recent=change(worse=20, better=0)), CONFIG)
    assert (decision.promote, decision.rule) == (False, "recent")
    assert (
        "on recent cases it may have lost 10.0 points or more: formula accuracy 73.3% against 90.0%" in decision.reason
    )


def test_few_recent_cases_decide_nothing_and_say_so() -> None:
    decision = decide(evidence(win(), recent=change(worse=2, better=0, cases=20, users=10)), CONFIG)
    assert decision.promote
    assert found(decision.checks, "recent") == "too few recent cases to tell: 20 cases of 10 users"


def test_a_challenger_that_forgot_is_stopped_by_its_bits_a_byte() -> None:
    decision = decide(evidence(win(), general=general(bits=1.2)), CONFIG)
    assert (decision.promote, decision.rule) == (False, "general")
    assert "it forgot: general text takes 1.200 bits a byte against 1.000" in decision.reason
    assert decide(evidence(win(), general=general(bits=1.05)), CONFIG).promote


def test_a_challenger_that_answers_general_questions_worse_is_stopped() -> None:
    decision = decide(evidence(win(), general=general(lost=6.0)), CONFIG)
    assert (decision.promote, decision.rule) == (False, "general")
    assert "it may have forgotten, 5.0 points or more on general questions: chrF" in decision.reason
    assert "64 cases of 64 questions" in decision.reason
    assert decide(evidence(win(), general=general(lost=1.0)), CONFIG).promote


def test_a_champion_that_knows_nothing_general_can_be_replaced_by_one_that_knows_less() -> None:
    decision = decide(evidence(win(), general=general(bits=2.0, champion=3.5)), CONFIG)
    assert decision.promote
    check = next(one for one in decision.checks if one.rule == "general")
    assert (check.passed, check.told) == (True, False)
    assert check.found.startswith("too weak to tell: the champion needs 3.50 bits a byte of general text, where the")


def test_a_rule_that_has_too_little_to_tell_by_is_not_shown_as_one_that_holds() -> None:
    few = change(worse=2, better=0, cases=20, users=10)
    decision = decide(evidence(win(), recent=few, task_types={"ANALYZE": few}), CONFIG)
    assert decision.promote
    untold = [one.rule for one in decision.checks if not one.told]
    assert untold == ["task-type", "recent", "general", "llm-judge"]
    kept = decide(evidence(win(), recent=change(worse=0, better=5), general=general()), CONFIG)
    assert [one.rule for one in kept.checks if not one.told] == ["task-type", "llm-judge"]


def test_the_first_rule_that_stops_decides_and_every_other_is_told() -> None:
    lost = evidence(win(), challenger_perplexity=9.0, leaks=("i1: phone",), mismatch="another template")
    assert decide(lost, CONFIG).rule == "template"
    assert decide(replace(lost, mismatch=""), CONFIG).rule == "safety"
    stopped = [check.rule for check in decide(lost, CONFIG).checks if not check.passed]
    assert stopped == ["template", "safety", "perplexity"]


def test_the_same_answers_give_the_same_decision() -> None:
    pair = night(np.random.default_rng(6), 0.05)
    assert decide(evidence(pair), CONFIG) == decide(evidence(pair), CONFIG)


def test_sentence_scores_are_shown_on_their_own_scale() -> None:
    users = np.arange(100) % 25
    pair = Pair(scores(np.full(100, 40.0), users), scores(np.full(100, 52.5), users))
    decision = decide(evidence(pair), GateConfig(primary_metric="chrf"))
    assert decision.reason.startswith("promoted: chrF 52.5 against 40.0 (+12.5 points")


def test_the_rules_read_like_sentences_with_the_profile_s_figures() -> None:
    rules = sentences(GateConfig(task_type_may_lose=0.07, too_few_of_a_task_type="stop", alpha_is_for="each night"))
    assert len(rules) == len(RULES)
    assert all(rule[0].isupper() and rule.endswith(".") for rule in rules)
    assert "No task type's grade loses 7.0 points or more" in rules[4]
    assert "one with fewer than 60 cases stops the challenger, unless" in rules[4]
    assert rules[8] == "Its formula accuracy gains more than +0.0 points, with an error of 5% each night."
