"""Question the models, judge their answers, decide: from references to references.

    answers = [question(server, contender, dataset, config, store) for contender in contenders]
    report = conclude(answers, dataset, config, gate, store)

All models answer the same cases (cases.py): the frozen test set, the newest cases beside it, general questions. Answers
are published under the fingerprint of model, cases and settings, so that a night that failed later does not ask again,
and kept one by one until then (kept.py). A report is made anew each time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from configs.load import fingerprint
from configs.schema import EvaluateConfig, FilterConfig, GateConfig, LLMJudgeConfig
from tasks.artifacts import Answers, Dataset, EvalReport
from tasks.evaluate import metrics
from tasks.evaluate.answers import Server, ask, messages_of
from tasks.evaluate.cases import Cases, choose
from tasks.evaluate.errors import EvaluateError
from tasks.evaluate.gate import decide, primary_gain
from tasks.evaluate.judging import expected_formula, judge
from tasks.evaluate.kept import KeptAnswers, forget
from tasks.evaluate.looks import Looks, look_key
from tasks.evaluate.metrics import Judged
from tasks.evaluate.opinion import LLM_JUDGE, hear
from tasks.evaluate.report import Evaluation, canaries, markdown
from tasks.evaluate.weigh import BySet, weigh
from tasks.storage import Store

__all__ = ["Contender", "EvaluateError", "conclude", "evaluate", "expected_formula", "question"]

ROLES = ("base", "champion", "challenger")
FIRST_NIGHT = "first night: compared with the base model, for there is no champion yet"
EMPTY = "the test split of the dataset is empty: raise convert.test_share, or gather more good records"

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
    kept: Path | None = None,
    on_progress: Progress = lambda _: None,
) -> Answers:
    """Publish one model's answers, or return those that the same model gave to the same cases before.

    `kept` is a folder for answers that were taken already. `on_progress` is called with the number of cases done.
    Raises EvaluateError, and StorageError where dataset or frozen test set cannot be read.
    """
    cases = choose(store, dataset, config)
    key = fingerprint(contender.sha256, cases.digest, str(config.max_tokens), system_prompt)
    published = store.find("answers", key)
    if published is None:
        with KeptAnswers(kept, contender.sha256) if kept is not None else nullcontext() as file:
            answers = ask(
                server,
                contender.name,
                cases.all,
                config,
                system_prompt=system_prompt,
                kept=file,
                on_progress=on_progress,
            )
        with store.draft("answers") as draft:
            pq.write_table(answers, draft / "answers.parquet")
            meta = {"model": contender.name, "model_sha256": contender.sha256, "dataset": dataset.uri}
            published = store.publish(draft, {**meta, "cases": answers.num_rows}, key)
    return Answers(
        uri=published.uri,
        sha256=published.sha256,
        role=contender.role,
        model=contender.name,
        model_sha256=contender.sha256,
        cases=published.meta["cases"],
    )


def conclude(
    answers: Sequence[Answers],
    dataset: Dataset,
    config: EvaluateConfig,
    gate: GateConfig,
    store: Store,
    *,
    filters: FilterConfig | None = None,
    system_prompt: str = "",
    mismatch: str = "",
    kept: Path | None = None,
    llm_judge: LLMJudgeConfig | None = None,
    on_progress: Progress = lambda _: None,
) -> EvalReport:
    """Judge the answers of base and challenger, and of the champion where there is one, and decide.

    Publishes answers.parquet, metrics.json, decision.json, report.md and canaries.json. `filters` say what counts as
    personal data and as an unknown host. `mismatch` says how the challenger's prompts are tokenised otherwise than it
    was trained, if they are. `llm_judge` is a language model that is asked as well, if any. In the folder
    `kept`, answers of models other than these are forgotten. `on_progress` is
    called with the number of formulas judged. Raises EvaluateError where a role is missing or the cases differ, and
    ConfigError where the LLM judge's key is not set.
    """
    by_role = _by_role(answers)
    cases = choose(store, dataset, config)
    rows = {role: _rows(store, one) for role, one in by_role.items()}
    filters = filters or FilterConfig()
    judged = judge(rows, cases.all, config, filters, on_progress)
    sets = _sets(judged, cases)
    before = "champion" if "champion" in judged else "base"
    frozen, recent, general = ((one[before], one["challenger"]) for one in sets)
    heard = None
    if llm_judge is not None:
        pairs = [*zip(*frozen, strict=True), *zip(*recent, strict=True)]
        folder = kept / LLM_JUDGE if kept is not None else None
        heard = hear(pairs, before, dataset, llm_judge, store, filters=filters, kept=folder)
    looks = Looks.read(store, config.test_set)
    key = look_key(by_role[before].model_sha256, by_role["challenger"].model_sha256, cases.frozen_digest, gate)
    evidence = weigh(
        BySet(frozen, recent, general),
        gate.primary_metric,
        alpha=looks.alpha(key, gate),
        look=looks.number(key),
        mismatch=mismatch,
        against="" if before == "champion" else FIRST_NIGHT,
        empty="" if cases.frozen.num_rows else EMPTY,
        opinion=heard.opinion if heard is not None else None,
    )
    gain, decision = primary_gain(evidence, gate), decide(evidence, gate)
    evaluation = Evaluation(
        dataset=dataset,
        models={role: one.model for role, one in by_role.items()},
        judged=sets[0],
        metrics={role: _metrics(*(one[role] for one in sets)) for role in judged},
        before=before,
        decision=decision,
        gain=gain,
        signatures=metrics.signatures(),
        recent=sets[1],
        general=sets[2],
        test_set=cases.test_set.words,
        heard=heard,
    )
    report = _publish(evaluation, {case["id"]: messages_of(case, system_prompt) for case in cases.all}, store)
    if decision.rule != "too-few-cases":  # nothing was tested then, and so nothing is spent
        looks.record(key, found=gain.lower > gate.min_gain)
    if kept is not None:
        forget(kept, but={one.model_sha256 for one in answers})
    return report


def _sets(judged: Mapping[str, Sequence[Judged]], cases: Cases) -> list[dict[str, Sequence[Judged]]]:
    """The answers to the frozen set, to the recent cases and to the general questions, each by role."""
    first, second = cases.frozen.num_rows, cases.frozen.num_rows + cases.recent.num_rows
    bounds = ((0, first), (first, second), (second, None))
    return [{role: rows[start:end] for role, rows in judged.items()} for start, end in bounds]


def _metrics(frozen: Sequence[Judged], recent: Sequence[Judged], general: Sequence[Judged]) -> dict[str, float]:
    found = metrics.score(frozen)
    for name, rows in (("recent", recent), ("general", general)):
        if rows:
            found |= {f"{name}.{metric}": value for metric, value in metrics.quality(rows).items()}
    return found


def _by_role(answers: Sequence[Answers]) -> dict[str, Answers]:
    found = {one.role: one for one in answers}
    for role in ("base", "challenger"):
        if role not in found:
            raise EvaluateError(f"there are no answers of the {role}; question it before judging")
    return {role: found[role] for role in ROLES if role in found}


def _rows(store: Store, answers: Answers) -> dict[str, dict[str, Any]]:
    table = pq.read_table(store.open(answers.uri) / "answers.parquet")
    return {row["id"]: row for row in table.to_pylist()}


def _publish(evaluation: Evaluation, messages: Mapping[str, Any], store: Store) -> EvalReport:
    with store.draft("reports") as draft:
        pq.write_table(_answers_table(evaluation), draft / "answers.parquet")
        for name, content in {
            "metrics.json": {"metrics": evaluation.metrics, "signatures": evaluation.signatures},
            "decision.json": evaluation.decision.model_dump() | {"gain": evaluation.figures()},
            "canaries.json": canaries(evaluation, messages),
            **({f"{LLM_JUDGE}.json": evaluation.heard.as_json()} if evaluation.heard is not None else {}),
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
        signatures=dict(evaluation.signatures),
        opinion=evaluation.heard.opinion if evaluation.heard is not None else None,
    )


_TEXTS = ("set", "role", "model", "id", "user_id", "task_type", "reference", "answer", "formula", "verdict", "reason")
REPORT_SCHEMA = pa.schema(
    [pa.field(name, pa.string()) for name in (*_TEXTS, "cell", "unsafe", "finish_reason")]
    + [pa.field("judgeable", pa.bool_()), pa.field("workbook", pa.int32()), pa.field("tokens", pa.int32())]
    + [pa.field(name, pa.float64()) for name in ("grade", "latency_s", "nll")]
    + [pa.field(name, pa.list_(pa.string())) for name in ("functions", "leaked")]
)
"""answers.parquet: a row a case and model."""


def _answers_table(evaluation: Evaluation) -> pa.Table:
    """One row a case and model, for whoever wants to look into the figures."""
    sets = {"frozen": evaluation.judged, "recent": evaluation.recent, "general": evaluation.general}
    return pa.Table.from_pylist(
        [
            {
                "set": name,
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
                "functions": list(one.functions),
                "leaked": list(one.incident.leaked),
                "unsafe": one.incident.unsafe,
                "finish_reason": one.finish_reason,
                "latency_s": one.latency_s,
                "nll": one.nll,
                "tokens": one.tokens,
            }
            for name, judged in sets.items()
            for role, rows in judged.items()
            for one in rows
        ],
        schema=REPORT_SCHEMA,
    )
