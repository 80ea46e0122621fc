"""Measure one endpoint or two: load from tasks/endpoint, grades from the evaluation, prices from the profile."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from configs.schema import CostConfig, EvaluateConfig, Profile
from tasks.cost.model import SECONDS, reckon
from tasks.endpoint.against import Cost, Quality, Result, Side, correct_gain, cost, grades, quality
from tasks.endpoint.ask import Endpoint
from tasks.endpoint.load import Plan, run
from tasks.endpoint.prompts import EndpointError, Prompt, read_prompts
from tasks.endpoint.summary import Limits, Measured, summarise

Progress = Callable[[str, int], None]
"""Called with the endpoint's address and the number of its requests that are done."""


def measure(
    ours: Endpoint,
    against: Endpoint | None,
    *,
    prompts_file: Path,
    plan: Plan,
    limits: Limits,
    profile: Profile,
    on_progress: Progress = lambda _, __: None,
) -> Result:
    """Measure `ours`, then `against`, with the same requests at the same times. Raises EndpointError.

    One after the other: at once they would share this machine's processor, and the network's way out of it.
    """
    prompts = read_prompts(prompts_file)
    endpoints = [ours] if against is None else [ours, against]
    sides, found = [], []
    for number, endpoint in enumerate(endpoints):
        records = asyncio.run(run(endpoint, prompts.good, plan, partial(on_progress, endpoint.url)))
        graded = grades(prompts.good, records, lambda asked, said: _grade(asked, said, profile.evaluate))
        measured, right = summarise(records, endpoint, plan, limits), quality(graded, records)
        price = _api_cost if number else _own_cost
        sides.append(Side(measured=measured, quality=right, cost=price(profile.cost, measured, right)))
        found.append(graded)
    return Result(
        currency=profile.cost.currency,
        prompts=len(prompts.good),
        faults=prompts.faults,
        ours=sides[0],
        against=sides[1] if against is not None else None,
        correct_gain=correct_gain(found[0], found[1]) if against is not None else None,
    )


def require_answers(result: Result) -> None:
    """Raise EndpointError where one of the endpoints answered nothing: there is a report, and no measurement in it."""
    for side in (result.ours, result.against):
        if side is not None and not side.measured.answered:
            measured = side.measured
            failures = "; ".join(f"{one.count} x {one.kind}, the first: {one.first}" for one in measured.failures)
            raise EndpointError(
                f"{measured.url} answered none of {measured.requests} requests to {measured.model} ({failures}); check "
                "the address, the model's name and the key, and that the server runs"
            )


def api_key(variable: str | None) -> str:
    """The key in an environment variable. Raises EndpointError where it is not set; without a variable, no key."""
    if variable is None:
        return ""
    key = os.environ.get(variable, "").strip()
    if not key:
        raise EndpointError(f"the environment variable {variable} is not set; put the endpoint's API key into it")
    return key


def _grade(prompts: Sequence[Prompt], answers: Sequence[str], config: EvaluateConfig) -> list[float | None]:
    """As a night grades them."""
    from tasks.evaluate.graders import Answered, grade  # noqa: PLC0415 - the judge's engines, where there are references

    asked = [
        Answered(one.id, one.task_type, one.question, "", one.reference or "", said)
        for one, said in zip(prompts, answers, strict=True)
    ]
    return [one.score for one in grade(asked, config.workbooks)]


def _api_cost(config: CostConfig, measured: Measured, right: Quality | None) -> Cost | None:
    """By the token, at the profile's prices of the API."""
    if config.api_prompt_per_1k is None:
        return None
    answer = config.api_prompt_per_1k if config.api_answer_per_1k is None else config.api_answer_per_1k
    total = (measured.prompt_tokens * config.api_prompt_per_1k + measured.answer_tokens * answer) / 1000
    return cost(f"{config.api_name}'s prices of prompt and answer tokens", total, measured, right)


def _own_cost(config: CostConfig, measured: Measured, right: Quality | None) -> Cost | None:
    """By the month: at the profile's volume, or with the measured throughput kept up in every hour."""
    tokens = measured.prompt_tokens + measured.answer_tokens
    if config.gpu_month is None or not tokens:
        return None
    bill = reckon(config)
    if bill is not None and bill.ours_per_1k is not None:
        how = f"{bill.gpus} GPU(s) a month over {config.tokens_month:,.0f} tokens a month"
        return cost(how, bill.ours_per_1k * tokens / 1000, measured, right)
    month = measured.tokens_per_s * SECONDS
    how = "a GPU month at this run's throughput in every hour: the least it can be; set cost.tokens_month for yours"
    return cost(how, config.gpu_month * tokens / month, measured, right)
