"""A test question's text inside another row is found, wherever it stands; a question that only looks alike is not."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from configs.schema import ConvertConfig, FilterConfig, NearDuplicateConfig
from tasks import dataset
from tasks.convert.convert import convert
from tasks.filter.filter import filter_extract
from tasks.records import SPLITS
from tasks.storage import Store
from tests.tasks.builders import interaction, interactions
from tests.tasks.filter.filtering import publish_extract

SHARES = ConvertConfig(validation_share=0.1, test_share=0.2, decontaminate=("contained",))
FILTER = FilterConfig(near_duplicates=NearDuplicateConfig(enabled=False))
"""So that nothing but containment takes a row out."""

QUESTION = "지난달 지점별 매출 표에서 서울 지점의 3분기 목표 달성률을 소수점 한 자리까지 구하는 방법을 알려 주세요"


def sides(store: Store, *rows: object) -> dict[str, str]:
    """Id to split, of the rows that are left."""
    extract = publish_extract(store, [[*interactions(120), *rows]])  # type: ignore[list-item]
    made = convert(filter_extract(extract, FILTER, store), SHARES, 1, store)
    found = {split: dataset.table(store, made.uri, split, ["id"])["id"].to_pylist() for split in SPLITS}
    return {row: split for split, ids in found.items() for row in ids}


@pytest.fixture
def users(tmp_path: Path) -> dict[str, str]:
    """A user of each split."""
    found = sides(Store(str(tmp_path / "users")))
    return {split: f"u{int(row[1:]) % 50:03d}" for row, split in found.items()}


@pytest.mark.parametrize(
    "changes",
    [
        {"instruction": f"안녕하세요! {QUESTION} 급합니다."},
        {"instruction": "아래 질문에 답해줘", "input": f"질문:\n{QUESTION}\n표: 1 2 3"},
        {"instruction": "이 질문을 다듬어줘", "output": f"이렇게 물어보세요: {QUESTION}"},
        {"instruction": f"먼저  {QUESTION.replace(' ', '  ')} 그리고 차트도"},
        {"instruction": f"> {QUESTION.replace(' 표', chr(10) + '> 표')}\n이 요청을 검토해줘"},
        {"instruction": f"먼저 {QUESTION.removesuffix(' 알려 주세요')} 알고 싶고 차트도 그리고 싶어요"},
    ],
    ids=[
        "in a longer question",
        "in what was pasted",
        "in an answer",
        "with other spaces",
        "quoted",
        "asked otherwise",
    ],
)
def test_a_row_that_holds_a_test_question_is_taken_out(
    tmp_path: Path, users: dict[str, str], changes: dict[str, str]
) -> None:
    asked = interaction(900, user_id=users["test"], instruction=QUESTION)
    leak = interaction(901, user_id=users["train"], **changes)
    found = sides(Store(str(tmp_path / "store")), asked, leak)
    assert found["i00900"] == "test"
    assert "i00901" not in found


def test_a_row_that_shares_a_long_passage_alone_stays(tmp_path: Path, users: dict[str, str]) -> None:
    asked = interaction(900, user_id=users["test"], instruction=QUESTION)
    alike = interaction(901, user_id=users["train"], instruction=QUESTION.replace("서울", "부산") + " 감사합니다")
    assert sides(Store(str(tmp_path / "store")), asked, alike)["i00901"] == "train"


def test_without_the_setting_nothing_is_taken_out(tmp_path: Path, users: dict[str, str]) -> None:
    store = Store(str(tmp_path / "store"))
    rows = [
        interaction(900, user_id=users["test"], instruction=QUESTION),
        interaction(901, user_id=users["train"], instruction=f"안녕하세요! {QUESTION}"),
    ]
    extract = publish_extract(store, [[*interactions(120), *rows]])
    config = SHARES.model_copy(update={"decontaminate": ()})
    made = convert(filter_extract(extract, FILTER, store), config, 1, store)
    assert made.rows == 122


def test_it_finds_what_a_search_through_all_texts_finds(tmp_path: Path, users: dict[str, str]) -> None:
    dice = random.Random(7)  # noqa: S311
    words = [
        "매출",
        "지점",
        "서울",
        "부산",
        "합계",
        "평균",
        "달성률",
        "목표",
        "분기",
        "고객",
        "단가",
        "수량",
        "표에서",
        "구하는",
        "방법",
    ]
    questions = [" ".join(dice.choices(words, k=12)) for _ in range(12)]
    asked = [interaction(900 + n, user_id=users["test"], instruction=text) for n, text in enumerate(questions)]
    texts = [
        " ".join((*dice.choices(words, k=4), dice.choice((text, text[: len(text) // 2])), *dice.choices(words, k=4)))
        for text in questions * 6
    ]
    others = [interaction(1000 + n, user_id=users["train"], instruction=text) for n, text in enumerate(texts)]
    found = sides(Store(str(tmp_path / "store")), *asked, *others)
    leaks = {n for n, text in enumerate(texts) if any(question in text for question in questions)}
    assert 20 < len(leaks) < 60
    assert {n for n in range(len(texts)) if f"i{1000 + n:05d}" not in found} == leaks


def test_a_question_that_goes_on_otherwise_stays(tmp_path: Path, users: dict[str, str]) -> None:
    asked = interaction(900, user_id=users["test"], instruction="급여가 삼백만원 이상인 영업부 직원만 보여줘")
    other = interaction(901, user_id=users["train"], instruction="급여가 삼백만원 이상인 영업부 직원만 빼고 보여줘")
    assert sides(Store(str(tmp_path / "store")), asked, other)["i00901"] == "train"


def test_a_question_does_not_begin_or_end_within_a_number_or_a_reference(tmp_path: Path, users: dict[str, str]) -> None:
    cases = {
        "2월 반품을 뺀 순매출을 매장별로 구해줘": ("12월", "1. 2월"),
        "C2:C40 중 결제가 끝난 건만 골라 세줘": ("CC2", "Q1. C2"),
        "5% 인상된 임차료를 지점별로 다시 계산해줘": ("12.5%", "2) 5%"),
    }
    rows = []
    for number, (question, (inside, whole)) in enumerate(cases.items()):
        begins = question[: len(whole.split()[-1])]
        rows.append(interaction(900 + number, user_id=users["test"], instruction=question))
        for first, start in ((910, inside), (920, whole)):
            text = f"안건 {first + number}: {start}{question.removeprefix(begins)} 그리고 표로 정리해줘"
            rows.append(interaction(first + number, user_id=users["train"], instruction=text))
    found = sides(Store(str(tmp_path / "store")), *rows)
    assert {f"i{910 + number:05d}" for number in range(3)} <= found.keys()
    assert not {f"i{920 + number:05d}" for number in range(3)} & found.keys()


@pytest.mark.slow
def test_what_stands_in_the_rows_of_many_users_is_a_common_wording(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store"))
    found = sides(store)
    train = sorted({f"u{int(row[1:]) % 50:03d}" for row, split in found.items() if split == "train"})[:20]
    test = next(f"u{int(row[1:]) % 50:03d}" for row, split in found.items() if split == "test")
    asked = interaction(900, user_id=test, instruction="선택한 범위의 평균을 구하는 수식을 알려 주세요")
    others = [
        interaction(
            1000 + n, user_id=user, instruction=f"{n}번 시트에서 선택한 범위의 평균을 구하는 수식을 알려 주세요"
        )
        for n, user in enumerate(train)
    ]
    many = sides(Store(str(tmp_path / "many")), asked, *others)
    few = sides(Store(str(tmp_path / "few")), asked, *others[:5])
    assert len(train) == 20
    assert all(row.id in many for row in others)
    assert not any(row.id in few for row in others)
