"""Big traffic: millions of interactions of about 1 KB, as messy as the demo's, the same for the same seed.

    for batch in batches(1_000_000): ...        # INTERACTION_SCHEMA, a block of rows at a time

`bench/traffic_database.py` puts it into a database. What a row says follows from one 64-bit number, its content: an
exact duplicate is a row with another one's content. Arrow assembles all texts from the pools of `bench/texts.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bench import texts
from tasks.records import INTERACTION_SCHEMA, TIMESTAMP

SEED = 20261031
LAST_DAY = datetime(2026, 11, 1, tzinfo=UTC)
"""The end of the year of traffic; the first night's rows follow it."""
DAYS = 365
BLOCK_ROWS = 1 << 16
DAY_S = 86_400

ROWS_A_USER = 25
MIN_USERS = 200
ACTIVITY_EXPONENT = 0.6
"""Zipf's: the busiest of 40,000 users asks 0.6% of all questions, most ask a dozen a year."""
SESSION_TURNS = (0.62, 0.20, 0.10, 0.05, 0.03)

ENGLISH_SHARE = 0.05
NO_CONSENT_SHARE = 0.12
DELETED_SHARE = 0.02
JUNK_SHARE = 0.025
EXACT_DUPLICATE_SHARE = 0.11
"""Rows with popular content. The first of each is no duplicate yet: what repeats another row is about 10%."""
NEAR_DUPLICATE_SHARE = 0.05
PERSONAL_DATA_SHARE = 0.03
ODDITY_SHARE = 0.005
POPULAR_SHARE = 0.01
"""Popular contents, of all rows. A near-duplicate varies one of three times as many."""
TABLE_SHARE = 0.86
TABLE_LINES = 14
"""Of those rows that paste one, the median; the logarithm's deviation below gives tables of 2 to 60 lines."""
TABLE_SPREAD = 0.75

QUESTIONS, ENGLISH_QUESTIONS, PERSONAL_DETAILS = 12_000, 1_000, 5_000
TABLE_LINES_DRAWN = 200_000

Integers = NDArray[Any]


@dataclass(frozen=True)
class World:
    """What all rows of one database share."""

    seed: int
    rows: int
    korean: texts.Questions
    english: texts.Questions
    personal: pa.StringArray
    tables: texts.Tables
    lines: Integers
    """Quantiles of the number of lines that a pasted table has."""
    activity: Integers
    """Cumulative shares of the users."""
    user_ids: pa.StringArray
    consents: NDArray[np.bool_]
    writes_english: NDArray[np.bool_]


def world(rows: int, seed: int = SEED) -> World:
    """The pools and users of a database that begins with `rows` interactions."""
    users = max(MIN_USERS, rows // ROWS_A_USER)
    rng = np.random.default_rng([seed, users])
    weights = np.arange(1, users + 1) ** -ACTIVITY_EXPONENT
    lines = np.exp(np.log(TABLE_LINES) + TABLE_SPREAD * rng.standard_normal(4096))
    return World(
        seed,
        rows,
        korean=texts.korean(seed, QUESTIONS),
        english=texts.english(seed, ENGLISH_QUESTIONS),
        personal=texts.personal_details(seed, PERSONAL_DETAILS),
        tables=texts.tables(seed, TABLE_LINES_DRAWN),
        lines=np.clip(lines.round(), 2, 60).astype(np.int64),
        activity=np.cumsum(weights / weights.sum()),
        user_ids=_labels("u", np.arange(users), 7),
        # By rank in the order of activity, so that the shares hold for rows as for users.
        consents=rng.permutation(users) % 100 >= NO_CONSENT_SHARE * 100,
        writes_english=_spread(users, ENGLISH_SHARE),
    )


def batches(rows: int, seed: int = SEED) -> Iterator[pa.RecordBatch]:
    """`rows` interactions in INTERACTION_SCHEMA, in the order of their ids and nearly in that of their creation."""
    made = world(rows, seed)
    begin = LAST_DAY - timedelta(days=DAYS)
    for first in range(0, rows, BLOCK_ROWS):
        count = min(BLOCK_ROWS, rows - first)
        span = (begin + timedelta(days=DAYS) * (first / rows), begin + timedelta(days=DAYS) * ((first + count) / rows))
        yield block(made, first, count, span)


def block(made: World, first: int, count: int, span: tuple[datetime, datetime]) -> pa.RecordBatch:
    """The interactions with the numbers `first` and up, spread over a span of time."""
    rng = np.random.default_rng([made.seed, first, count])
    number = np.arange(first, first + count, dtype=np.uint64)
    user, session, turn = _sessions(rng, made, count)
    created = _moments(rng, span, session, turn)
    english = made.writes_english[user] & (rng.random(count) < 0.8)
    kind = rng.random(count)
    junk = kind < JUNK_SHARE
    exact = ~junk & ~english & (kind < JUNK_SHARE + EXACT_DUPLICATE_SHARE)
    near = ~junk & ~english & ~exact & (kind < JUNK_SHARE + EXACT_DUPLICATE_SHARE + NEAR_DUPLICATE_SHARE)
    content = _contents(rng, made, number, exact, near)

    said = _Said(rng, made, content, english, near)
    follow_up = (turn > 1) & ~exact & ~near & ~english & (rng.random(count) < 0.5)
    instruction = _prefixed(said.instruction, follow_up, rng, ("그럼 ", "이번에는 ", "추가로 ", "그리고 "))
    instruction = _where(junk, _choose(rng, JUNK, count), instruction)
    judged = said.judged & ~junk
    delay = np.where(rng.random(count) < 0.85, rng.uniform(5, 900, count), rng.uniform(3600, 5 * DAY_S, count))
    updated = np.where(judged, created + (delay * 1e6).astype(np.int64), created)
    deleted = rng.random(count) < DELETED_SHARE
    updated = np.where(deleted, updated + rng.integers(10**7, 10**11, count), updated)
    updated = np.minimum(updated, _micros(span[1] if span[1] > LAST_DAY else LAST_DAY) - 10**6)
    oddity = rng.random(count) < ODDITY_SHARE
    plain, blank = pa.repeat("", count), pa.nulls(count, pa.string())
    output = _appended(said.output, oddity, rng, texts.ODDITIES)
    columns: dict[str, Any] = {
        "id": _labels("i", number.astype(np.int64), 10),
        "user_id": made.user_ids.take(pa.array(user)),
        "session_id": _labels("s", session + first, 10),
        "turn": pa.array(turn.astype(np.int32)),
        "task_type": said.task_type,
        "instruction": instruction,
        "input": _where(junk, plain, said.input),
        "output": _where(junk, _choose(rng, _JUNK_ANSWERS, count), output),
        "edited_output": _where(junk, blank, said.edited),
        "quality_score": said.score,
        "rating": said.rating,
        "language": _choose_by(made.writes_english[user] & (rng.random(count) < 0.95), "en", "ko"),
        "training_consent": pa.array(made.consents[user]),
        "created_at": pa.array(created).cast(TIMESTAMP),
        "updated_at": pa.array(np.maximum(updated, created)).cast(TIMESTAMP),
        "deleted_at": pa.array(np.maximum(updated, created), mask=~deleted).cast(TIMESTAMP),
    }
    return pa.RecordBatch.from_arrays([columns[name] for name in INTERACTION_SCHEMA.names], schema=INTERACTION_SCHEMA)


JUNK = ("테스트", "ㅋㅋㅋ", "ㅁㄴㅇㄹ", "안녕", "test", "...", "ㅎㅇ", "되나?", "1234")
_JUNK_ANSWERS = (
    "",
    "안녕하세요! 무엇을 도와드릴까요?",
    "네, 말씀해 주세요.",
    "죄송합니다, 이해하지 못했습니다. 다시 말씀해 주세요.",
)


def _sessions(rng: np.random.Generator, made: World, count: int) -> tuple[Integers, Integers, Integers]:
    """User, session and turn of each row: sessions of one to five turns, each of one user."""
    turns = rng.choice(np.arange(1, 6), size=count, p=SESSION_TURNS)
    turns = turns[: int(np.searchsorted(np.cumsum(turns), count)) + 1]
    session = np.repeat(np.arange(len(turns)), turns)[:count]
    starts = np.cumsum(turns) - turns
    turn = np.arange(count) - starts[session] + 1
    users = np.searchsorted(made.activity, rng.random(len(turns)) * made.activity[-1])
    return np.minimum(users, len(made.user_ids) - 1)[session], starts[session], turn


def _moments(
    rng: np.random.Generator, span: tuple[datetime, datetime], session: Integers, turn: Integers
) -> NDArray[np.int64]:
    begin, end = map(_micros, span)
    starts = np.sort(rng.integers(begin, end, size=len(session)))[session]
    moments = starts + (turn - 1) * rng.integers(20 * 10**6, 200 * 10**6, size=len(turn))
    within: NDArray[np.int64] = np.minimum(moments, end - 1)
    return within


def _contents(
    rng: np.random.Generator, made: World, number: Integers, exact: NDArray[np.bool_], near: NDArray[np.bool_]
) -> NDArray[np.uint64]:
    """The number that each row's texts follow from: its own, or a popular content's, the first of them most often."""
    popular = max(20, int(made.rows * POPULAR_SHARE))
    drawn = (rng.random(len(number)) ** 2 * np.where(near, 3 * popular, popular)).astype(np.uint64)
    mixed: NDArray[np.uint64] = _mix(np.where(exact | near, drawn, number + np.uint64(1 << 40)), made.seed)
    return mixed


class _Said:
    """The texts of some rows, and what was made of them: columns in the rows' order."""

    def __init__(
        self,
        rng: np.random.Generator,
        made: World,
        content: NDArray[np.uint64],
        english: NDArray[np.bool_],
        near: NDArray[np.bool_],
    ) -> None:
        count = len(content)
        self._rng, self._made, self._content = rng, made, content
        order = np.argsort(english, kind="stable")
        back = pa.array(np.argsort(order, kind="stable"))
        parts = [
            self._columns(pool, order[english[order] == flag])
            for pool, flag in ((made.korean, False), (made.english, True))
        ]
        joined = {name: pa.concat_arrays([part[name] for part in parts]).take(back) for name in parts[0]}
        self.judged = joined["judged"].to_numpy(zero_copy_only=False)
        self.task_type, self.score, self.rating = joined["task_type"], joined["score"], joined["rating"]
        self.edited = joined["edited"]
        self.output = joined["output"]
        self.instruction = self._varied(joined["instruction"], near)
        personal = rng.random(count) < PERSONAL_DATA_SHARE
        details = made.personal.take(pa.array(rng.integers(0, len(made.personal), count)))
        details = pc.if_else(pa.array(personal), details, "")
        tables = self._tables(joined["takes_table"].to_numpy(zero_copy_only=False), near)
        self.input = _joined_lines(joined["input"], tables, details)

    def _columns(self, pool: texts.Questions, at: Integers) -> dict[str, pa.Array]:
        content = self._content[at]
        question = (_mix(content, 1) % np.uint64(len(pool))).astype(np.int64)
        fate = question * texts.FATES + self._rng.integers(0, texts.FATES, len(at))
        columns = (_mix(content, 2) % np.uint64(texts.COLUMN_SHIFTS)).astype(np.int64)
        rows = (_mix(content, 3) % np.uint64(texts.ROW_SHIFTS)).astype(np.int64) * texts.ROW_STEP
        decorated = pool.decorated[fate]
        explained = decorated & pool.terse[fate] & (self._rng.random(len(at)) < 0.6)
        explanation = pool.explanations.render(question, columns, rows)

        def answer(core: pa.Array, wanted: NDArray[np.bool_]) -> pa.Array:
            told = pc.if_else(pa.array(explained & wanted), pc.binary_join_element_wise("\n", explanation, ""), "")
            before = _choose(self._rng, texts.BEFORE_ANSWER, len(at))
            after = _choose(self._rng, texts.AFTER_ANSWER, len(at))
            whole = pc.binary_join_element_wise(before, core, told, after, "")
            return pc.if_else(pa.array(wanted), whole, core)

        edited = pool.edited[fate]
        corrected = answer(pool.edits.render(fate, columns, rows), decorated & edited)
        return {
            "instruction": pool.instructions.render(question, columns, rows),
            "input": pool.inputs.render(question, columns, rows),
            "output": answer(pool.outputs.render(fate, columns, rows), decorated & (self._rng.random(len(at)) < 0.8)),
            "edited": pc.if_else(pa.array(edited), corrected, pa.scalar(None, pa.string())),
            "task_type": pool.task_types.take(pa.array(question)),
            "takes_table": pa.array(pool.takes_table[question]),
            "judged": pa.array(pool.judged[fate]),
            "score": pool.scores.take(pa.array(fate)),
            "rating": pool.ratings.take(pa.array(fate)),
        }

    def _varied(self, instruction: pa.Array, near: NDArray[np.bool_]) -> pa.Array:
        """Near-duplicates in other hands: other blanks, other manners."""
        count = len(instruction)
        spaced = pc.replace_substring(instruction, " ", "  ", max_replacements=1)
        spaced = pc.if_else(pa.array(self._rng.random(count) < 0.4), spaced, instruction)
        before = _choose(self._rng, texts.BEFORE_QUESTION, count)
        after = _choose(self._rng, texts.AFTER_QUESTION, count)
        return _where(near, pc.binary_join_element_wise(before, spaced, after, ""), instruction)

    def _tables(self, wanted: NDArray[np.bool_], near: NDArray[np.bool_]) -> pa.Array:
        """A pasted table, or nothing. A third of the near-duplicates have a line more in theirs."""
        pool, content = self._made.tables, self._content
        some = wanted & ((_mix(content, 4) % np.uint64(1000)).astype(np.int64) < TABLE_SHARE * 1000)
        lengths = self._made.lines[(_mix(content, 5) % np.uint64(len(self._made.lines))).astype(np.int64)]
        lengths = np.where(some, lengths + (near & (self._rng.random(len(content)) < 0.33)), 0)
        sizes = np.where(some, lengths + 1, 0)
        ends = np.cumsum(sizes)
        within = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - sizes, sizes)
        kind = (_mix(content, 6) % np.uint64(pool.kinds)).astype(np.int64)
        line = _mix(np.repeat(content, sizes) + within.astype(np.uint64), 7) % np.uint64(pool.per_kind)
        at = np.repeat(kind * pool.per_kind, sizes) + line.astype(np.int64)
        at = np.where(within == 0, np.repeat(pool.header(kind), sizes), at)
        offsets = np.concatenate([[0], ends]).astype(np.int32)
        return pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets), pool.lines.take(pa.array(at))), "\n")


def _joined_lines(*parts: pa.Array) -> pa.Array:
    """The parts of each row under each other, empty ones left out."""
    whole = parts[0]
    for part in parts[1:]:
        both = pc.and_(pc.not_equal(whole, ""), pc.not_equal(part, ""))
        whole = pc.binary_join_element_wise(whole, part, pc.if_else(both, "\n", ""))
    return whole


def _mix(numbers: Integers, salt: int) -> NDArray[np.uint64]:
    """SplitMix64's finaliser over numbers and a salt."""
    mixed = numbers.astype(np.uint64) + np.uint64((salt * 0x9E3779B97F4A7C15 + 0x632BE59BD9B4E019) & (2**64 - 1))
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    whole: NDArray[np.uint64] = mixed ^ (mixed >> np.uint64(31))
    return whole


def _spread(users: int, share: float) -> NDArray[np.bool_]:
    """True for every so many users, from the middle of the first stretch on."""
    step = round(1 / share)
    return np.arange(users) % step == step // 2


def _labels(prefix: str, numbers: Integers, width: int) -> pa.StringArray:
    padded = pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), width=width, padding="0")
    return pc.binary_join_element_wise(prefix, padded, "")


def _choose(rng: np.random.Generator, options: tuple[str, ...], count: int) -> pa.StringArray:
    return pa.array(options).take(pa.array(rng.integers(0, len(options), count)))


def _choose_by(mask: NDArray[np.bool_], yes: str, no: str) -> pa.StringArray:
    return pc.if_else(pa.array(mask), yes, no)


def _where(mask: NDArray[np.bool_], yes: pa.Array, no: pa.Array) -> pa.Array:
    return pc.if_else(pa.array(mask), yes, no)


def _prefixed(text: pa.Array, mask: NDArray[np.bool_], rng: np.random.Generator, options: tuple[str, ...]) -> pa.Array:
    return pc.binary_join_element_wise(
        _where(mask, _choose(rng, options, len(mask)), pa.repeat("", len(mask))), text, ""
    )


def _appended(text: pa.Array, mask: NDArray[np.bool_], rng: np.random.Generator, options: tuple[str, ...]) -> pa.Array:
    return pc.binary_join_element_wise(
        text, _where(mask, _choose(rng, options, len(mask)), pa.repeat("", len(mask))), ""
    )


def _micros(moment: datetime) -> int:
    return int(moment.timestamp()) * 10**6
