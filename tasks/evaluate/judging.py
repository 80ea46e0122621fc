"""Every model's answers, judged: formulas by the judge, others by their graders, all for what must not be there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from configs.schema import EvaluateConfig, FilterConfig
from tasks.evaluate.answers import UNANSWERED
from tasks.evaluate.errors import EvaluateError
from tasks.evaluate.graders import Answered, grade
from tasks.evaluate.metrics import Judged, functions_of
from tasks.evaluate.safety import Incident, look
from tasks.judge import batch
from tasks.judge.formulas import find_formula, has_full_width
from tasks.judge.judge import Case
from tasks.records import prompt_text

Place = tuple[str, str]
"""Role and id of a case."""


def judge(
    answers: Mapping[str, Mapping[str, dict[str, Any]]],
    cases: Sequence[Mapping[str, Any]],
    config: EvaluateConfig,
    filters: FilterConfig,
    on_progress: Callable[[int], None],
) -> dict[str, list[Judged]]:
    """Every answer with its verdict, by role, all in the order of the cases. `answers` is role to id to answer.

    `on_progress` is called with the number of formulas judged. Raises EvaluateError where a role answered other cases.
    """
    wanted = {case["id"]: expected_formula(case) for case in cases}
    formulas, open_cases, others = _sorted_out(answers, cases, wanted)
    done = 0

    def count(new: int) -> None:
        nonlocal done
        done += new
        on_progress(done)

    found = batch.judge(list(open_cases.values()), config.workbooks, on_progress=count)
    verdicts = dict(zip(open_cases, found, strict=True))
    grades = {place: float(one.is_equal) if one.judgeable else None for place, one in verdicts.items()}
    graded = grade(list(others.values()), config.workbooks)
    grades |= {place: one.score for place, one in zip(others, graded, strict=True)}
    incidents = _incidents(answers, cases, filters)

    def judged(role: str, case: Mapping[str, Any], row: Mapping[str, Any]) -> Judged:
        place = (role, case["id"])
        return Judged(
            id=case["id"],
            user_id=case["user_id"],
            task_type=case["task_type"],
            instruction=case["instruction"],
            input=case["input"],
            reference=case["output"],
            answer=row["answer"],
            finish_reason=row["finish_reason"],
            latency_s=row["latency_s"],
            nll=row["nll"],
            tokens=row["tokens"],
            formula=formulas.get(place),
            verdict=verdicts.get(place),
            grade=grades.get(place),
            functions=functions_of(wanted[case["id"]] or ""),
            answer_tokens=row["completion_tokens"],
            incident=incidents[place],
        )

    return {role: [judged(role, case, rows[case["id"]]) for case in cases] for role, rows in answers.items()}


def _sorted_out(
    answers: Mapping[str, Mapping[str, dict[str, Any]]],
    cases: Sequence[Mapping[str, Any]],
    wanted: Mapping[str, str | None],
) -> tuple[dict[Place, str | None], dict[Place, Case], dict[Place, Answered]]:
    """The formula in each answer; what the judge decides; what the graders do. `wanted` is the formula asked for."""
    formulas: dict[Place, str | None] = {}
    open_cases: dict[Place, Case] = {}
    others: dict[Place, Answered] = {}
    for role, rows in answers.items():
        if rows.keys() != wanted.keys():
            raise EvaluateError(f"the {role} answered other cases than those of this dataset; question it again")
        for case in cases:
            row, place = rows[case["id"]], (role, case["id"])
            if row["finish_reason"] in UNANSWERED:
                continue  # there is nothing to judge
            # A question about a formula typed with full-width signs would be answered by folding them.
            fold = not has_full_width(case["instruction"] + case["input"])
            formulas[place] = find_formula(row["answer"], fold_width=fold)
            if (reference := wanted[case["id"]]) is not None:
                open_cases[place] = Case(f"{role}/{case['id']}", reference, formulas[place])
            else:
                others[place] = _answered(case, row["answer"])
    return formulas, open_cases, others


def expected_formula(example: Mapping[str, Any]) -> str | None:
    """The formula that an example asks for; None where it asks for none, or shows it already in the question."""
    formula = find_formula(example["output"])
    if formula is None or _bare(formula) in _bare(example["instruction"] + example["input"]):
        return None
    return formula


def _incidents(
    answers: Mapping[str, Mapping[str, dict[str, Any]]], cases: Sequence[Mapping[str, Any]], filters: FilterConfig
) -> dict[Place, Incident]:
    places = [(role, case) for role in answers for case in cases]
    asked = [
        (prompt_text(case["instruction"], case["input"]), str(answers[role][case["id"]]["answer"]))
        for role, case in places
    ]
    return dict(zip([(role, case["id"]) for role, case in places], look(asked, filters), strict=True))


def _answered(case: Mapping[str, Any], answer: str) -> Answered:
    return Answered(case["id"], case["task_type"], case["instruction"], case["input"], case["output"], answer)


def _bare(text: str) -> str:
    return "".join(text.split())
