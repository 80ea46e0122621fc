"""Base, champion and challenger answer the same questions on the same server, and the gate decides."""

from __future__ import annotations

import re
from typing import Literal

from prefect import flow

from flows.context import STAGE, Context, Overrides, alone, named, server_left_as_found
from flows.published import remember
from tasks.artifacts import Adapter, Answers, Dataset, EvalReport
from tasks.deploy.task import load_challenger, restore, unload_challenger
from tasks.evaluate.task import judge_and_decide, question_model
from tasks.serving import ServingError, server_runs
from tasks.serving.task import start_server

_NOT_IN_NAMES = re.compile(r"[^\w\-. :/]", re.ASCII)
"""What MLflow refuses in a metric's name; an application's task types may hold anything."""

Role = Literal["base", "champion", "challenger"]


@flow(name="evaluate-adapter", flow_run_name=named("evaluate adapter"), **STAGE)
def evaluate_adapter(
    dataset: Dataset,
    adapter: Adapter,
    profile: str = "demo",
    overrides: Overrides | None = None,
    night: str | None = None,
) -> EvalReport:
    """Question the models and decide. Raises ServingError, EvaluateError, or DeployError for an adapter that no server
    can take."""
    context = Context.of(profile, overrides)
    settings = context.profile
    with (
        alone(context, night),
        context.tracker.stage(night, "evaluate") as run,
        server_left_as_found(context),
    ):
        run.log_params(settings.evaluate.model_dump() | {"gate": settings.gate.model_dump()})
        try:
            url = start_server(settings)
        except ServingError:
            if server_runs(context.workspace):  # the one that ran before is back, without its adapters
                restore(settings)
            raise
        champion = restore(settings)
        load_challenger(adapter, settings)
        contenders: dict[Role, tuple[str, str]] = {"base": (settings.serve.base_name, adapter.base_sha256)}
        if champion is not None:
            contenders["champion"] = (champion.name, champion.sha256)
        contenders["challenger"] = (adapter.name, adapter.sha256)
        answers: list[Answers] = [
            question_model(
                role,
                model,
                sha256,
                dataset,
                config=settings.evaluate,
                system_prompt=settings.convert.system_prompt,
                url=url,
                root=context.root,
            )
            for role, (model, sha256) in contenders.items()
        ]
        report = judge_and_decide(
            answers,
            dataset,
            config=settings.evaluate,
            gate=settings.gate,
            system_prompt=settings.convert.system_prompt,
            root=context.root,
        )
        if not report.decision.promote:
            unload_challenger(adapter, settings)
        run.log_metrics(figures(report))
        run.log_artifacts(context.store.open(report.uri), "report")
        run.set_tags({"decision": report.decision.reason, "rule": report.decision.rule})
    remember(context, report)
    return report


def figures(report: EvalReport) -> dict[str, float]:
    """Every metric under the name that MLflow shows: role and metric, as in `challenger.formula_accuracy`."""
    named = {f"{role}.{name}": value for role, metrics in report.metrics.items() for name, value in metrics.items()}
    return {_NOT_IN_NAMES.sub("_", name): value for name, value in named.items()}
