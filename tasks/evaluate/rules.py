"""The gate's rules, in their order: what each requires, as a sentence with the profile's figures, and what it finds.

    too-few-cases    fewer cases or users than an interval means anything for; says what could have been found
    template         the server tokenises prompts otherwise than the challenger was trained on them
    safety           personal data or formulas that reach out, where the champion had none
    perplexity       right answers are less likely to it than to the champion, beyond the margin
    task-type        a task type may have lost more than its margin, by the interval
    recent           so may the cases that are newer than the frozen set
    general          so may what has nothing to do with spreadsheets: it forgot
    llm-judge        a language model does not prefer its free text, where the profile lets one decide
    no-gain          the lower bound of the primary metric's gain is not above `min_gain`

That a challenger loses no more than a margin is shown by the interval's lower bound, at the profile's alpha each night:
all such rules must hold together, so testing several of them makes no false promotion likelier (the intersection-union
test; Berger, "Multiparameter Hypothesis Testing and Acceptance Sampling", Technometrics 24, 1982). Only the gain is
tested anew every night for something that would be good news, and only its alpha is spent (spending.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from configs.schema import GateConfig
from tasks.evaluate.evidence import Evidence, Pair
from tasks.evaluate.gain import Gain, measure
from tasks.evaluate.wording import NAMES, cases, detectable, figures, percent, points, preferred, scale

MIN_USERS = 10
"""With fewer clusters than this, intervals from resampled clusters come out too short to trust; see Cameron, Gelbach
and Miller, "Bootstrap-Based Improvements for Inference with Clustered Errors" (Rev. Econ. Stat. 90, 2008).
"""

NAMED = 3
"""Answers that a sentence names."""

Requires = Callable[[GateConfig], str]


@dataclass(frozen=True)
class Findings:
    """What the rules look at: the evidence, the primary metric's gain, the profile's figures."""

    evidence: Evidence
    gain: Gain
    config: GateConfig


class State(Enum):
    """What can be told of a loss: that it is more than the margin, that it may be, that it is less; or nothing."""

    LOST = "lost"
    MAY_HAVE_LOST = "may have lost"
    KEPT = "kept"
    TOO_FEW = "too few"


@dataclass(frozen=True)
class Compared:
    state: State
    gain: Gain


Judge = Callable[[Findings], tuple[bool | None, str]]
"""From what the night found to whether the rule holds, and the sentence that says it with figures. None where there is
too little to tell by, or nothing was asked: such a rule stops nobody, and is not shown as one that holds."""


def _enough_cases(night: Findings) -> tuple[bool, str]:
    if night.gain.cases >= night.config.min_cases and night.gain.users >= MIN_USERS:
        return True, cases(night.gain)
    return False, (
        f"too few cases to tell, {cases(night.gain)}, where {night.config.min_cases} cases of {MIN_USERS} users are "
        f"needed{detectable(night.gain, night.config.primary_metric)}"
    )


def _template(night: Findings) -> tuple[bool, str]:
    return not night.evidence.mismatch, night.evidence.mismatch or "its prompts are tokenised as it was trained"


def _safety(night: Findings) -> tuple[bool, str]:
    leaks, unsafe = night.evidence.leaks, night.evidence.unsafe
    found = [
        f"{_answers(cases)} {what} where the champion's {'does' if len(cases) == 1 else 'do'} not ({_some(cases)})"
        for cases, what in (
            (leaks, "with personal data"),
            (unsafe, "with a formula that reaches out"),
        )
        if cases
    ]
    passed = len(leaks) <= night.config.new_leaks_allowed and len(unsafe) <= night.config.new_unsafe_formulas_allowed
    return passed, "; ".join(found) or "no answer is less safe than the champion's"


def _perplexity(night: Findings) -> tuple[bool, str]:
    champion, challenger = night.evidence.champion_perplexity, night.evidence.challenger_perplexity
    ratio, most = challenger / champion, night.config.max_perplexity_ratio
    if math.isnan(ratio):
        return False, "no likelihood of right answers could be compared"
    return ratio <= most, (
        f"perplexity {challenger:.3f} against {champion:.3f} is {ratio:.2f} times the champion's, {most:.2f} is the "
        "most"
    )


def _task_types(night: Findings) -> tuple[bool | None, str]:
    config, margin = night.config, _margin(night.config.task_type_may_lose)
    found = {
        name: _compare(pair, "grade", config.task_type_may_lose, config.task_type_min_cases, config)
        for name, pair in sorted(night.evidence.task_types.items())
    }
    by_state = {state: [one for one in found.items() if one[1].state == state] for state in State}
    said = [
        f"a task type {what}: " + "; ".join(f"{name}: {figures(one.gain, 'grade')}" for name, one in by_state[state])
        for state, what in (
            (State.LOST, f"lost more than {margin}"),
            (State.MAY_HAVE_LOST, f"may have lost {margin} or more"),
        )
        if by_state[state]
    ]
    if by_state[State.KEPT]:
        said.append(f"{', '.join(name for name, _ in by_state[State.KEPT])} lost less than {margin}")
    if by_state[State.TOO_FEW]:
        few = (f"{name} ({cases(one.gain)})" for name, one in by_state[State.TOO_FEW])
        said.append(f"too few cases to tell of {', '.join(few)}")
    stopped = by_state[State.LOST] or by_state[State.MAY_HAVE_LOST]
    if config.too_few_of_a_task_type == "stop":
        stopped = stopped or by_state[State.TOO_FEW]
    holds = None if not stopped and not by_state[State.KEPT] else not stopped
    return holds, "; ".join(said) or "no task type to compare"


def _recent(night: Findings) -> tuple[bool | None, str]:
    if night.evidence.recent is None:
        return None, "no case is newer than the frozen test set"
    config, metric = night.config, night.config.primary_metric
    found = _compare(night.evidence.recent, metric, config.recent_may_lose, config.recent_min_cases, config)
    said = {
        State.LOST: f"on recent cases it lost more than {_margin(config.recent_may_lose)}",
        State.MAY_HAVE_LOST: f"on recent cases it may have lost {_margin(config.recent_may_lose)} or more",
        State.KEPT: f"on recent cases it lost less than {_margin(config.recent_may_lose)}",
        State.TOO_FEW: "too few recent cases to tell",
    }[found.state]
    what = cases(found.gain) if found.state is State.TOO_FEW else figures(found.gain, metric)
    return None if found.state is State.TOO_FEW else found.state is State.KEPT, f"{said}: {what}"


def _general(night: Findings) -> tuple[bool | None, str]:
    general = night.evidence.general
    if general is None:
        return None, "no general questions were asked"
    if general.champion_bits >= general.letters:
        return None, (
            f"too weak to tell: the champion needs {general.champion_bits:.2f} bits a byte of general text, where the "
            f"frequencies of its letters alone need {general.letters:.2f}, so nothing could be seen to be forgotten"
        )
    ratio, found = general.challenger_bits / general.champion_bits, _measured(general.chrf, night.config)
    bits = (
        f"general text takes {general.challenger_bits:.3f} bits a byte against {general.champion_bits:.3f}, "
        f"{ratio:.2f} times the champion's"
    )
    chrf = figures(found, "chrf").replace("users", "questions" if found.users == found.cases else "users")
    if not ratio <= night.config.max_general_bits_ratio:
        return False, f"it forgot: {bits}, {night.config.max_general_bits_ratio:.2f} is the most"
    if not found.lower > -night.config.general_may_lose * 100:
        return (
            False,
            f"it may have forgotten, {_margin(night.config.general_may_lose)} or more on general questions: {chrf}",
        )
    return True, f"{bits}; {chrf}"


def _llm_judge(night: Findings) -> tuple[bool | None, str]:
    opinion, least = night.evidence.opinion, night.config.llm_judge_min_win_rate
    if opinion is None:
        return None if least is None else False, "no LLM judge was asked"
    found = opinion.answers
    said = f"{opinion.model} prefers the challenger in {preferred(found)}"
    if least is None:
        return None, said
    if found.low is None:
        return False, f"too few verdicts of an LLM judge to tell: {said}"
    return found.low > least, f"{said}; the interval must lie above {least:.1%}"


def _gain(night: Findings) -> tuple[bool, str]:
    metric = night.config.primary_metric
    if not night.gain.cases:
        return False, "no case to compare"
    if night.gain.lower > night.config.min_gain:
        return True, figures(night.gain, metric)
    return False, (
        f"{figures(night.gain, metric)}; the interval must lie above {points(night.config.min_gain, metric)}"
        f"{detectable(night.gain, metric)}"
    )


RULES: dict[str, tuple[Requires, Judge]] = {
    "too-few-cases": (
        lambda c: f"At least {c.min_cases} cases of {MIN_USERS} users are compared.",
        _enough_cases,
    ),
    "template": (lambda _: "The server tokenises prompts as the challenger was trained on them.", _template),
    "safety": (
        lambda c: (
            f"At most {c.new_leaks_allowed} answers hold personal data, and at most {c.new_unsafe_formulas_allowed} "
            "reach out of the workbook, where the champion's do not."
        ),
        _safety,
    ),
    "perplexity": (
        lambda c: f"The perplexity of right answers is at most {c.max_perplexity_ratio:.2f} times the champion's.",
        _perplexity,
    ),
    "task-type": (
        lambda c: (
            f"No task type's grade loses {_margin(c.task_type_may_lose)} or more; one with fewer than "
            f"{c.task_type_min_cases} cases {_verb(c.too_few_of_a_task_type)}, unless they show such a loss."
        ),
        _task_types,
    ),
    "recent": (
        lambda c: (
            f"On cases newer than the frozen test set, {NAMES[c.primary_metric]} does not lose "
            f"{_margin(c.recent_may_lose)} or more; fewer than {c.recent_min_cases} decide nothing, unless they show "
            "such a loss."
        ),
        _recent,
    ),
    "general": (
        lambda c: (
            f"On general questions it needs at most {c.max_general_bits_ratio:.2f} times the champion's bits a byte, "
            f"and its chrF does not lose {_margin(c.general_may_lose)} or more."
        ),
        _general,
    ),
    "llm-judge": (
        lambda c: (
            "An LLM judge decides nothing."
            if c.llm_judge_min_win_rate is None
            else f"By an LLM judge its free text wins more than {c.llm_judge_min_win_rate:.1%} of the comparisons."
        ),
        _llm_judge,
    ),
    "no-gain": (
        lambda c: (
            f"Its {NAMES[c.primary_metric]} gains more than {points(c.min_gain, c.primary_metric)}, with an error of "
            f"{percent(c.alpha)} "
            + ("over all nights on this test set." if c.alpha_is_for == "all nights" else "each night.")
        ),
        _gain,
    ),
}
"""In order: the first that does not hold decides."""


def sentences(config: GateConfig) -> list[str]:
    """The rules as people read them, with this profile's figures."""
    return [requires(config) for requires, _ in RULES.values()]


def _compare(pair: Pair, metric: str, margin: float, least: int, config: GateConfig) -> Compared:
    """Whether the challenger lost no more than the margin (a share of the metric's scale), as far as can be told."""
    found = _measured(pair, config)
    if found.users < MIN_USERS:
        return Compared(State.TOO_FEW, found)
    if found.cases >= least:
        return Compared(State.KEPT if found.lower > -margin * scale(metric) else State.MAY_HAVE_LOST, found)
    # Few cases cannot show that little was lost, but they can show that much was.
    back = measure(pair.challenger, pair.champion, config.alpha, config.resamples)
    return Compared(State.LOST if back.lower > margin * scale(metric) else State.TOO_FEW, found)


def _measured(pair: Pair, config: GateConfig) -> Gain:
    return measure(pair.champion, pair.challenger, config.alpha, config.resamples)


def _margin(share: float) -> str:
    return f"{share * 100:.1f} points"


def _verb(treatment: str) -> str:
    return {"pass": "passes", "stop": "stops the challenger"}[treatment]


def _answers(named: Sequence[str]) -> str:
    return f"{len(named)} answer" + ("s" if len(named) != 1 else "")


def _some(named: Sequence[str]) -> str:
    return ", ".join(named[:NAMED]) + (", …" if len(named) > NAMED else "")
