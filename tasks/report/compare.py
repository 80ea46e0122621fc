"""Two nights side by side: what their challengers were, and whether one is better on the cases that both answered."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from pydantic import Field

from tasks.bootstrap import Span, paired
from tasks.report.facts import Fact, Facts, Scored


class Row(Fact):
    """One metric of both challengers, over each night's own cases."""

    name: str
    one: float | None
    other: float | None

    @property
    def difference(self) -> float | None:
        return None if self.one is None or self.other is None else self.other - self.one


class Side(Fact):
    """Which night, and what it came to."""

    run_id: str
    name: str
    outcome: str
    reason: str
    challenger: str | None
    dataset: str | None
    cases: int


class Comparison(Fact):
    """The other night against the one. Gains are the other's over the one's, on cases of both, over users."""

    one: Side
    other: Side
    rows: tuple[Row, ...]
    common: int = Field(description="Cases that both answered, with the same id.")
    grade: Span | None = None
    formula_accuracy: Span | None = None
    became_right: tuple[str, ...] = Field((), description="Ids of formula cases.")
    became_wrong: tuple[str, ...] = ()


def compare(one: Facts, other: Facts) -> Comparison:
    """Compare the challengers of two nights."""
    sides = [{case.id: case for case in facts.scored} for facts in (one, other)]
    both = [id_ for id_ in sides[0] if id_ in sides[1]]
    formulas = [id_ for id_ in both if sides[0][id_].right is not None and sides[1][id_].right is not None]
    values = [
        {measure.name: measure.values.get("challenger") for measure in facts.measures if not measure.cases}
        for facts in (one, other)
    ]
    return Comparison(
        one=_side(one),
        other=_side(other),
        rows=tuple(
            Row(name=name, one=values[0].get(name), other=values[1].get(name)) for name in values[0] | values[1]
        ),
        common=len(both),
        grade=_gain(sides[0], sides[1], both, "grade"),
        formula_accuracy=_gain(sides[0], sides[1], formulas, "right"),
        became_right=tuple(id_ for id_ in formulas if sides[1][id_].right and not sides[0][id_].right),
        became_wrong=tuple(id_ for id_ in formulas if sides[0][id_].right and not sides[1][id_].right),
    )


def _side(facts: Facts) -> Side:
    return Side(
        run_id=facts.run_id,
        name=facts.name,
        outcome=facts.outcome,
        reason=facts.reason,
        challenger=facts.models.get("challenger"),
        dataset=next((made.sha256[:12] for made in facts.lineage if made.step == "dataset"), None),
        cases=facts.cases,
    )


def _gain(one: Mapping[str, Scored], other: Mapping[str, Scored], ids: list[str], field: str) -> Span | None:
    sides = [np.array([[float(getattr(side[id_], field)), 1.0] for id_ in ids]).reshape(-1, 2) for side in (one, other)]
    return paired(sides[0], sides[1], [one[id_].user for id_ in ids])
