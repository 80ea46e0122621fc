"""A GPU by the month against an API by the token: what either costs, and from how many tokens on which is cheaper.

    bill = reckon(config.cost)
    bill.break_even             # tokens a month; 16.7 million for 500 a month against 0.03 per 1,000 tokens

A GPU is paid for the whole month: while it serves, while it trains and while it idles. So the cost of a token depends
on how many there are. `unit`, the tokens that one GPU must serve in a month to have paid for itself, is

    unit = gpu_month / api_per_1k * 1000

and n GPUs pay for themselves from n * unit on. Where a GPU's capacity C is known, D tokens need n = ceil(D / C) GPUs;
with C <= unit the API is cheaper at any volume. Just above n * C the GPU that is added may not pay yet: `always_from`
is the volume from which no such gap is left, N * unit with N = ceil(unit / (C - unit)).
"""

from __future__ import annotations

import math

from pydantic import BaseModel, ConfigDict, Field

from configs.schema import HOURS_OF_MONTH, CostConfig

SECONDS = HOURS_OF_MONTH * 3600


class Bill(BaseModel):
    """One month, both ways. Sums are in `currency`, prices are per 1,000 tokens, volumes in tokens a month."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    currency: str
    api_name: str
    gpu_month: float
    paid: int = Field(description="GPUs that are paid for, used or not.")
    gpus: int = Field(description="GPUs that the month needs, those that are paid for at least.")
    api_per_1k: float = Field(description="Prompt and answer tokens together, mixed as requests mix them.")
    tokens_request: int
    break_even: float | None = Field(description="None: a GPU serves too few tokens to pay for itself at any volume.")
    always_from: float | None = Field(description="From here on no further GPU makes the API cheaper again.")
    capacity: float | None = Field(None, description="Tokens that one GPU serves in the hours it does not train.")
    training_share: float = Field(description="Share of the GPUs' hours that trains.")
    serving_share: float | None = None
    idle_share: float | None = None
    tokens_month: float | None = None
    ours_month: float | None = None
    api_month: float | None = None
    ours_per_1k: float | None = None
    ours_per_answer: float | None = None
    api_per_answer: float
    ours_correct: float | None = Field(None, description="Share of our answers that are right.")
    api_correct: float | None = None
    ours_per_correct: float | None = None
    api_per_correct: float | None = None

    @property
    def cheaper(self) -> str | None:
        """`ours` or `api`, whichever costs less at this month's tokens; None where those are not known."""
        if self.ours_month is None or self.api_month is None:
            return None
        return "ours" if self.ours_month < self.api_month else "api"


def reckon(config: CostConfig, ours_correct: float | None = None) -> Bill | None:
    """The bill of a month; None where a price is missing.

    `ours_correct` is the share of our answers that are right. A share of 0 has no cost per correct answer: it is left
    out, for it would be infinite.
    """
    per_1k = api_per_1k(config)
    if config.gpu_month is None or per_1k is None:
        return None
    unit = unit_tokens(config.gpu_month, per_1k)
    size = capacity(config)
    first, always = crossings(unit, size, config.gpus)
    request = config.prompt_tokens + config.answer_tokens
    api_answer = per_1k * request / 1000
    bill = Bill(
        currency=config.currency,
        api_name=config.api_name,
        gpu_month=config.gpu_month,
        paid=config.gpus,
        gpus=needed(config, config.tokens_month),
        api_per_1k=per_1k,
        tokens_request=request,
        break_even=first,
        always_from=always,
        capacity=size,
        training_share=config.training_hours / (HOURS_OF_MONTH * config.gpus),
        tokens_month=config.tokens_month,
        api_per_answer=api_answer,
        ours_correct=ours_correct,
        api_correct=config.api_correct,
        api_per_correct=_per_correct(api_answer, config.api_correct),
    )
    return bill if config.tokens_month is None else _with_volume(bill, config.tokens_month, config)


def api_per_1k(config: CostConfig) -> float | None:
    """The API's price of 1,000 tokens of a typical request; None where no price is set."""
    if config.api_prompt_per_1k is None:
        return None
    answer = config.api_prompt_per_1k if config.api_answer_per_1k is None else config.api_answer_per_1k
    total = config.prompt_tokens * config.api_prompt_per_1k + config.answer_tokens * answer
    return total / (config.prompt_tokens + config.answer_tokens)


def unit_tokens(gpu_month: float, per_1k: float) -> float:
    """Tokens a month that one GPU must serve to cost what the API asks for them."""
    return gpu_month / per_1k * 1000


def capacity(config: CostConfig) -> float | None:
    """Tokens a month that one GPU can serve in the hours left of training; None where its speed is not known."""
    if config.tokens_per_s is None:
        return None
    return config.tokens_per_s * (SECONDS - config.training_hours * 3600 / config.gpus)


def needed(config: CostConfig, tokens: float | None) -> int:
    """GPUs for so many tokens a month: those that are paid for anyway, or more."""
    size = capacity(config)
    if tokens is None or size is None:
        return config.gpus
    return max(config.gpus, math.ceil(tokens / size))


def crossings(unit: float, size: float | None, gpus: int = 1) -> tuple[float | None, float | None]:
    """Tokens a month from which GPUs are cheaper for the first time, and from which they always are."""
    if size is None:
        return gpus * unit, gpus * unit
    if size <= unit:
        return None, None
    last = max(gpus, math.ceil(unit / (size - unit)))
    return gpus * unit, last * unit


def _with_volume(bill: Bill, tokens: float, config: CostConfig) -> Bill:
    ours = bill.gpus * bill.gpu_month
    answers = tokens / bill.tokens_request
    serving = None if bill.capacity is None else tokens / (SECONDS * (config.tokens_per_s or 1) * bill.gpus)
    training = config.training_hours / (HOURS_OF_MONTH * bill.gpus)
    return bill.model_copy(
        update={
            "training_share": training,
            "serving_share": serving,
            "idle_share": None if serving is None else 1 - serving - training,
            "ours_month": ours,
            "api_month": bill.api_per_1k * tokens / 1000,
            "ours_per_1k": ours / tokens * 1000,
            "ours_per_answer": ours / answers,
            "ours_per_correct": _per_correct(ours / answers, bill.ours_correct),
        }
    )


def _per_correct(per_answer: float, share: float | None) -> float | None:
    return per_answer / share if share else None
