"""The rules that one interaction is judged by alone, each a vectorised predicate with a name.

A rule takes a batch of candidates and the settings and returns a boolean mask: true keeps the row. A null in a mask
drops it: what is not known to be good is not learnt from. Counting, samples and order are the engine's business.

A new rule is one function and one line in `RULES`.

What an edit means. `edited_output` is the user's own correction, so it is the answer to learn, and the rating and the
score, which judged the answer that was corrected, say nothing about it. Edited rows are therefore exempt from the rules
`quality_score` and `rating`: a one-star answer that its user repaired is among the best examples there are. With
`include_edited` off, edited rows are left out altogether, since their raw answer was found wanting.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from configs.schema import FilterConfig

Mask: TypeAlias = Any
"""A pyarrow.BooleanArray, which has no types of its own."""

Predicate = Callable[[pa.RecordBatch, FilterConfig], Mask]

HIGHEST_RATING = 5
HIGHEST_SCORE = 1.0

TEMPLATE_TOKENS = (
    "[INST]", "[/INST]", "<<SYS>>", "<</SYS>>", "<s>", "</s>",
    "<|im_start|>", "<|im_end|>", "<|begin_of_text|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>",
)  # fmt: skip
"""Marks of chat templates. In a user's text they would end a turn, or forge one, in what the model is trained on."""

_TOKENS = "|".join(token.replace("[", r"\[").replace("]", r"\]").replace("|", r"\|") for token in TEMPLATE_TOKENS)

_GAP = r"[\s\pP\pS]*"
"""White space and punctuation. Not RE2's \\W: to it, a Hangul syllable is no word character."""

_APOLOGY = rf"^{_GAP}(죄송|미안|유감|sorry|i('| a)m (very |so )?sorry|i apologi[sz]e|as an ai)"
_UNABLE = (
    r"(없습니다|없어요|없네요|못했습니다|못합니다|못하|불가능|어렵습니다|어려워요|다시 (말씀|질문|입력)"
    r"|can('|no)t|cannot|unable|not able|won't)"
)
_HOLDS_AN_ANSWER = r"[=`|\d]"
REFUSAL_CHARS = 200
"""A longer apology usually goes on to answer."""

_SMALL_TALK = (
    rf"(?i)^{_GAP}(안녕하세요|안녕|반갑습니다|감사합니다|네|예|알겠습니다|hello|hi|sure|ok(ay)?)?{_GAP}"
    rf"(무엇을|어떻게|뭘|언제든지)?{_GAP}"
    rf"(도와\s?드릴까요|도움이 필요하신가요|말씀해\s?주세요|말씀하세요|질문해\s?주세요"
    rf"|how can i help( you)?( today)?)?{_GAP}$"
)
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


def has_prompt(batch: pa.RecordBatch, _config: FilterConfig) -> Mask:
    return pc.greater(_length(batch, "instruction"), 0)


def prompt_not_too_long(batch: pa.RecordBatch, config: FilterConfig) -> Mask:
    length = pc.add(_length(batch, "instruction"), pc.fill_null(_length(batch, "input"), 0))
    return pc.less_equal(length, config.max_prompt_chars)


def prompt_not_junk(batch: pa.RecordBatch, _config: FilterConfig) -> Mask:
    """Drops test words and loose consonants, unless they come with a sheet or text that they may be about."""
    junk = pc.match_substring_regex(batch.column("instruction"), _JUNK_PROMPT)
    alone = pc.equal(pc.fill_null(_length(batch, "input"), 0), 0)
    return pc.invert(pc.and_(junk, alone))


def has_answer(batch: pa.RecordBatch, _config: FilterConfig) -> Mask:
    return pc.greater(_length(batch, "answer"), 0)


def answer_not_too_short(batch: pa.RecordBatch, config: FilterConfig) -> Mask:
    return pc.greater_equal(_length(batch, "answer"), config.min_answer_chars)


def answer_not_too_long(batch: pa.RecordBatch, config: FilterConfig) -> Mask:
    return pc.less_equal(_length(batch, "answer"), config.max_answer_chars)


def not_refused(batch: pa.RecordBatch, _config: FilterConfig) -> Mask:
    """Drops short apologies that say what cannot be done and hold nothing that could be an answer."""
    answer = batch.column("answer")
    apology = pc.match_substring_regex(answer, _APOLOGY, ignore_case=True)
    unable = pc.match_substring_regex(answer, _UNABLE, ignore_case=True)
    answers = pc.match_substring_regex(answer, _HOLDS_AN_ANSWER)
    short = pc.less_equal(_length(batch, "answer"), REFUSAL_CHARS)
    return pc.invert(pc.and_(pc.and_(apology, unable), pc.and_not(short, answers)))


def not_small_talk(batch: pa.RecordBatch, _config: FilterConfig) -> Mask:
    """Drops greetings and offers of help, which answer no question."""
    return pc.invert(pc.match_substring_regex(batch.column("answer"), _SMALL_TALK))


def no_template_tokens(batch: pa.RecordBatch, _config: FilterConfig) -> Mask:
    found = [
        pc.fill_null(pc.match_substring_regex(batch.column(name), _TOKENS), False)
        for name in ("instruction", "input", "answer")
    ]
    return pc.invert(pc.or_(pc.or_(found[0], found[1]), found[2]))


RULES = (
    # What must not be looked at comes first, then what is cheapest.
    Rule("deleted", not_deleted, private=True),
    Rule("consent", consented, private=True),
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
    Rule("template_tokens", no_template_tokens),
)


def candidates(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with two columns more: `answer`, the one to learn, and `edited`, whether its user wrote it."""
    edit, output = batch.column("edited_output"), batch.column("output")
    edited = pc.and_(pc.is_valid(edit), pc.fill_null(pc.not_equal(edit, output), True))
    answer = pc.if_else(edited, edit, output)
    return batch.append_column("answer", answer).append_column("edited", edited)


def _length(batch: pa.RecordBatch, column: str) -> pa.Array:
    """Characters of a text without the white space around it."""
    return pc.utf8_length(pc.utf8_trim_whitespace(batch.column(column)))


def _all(batch: pa.RecordBatch) -> Mask:
    return pa.repeat(pa.scalar(True), batch.num_rows)
