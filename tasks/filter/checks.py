"""The row rules of a profile, put together in order: `rules.py`, `tokens.py`, `formulas.py`, `poison.py`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict

from configs.load import fingerprint, template_path, workspace
from configs.schema import Decontaminate, FilterConfig, Profile
from tasks import base_model
from tasks.filter.engine import Checks
from tasks.filter.formulas import FormulaRule, formulas_of
from tasks.filter.offers import on_one_line
from tasks.filter.poison import suspicions
from tasks.filter.rules import Rule, rules
from tasks.filter.tokens import TokenLimit
from tasks.judge.skeleton import skeletons

FORMULAS = "formulas.json"
_GOES_ON = r"[=＝][^\n]*[(,;&*+/][ \t\r]*\n|[=＝][^\n]*\n[ \t]*[),;&]"
"""Wider than `on_one_line`, for RE2: a line ends or begins where no formula does."""
EVERY_TRACE: tuple[Decontaminate, ...] = get_args(Decontaminate)


class Checking(BaseModel):
    """What the rules need besides the filter's settings: plain data, so that another process can take it."""

    model_config = ConfigDict(frozen=True)

    max_tokens: int | None = None
    """Tokens of a whole example as it is trained; None for any number."""

    base_model: str = ""
    """The base model's folder, whose tokenizer counts."""

    template: str = ""
    """The chat template's file."""

    system_prompt: str = ""
    formulas: str = ""
    """Where it is kept, from night to night, which formulas an engine accepts; empty: nowhere."""

    content: str = ""
    """Fingerprint of the tokenizer and the template: what counts, wherever it lies."""

    traces: tuple[Decontaminate, ...] = EVERY_TRACE
    """What the conversion looks for in rows of train (`convert.decontaminate`): nothing is kept for other kinds."""

    @property
    def key(self) -> str:
        """Fingerprint of what the rules' answers, and what is kept beside a row, depend on."""
        return fingerprint(str(self.max_tokens), self.system_prompt, self.content, *sorted(self.traces))


def checking(profile: Profile, count_tokens: bool = True) -> Checking:
    """What the rules of a profile need; the base model only to count tokens.

    Raises BaseModelError where the base model or its tokenizer is not there.
    """
    traces = profile.convert.decontaminate
    if not count_tokens:
        return Checking(traces=traces)
    base = base_model.locate(profile.base_model)
    template = template_path(profile.base_model.chat_template)
    return Checking(
        max_tokens=profile.filter.max_tokens or profile.train.sequence_length,
        base_model=str(base),
        template=str(template),
        system_prompt=profile.convert.system_prompt,
        formulas=str(workspace(profile) / FORMULAS),
        traces=traces,
        content=fingerprint(base_model.tokenizer_fingerprint(base), template.read_text(encoding="utf-8")),
    )


def checks(config: FilterConfig, checking: Checking) -> Checks:
    """Raises BaseModelError for a tokenizer that cannot be read."""
    return Checks(
        rules=rules(config, _length(checking)),
        after=_after(config, checking),
        suspicions=partial(suspicions, config=config.poison) if config.poison.quarantine else None,
        near_duplicates=config.near_duplicates.enabled,
        passages="contained" in checking.traces,
        # Of trusted examples, a near-duplicate is the same question with other figures (tasks/convert/trusted.py).
        skeletons=bool({"near", "skeleton"} & set(checking.traces)),
        formula_key=_formulas if "formula" in checking.traces else None,
    )


def _formulas(answers: pa.Array) -> pa.Array:
    """The formulas that each answer offers, their references abstracted: a list for each answer, in their order."""
    rows, texts = formulas_of(_on_one_line(answers))
    # Whole columns and a table's columns are ranges too, of a size nobody knows: other references, the same formula.
    found = pc.replace_substring_regex(skeletons(texts, literals=True), r"\b[RSW](\d+)[a-z]*\b", r"R\1")
    known = pc.is_valid(found)
    ends = np.searchsorted(rows.filter(known).to_numpy(), np.arange(len(answers) + 1))
    return pa.ListArray.from_arrays(pa.array(ends.astype(np.int32)), found.filter(known))


def _on_one_line(answers: pa.Array) -> pa.Array:
    """Formulas over several lines on one; in a fence they are read so anyway."""
    some = pc.and_not(pc.match_substring_regex(answers, _GOES_ON), pc.match_substring(answers, "```"))
    some = pc.fill_null(some, False)
    few = answers.filter(some)
    if not len(few):
        return answers
    return pc.replace_with_mask(answers, some, pa.array([on_one_line(text) for text in few.to_pylist()], answers.type))


def _length(checking: Checking) -> TokenLimit | None:
    if checking.max_tokens is None or not checking.base_model:
        return None
    base, template = Path(checking.base_model), Path(checking.template)
    return TokenLimit.of_model(checking.max_tokens, base, template, checking.system_prompt)


def _after(config: FilterConfig, checking: Checking) -> tuple[Rule, ...]:
    if not config.execute_formulas:
        return ()
    return (Rule("formula", FormulaRule(Path(checking.formulas) if checking.formulas else None).keeps),)
