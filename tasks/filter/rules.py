"""The rules that one interaction is judged by alone, each a vectorised predicate with a name.

A rule takes a batch of candidates and the settings and returns a boolean mask: true keeps the row. A null in a mask
drops it: what is not known to be good is not learnt from. Counting, samples and order are the engine's business.

A new rule is one function and one line in `RULES`; docs/rules.md tells what each drops.

What an edit means. `edited_output` is the user's own correction, so it is the answer to learn, and the rating and the
score, which judged the answer that was corrected, say nothing about it. Edited rows are therefore exempt from the rules
`quality_score` and `rating`: a one-star answer that its user repaired is among the best examples there are. With
`include_edited` off, edited rows are left out altogether, since their raw answer was found wanting.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from configs.schema import FilterConfig
from tasks.filter import answers, tables
from tasks.filter.tokens import TokenLimit
from tasks.records import TIMESTAMP
from tasks.scan import text
from tasks.scan.korean import korean_share
from tasks.scan.text import TEMPLATE_TOKENS

__all__ = ["RULES", "TEMPLATE_TOKENS", "Rule", "candidates", "rules"]

Mask: TypeAlias = Any
"""A pyarrow.BooleanArray, which has no types of its own."""

Predicate = Callable[[pa.RecordBatch, FilterConfig], Mask]

HIGHEST_RATING = 5
HIGHEST_SCORE = 1.0

_GAP = r"[\s\pP\pS]*"
"""White space and punctuation. Not RE2's \\W: to it, a Hangul syllable is no word character."""

_JUNK_PROMPT = rf"(?i)^[\sㄱ-ㅎㅏ-ㅣ\d\pP\pS]*$|^{_GAP}(테스트|test|testing|asdf|안녕|안녕하세요|hello|hi){_GAP}$"


@dataclass(frozen=True)
class Rule:
    """A predicate and the name under which the funnel counts it.

    `private` marks rules whose rejects must not be looked at: samples show their ids alone.
    """

    name: str
    keeps: Predicate
    private: bool = False


def not_deleted(batch: pa.RecordBatch, _config: FilterConfig) -> Mask:
    return pc.is_null(batch.column("deleted_at"))


def consented(batch: pa.RecordBatch, _config: FilterConfig) -> Mask:
    return batch.column("training_consent")


def in_language(batch: pa.RecordBatch, config: FilterConfig) -> Mask:
    """`ko` in the settings also takes `ko-KR`; no languages at all means any."""
    if not config.languages:
        return _all(batch)
    tags = pc.utf8_lower(batch.column("language"))
    allowed = pa.array([language.lower() for language in config.languages])
    primary = pc.replace_substring_regex(tags, "[-_].*$", "")
    return pc.or_(pc.is_in(tags, allowed), pc.is_in(primary, allowed))


def of_task_type(batch: pa.RecordBatch, config: FilterConfig) -> Mask:
    types = batch.column("task_type")
    return pc.is_in(types, pa.array(config.task_types)) if config.task_types else pc.is_valid(types)


def edited_wanted(batch: pa.RecordBatch, config: FilterConfig) -> Mask:
    return _all(batch) if config.include_edited else pc.invert(batch.column("edited"))


def scored_well(batch: pa.RecordBatch, config: FilterConfig) -> Mask:
    """A score that is missing, or is outside 0..1 and so means something else, vouches for nothing."""
    score = batch.column("quality_score")
    good = pc.and_(pc.greater_equal(score, config.min_quality_score), pc.less_equal(score, HIGHEST_SCORE))
    return pc.or_kleene(batch.column("edited"), good)


def rated_well(batch: pa.RecordBatch, config: FilterConfig) -> Mask:
    """A rating that is missing or above 5 vouches for nothing."""
    rating = batch.column("rating")
    good = pc.and_(pc.greater_equal(rating, config.min_rating), pc.less_equal(rating, HIGHEST_RATING))
    return pc.or_kleene(batch.column("edited"), good)


def in_time(batch: pa.RecordBatch, config: FilterConfig) -> Mask:
    """Created in [since, until). A time without a zone is UTC; a row without a time lies in no range."""
    mask, created = _all(batch), batch.column("created_at")
    if config.since is not None:
        mask = pc.and_(mask, pc.greater_equal(created, _moment(config.since)))
    if config.until is not None:
        mask = pc.and_(mask, pc.less(created, _moment(config.until)))
    return mask


def has_prompt(batch: pa.RecordBatch, _config: FilterConfig) -> Mask:
    return pc.invert(_is_empty(batch, "instruction"))


def prompt_not_too_long(batch: pa.RecordBatch, config: FilterConfig) -> Mask:
    length = pc.add(_length(batch, "instruction"), pc.fill_null(_length(batch, "input"), 0))
    return pc.less_equal(length, config.max_prompt_chars)


def prompt_not_junk(batch: pa.RecordBatch, _config: FilterConfig) -> Mask:
    """Drops test words and loose consonants, unless they come with a sheet or text that they may be about."""
    junk = pc.match_substring_regex(batch.column("instruction"), _JUNK_PROMPT)
    return pc.invert(pc.and_(junk, _is_empty(batch, "input")))


def has_answer(batch: pa.RecordBatch, _config: FilterConfig) -> Mask:
    return pc.invert(_is_empty(batch, "answer"))


def answer_not_too_short(batch: pa.RecordBatch, config: FilterConfig) -> Mask:
    return pc.greater_equal(_length(batch, "answer"), config.min_answer_chars)


def answer_not_too_long(batch: pa.RecordBatch, config: FilterConfig) -> Mask:
    return pc.less_equal(_length(batch, "answer"), config.max_answer_chars)


def not_refused(batch: pa.RecordBatch, _config: FilterConfig) -> Mask:
    return pc.invert(answers.is_refusal(batch.column("answer")))


def not_small_talk(batch: pa.RecordBatch, _config: FilterConfig) -> Mask:
    return pc.invert(answers.is_small_talk(batch.column("answer")))


def no_placeholder(batch: pa.RecordBatch, _config: FilterConfig) -> Mask:
    return pc.invert(answers.is_placeholder(batch.column("answer")))


def not_cut_off(batch: pa.RecordBatch, _config: FilterConfig) -> Mask:
    return pc.invert(answers.is_cut_off(batch.column("answer")))


def fences_closed(batch: pa.RecordBatch, _config: FilterConfig) -> Mask:
    return pc.invert(answers.has_open_fence(batch.column("answer"), text.rows_with(batch, text.FENCE)))


def tables_whole(batch: pa.RecordBatch, _config: FilterConfig) -> Mask:
    return pc.invert(tables.has_broken_table(batch.column("answer")))


def no_control_characters(batch: pa.RecordBatch, _config: FilterConfig) -> Mask:
    return pc.invert(text.holds_control_characters(batch))


def no_template_tokens(batch: pa.RecordBatch, _config: FilterConfig) -> Mask:
    return pc.invert(text.holds_template_tokens(batch))


def korean_enough(batch: pa.RecordBatch, config: FilterConfig) -> Mask:
    """Bare formulas, which hold no letter of any language, pass."""
    if config.min_korean_share == 0:
        return _all(batch)
    return pc.fill_null(pc.greater_equal(korean_share(batch.column("answer")), config.min_korean_share), True)


RULES = (
    # What must not be looked at comes first, then what is cheapest.
    Rule("deleted", not_deleted, private=True),
    Rule("consent", consented, private=True),
    Rule("created_at", in_time),
    Rule("language", in_language),
    Rule("task_type", of_task_type),
    Rule("edited", edited_wanted),
    Rule("quality_score", scored_well),
    Rule("rating", rated_well),
    Rule("prompt_empty", has_prompt),
    Rule("prompt_too_long", prompt_not_too_long),
    Rule("prompt_junk", prompt_not_junk),
    Rule("answer_empty", has_answer),
    Rule("answer_too_short", answer_not_too_short),
    Rule("answer_too_long", answer_not_too_long),
    Rule("answer_refused", not_refused),
    Rule("answer_small_talk", not_small_talk),
    Rule("answer_placeholder", no_placeholder),
    Rule("answer_cut_off", not_cut_off),
    Rule("code_fence", fences_closed),
    Rule("broken_table", tables_whole),
    Rule("control_characters", no_control_characters),
    Rule("template_tokens", no_template_tokens),
    Rule("korean_share", korean_enough),
)
"""Every rule that a row and the settings alone decide, in order. What a setting switches off keeps all."""


def rules(_config: FilterConfig, length: TokenLimit | None = None) -> tuple[Rule, ...]:
    """The rules of a run. `length`, which needs the base model's tokenizer, is the last and dearest."""
    if length is None:
        return RULES
    return (*RULES, Rule("token_limit", lambda batch, _: length.keeps(batch)))


def candidates(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with three columns more: `answer`, the one to learn, `edited`, whether its user wrote it, and `marks`,
    which bytes its texts hold (tasks/scan/text.py): some rules look only at the rows that it names.
    """
    edit, output = batch.column("edited_output"), batch.column("output")
    edited = pc.and_(pc.is_valid(edit), pc.fill_null(pc.not_equal(edit, output), True))
    answer = pc.if_else(edited, edit, output)
    batch = batch.append_column("answer", answer).append_column("edited", edited)
    return batch.append_column("marks", pa.array(text.marks(batch)))


def _is_empty(batch: pa.RecordBatch, column: str) -> Mask:
    return text.is_empty(batch.column(column), text.rows_with(batch, text.ODD))


def _length(batch: pa.RecordBatch, column: str) -> pa.Array:
    """Characters of a text without the white space around it."""
    return pc.utf8_length(pc.utf8_trim_whitespace(batch.column(column)))


def _moment(time: datetime) -> pa.Scalar:
    return pa.scalar(time if time.tzinfo else time.replace(tzinfo=UTC), TIMESTAMP)


def _all(batch: pa.RecordBatch) -> Mask:
    return pa.repeat(pa.scalar(True), batch.num_rows)
