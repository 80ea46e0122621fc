"""Which questions are the same in other words: courtesy and spacing make no difference, references and numbers do."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.cases import near_definition
from configs.schema import FilterConfig, NearDuplicateConfig
from tasks.filter import sketch
from tasks.filter.near import clusters
from tasks.filter.sketch import Sketcher
from tasks.filter.wording import bare_wording
from tasks.texts import folded
from tests.tasks.builders import interaction
from tests.tasks.filter.filtering import run

QUESTION = "A2:A10의 합계를 구해줘"
TABLE = "지역\t매출\t비용\n" + "\n".join(
    f"지점{number}\t{number * 37 % 900}\t{number * 53 % 700}" for number in range(20)
)
POOL = (
    QUESTION,
    "A2:A10 합계 구해 주세요!",
    "혹시 A2:A10의 합게를 구해줄래?",
    "A2:A10의 평균을 구해줘",
    "B2:B10의 합계를 구해줘",
    "매출에서 비용을 빼줘",
    "비용에서 매출을 빼 주세요",
    "월별 매출 차트를 만들어줘",
    "월별 매출 그래프를 만들고 싶어요",
)


def kept(*questions: str, pasted: tuple[str, ...] = (), **changes: object) -> int:
    inputs = pasted or ("",) * len(questions)
    rows = [
        interaction(number, instruction=text, input=given)
        for number, (text, given) in enumerate(zip(questions, inputs, strict=True), 1)
    ]
    config = FilterConfig(near_duplicates=NearDuplicateConfig.model_validate(changes))
    return len(run(rows, config=config).ids)


def groups(questions: list[str], keys: list[int], folder: Path) -> list[int]:
    """Each question's cluster, by the engine."""
    sketcher = Sketcher()
    sketcher.add(*(folded(pa.array(texts, pa.string())) for texts in (questions, [""] * len(questions))))
    (found,) = sketcher.rest()
    names = np.array(keys, dtype=np.uint64)

    def read(columns: list[str], among: np.ndarray | None = None) -> list[pa.RecordBatch]:
        return [(found if among is None else found.filter(pa.array(among))).select(columns)]

    return clusters(read, names, NearDuplicateConfig(), folder).tolist()


def test_a_sketch_is_the_same_whatever_batch_its_question_came_with(monkeypatch: pytest.MonkeyPatch) -> None:
    """Questions wait for others; each still gets the sheet that was pasted beside it, and its place."""
    monkeypatch.setattr(sketch, "WAITING_BYTES", 300)
    questions = [
        f"{column}2:{column}{row}의 {what} 구해줘"
        for column in "ABC"
        for row in (9, 10)
        for what in ("합계", "평균", "개수")
    ]
    sheets = [f"이름\t점수\n김\t{number}" if number % 3 else "" for number in range(len(questions))]
    asked, pasted = (folded(pa.array(texts, pa.string())) for texts in (questions, sheets))
    sketcher, at_once = Sketcher(), Sketcher()
    found = []
    for start, end in pairwise([0, 0, 1, 7, 8, 15, 16, len(questions)]):
        found += sketcher.add(asked[start:end], pasted[start:end])
    assert found, "nothing was ready before the end"
    found += sketcher.rest()
    whole = pa.Table.from_batches([*at_once.add(asked, pasted), *at_once.rest()])
    assert pa.Table.from_batches(found).combine_chunks().equals(whole.combine_chunks())
    assert sketcher.rest() == []


@pytest.mark.parametrize(
    "other",
    [
        "A2:A10 의 합계를 구해 주세요!",
        "안녕하세요, A2:A10의 합계를 구해주시겠어요?",
        "A2부터 A10까지 총합 좀 알려줘~ ㅠㅠ",
        "합계를 A2:A10에서 구하고 싶어요",
        "A2:A10의 합게를 구해줘",
        "액셀 고수님들, A2 ~ A10의 합계를 구하려고 해요",
        "좋은 아침입니다! A2:A10 합계 구하는 방법 없을까요?",
    ],
)
def test_the_same_question_in_other_words_is_kept_once(other: str) -> None:
    assert kept(QUESTION, other) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (QUESTION, "B2:B10의 합계를 구해줘"),
        (QUESTION, "A2:A11의 합계를 구해줘"),
        (QUESTION, "A2:A10의 평균을 구해줘"),
        (QUESTION, "A2:A10의 누적 합계를 구해줘"),
        ("100 이상인 값의 개수", "100 초과인 값의 개수"),
        ("2024년 지점별 수입 합계를 큰 순서로 정렬해줘", "2024년 지점별 수익 합계를 큰 순서로 정렬해줘"),
        ("매출에서 비용을 빼줘", "비용에서 매출을 빼줘"),
        ("60 이상이면 합격, 아니면 불합격으로 표시", "60 이상이면 불합격, 아니면 합격으로 표시"),
        ("김민지의 점수를 찾아줘", "김민정의 점수를 찾아줘"),
        (QUESTION, "A2와 A10의 합계를 구해줘"),
        ("1월~3월 매출 합계", "1월과 3월 매출 합계"),
        ("지역별 상품 판매량", "상품별 지역 판매량"),
        ("서식 없이 값만 붙여넣기", "값 없이 서식만 붙여넣기"),
        ("영어 파일명을 한글로 바꿔줘", "한글 파일명을 영어로 바꿔줘"),
        ("CSV를 엑셀로 저장하는 방법", "엑셀을 CSV로 저장하는 방법"),
        ("매출에서 원가를 빼줘", "원가에서 매출을 빼줘"),
        ("단가를 수량으로 나눠줘", "수량을 단가로 나눠줘"),
        ("행을 기준으로 열을 정렬해줘", "열을 기준으로 행을 정렬해줘"),
        ("왼쪽 표에 있고 오른쪽 표에 없는 이름", "오른쪽 표에 있고 왼쪽 표에 없는 이름"),
        ("Sum column A", "Sum column I"),
        ("출근시간은 B열, 퇴근시간은 C열에 적어줘", "출근시간은 C열, 퇴근시간은 B열에 적어줘"),
        ("A열은 오름차순, B열은 내림차순으로 정렬해줘", "A열은 내림차순, B열은 오름차순으로 정렬해줘"),
        (
            "남자 직원의 급여 평균에서 여자 직원의 급여 평균을 빼줘",
            "여자 직원의 급여 평균에서 남자 직원의 급여 평균을 빼줘",
        ),
    ],
)
def test_what_asks_for_something_else_is_another_question(one: str, other: str) -> None:
    assert kept(one, other) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5천만 원 넘는 지점을 표시해줘", "50,000,000원 넘는 지점을 표시해줘"),
        ("삼월 매출 합계만 따로 보여줘", "3월 매출 합계만 따로 보여줘"),
        ("상품별 매출을 지점 시트로 나눠줘", "매출을 지점 시트로 상품별 나눠줘"),
        ("1월부터 3월까지 매출 평균", "1월~3월 매출 평균"),
        ("행을 골라서 다른 시트로 복사해줘", "행을 골라 다른 시트로 복사해줘"),
        ("K열에서 홀수만 골라줘", "K열에서 홀수만 고르는 방법 알려줘"),
        ("월별 매출 차트를 그려줘", "월별 매출 차트를 그리고 싶어요"),
        ("G열의 공백을 지워줘", "G열의 공백을 지우려면 어떻게 하나요?"),
        ("인덱스 매치로 왼쪽 열 값 찾는 법", "INDEX MATCH로 왼쪽 열 값 찾는 법"),
        ("오늘 기준으로 A2의 나이를 B열에 구해줘", "A2의 나이를 오늘 기준으로 B열에 구해줘"),
        ("파워쿼리로 열 병합하는 방법", "Power Query로 열을 병합하는 방법"),
    ],
)
def test_amounts_ranges_and_loan_words_have_one_form(one: str, other: str) -> None:
    assert kept(one, other) == 1


def test_blanks_in_a_pasted_formula_or_list_make_no_difference() -> None:
    assert kept("설명해줘", "설명해줘", pasted=("=IF(B2>=60,1,0)", "=IF( B2 >= 60, 1, 0 )")) == 1
    assert kept("평균 구해줘", "평균 구해줘", pasted=("이름,점수\n김,80\n이,75", "이름, 점수\n김, 80\n이, 75")) == 1


def test_a_comma_between_cells_makes_no_thousand() -> None:
    ask = "지점별 합계를 구해줘"
    cells = "지점,1월,2월,3월\n강남,120,130,95\n마포,760,805,790\n노원,655,690,700"
    assert kept(ask, ask, pasted=(cells, cells.replace(",", "\t"))) == 1
    prices = '품목,값\n볼펜,"1,250"\n연필,"2,300,000"'
    assert kept(ask, ask, pasted=(prices, "품목\t값\n볼펜\t1,250\n연필\t2300000")) == 1
    assert kept(ask, ask, pasted=("품목,값,수\n볼펜,1,250", "품목,값,수\n볼펜,12,50")) == 2


def test_in_a_table_a_figure_may_be_put_right_in_a_sentence_it_may_not() -> None:
    ask = "지역별 합계를 구해줘"
    assert kept(ask, ask, pasted=(TABLE, TABLE.replace("\t333\t", "\t334\t"))) == 1
    assert kept(ask, ask, pasted=("100 이상만 더해줘", "200 이상만 더해줘")) == 2


def test_a_table_with_another_header_is_another_table() -> None:
    ask = "지역별 합계를 구해줘"
    assert kept(ask, ask, pasted=(TABLE, TABLE.replace("비용", "원가"))) == 2


def test_where_a_sheet_was_pasted_makes_no_difference() -> None:
    assert kept(f"지역별 합계를 구해줘\n{TABLE}", "지역별 합계를 구해 주세요", pasted=("", TABLE)) == 1


def test_the_texts_around_it_make_no_difference_to_a_question() -> None:
    asked = ["Sum of B2:B9? Thanks!", "A열 합계", "=", "a1 합계 (급함)", "B2 ~", "C9 평균"]
    whole = bare_wording(folded(pa.array(asked))).to_pylist()
    assert whole == [bare_wording(folded(pa.array([text])))[0].as_py() for text in asked]


def test_without_the_setting_all_are_kept() -> None:
    assert kept(QUESTION, "A2:A10 의 합계를 구해 주세요!", enabled=False) == 2


def test_the_best_rated_of_a_cluster_is_kept() -> None:
    rows = [
        interaction(1, instruction=QUESTION, rating=4),
        interaction(2, instruction="A2:A10 의 합계를 구해 주세요!", rating=5),
        interaction(3, instruction="A2:A10 합계 부탁드려요", rating=4),
    ]
    result = run(rows)
    assert result.ids == ["i00002"]
    assert result.step("near_duplicate") == (3, 2)


@pytest.mark.slow
def test_parts_and_order_make_no_difference_and_what_was_kept_stays() -> None:
    rows = [interaction(number, instruction=text, rating=4 + number % 2) for number, text in enumerate(POOL, 1)]
    whole = run(rows).ids
    assert run(rows[6:][::-1], rows[3:6], rows[:3]).ids == whole
    assert run([row for row in rows if row.id in whole]).ids == whole


@pytest.mark.slow
@settings(deadline=None, max_examples=20)
@given(st.lists(st.sampled_from(POOL), min_size=2, max_size=8), st.randoms(use_true_random=False))
def test_a_cluster_is_all_that_pairs_connect_in_whatever_order(questions: list[str], dice: object) -> None:
    numbers = list(range(len(questions)))
    dice.shuffle(numbers)  # type: ignore[attr-defined]
    folder = Path("/tmp") / "near-property"  # noqa: S108 - removed by the engine
    found = groups(questions, list(range(len(questions))), folder)
    mixed = groups([questions[number] for number in numbers], numbers, folder)
    assert dict(zip(numbers, mixed, strict=True)) == dict(enumerate(found))
    root = list(range(len(questions)))
    read = near_definition.questions([(text, "") for text in questions])
    for one, other in near_definition.clusters(read, NearDuplicateConfig()):
        low, high = sorted((root[one], root[other]))
        root = [low if name == high else name for name in root]
    assert found == root
