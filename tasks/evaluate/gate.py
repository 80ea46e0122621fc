"""The gate: does the challenger serve from now on? Pure, seeded, and every answer carries its figures.

    decision = decide(evidence, config)
    decision.rule, decision.reason       # "no-gain", "not promoted: formula accuracy 81.2% against 80.0% (…"
    decision.checks                      # every rule as a sentence, and what it found

The rules are in rules.py, in their order; the first that stops the challenger decides, and is named. So a night never
promotes because one figure is good: all must hold.
"""

from __future__ import annotations

from configs.schema import GateConfig
from tasks.artifacts import Check, Decision
from tasks.evaluate.evidence import Evidence
from tasks.evaluate.gain import Gain, measure
from tasks.evaluate.rules import RULES, Findings
from tasks.evaluate.wording import figures

PROMOTED = "promoted"


def decide(evidence: Evidence, config: GateConfig) -> Decision:
    """Promote or not, and why."""
    gain = primary_gain(evidence, config)
    checks = [_check(rule, Findings(evidence, gain, config)) for rule in RULES]
    stopping = next((check for check in checks if not check.passed), None)
    said = figures(gain, config.primary_metric)
    if stopping is None:
        why = f"promoted: {said}"
    elif gain.cases and said not in stopping.found:
        why = f"not promoted: {stopping.found}; {said}"
    else:
        why = f"not promoted: {stopping.found}"
    return Decision(
        promote=stopping is None,
        rule=stopping.rule if stopping else PROMOTED,
        reason="; ".join((why, *evidence.notes, *([evidence.against] if evidence.against else []))),
        checks=tuple(checks),
        look=evidence.look,
        alpha=evidence.alpha,
    )


def primary_gain(evidence: Evidence, config: GateConfig) -> Gain:
    """The primary metric's gain on the frozen test set, with the error that this night may make."""
    return measure(evidence.primary.champion, evidence.primary.challenger, evidence.alpha, config.resamples)


def _check(rule: str, night: Findings) -> Check:
    requires, judge = RULES[rule]
    holds, found = judge(night)
    return Check(
        rule=rule, requires=requires(night.config), found=found, passed=holds is not False, told=holds is not None
    )
