"""Put all cases through the data stage at once, and score them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from string import ascii_lowercase
from typing import Any

from bench import planted
from bench.cases.privacy import made, tables
from bench.cases.privacy.fill import INNOCENT, PLANTED, written
from bench.cases.privacy.judge import Case, judge, spare, unmarked
from bench.planted import Outcome
from bench.score import Score

FILTERING: dict[str, Any] = {
    "near_duplicates": {"enabled": False},
    "execute_formulas": False,
    "poison": {"quarantine": False, "max_per_user": None},
}
CONVERTING: dict[str, Any] = {"decontaminate": ()}
"""Rules of other areas, which would drop cases that resemble each other."""


def measure() -> dict[str, Score]:
    """A score a kind; `surroundings` counts planted cases whose other text changed, `consistency` records with two
    values or more, `numeric_tables` cells, `plain_text` innocent cases."""
    planted_cases = [*made.cases(), *(case for name in PLANTED for case in written(name))]
    innocent = [case for name in INNOCENT for case in written(name)]
    numeric = list(tables.tables())
    sheets = [Case("이 표를 정리해줘", input=table.text, what="numeric table") for table in numeric]
    outcomes = iter(run([*planted_cases, *innocent, *sheets]))
    scores: dict[str, Score] = defaultdict(Score)
    for case, outcome in zip(planted_cases, outcomes, strict=False):
        judge(case, outcome, scores)
    for case, outcome in zip(innocent, outcomes, strict=False):
        spare(case, outcome, scores["plain_text"])
    scores["numeric_tables"] = _cells(zip(numeric, outcomes, strict=True))
    return dict(sorted(scores.items()))


def run(cases: Iterable[Case]) -> list[Outcome]:
    """What the data stage makes of each case. Raises RuntimeError where another rule dropped one: a case that the engine
    never saw says nothing."""
    cases = list(cases)
    rows = [
        planted.row(
            number,
            instruction=unmarked(case.instruction) + _ending(number),
            input=unmarked(case.input),
            output=unmarked(case.output),
            edited_output=None if case.edited is None else unmarked(case.edited),
        )
        for number, case in enumerate(cases)
    ]
    found = planted.run(rows, filtering=FILTERING, converting=CONVERTING)
    outcomes = []
    for number, case in enumerate(cases):
        outcome = found[f"r{number:05d}"]
        if outcome.fate == planted.DROPPED:
            raise RuntimeError(f"a rule dropped the case {case.what!r}: {case}; change the case or switch off the rule")
        outcomes.append(
            Outcome(outcome.fate, outcome.instruction.removesuffix(_ending(number)), outcome.input, outcome.output)
        )
    return outcomes


def _ending(number: int) -> str:
    """What tells equal prompts apart: a line of its own under the question."""
    letters = "".join(ascii_lowercase[number // 26**place % 26] for place in range(4))
    return f"\n\n첨부: {letters}.xlsx"


def _cells(pairs: Iterable[tuple[tables.Table, Outcome]]) -> Score:
    score = Score()
    for table, outcome in pairs:
        wrong = tables.changed(table, outcome.input)
        score.innocent += table.cells
        score.flagged += len(wrong)
        head = "/".join(table.rows[0])
        score.wrong += [f"{cell} -> {after} under {head}" for cell, after in wrong]
    return score
