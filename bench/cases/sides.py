"""Sides are kept: by user, by near-duplicate cluster, by time, and from night to night."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from random import Random
from typing import Any

from bench.planted import DROPPED, row, run
from bench.score import Score

Row = dict[str, Any]
NIGHTS, QUESTIONS = 6, 60
SEED = 20261126


def measure(users: dict[str, list[str]], filling: list[Row], asked: list[Row]) -> dict[str, Score]:
    """`users` by their side, a row of each of them, and questions of test users."""
    return {
        "user": _user(),
        "cluster": _cluster(users, filling),
        "time": _time(users, filling, asked),
        "nights": nights(),
    }


def _user() -> Score:
    """Users with many rows: all of a user's are on one side."""
    score = Score()
    rows = [
        row(number, user_id=f"many{number % 60}", instruction=f"H{number + 2}부터 H{number + 31}까지 합을 구해줘")
        | {"output": f"=SUM(H{number + 2}:H{number + 31})"}
        for number in range(600)
    ]
    found = run(rows)
    sides = defaultdict(set)
    for one in rows:
        if found[one["id"]].fate != DROPPED:
            sides[one["user_id"]].add(found[one["id"]].fate)
    for user, theirs in sides.items():
        score.expect(len(theirs) == 1, f"{user} {theirs}")
    return score


def _cluster(users: dict[str, list[str]], filling: list[Row]) -> Score:
    """A question of users on all sides: one row of it is left, on the side of who asked first, the best of its users."""
    score = Score()
    rng = Random(f"{SEED}/cluster")
    rows, groups = [], []
    for number in range(QUESTIONS):
        sides = rng.choices(("train", "validation", "test"), k=rng.randint(2, 5))
        question = f"K{number * 3 + 2}:K{number * 3 + 60}에서 {number % 9 + 2}번째로 작은 값의 위치를 찾아줘"
        group = []
        for place, side in enumerate(sides):
            said = rng.choice(
                (question, f"혹시 {question}", f"{question} 부탁드려요", question.replace("줘", " 주세요!"))
            )
            told = {
                "instruction": said,
                "output": f"=MATCH(SMALL(K{number},{number}),K{number},0)",
                "rating": rng.choice((4, 5)),
            }
            group.append(
                (
                    side,
                    row(
                        2_000 + number * 10 + place,
                        user_id=users[side][(number * 7 + place) % len(users[side])],
                        **told,
                    ),
                )
            )
        groups.append(group)
        rows += [one for _, one in group]
    found = run(
        [*filling, *rows], filtering={"execute_formulas": False}, converting={"decontaminate": ("exact", "near")}
    )
    for group in groups:
        left = [(found[one["id"]].fate, one) for _, one in group if found[one["id"]].fate != DROPPED]
        mine = [one for side, one in group if side == group[0][0]]
        best = max(mine, key=lambda one: (one["rating"], -int(one["id"][1:])))
        score.expect(left == [(group[0][0], best)], f"{[(side, one['rating']) for side, one in group]} {left}")
    return score


def _time(users: dict[str, list[str]], filling: list[Row], asked: list[Row]) -> Score:
    """A test set that is frozen in time, and training up to a moment."""
    score = Score()
    late = [
        row(
            9_000 + number,
            user_id=users[side][number % len(users[side])],
            instruction=f"새 질문 {number}: C{number + 2}의 제곱을 구해줘",
        )
        | {"output": f"=C{number + 2}^2"}
        for number, side in enumerate(("test", "train", "validation") * 8)
    ]
    moment = row(5_000)["created_at"]
    found = run([*filling, *asked, *late], converting={"test_until": moment, "train_until": moment})
    for one in late:
        score.expect(found[one["id"]].fate == DROPPED, one["instruction"])
    for one in asked:
        score.spare(found[one["id"]].fate != "test", one["instruction"])
    return score


def nights(count: int = NIGHTS, seed: int = SEED) -> Score:
    """Nights with new copies, other ratings and deletions: neither a row nor a question changes side.

    Whoever asked first stays; what happens when that row goes is told in docs/duplicates.md.
    """
    score = Score()
    rng = Random(f"{seed}/nights")
    rows: dict[str, Row] = {}
    first: set[str] = set()
    question_of: dict[str, int] = {}
    was: dict[str | int, str] = {}
    for night in range(count):
        for change in _changes(rng, night, rows, first, question_of):
            rows[change["id"]] = change
        gone = [id_ for id_ in rows if id_ not in first and rng.random() < 0.05]
        for id_ in gone:
            del rows[id_]
        found = run(rows.values(), filtering={"execute_formulas": False})
        for id_, one in found.items():
            for name in (id_, question_of[id_]):
                if one.fate != DROPPED:
                    score.expect(
                        was.setdefault(name, one.fate) == one.fate, f"night {night}: {name} {was[name]} {one.fate}"
                    )
    return score


def _changes(
    rng: Random, night: int, rows: dict[str, Row], first: set[str], question_of: dict[str, int]
) -> Iterable[Row]:
    """What a day brings: new questions, copies of old ones by anybody, ratings."""
    for number in range(QUESTIONS):
        question = rng.randrange(QUESTIONS) if night else number
        id_ = night * 1_000 + number
        said = f"W{question * 5 + 2}:W{question * 5 + 90}에서 {question % 8 + 2}번째로 큰 값을 {question}과 비교해줘"
        said = rng.choice((said, f"혹시 {said}", f"{said} ㅠㅠ", said.replace("해줘", "해 주세요")))
        new = row(
            id_, user_id=f"n{rng.randrange(400)}", instruction=said, output=f"=W{question}", rating=rng.choice((4, 5)),
            quality_score=rng.choice((0.75, 0.8, 0.95)),
        )  # fmt: skip
        question_of[new["id"]] = question
        if not night:
            first.add(new["id"])
        yield new
    for one in list(rows.values()):
        if rng.random() < 0.3:
            yield one | {"rating": rng.choice((4, 5)), "quality_score": rng.choice((0.75, 0.8, 0.95))}
