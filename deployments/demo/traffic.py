"""Who asks the demo's application what, and when: the rows of its first 60 days, and of every day after.

The traffic is as messy as life on purpose, since a pipeline that has only seen clean rows has not been tried: wrong
answers with low ratings, answers that users repaired, the same question from many users, personal data, junk, English,
refusals, withdrawn consent, deletions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import TypeVar

from deployments.demo.answers import (
    Answered,
    answer,
    answer_junk,
    is_poor,
    repaired,
    score,
    with_personal_data,
)
from deployments.demo.questions import (
    ask_analysis,
    ask_correction,
    ask_english,
    ask_explanation,
    ask_formula,
    ask_how_to,
    ask_junk,
)
from deployments.demo.sheets import Question, dice
from tasks.records import Interaction

T = TypeVar("T")

SEED = 20261031
LAST_DAY = date(2026, 10, 31)
DAYS = 60
ROWS = 6_400
ROWS_OF_A_LATER_DAY = 400
USERS = 300

CONSENT_SHARE = 0.88
ENGLISH_SHARE = 0.05
JUNK_SHARE = 0.025
PERSONAL_DATA_SHARE = 0.03
DELETED_SHARE = 0.02
POPULAR_QUESTIONS = 80
"""Questions from the app's help page, which many users paste as they stand: where exact duplicates come from."""
FOLLOW_UPS = ("그럼 ", "이번에는 ", "추가로 ", "그리고 ", "하나 더, ")

LATE_RATINGS = 80
LATE_EDITS = 15
LATE_DELETIONS = 12
LEAVING_USERS = 2


@dataclass(frozen=True, slots=True)
class User:
    """Habits of one user, the same on every day."""

    id: str
    consents: bool
    english: bool
    activity: float


@dataclass(frozen=True, slots=True)
class _World:
    """What all days share: the users, the help page, and the end of time, after which nothing has happened yet."""

    seed: int
    users: tuple[User, ...]
    popular: tuple[Question, ...]
    horizon: datetime


@dataclass(frozen=True, slots=True)
class _Visit:
    """One turn of one user's session, before anything is asked."""

    id: str
    user: User
    session: str
    turn: int
    at: datetime


@dataclass(frozen=True, slots=True)
class LateChanges:
    """Old rows in their new state. No row is in two lists, so that lengths count rows."""

    changed: list[Interaction]
    withdrawn: list[Interaction]
    deleted: list[Interaction]


def rows(seed: int = SEED) -> Iterator[Interaction]:
    """The first 60 days, oldest first."""
    world = _world(seed, LAST_DAY)
    first = LAST_DAY - timedelta(days=DAYS - 1)
    for offset in range(DAYS):
        before, after = ROWS * offset // DAYS, ROWS * (offset + 1) // DAYS
        yield from _day(world, first + timedelta(days=offset), before, after - before)


def later_day(seed: int, day: date, consent: dict[str, bool], before: int) -> Iterator[Interaction]:
    """The new rows of one later day. `consent` is each user's newest, `before` the number of older rows."""
    world = _world(seed, day)
    users = tuple(replace(user, consents=consent.get(user.id, user.consents)) for user in world.users)
    yield from _day(replace(world, users=users), day, before, ROWS_OF_A_LATER_DAY)


def late_changes(seed: int, day: date, past: list[Interaction]) -> LateChanges:
    """What happens on `day` to rows of the past."""
    rng = dice(seed, day, "late")
    living = [row for row in past if row.deleted_at is None]
    leaving = set(_some(rng, sorted({row.user_id for row in living if row.training_consent}), LEAVING_USERS))
    staying = [row for row in living if row.user_id not in leaving]
    deleted = _some(rng, staying, LATE_DELETIONS)
    gone = {row.id for row in deleted}
    unrated = [row for row in staying if row.rating is None and row.id not in gone]
    broken = [row for row in staying if _repairable(row) and row.id not in gone]
    rated = [_rate(rng, row, _moment(rng, day)) for row in _some(rng, unrated, LATE_RATINGS)]
    edited = [_edit(row, _moment(rng, day)) for row in _some(rng, broken, LATE_EDITS)]
    return LateChanges(
        changed=rated + edited,
        withdrawn=[_withdraw(row, _moment(rng, day)) for row in living if row.user_id in leaving],
        deleted=[_delete(row, _moment(rng, day)) for row in deleted],
    )


def _some(rng: Random, items: list[T], count: int) -> list[T]:
    return rng.sample(items, min(count, len(items)))


def _repairable(row: Interaction) -> bool:
    return row.rating is not None and row.edited_output is None and repaired(row.output) is not None


def _rate(rng: Random, row: Interaction, when: datetime) -> Interaction:
    """A rating that fits what can be seen of the answer: a broken one is not praised."""
    rating = rng.choice((1, 2) if is_poor(row.output) else (3, 4, 5, 5))
    quality = score(rng, rating) if row.quality_score is None else row.quality_score
    return replace(row, rating=rating, quality_score=quality, updated_at=when)


def _edit(row: Interaction, when: datetime) -> Interaction:
    return replace(row, edited_output=repaired(row.output), rating=4, updated_at=when)


def _withdraw(row: Interaction, when: datetime) -> Interaction:
    return replace(row, training_consent=False, updated_at=when)


def _delete(row: Interaction, when: datetime) -> Interaction:
    return replace(row, deleted_at=when, updated_at=when)


def _world(seed: int, last_day: date) -> _World:
    rng = dice(seed, "popular")
    popular = tuple(
        rng.choice((ask_formula, ask_formula, ask_formula, ask_how_to))(rng) for _ in range(POPULAR_QUESTIONS)
    )
    users = tuple(_user(dice(seed, "user", number), number) for number in range(1, USERS + 1))
    return _World(seed, users, popular, _midnight(last_day + timedelta(days=1)))


def _user(rng: Random, number: int) -> User:
    """Activity falls off as it does in life: a few users ask every day, most ask now and then."""
    consents, english = rng.random() < CONSENT_SHARE, rng.random() < ENGLISH_SHARE
    return User(f"u{number:04d}", consents, english, rng.lognormvariate(0, 0.8))


def _day(world: _World, day: date, before: int, count: int) -> Iterator[Interaction]:
    """One day's interactions in the order of their creation; `before` counts the interactions of earlier days."""
    rng = dice(world.seed, day)
    for visit in _visits(rng, world, day, before, count):
        yield _interaction(rng, world, visit)


def _visits(rng: Random, world: _World, day: date, before: int, count: int) -> Iterator[_Visit]:
    """Sessions of one to five turns, in the Korean working day, which is UTC's first half."""
    weights = [user.activity for user in world.users]
    moments = sorted(rng.triangular(0, 13 * 3600, 4 * 3600) for _ in range(count))
    number = 0
    while number < count:
        user = rng.choices(world.users, weights)[0]
        session = f"s{day:%Y%m%d}-{number:04d}"
        turns = rng.choices((1, 2, 3, 4, 5), (62, 20, 10, 5, 3))[0]
        for turn in range(1, min(turns, count - number) + 1):
            number += 1
            at = _midnight(day) + timedelta(microseconds=int(moments[number - 1] * 1e6))
            yield _Visit(f"i{before + number:07d}", user, session, turn, at)


def _interaction(rng: Random, world: _World, visit: _Visit) -> Interaction:
    asked, answered = _exchange(rng, world, visit)
    touched, deleted = _touched(rng, world, visit.at, answered)
    return Interaction(
        id=visit.id,
        user_id=visit.user.id,
        session_id=visit.session,
        turn=visit.turn,
        task_type=asked.task_type,
        instruction=asked.instruction,
        input=asked.input,
        output=answered.output,
        edited_output=answered.edited,
        quality_score=answered.score,
        rating=answered.rating,
        language="en" if visit.user.english and rng.random() < 0.95 else "ko",
        training_consent=visit.user.consents,
        created_at=visit.at,
        updated_at=touched,
        deleted_at=touched if deleted else None,
    )


def _exchange(rng: Random, world: _World, visit: _Visit) -> tuple[Question, Answered]:
    if rng.random() < JUNK_SHARE:
        return ask_junk(rng), answer_junk(rng)
    asked = _question(rng, world, visit.user)
    answered = answer(rng, asked)
    if visit.turn > 1 and rng.random() < 0.5 and not visit.user.english:
        asked = replace(asked, instruction=rng.choice(FOLLOW_UPS) + asked.instruction)
    if rng.random() < PERSONAL_DATA_SHARE:
        asked = with_personal_data(rng, asked)
    return asked, answered


def _question(rng: Random, world: _World, user: User) -> Question:
    if user.english and rng.random() < 0.8:
        return ask_english(rng)
    kind = rng.random()
    if kind < 0.05:
        return rng.choice(world.popular)
    if kind < 0.10:
        return _near_duplicate(rng, rng.choice(world.popular))
    kinds = (ask_formula, ask_correction, ask_explanation, ask_how_to, ask_analysis)
    return rng.choices(kinds, (66, 8, 9, 9, 8))[0](rng)


def _near_duplicate(rng: Random, question: Question) -> Question:
    """The same question in another hand: other blanks, other manners."""
    said = question.instruction
    return replace(
        question,
        instruction=rng.choice(
            (
                said.replace(" ", "  ", 1),
                said.replace(" ", "", 1),
                f"{said} ",
                said + rng.choice(("~", "!", " ㅠㅠ", " 부탁해요", "..")),
                rng.choice(("혹시 ", "저기 ", "안녕하세요 ", "급해요 ")) + said,
            )
        ),
    )


def _touched(rng: Random, world: _World, created: datetime, answered: Answered) -> tuple[datetime, bool]:
    """When the row last changed, and whether that was its deletion."""
    last = world.horizon - timedelta(seconds=1)
    touched = min(created + _delay(rng), last) if answered.is_judged else created
    deleted = rng.random() < DELETED_SHARE
    return (min(touched + _delay(rng), last), True) if deleted else (touched, False)


def _delay(rng: Random) -> timedelta:
    """Most users judge at once, some come back days later."""
    seconds = rng.uniform(5, 900) if rng.random() < 0.85 else rng.uniform(3600, 5 * 86_400)
    return timedelta(microseconds=int(seconds * 1e6))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _moment(rng: Random, day: date) -> datetime:
    return _midnight(day) + timedelta(microseconds=rng.randrange(86_400_000_000))
