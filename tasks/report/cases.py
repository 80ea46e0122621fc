"""Which cases a person should see: the answers that changed for better or worse, the worst, and the best."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tasks.report.facts import Given, Kind, Shown
from tasks.report.tables import Row

EACH = 5
"""Cases shown of each kind."""

RIGHT, WRONG = 0.999, 0.5
"""Grades from which an answer counts as right, and up to which as wrong: formulas have 1 or 0, tables and texts have
grades between."""

CUT = 600
"""Characters of a question or an answer that are shown."""


def choose(rows: Mapping[str, Mapping[str, Row]], role: str, questions: Mapping[str, str]) -> tuple[Shown, ...]:
    """Cases of every kind, each case once. `role` is what the challenger is compared with."""
    before, after = rows[role], rows["challenger"]
    graded = [one["id"] for one in after.values() if one["grade"] is not None and _grade(before, one["id"]) is not None]
    gains = {id_: after[id_]["grade"] - before[id_]["grade"] for id_ in graded}
    mended = [id_ for id_ in sorted(graded, key=lambda id_: -gains[id_]) if _crossed(before[id_], after[id_])]
    broken = [id_ for id_ in sorted(graded, key=lambda id_: gains[id_]) if _crossed(after[id_], before[id_])]
    changed = {*mended, *broken}
    still = [id_ for id_ in graded if id_ not in changed]
    # The unlikelier the reference was to the model, the more a right answer counts, and the less a wrong one surprises.
    worst = sorted(
        (id_ for id_ in still if after[id_]["grade"] <= WRONG), key=lambda id_: (after[id_]["grade"], _nll(after[id_]))
    )
    best = sorted((id_ for id_ in still if after[id_]["grade"] >= RIGHT), key=lambda id_: -_nll(after[id_]))
    kinds: tuple[tuple[Kind, Iterable[str]], ...] = (
        ("became_wrong", broken),
        ("became_right", mended),
        ("worst", worst),
        ("best", best),
    )
    return tuple(
        _shown(kind, id_, questions, {one: rows[one][id_] for one in (role, "challenger")})
        for kind, ids in kinds
        for id_ in _varied(ids, after)
    )


def _varied(ids: Iterable[str], rows: Mapping[str, Row]) -> Sequence[str]:
    """The first few, no two alike as long as there are others: one function or task type each."""
    firsts: list[str] = []
    others: list[str] = []
    seen = set()
    for id_ in ids:
        like = tuple(rows[id_]["functions"][:1]) or (rows[id_]["task_type"],)
        (others if like in seen else firsts).append(id_)
        seen.add(like)
    return [*firsts, *others][:EACH]


def _crossed(low: Row, high: Row) -> bool:
    """Whether one answer is wrong where the other is right."""
    return bool(low["grade"] <= WRONG and high["grade"] >= RIGHT)


def _grade(rows: Mapping[str, Row], id_: str) -> float | None:
    grade: float | None = rows[id_]["grade"] if id_ in rows else None
    return grade


def _nll(row: Row) -> float:
    """Mean negative log-likelihood of the right answer's tokens, in nats."""
    return float(row["nll"] / row["tokens"]) if row["nll"] is not None and row["tokens"] else 0.0


def _shown(kind: Kind, id_: str, questions: Mapping[str, str], rows: Mapping[str, Row]) -> Shown:
    one = rows["challenger"]
    return Shown(
        kind=kind,
        id=id_,
        task_type=one["task_type"],
        question=_cut(questions.get(id_, "")),
        reference=_cut(one["reference"]),
        answers={
            role: Given(
                text=_cut(row["answer"]),
                grade=row["grade"],
                outcome=row["verdict"],
                reason=row["reason"],
                workbook=row.get("workbook"),
                cell=row.get("cell"),
            )
            for role, row in rows.items()
        },
    )


def _cut(text: str) -> str:
    return text if len(text) <= CUT else f"{text[:CUT]}…"
