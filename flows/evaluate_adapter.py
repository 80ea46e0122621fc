"""Base, champion and challenger answer the same questions, and the gate decides.

Adapters are questioned on the base model's server, merged models each on one of its own. Two servers stand at most: the
champion's, and one that others take in turn.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from prefect import flow

from flows.context import STAGE, Context, Overrides, alone, named, server_left_as_found
from flows.night_report import publish_report
from flows.published import remember
from tasks.artifacts import Adapter, Answers, Dataset, EvalReport, Night
from tasks.deploy.task import load_challenger, restore, unload_challenger
from tasks.evaluate.opinion import LLM_JUDGE, check_judge
from tasks.evaluate.opinion import figures as opinion_figures
from tasks.evaluate.task import judge_and_decide, question_model
from tasks.serving import ServingError, base_of, where
from tasks.serving.task import retire_others, start_server

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
    check_judge(settings)
    with (
        alone(context, night),
        context.tracker.stage(night, "evaluate") as run,
        server_left_as_found(context),
    ):
        run.log_params(settings.evaluate.model_dump() | {"gate": settings.gate.model_dump()})
        if settings.llm_judge is not None:
            run.log_params({LLM_JUDGE: settings.llm_judge.model_dump()})
        asked = _question_all(context, dataset, adapter)
        report = judge_and_decide(
            asked.answers,
            dataset,
            config=settings.evaluate,
            gate=settings.gate,
            filters=settings.filter,
            system_prompt=settings.convert.system_prompt,
            root=context.root,
            mismatch=asked.mismatch,
            kept=_kept(context),
            llm_judge=settings.llm_judge,
        )
        if not report.decision.promote:
            unload_challenger(adapter, settings, asked.url)
            retire_others(settings, asked.serves)
        run.log_metrics(figures(report))
        run.log_artifacts(context.store.open(report.uri), "report")
        run.set_tags({"decision": report.decision.reason, "rule": report.decision.rule})
        run.set_tags({f"signature.{name}": signature for name, signature in report.signatures.items()})
        if night is None:  # a night's page comes last, with what it came to
            publish_report(context, Night.decided(run.id, dataset, adapter, report), run)
    remember(context, report)
    return report


@dataclass(frozen=True)
class Asked:
    """Every model's answers, and where the challenger is loaded now.

    `serves` is the name of what serves until the gate has decided; `mismatch` says how the server tokenises the
    challenger's prompts otherwise than it was trained, if it does.
    """

    answers: list[Answers]
    url: str
    serves: str
    mismatch: str


def _question_all(context: Context, dataset: Dataset, adapter: Adapter) -> Asked:
    """Put the questions to base, champion and challenger, on the servers that can hold each."""
    settings = context.profile
    home, champion = _champion(context)
    serves = champion.name if champion is not None else settings.serve.base_name

    def ask(role: Role, model: str, sha256: str, url: str) -> Answers:
        return question_model(
            role,
            model,
            sha256,
            dataset,
            config=settings.evaluate,
            system_prompt=settings.convert.system_prompt,
            url=url,
            root=context.root,
            kept=_kept(context),
        )

    merged = champion is not None and champion.model is not None
    url = start_server(settings, None, serves) if merged else home
    mismatch = ""
    if adapter.model is None:  # what cannot be loaded is told before the first question
        mismatch = load_challenger(adapter, settings, url)
    # Of new tokens there is another base to train on; what is compared with is the profile's.
    answers = [ask("base", settings.serve.base_name, base_of(settings).sha256, url)]
    if champion is not None:
        answers.append(ask("champion", champion.name, champion.sha256, home))
    if adapter.model is not None:
        url = start_server(settings, adapter, serves)
        mismatch = load_challenger(adapter, settings, url)
    answers.append(ask("challenger", adapter.name, adapter.sha256, url))
    return Asked(answers, url, serves, mismatch)


def _kept(context: Context) -> str:
    """The folder of answers that were taken already."""
    return str(context.workspace / "answers")


def _champion(context: Context) -> tuple[str, Adapter | None]:
    """Have the champion served; its server's address, and the champion. Without one, those of the base model."""
    registered = context.tracker.champion()
    champion = registered.adapter if registered is not None else None
    try:
        home = start_server(context.profile, champion)
    except ServingError:
        old = where(context.profile, context.profile.serve.base_name)
        if old is not None and (champion is None or champion.model is None):
            restore(context.profile, old, champion)  # the server that ran before is back, without its adapters
        raise
    return home, restore(context.profile, home, champion)


def figures(report: EvalReport) -> dict[str, float]:
    """Every metric under the name that MLflow shows: role and metric, as in `challenger.formula_accuracy`."""
    named = {f"{role}.{name}": value for role, metrics in report.metrics.items() for name, value in metrics.items()}
    if report.decision.look is not None and report.decision.alpha is not None:
        named |= {"gate.look": report.decision.look, "gate.alpha": report.decision.alpha}
    if report.opinion is not None:
        named |= {f"{LLM_JUDGE}.{name}": value for name, value in opinion_figures(report.opinion).items()}
    return {_NOT_IN_NAMES.sub("_", name): value for name, value in named.items()}
