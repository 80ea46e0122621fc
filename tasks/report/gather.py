"""From what the stages of a night published to the facts of its page.

Everything is read from the store by the night's references: the evaluation's answers and metrics, the test questions,
the trainer's log, the funnel. What a stage did not publish (a night that skipped has no answers) stays empty; a thing
that was published and cannot be read any more is an error (StorageError), for a page must not leave out what it lost.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from configs.schema import CostConfig, Profile
from tasks import bootstrap
from tasks.artifacts import Adapter, Dataset, EvalReport, Night, Reference
from tasks.cost.model import reckon
from tasks.dataset import table as split_table
from tasks.report.cases import choose
from tasks.report.facts import Curve, Facts, Failure, Group, Latency, Made, Measure, Moved, Scored
from tasks.report.tables import LEAST, Answers, Row, by_set, gain, grouped, split_name
from tasks.storage import Store

HISTORY = "trainer_log.json"
ANSWERS = "answers.parquet"
CURVES: tuple[Literal["loss", "eval_loss"], ...] = ("loss", "eval_loss")
PERCENT = np.linspace(0, 1, 101)


def gather(night: Night, name: str, profile: Profile, store: Store, moved: Sequence[Moved] = ()) -> Facts:
    """The facts of one night. Raises StorageError for a published artifact that is gone or altered.

    `moved` is how far the traffic moved from what the champion had learnt from when the night began.
    """
    dataset = night.dataset
    facts = Facts(
        name=name,
        run_id=night.run_id,
        profile=profile.name,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        outcome=night.outcome,
        reason=night.reason,
        primary=profile.gate.primary_metric,
        rows={
            "train": dataset.train_rows,
            "validation": dataset.validation_rows,
            "test": dataset.test_rows,
            "new": dataset.new_rows,
        },
        funnel=dataset.funnel,
        moved=tuple(moved),
        max_shift=profile.night.max_shift,
        curves=_curves(night.adapter, store),
        bill=reckon(profile.cost),
        lineage=_lineage(night, store),
    )
    return facts if night.report is None else _judged(facts, night.report, dataset, profile.cost, store)


def gather_failed(
    run_id: str, name: str, profile: Profile, *, reason: str, failure: Failure, made: Sequence[Reference]
) -> Facts:
    """The facts of a night that failed: `made` are the references of the stages that did not. Nothing is read."""
    steps = {Dataset: "dataset", Adapter: "adapter", EvalReport: "report"}
    return Facts(
        name=name,
        run_id=run_id,
        profile=profile.name,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        outcome="failed",
        reason=reason,
        failure=failure,
        primary=profile.gate.primary_metric,
        bill=reckon(profile.cost),
        lineage=tuple(
            Made(step=steps.get(type(one), type(one).__name__), what="", sha256=one.sha256, uri=one.uri) for one in made
        ),
    )


def _judged(facts: Facts, report: EvalReport, dataset: Dataset, cost: CostConfig, store: Store) -> Facts:
    """The facts, with what the evaluation found."""
    sets = by_set(pq.read_table(store.open(report.uri, [ANSWERS]) / ANSWERS))
    rows: Answers = {role: {} for role in report.models} | sets[""]
    sets[""] = rows
    before = "champion" if "champion" in rows else "base"
    challenger = rows["challenger"]
    questions = _questions(split_table(store, dataset.uri, "test", ["id", "instruction", "input"]), challenger)
    headline = report.metrics["challenger"]
    return facts.model_copy(
        update={
            "rule": report.decision.rule,
            "before": before,
            "models": {role: report.models[role] for role in rows},
            "cases": report.cases,
            "users": len({row["user_id"] for row in challenger.values()}),
            "checks": report.decision.checks,
            "measures": _measures(report, sets, before),
            "groups": (*_groups("task_type", rows, before), *_groups("function", rows, before)),
            "opinion": report.opinion,
            "verdicts": {role: _verdicts(of_role) for role, of_role in rows.items()},
            "shown": choose(rows, before, questions),
            "latency": {role: found for role, one in rows.items() if (found := _latency(one)) is not None},
            "bill": reckon(cost, headline.get(facts.primary if facts.primary == "formula_accuracy" else "grade")),
            "scored": _scored(challenger),
        }
    )


def _measures(report: EvalReport, sets: Mapping[str, Answers], before: str) -> tuple[Measure, ...]:
    """Every metric over a whole set of cases, in the evaluation's order; those of one task type are groups."""
    found = []
    for full in dict.fromkeys(name for metrics in report.metrics.values() for name in metrics):
        cases, name = split_name(full, sets)
        if "." in name:
            continue
        rows = sets[cases]
        values = {role: metrics[full] for role, metrics in report.metrics.items() if full in metrics}
        both = before in rows and "challenger" in rows
        gained = gain(name, rows[before], rows["challenger"]) if both else None
        found.append(Measure(name=name, cases=cases, values=values, gain=gained))
    return tuple(found)


def _groups(kind: Literal["task_type", "function"], rows: Mapping[str, Mapping[str, Row]], before: str) -> list[Group]:
    def of(row: Row) -> Sequence[str]:
        return [row["task_type"]] if kind == "task_type" else row["functions"]

    found = []
    for name, ids in grouped(rows["challenger"].values(), of).items():
        if kind == "function" and len(ids) < LEAST:
            continue
        parts = {role: {id_: one[id_] for id_ in ids} for role, one in rows.items()}
        values = {role: mean for role, part in parts.items() if (mean := _mean_grade(part)) is not None}
        if values:
            gained = gain("grade", parts[before], parts["challenger"])
            found.append(Group(kind=kind, name=name, cases=len(ids), values=values, gain=gained))
    return found


def _mean_grade(rows: Mapping[str, Row]) -> float | None:
    grades = [row["grade"] for row in rows.values() if row["grade"] is not None]
    return float(np.mean(grades)) if grades else None


def _verdicts(rows: Mapping[str, Row]) -> dict[str, int]:
    """Verdict to formula cases; `not judgeable` are those whose reference is at fault."""
    counts: dict[str, int] = {}
    for row in rows.values():
        if row["verdict"] is not None:
            name = row["verdict"] if row["judgeable"] else "not judgeable"
            counts[name] = counts.get(name, 0) + 1
    return counts


def _latency(rows: Mapping[str, Row]) -> Latency | None:
    seconds = [row["latency_s"] for row in rows.values() if row["latency_s"] is not None]
    spans = [bootstrap.quantile(seconds, share) for share in (0.50, 0.95, 0.99)]
    if spans[0] is None or spans[1] is None or spans[2] is None:
        return None
    curve = tuple(float(one) for one in np.quantile(seconds, PERCENT))
    return Latency(answers=len(seconds), p50=spans[0], p95=spans[1], p99=spans[2], quantiles=curve)


def _scored(rows: Mapping[str, Row]) -> tuple[Scored, ...]:
    users = {name: str(number) for number, name in enumerate(dict.fromkeys(row["user_id"] for row in rows.values()))}
    return tuple(
        Scored(
            id=row["id"],
            user=users[row["user_id"]],
            grade=row["grade"],
            right=row["verdict"] == "equal" if row["judgeable"] else None,
        )
        for row in rows.values()
        if row["grade"] is not None
    )


def _questions(test: pa.Table, rows: Mapping[str, Row]) -> dict[str, str]:
    return {
        one["id"]: "\n".join(text for text in (one["instruction"], one["input"]) if text)
        for one in test.to_pylist()
        if one["id"] in rows
    }


def _curves(adapter: Adapter | None, store: Store) -> tuple[Curve, ...]:
    """The losses by step, as the trainer reported them."""
    if adapter is None or HISTORY not in store.manifest(adapter.uri)["files"]:  # not trained here
        return ()
    records = json.loads((store.open(adapter.uri, [HISTORY]) / HISTORY).read_bytes())
    found = []
    for name in CURVES:
        points = sorted({int(one["step"]): float(one[name]) for one in records if name in one}.items())
        if points:
            steps, values = zip(*points, strict=True)
            found.append(Curve(name=name, steps=steps, values=values))
    return tuple(found)


def _lineage(night: Night, store: Store) -> tuple[Made, ...]:
    """What was made of what, from the rows to what serves."""
    dataset, adapter, report = night.dataset, night.adapter, night.report
    known = store.manifest(dataset.uri)["meta"]
    steps = [("extract", "", uri) for uri in known.get("extracts", [])[-1:]]
    steps += [("filtered", "", known["filtered"])] if "filtered" in known else []
    there = {uri for kind in ("extracts", "filtered") for uri in store.all(kind)}  # retention may have taken them
    found = [
        Made(step=step, what=what, sha256=store.manifest(uri)["sha256"], uri=uri)
        for step, what, uri in steps
        if uri in there
    ]
    found.append(Made(step="dataset", what=f"{dataset.rows:,}", sha256=dataset.sha256, uri=dataset.uri))
    if adapter is not None:
        found.append(Made(step="base", what="", sha256=adapter.base_sha256))
        found.append(Made(step="settings", what="", sha256=adapter.config_sha256))
        if adapter.start_sha256 is not None:
            found.append(Made(step="start", what=f"adapter-{adapter.start_sha256[:12]}", sha256=adapter.start_sha256))
        found.append(Made(step="adapter", what=adapter.name, sha256=adapter.sha256, uri=adapter.uri))
        if adapter.model is not None:
            found.append(
                Made(step="model", what=adapter.model.name, sha256=adapter.model.sha256, uri=adapter.model.uri)
            )
    if report is not None:
        found.append(Made(step="report", what=f"{report.cases:,}", sha256=report.sha256, uri=report.uri))
    return tuple(found)
