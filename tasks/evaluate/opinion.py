"""A language model's opinion of a night: whose free text it prefers, and how often it agrees with users.

    heard = hear(pairs, "champion", dataset, config, store, filters=filters, kept=kept)
    heard.opinion.answers.share         # the challenger's win rate
    heard.opinion.rated.share           # how often it prefers what users rated higher

Formulas are run and tables are checked; a language model is asked of the rest alone. How far it can be trusted is told
by the share of the app's own answers, rated by users, on which it prefers the better-rated one. No Cohen's kappa beside
it: each such pair has one better answer and is judged in both orders, so chance agrees on half of them, and kappa is
the same figure on another scale (2 x share - 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from configs.schema import FilterConfig, LLMJudgeConfig, Profile
from tasks.artifacts import Dataset, Opinion
from tasks.evaluate.graders import is_free_text
from tasks.evaluate.llm_judge import Pair, Said, compare, key_of, preferences
from tasks.evaluate.metrics import Judged
from tasks.evaluate.rated import rated_pairs
from tasks.records import prompt_text
from tasks.storage import Store

LLM_JUDGE = "llm_judge"
"""Of its file in the report, its folder of kept verdicts, its figures and settings in MLflow."""


@dataclass(frozen=True)
class Heard:
    """The opinion, and every verdict behind it."""

    opinion: Opinion
    verdicts: Sequence[tuple[Pair, Said]]

    def as_json(self) -> dict[str, Any]:
        """Without texts: answers.parquet has those of the night, and the app's own belong into no report."""
        said = [{"id": pair.id, **asdict(one)} for pair, one in self.verdicts]
        return {"opinion": self.opinion.model_dump(), "verdicts": said}


def check_judge(profile: Profile) -> None:
    """Tell at the start of a night what would end it late. Raises ConfigError where the judge's key is not set."""
    if profile.llm_judge is not None:
        key_of(profile.llm_judge)


def hear(
    answered: Sequence[tuple[Judged, Judged]],
    before: str,
    dataset: Dataset,
    config: LLMJudgeConfig,
    store: Store,
    *,
    filters: FilterConfig,
    kept: Path | None = None,
) -> Heard:
    """Compare the challenger's free text with the answers of the role `before`, and the app's rated answers.

    `answered` are both models' answers to the same cases. What the endpoint fails at is counted by kind, and raises
    nothing. Raises ConfigError where the key is not set, StorageError for an extract that is altered.
    """
    ours = [_pair(old, new) for old, new in answered if _is_open(old) and _is_open(new)][: config.max_answers]
    rated, free_text = rated_pairs(store, dataset, config.max_rated, filters)
    said = compare([*ours, *rated], config, kept=kept)
    of_ours, of_rated = said[: len(ours)], said[len(ours) :]
    opinion = Opinion(
        model=config.model,
        before=before,
        answers=preferences(ours, of_ours),
        rated=preferences(rated, of_rated),
        rated_free_text=free_text,
    )
    return Heard(opinion, list(zip([*ours, *rated], said, strict=True)))


def figures(opinion: Opinion) -> dict[str, float]:
    """The opinion's figures by name; what could not be measured is left out."""
    found: dict[str, float | None] = {}
    for name, one in (("win_rate", opinion.answers), ("agreement", opinion.rated)):
        found |= {name: one.share, f"{name}_low": one.low, f"{name}_high": one.high}
    for prefix, one in (("", opinion.answers), ("rated_", opinion.rated)):
        found |= {f"{prefix}pairs": one.pairs, f"{prefix}judged": one.judged, f"{prefix}ties": one.ties}
        found |= {f"{prefix}inconsistent": one.inconsistent_share, f"{prefix}failed": one.pairs - one.judged}
    return {name: float(value) for name, value in found.items() if value is not None}


def _is_open(one: Judged) -> bool:
    return one.verdict is None and is_free_text(one.task_type) and not one.is_unanswered


def _pair(old: Judged, new: Judged) -> Pair:
    return Pair(new.id, new.user_id, prompt_text(new.instruction, new.input), new.answer, old.answer)
