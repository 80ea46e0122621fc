"""The bench of the judge: its cases are what they say, and a judge that knows nothing fails it."""

from __future__ import annotations

from bench.cases.judge_formulas import FAMILIES
from bench.judge import Pair, is_proven, summary, written_pairs
from tasks.judge.engine import IronCalc
from tasks.judge.judge import Verdict
from tasks.judge.parser import parse


def test_every_formula_of_the_cases_is_well_formed() -> None:
    assert len(list(written_pairs())) > 700
    for family in FAMILIES:
        for formula in (family.reference, *family.equal, *family.wrong):
            parse(formula)


def test_a_mutant_counts_only_when_a_workbook_proves_it() -> None:
    engine = IronCalc()
    assert is_proven(engine, "=SUM(A2:A9)", "=SUM(A2:A8)")
    assert not is_proven(engine, "=SUM(A2:A9)", "=SUM(A9:A2)")


def test_a_judge_that_says_always_the_same_scores_nothing() -> None:
    pairs = [Pair("SUM", "=A1", "=A1+0", False), Pair("SUM", "=A1", "=A2", True)]
    never = summary(pairs, [Verdict("equal", "")] * 2)
    always = summary(pairs, [Verdict("different", "")] * 2)
    assert (never["mutation score"], never["false alarm rate"]) == (0.0, 0.0)
    assert (always["mutation score"], always["false alarm rate"]) == (1.0, 1.0)
    assert always["by function"]["SUM"]["false alarms"] == 1
