"""Question the models, judge their answers, decide: from references to references.

    answers = [question(server, contender, dataset, config, store) for contender in contenders]
    report = conclude(answers, dataset, config, gate, store)

Answers are published under the fingerprint of model, dataset and settings, so that a night that failed later does not
ask again. A report is made anew each time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from configs.load import fingerprint
from configs.schema import EvaluateConfig, GateConfig
from tasks.artifacts import Answers, Dataset, EvalReport
from tasks.dataset import table as split_table
from tasks.evaluate import metrics
from tasks.evaluate.answers import EvaluateError, Server, ask, messages_of, sample
from tasks.evaluate.gate import Scores, decide, measure
from tasks.evaluate.graders import Answered, grade
from tasks.evaluate.metrics import Judged
from tasks.evaluate.report import Evaluation, canaries, markdown
from tasks.judge import batch
from tasks.judge.formulas import find_formula, has_full_width
from tasks.judge.judge import Case, Verdict
from tasks.storage import Store

ROLES = ("base", "champion", "challenger")
FIRST_NIGHT = "first night: compared with the base model, for there is no champion yet"

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Contender:
    """A model to question: its role, the name under which the server offers it, the digest of what it is."""

    role: Literal["base", "champion", "challenger"]
    name: str
    sha256: str


def evaluate(
    server: Server,
    contenders: Iterable[Contender],
    dataset: Dataset,
    *,
    config: EvaluateConfig,
    gate: GateConfig,
    store: Store,
    system_prompt: str = "",
) -> EvalReport:
    """Question every contender and conclude. Raises EvaluateError."""
    answers = [question(server, one, dataset, config, store, system_prompt=system_prompt) for one in contenders]
    return conclude(answers, dataset, config, gate, store, system_prompt=system_prompt)


def question(
    server: Server,
    contender: Contender,
    dataset: Dataset,
    config: EvaluateConfig,
    store: Store,
    *,
    system_prompt: str = "",
    on_progress: Progress = lambda _: None,
) -> Answers:
    """Publish one model's answers, or return those that the same model gave to the same cases before.

    `on_progress` is called with the number of cases done. Raises EvaluateError.
    """
    key = fingerprint(contender.sha256, dataset.sha256, config, system_prompt)
    published = store.find("answers", key)
    if published is None:
        cases = sample(split_table(store, dataset.uri, "test"), config.max_cases)
        answers = ask(server, contender.name, cases, config, system_prompt=system_prompt, on_progress=on_progress)
        with store.draft("answers") as draft:
            pq.write_table(answers, draft / "answers.parquet")
            meta = {"model": contender.name, "model_sha256": contender.sha256, "dataset": dataset.uri}
            published = store.publish(draft, {**meta, "cases": answers.num_rows}, key)
    return Answers(
        uri=published.uri,
        sha256=published.sha256,
        role=contender.role,
        model=contender.name,
        cases=published.meta["cases"],
    )


def conclude(
    answers: Sequence[Answers],
    dataset: Dataset,
    config: EvaluateConfig,
    gate: GateConfig,
    store: Store,
    *,
    system_prompt: str = "",
    on_progress: Progress = lambda _: None,
) -> EvalReport:
    """Judge the answers of base and challenger, and of the champion where there is one, and decide.

    Publishes answers.parquet, metrics.json, decision.json, report.md and canaries.json. `on_progress` is called with
    the number of formulas judged. Raises EvaluateError where a role is missing or the cases differ.
    """
    by_role = _by_role(answers)
    cases = sample(split_table(store, dataset.uri, "test"), config.max_cases).to_pylist()
    judged = _judge({role: _rows(store, one) for role, one in by_role.items()}, cases, config, on_progress)
    before = "champion" if "champion" in judged else "base"
    lengths = {one.id: one.tokens for one in judged[before]}
    scores = {role: _scores(judged[role], gate.primary_metric, lengths) for role in (before, "challenger")}
    evaluation = Evaluation(
        dataset=dataset,
        models={role: one.model for role, one in by_role.items()},
        judged=judged,
        metrics={role: metrics.score(rows) for role, rows in judged.items()},
        before=before,
        decision=decide(
            scores[before], scores["challenger"], gate, against="" if before == "champion" else FIRST_NIGHT
        ),
        gain=measure(scores[before], scores["challenger"], gate),
        signatures=metrics.signatures(),
    )
    return _publish(evaluation, {case["id"]: messages_of(case, system_prompt) for case in cases}, store)


def expected_formula(example: Mapping[str, Any]) -> str | None:
    """The formula that an example asks for; None where it asks for none, or shows it already in the question."""
    formula = find_formula(example["output"])
    if formula is None or _bare(formula) in _bare(example["instruction"] + example["input"]):
        return None
    return formula


def _by_role(answers: Sequence[Answers]) -> dict[str, Answers]:
    found = {one.role: one for one in answers}
    for role in ("base", "challenger"):
        if role not in found:
            raise EvaluateError(f"there are no answers of the {role}; question it before judging")
    return {role: found[role] for role in ROLES if role in found}


def _rows(store: Store, answers: Answers) -> dict[str, dict[str, Any]]:
    table = pq.read_table(store.open(answers.uri) / "answers.parquet")
    return {row["id"]: row for row in table.to_pylist()}


def _judge(
    answers: Mapping[str, Mapping[str, dict[str, Any]]],
    cases: Sequence[Mapping[str, Any]],
    config: EvaluateConfig,
    on_progress: Progress,
) -> dict[str, list[Judged]]:
    """Every answer with its verdict, by role, all in the order of the cases."""
    wanted = {case["id"]: expected_formula(case) for case in cases}
    open_cases: dict[tuple[str, str], Case] = {}
    formulas: dict[tuple[str, str], str | None] = {}
    others: dict[tuple[str, str], Answered] = {}
    for role, rows in answers.items():
        if rows.keys() != wanted.keys():
            raise EvaluateError(f"the {role} answered other cases than those of this dataset; question it again")
        for case in cases:
            # A question about a formula typed with full-width signs would be answered by folding them.
            fold = not has_full_width(case["instruction"] + case["input"])
            formula = find_formula(rows[case["id"]]["answer"], fold_width=fold)
            formulas[role, case["id"]] = formula
            if (reference := wanted[case["id"]]) is not None:
                open_cases[role, case["id"]] = Case(f"{role}/{case['id']}", reference, formula)
            else:
                others[role, case["id"]] = _answered(case, rows[case["id"]]["answer"])
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

    def judged(role: str, case: Mapping[str, Any], row: Mapping[str, Any]) -> Judged:
        place = (role, case["id"])
        return _judged(case, row, formulas[place], verdicts.get(place), grades[place])

    return {role: [judged(role, case, rows[case["id"]]) for case in cases] for role, rows in answers.items()}


def _answered(case: Mapping[str, Any], answer: str) -> Answered:
    return Answered(case["id"], case["task_type"], case["instruction"], case["input"], case["output"], answer)


def _judged(
    case: Mapping[str, Any], row: Mapping[str, Any], formula: str | None, verdict: Verdict | None, grade: float | None
) -> Judged:
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
        formula=formula,
        verdict=verdict,
        grade=grade,
    )


def _scores(judged: Sequence[Judged], metric: str, lengths: Mapping[str, int]) -> Scores:
    """`lengths` are tokens of the right answers, the same ones for both models: with new tokens in its vocabulary a
    model writes the same answer in fewer, and its own perplexity a token would be another unit."""
    return Scores(
        values=metrics.case_values(judged, metric),
        users={one.id: one.user_id for one in judged},
        perplexity=metrics.perplexity((one.nll, lengths[one.id]) for one in judged if one.nll is not None),
    )


def _publish(evaluation: Evaluation, messages: Mapping[str, Any], store: Store) -> EvalReport:
    with store.draft("reports") as draft:
        pq.write_table(_answers_table(evaluation), draft / "answers.parquet")
        for name, content in {
            "metrics.json": {"metrics": evaluation.metrics, "signatures": evaluation.signatures},
            "decision.json": evaluation.decision.model_dump() | {"gain": evaluation.figures()},
            "canaries.json": canaries(evaluation, messages),
        }.items():
            (draft / name).write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
        (draft / "report.md").write_text(markdown(evaluation), encoding="utf-8")
        meta = {"dataset": evaluation.dataset.uri, "models": evaluation.models, "reason": evaluation.decision.reason}
        published = store.publish(draft, meta)
    return EvalReport(
        uri=published.uri,
        sha256=published.sha256,
        metrics=evaluation.metrics,
        models=evaluation.models,
        cases=len(evaluation.judged["challenger"]),
        decision=evaluation.decision,
    )


def _answers_table(evaluation: Evaluation) -> pa.Table:
    """One row a case and model, for whoever wants to look into the figures."""
    return pa.Table.from_pylist(
        [
            {
                "role": role,
                "model": evaluation.models[role],
                "id": one.id,
                "user_id": one.user_id,
                "task_type": one.task_type,
                "reference": one.reference,
                "answer": one.answer,
                "formula": one.formula,
                "verdict": one.verdict.outcome if one.verdict else None,
                "judgeable": one.verdict.judgeable if one.verdict else None,
                "reason": one.verdict.reason if one.verdict else None,
                "workbook": one.verdict.workbook if one.verdict else None,
                "cell": one.verdict.cell if one.verdict else None,
                "grade": one.grade,
                "finish_reason": one.finish_reason,
                "latency_s": one.latency_s,
                "nll": one.nll,
                "tokens": one.tokens,
            }
            for role, rows in evaluation.judged.items()
            for one in rows
        ]
    )


def _bare(text: str) -> str:
    return "".join(text.split())
