"""The row rules of a profile, put together in order: `rules.py`, `tokens.py`, `formulas.py`, `poison.py`."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from configs.schema import FilterConfig
from tasks.filter.engine import Checks
from tasks.filter.formulas import FormulaCache, FormulaRule, formula_key
from tasks.filter.poison import suspicions
from tasks.filter.rules import Rule, rules
from tasks.filter.tokens import TokenLimit


class Checking(BaseModel):
    """What the rules need besides the filter's settings: plain data, so that another process can take it."""

    model_config = ConfigDict(frozen=True)

    max_tokens: int | None = None
    """Tokens of a whole example, None for any."""

    tokenizer: str = ""
    """The base model's tokenizer.json, with `tokenizer_sha256` of its bytes."""

    tokenizer_sha256: str = ""
    overhead: int = 0
    """Tokens of the system prompt and the template around an example."""


def checks(config: FilterConfig, checking: Checking) -> Checks:
    """Raises BaseModelError for a tokenizer that cannot be read."""
    return Checks(
        rules=rules(config, _length(config, checking)),
        after=_after(config),
        suspicions=partial(suspicions, config=config.poison) if config.poison.quarantine else None,
        formula_key=formula_key,
    )


def _length(config: FilterConfig, checking: Checking) -> TokenLimit | None:
    limit = config.max_tokens or checking.max_tokens
    if limit is None or not checking.tokenizer:
        return None
    return TokenLimit(limit, Path(checking.tokenizer), checking.overhead)


def _after(config: FilterConfig) -> tuple[Rule, ...]:
    if not config.execute_formulas:
        return ()
    return (Rule("formula", FormulaRule(FormulaCache.shared()).keeps),)
