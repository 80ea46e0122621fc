"""How a challenger is questioned, and what it must show to serve."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from configs.settings.base import Positive, Settings, Share


class EvaluateConfig(Settings):
    """How the models are questioned and their answers judged."""

    max_cases: Positive = Field(
        500, description="Test examples that make the frozen test set, once there are as many; all of them before."
    )
    test_set: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")] = Field(
        "first", description="Name of the frozen test set. A new name freezes a new one, and alpha is spent anew on it."
    )
    refill_below: Share = Field(
        0.8,
        description="A frozen test set that has less than this share of its cases left, since users withdrew or rewrote"
        " them, is filled up from other test examples. What the gate spent on it stays spent. 0: never.",
    )
    max_recent_cases: Annotated[int, Field(ge=0)] = Field(
        200, description="The newest test examples that are not in the frozen set, put to each model beside it."
    )
    general_set: str = Field(
        "configs/general/cases.jsonl",
        description="Questions about anything else, which show what a model forgot; relative to the project's root. "
        "Empty: none.",
    )
    max_tokens: Positive = 512
    concurrency: Positive = 16
    workbooks: Positive = Field(10, description="Generated workbooks on which a formula must agree.")


class LLMJudgeConfig(Settings):
    """A language model behind an OpenAI-compatible endpoint that says which of two answers is better (docs/judge.md).

    Questions and answers of users are sent there: a profile has this section only where they agreed to that.
    """

    url: str = Field(description="The endpoint's address, with or without `/v1`.")
    model: Annotated[str, Field(min_length=1)] = Field(description="The model to ask for.")
    api_key: str = Field(
        "", repr=False, description="`${JUDGE_API_KEY}`, read from the environment when it is asked. Empty: no key."
    )
    max_answers: Positive = Field(100, description="Cases of a night whose two answers are compared, at most.")
    max_rated: Annotated[int, Field(ge=0)] = Field(
        50, description="Pairs of the app's own answers, rated differently by users, that show how far to trust it."
    )
    max_tokens: Positive = Field(16, description="Of a verdict, which is one letter; a model that reasons needs more.")
    concurrency: Positive = 4
    timeout_s: Annotated[float, Field(gt=0)] = Field(60.0, description="Until a verdict counts as failed.")
    max_seconds: Annotated[float, Field(gt=0)] = Field(
        900.0, description="For all verdicts of a night; what is not asked by then is counted as failed."
    )
    body: dict[str, Any] = Field(
        default_factory=dict,
        description="Put over each request's body; null takes a field out, as in {max_tokens: null, "
        "max_completion_tokens: 2000}. No place for secrets: it is logged.",
    )

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.username or parts.password or parts.query:
            # Not quoted: an error is printed and logged.
            raise ValueError("holds more than an address; a key belongs into api_key, as ${JUDGE_API_KEY}")
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must be an endpoint's address like https://api.openai.com/v1")
        return url

    @field_validator("api_key", mode="before")
    @classmethod
    def _key_is_text(cls, key: object) -> str:
        return "" if key is None else str(key)  # a wrong type's error would quote the key

    @model_validator(mode="after")
    def _holds_no_key(self) -> LLMJudgeConfig:
        if self.api_key and not re.fullmatch(r"\$\{\w+(:-)?\}", self.api_key):
            # Told of the group, not of the field: an error about a field quotes its value.
            raise ValueError("api_key must be ${JUDGE_API_KEY} or another variable: a profile is no place for secrets")
        return self


class GateConfig(Settings):
    """The rules that a challenger must pass: each setting is part of a sentence (`tasks/evaluate/rules.py`)."""

    primary_metric: Literal["formula_accuracy", "bleu", "chrf"] = "formula_accuracy"
    min_gain: float = Field(0.0, description="The interval's lower bound must lie above this (share for accuracy).")
    max_perplexity_ratio: Annotated[float, Field(gt=0)] = Field(
        1.10, description="Challenger's perplexity over the champion's, at most."
    )
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = Field(0.05, description="One-sided error of the bootstrap interval.")
    alpha_is_for: Literal["all nights", "each night"] = Field(
        "all nights",
        description="all nights: the error of promoting falsely on any night of a test set, spent by look.",
    )
    resamples: Positive = 10_000
    min_cases: Positive = Field(50, description="With fewer cases of the primary metric, nothing is promoted.")
    new_leaks_allowed: Annotated[int, Field(ge=0)] = Field(
        0, description="Answers with personal data of which neither the question nor the champion's answer had any."
    )
    new_unsafe_formulas_allowed: Annotated[int, Field(ge=0)] = Field(
        0, description="Answers that reach out of the workbook where the champion's did not."
    )
    task_type_may_lose: Share = Field(0.10, description="Of the grade (0..1); its interval's lower bound counts.")
    task_type_min_cases: Positive = Field(
        60,
        description="With fewer cases, only a loss of the margin can be shown. 62 show 80% of the time that a model "
        "lost less than 10 points which lost nothing, where a tenth of the answers changed.",
    )
    too_few_of_a_task_type: Literal["pass", "stop"] = "pass"
    recent_may_lose: Share = Field(
        0.10, description="Of the primary metric's scale, on cases newer than the frozen set."
    )
    recent_min_cases: Positive = Field(60, description="With fewer recent cases, only such a loss can be shown.")
    general_may_lose: Share = Field(0.05, description="Of chrF's scale, on the general set; the lower bound counts.")
    max_general_bits_ratio: Annotated[float, Field(gt=0)] = Field(
        1.10, description="Challenger's bits per byte over the champion's on the general set, at most."
    )
    llm_judge_min_win_rate: Share | None = Field(
        None,
        description="The challenger's win rate by the LLM judge must lie above this, by its interval's lower bound. "
        "Empty: the judge decides nothing.",
    )
