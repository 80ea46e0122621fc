"""The evaluation as Prefect tasks: one a model that is questioned, and one that judges and decides."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from prefect import get_run_logger, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from configs.schema import EvaluateConfig, FilterConfig, GateConfig, LLMJudgeConfig
from tasks.artifacts import Answers, Dataset, EvalReport
from tasks.evaluate.cases import choose
from tasks.evaluate.errors import ServerHangsError
from tasks.evaluate.evaluate import Contender, conclude, question
from tasks.evaluate.report import HEADLINES
from tasks.serving import ModelServer, ServingError
from tasks.storage import Store

SERVER_FAULT = 500
"""The HTTP statuses from here on are the server's fault: asking again may help."""

TIMED_OUT = 408


def _is_passing(_task: Any, _run: Any, state: Any) -> bool:
    """Whether the server failed, rather than refused."""
    cause = getattr(state.data, "__cause__", None)
    if isinstance(state.data, ServerHangsError):
        return True
    return isinstance(cause, ServingError) and (
        cause.status is None or cause.status >= SERVER_FAULT or cause.status == TIMED_OUT
    )


@task(
    name="question-model",
    task_run_name="ask {role} {model}",
    retries=1,
    retry_delay_seconds=10,
    retry_condition_fn=_is_passing,
    cache_policy=NO_CACHE,
)
def question_model(
    role: Literal["base", "champion", "challenger"],
    model: str,
    model_sha256: str,
    dataset: Dataset,
    *,
    config: EvaluateConfig,
    system_prompt: str,
    url: str,
    root: str,
    kept: str | None = None,
) -> Answers:
    """Publish one model's answers to the night's cases; see `tasks.evaluate.evaluate.question`.

    `model` is the name under which the server at `url` offers it; `kept` is this machine's folder of answers that were
    taken already.
    """
    cases = choose(Store(root), dataset, config)
    progress = _progress(f"asking the {role}", len(cases.all))
    with ModelServer(url) as server:
        answers = question(
            server,
            Contender(role, model, model_sha256),
            dataset,
            config,
            Store(root),
            system_prompt=system_prompt,
            kept=Path(kept) if kept is not None else None,
            on_progress=progress,
        )
    get_run_logger().info(f"the {role} answered {answers.cases} questions")
    return answers


@task(name="judge-and-decide", task_run_name="judge the answers and decide", cache_policy=NO_CACHE)
def judge_and_decide(
    answers: list[Answers],
    dataset: Dataset,
    *,
    config: EvaluateConfig,
    gate: GateConfig,
    system_prompt: str,
    root: str,
    filters: FilterConfig | None = None,
    mismatch: str = "",
    kept: str | None = None,
    llm_judge: LLMJudgeConfig | None = None,
) -> EvalReport:
    """Publish the report with the decision; see `tasks.evaluate.evaluate.conclude`."""
    store = Store(root)
    progress = _progress("judging formulas", sum(one.cases for one in answers))
    report = conclude(
        answers,
        dataset,
        config,
        gate,
        store,
        filters=filters,
        system_prompt=system_prompt,
        mismatch=mismatch,
        kept=Path(kept) if kept is not None else None,
        llm_judge=llm_judge,
        on_progress=progress,
    )
    create_table_artifact(
        key="evaluation",
        table=[
            {"role": role} | {label: metrics.get(name) for name, (label, _) in HEADLINES.items()}
            for role, metrics in report.metrics.items()
        ],
        description=report.decision.reason,
    )
    create_markdown_artifact(
        key="evaluation-report",
        markdown=(store.open(report.uri) / "report.md").read_text(encoding="utf-8"),
        description="Models side by side, and why the challenger serves or does not",
    )
    get_run_logger().info(report.decision.reason)
    return report


def _progress(what: str, total: int) -> Callable[[int], None]:
    log = get_run_logger()
    return lambda done: log.info(what, extra={"progress": (min(done, total), total)})
