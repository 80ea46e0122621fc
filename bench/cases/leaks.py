"""What would carry the test split into training: the same question, a near-duplicate, its text inside another row, its
formula with other references; and sides that are kept by user, cluster and time, from night to night.

Users of each side are found by running once. Test users ask the questions of `leak_questions.py`, users of train ask
variants of them. A variant that is found is in no dataset; an innocent row is in one.

    python -m bench.data_quality --only leaks       the figures, and what went wrong
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from bench.cases import sides
from bench.cases.leak_questions import ASKED, SHARED, UNLIKE
from bench.cases.leak_strangers import STRANGERS
from bench.planted import row, run
from bench.score import Score

Row = dict[str, Any]
LEARNT = ("train", "validation")
USERS = 240

_THINGS = (
    "주문",
    "재고",
    "급여",
    "출석",
    "성적",
    "예산",
    "견적",
    "거래",
    "배송",
    "반품",
    "설비",
    "차량",
    "도서",
    "회원",
    "설문",
    "계약",
)
_SHEETS = (
    "명부",
    "일지",
    "대장",
    "목록",
    "원장",
    "현황",
    "집계",
    "요약",
    "기록",
    "보고",
    "계획",
    "결산",
    "점검",
    "비교",
    "정산",
)

_CLEAN = {"poison": {"quarantine": False}}
"""A question that quotes another looks odd enough for quarantine; here the splits are tried."""


def measure() -> dict[str, Score]:
    """By kind, what was found and what was left alone."""
    users = users_by_side()
    return {
        "exact": _variants(users, _exact),
        "near": _variants(users, _near),
        "contained": _variants(users, _contained),
        "formula": _variants(users, _formula),
        "history": _history(users),
        "skeleton": _skeleton(users),
        "innocent": _innocent(users),
        "strangers": _strangers(users),
    } | sides.measure(users, _filling(0), _questions(users))


def users_by_side() -> dict[str, list[str]]:
    rows = _filling(0)
    found = run(rows)
    found_sides: dict[str, list[str]] = defaultdict(list)
    for one in rows:
        found_sides[found[one["id"]].fate].append(one["user_id"])
    return found_sides


def _filling(first: int) -> list[Row]:
    """A row of each user, like no other: every side has some."""
    return [
        row(
            number,
            user_id=f"u{number:05d}",
            instruction=f"{_THINGS[number % 16]} {_SHEETS[number // 16]}에서 B{number + 3}부터 B{number + 40}까지 큰 값을 골라줘",
            output=f"=LARGE(B{number + 3}:B{number + 40},{number % 7 + 2})",
            edited_output=None,
        )
        for number in range(first, first + USERS)
    ]


def _questions(users: dict[str, list[str]], first: int = 1_000) -> list[Row]:
    """The test's questions, each by a test user."""
    return [
        row(first + number, user_id=_of(users, "test", number), instruction=one.question, output=one.formula)
        for number, one in enumerate(ASKED)
    ]


def _of(users: dict[str, list[str]], side: str, number: int) -> str:
    return users[side][number % len(users[side])]


def _exact(number: int) -> Iterator[Row]:
    question = ASKED[number].question
    yield {"instruction": question}
    yield {"instruction": f"  {question.lower()} "}
    yield {"instruction": question.replace(" ", "  ").replace("A", "Ａ")}


def _near(number: int) -> Iterator[Row]:
    question = ASKED[number].question
    yield {"instruction": f"안녕하세요! {question} 부탁드려요"}
    yield {"instruction": question.replace(" ", "", 2) + " ㅠㅠ"}
    yield {"instruction": f"급한데 {question.rstrip('.')}... 감사합니다 😊"}


def _contained(number: int) -> Iterator[Row]:
    question = ASKED[number].question
    yield {
        "instruction": f"안녕하세요 신입입니다. 상사가 이런 걸 시켰어요: {question} 그리고 결과를 차트로도 그려야 해요"
    }
    yield {"instruction": "아래 메일에 답장을 써줘", "input": f"팀장님 메일입니다.\n{question}\n오늘까지 부탁해요."}
    yield {
        "instruction": "이 질문을 더 공손하게 다듬어줘",
        "output": f"이렇게 물어보세요.\n\n> {question}\n\n더 필요하면 말씀하세요.",
    }
    yield {"instruction": f"1) {question.replace(' ', '  ')}  2) 위 결과를 표로 정리하는 법도"}
    yield {"instruction": f"먼저 {question.rstrip('요').replace(', ', ' ')} 다음으로 인쇄 설정을 알려줘"}


def _formula(number: int) -> Iterator[Row]:
    elsewhere = ASKED[number].elsewhere
    yield {"instruction": f"{number}번 보고서 요약 칸을 채우는 식이 필요합니다", "output": elsewhere}
    yield {
        "instruction": f"{number}월 마감 자료 계산",
        "output": f"다음 수식을 입력하세요.\n```excel\n{elsewhere}\n```\n끝입니다.",
    }
    both = f"=MAX(Z{number + 2}:Z{number + 9})\n또는\n{elsewhere}"
    yield {"instruction": f"{number}번 양식에 쓸 만한 식 두 가지", "output": both}


def _variants(users: dict[str, list[str]], of: Any) -> Score:
    """One variant of each question at a time, so that no two variants are each other's duplicates."""
    score = Score()
    many = max(len(list(of(number))) for number in range(len(ASKED)))
    for which in range(many):
        leaks = []
        for number in range(len(ASKED)):
            change = list(of(number))[which]
            side = LEARNT[(number + which) % 5 == 0]
            told = {"output": f"답변 {number}: [홈] 탭에서 확인하세요."} | change
            leaks.append(row(3_000 + number, user_id=_of(users, side, number), rating=4 + number % 2, **told))
        asked = _questions(users)
        found = run([*_filling(0), *asked, *leaks], filtering=_CLEAN)
        for one, leak in zip(asked, leaks, strict=True):
            fates = found[one["id"]].fate, found[leak["id"]].fate
            score.expect(
                fates[0] == "test" and fates[1] not in LEARNT, f"{leak['instruction']} | {leak['output']} {fates}"
            )
    return score


def _history(users: dict[str, list[str]]) -> Score:
    """A test question as an earlier turn of a conversation that is trained on."""
    score = Score()
    asked, talks = _questions(users), []
    for number in range(len(ASKED)):
        user, session = _of(users, "train", number), f"talk{number}"
        last = {"instruction": f"그 결과를 {number}번 시트 C열에도 넣어줘", "output": f"=C{number + 2}*2+{number}"}
        for turn, said in enumerate((next(iter(_near(number))), last), 1):
            told = {"output": "[홈] 탭에서 확인하세요."} | said
            talks.append(row(3_000 + 2 * number + turn, user_id=user, session_id=session, turn=turn, **told))
    found = run([*_filling(0), *asked, *talks], filtering=_CLEAN, converting={"turns": "multi"})
    learnt = [text for one in found.values() if one.fate in LEARNT for text in (one.instruction, *one.history)]
    for one, talk in zip(ASKED, talks[::2], strict=True):
        score.expect(not any(one.question in text for text in learnt), talk["instruction"])
    for talk in talks[1::2]:
        score.spare(found[talk["id"]].fate not in LEARNT, talk["instruction"])
    return score


def _skeleton(users: dict[str, list[str]]) -> Score:
    """The same question about other cells, where `skeleton` is among the kinds."""
    score = Score()
    asked, leaks = _questions(users), []
    for number, one in enumerate(ASKED):
        moved = "".join(chr(ord(sign) + 1) if sign in "23456" else sign for sign in one.question)
        told = {"instruction": moved, "output": f"답변 {number}: [홈] 탭에서 확인하세요."}
        leaks.append(row(3_000 + number, user_id=_of(users, "train", number), **told))
    kinds = ("exact", "near", "contained", "formula", "skeleton")
    found = run([*_filling(0), *asked, *leaks], filtering=_CLEAN, converting={"decontaminate": kinds})
    for leak in leaks:
        score.expect(found[leak["id"]].fate not in LEARNT, leak["instruction"])
    return score


def _innocent(users: dict[str, list[str]]) -> Score:
    """Questions that only look alike, words that all share, formulas that all know."""
    score = Score()
    asked = _questions(users)
    shared = SHARED.strip().splitlines()
    rows = [
        row(5_000 + number, user_id=_of(users, LEARNT[number % 4 == 0], number), instruction=question, output=answer)
        for number, (question, answer) in enumerate(UNLIKE)
    ]
    rows += [
        row(
            5_100 + number,
            user_id=_of(users, "train", number),
            instruction=f"{number + 3}번째 열의 값을 {number + 5}로 나누는 방법이 궁금합니다",
            output=f"=C{number + 2}/{number + 5}\n\n{shared[number % len(shared)]}",
        )
        for number in range(40)
    ]
    asked[0]["output"] += "\n\n" + shared[0]
    asked[1]["output"] += "\n\n" + shared[1]
    # What everybody knows: a test user's question too is contained in others', and its formula in their answers.
    common = row(
        1_900, user_id=users["test"][0], instruction="평균을 구하는 수식을 알려 주세요", output="=AVERAGE(A2:A10)"
    )
    rows += [
        row(
            5_300 + number,
            user_id=users["train"][number],
            instruction=f"{number + 2}월 실적의 평균을 구하는 수식을 알려 주세요",
            output=f"=AVERAGE(D{number + 2}:D{number + 30})",
        )
        for number in range(30)
    ]
    found = run([*_filling(0), *asked, common, *rows], filtering=_CLEAN)
    for one in (*asked, common):
        score.spare(found[one["id"]].fate != "test", one["instruction"])
    for one in rows:
        score.spare(found[one["id"]].fate not in LEARNT, f"{one['instruction']} | {one['output']}")
    return score


def _strangers(users: dict[str, list[str]]) -> Score:
    score = Score()
    rows = []
    for number, one in enumerate(STRANGERS):
        rows.append(row(6_000 + number, user_id=_of(users, "test", number), **one.test))
        rows.append(row(7_000 + number, user_id=_of(users, "train", number), rating=4 + number % 2, **one.other))
    found = run([*_filling(0), *rows], filtering=_CLEAN | {"execute_formulas": False})
    for number, one in enumerate(STRANGERS):
        fates = found[f"r{6_000 + number:05d}"].fate, found[f"r{7_000 + number:05d}"].fate
        told = f"{one.kind}: {one.test} ↔ {one.other} {fates}"
        if one.leak:
            score.expect(fates[0] == "test" and fates[1] not in LEARNT, told)
        else:
            score.spare(fates != ("test", "train"), told)
    return score
