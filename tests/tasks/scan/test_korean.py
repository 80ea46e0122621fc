"""How Korean an answer is, once formulas, function names and references are masked; and who says so."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest

from configs.schema import ConvertConfig, FilterConfig
from tasks.convert.convert import convert
from tasks.extract.extract import extract
from tasks.filter.filter import filter_extract
from tasks.scan.korean import korean_share
from tasks.storage import Store
from tests.tasks.builders import database, interaction, source
from tests.tasks.filter.filtering import run


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("A열의 합계는 =SUM(A2:A10)입니다", 1.0),
        ('=IF(A1>=60,"합격","불합격") 을 입력하세요', 1.0),
        ("SUM 함수나 vlookup( 을 쓰세요. #N/A 오류가 납니다", 1.0),
        ("```python\nprint('hello world')\n```\n파이썬 코드입니다", 1.0),
        ("www.example.com 에서 보고 user@example.com 으로 보내세요", 1.0),
        ("The sum is =SUM(A2:A10)", 0.0),
        ("결과는 total입니다", 6 / 11),
        ("漢字입니다", 0.6),
        ("=SUM('매출 시트'!A1:A3)", None),
        ("=SUM(A2:A10)", None),
        ("12,000", None),
        ("", None),
        (None, None),
    ],
)
def test_what_belongs_to_no_language_does_not_count(text: str | None, share: float | None) -> None:
    assert korean_share(pa.array([text], pa.string())).to_pylist() == [pytest.approx(share) if share else share]


@pytest.mark.slow
def test_a_share_that_is_asked_for_drops_other_languages_and_no_bare_formula() -> None:
    answers = ["=SUM(A1:A3)", "합계는 =SUM(A1:A3)입니다", "The sum is =SUM(A1:A3), as you asked", "결과는 total입니다"]
    rows = [interaction(number, output=answer) for number, answer in enumerate(answers, 1)]
    assert run(rows, config=FilterConfig(min_korean_share=0.6)).ids == ["i00001", "i00002"]
    assert run(rows, config=FilterConfig(min_korean_share=0.6)).step("korean_share") == (4, 2)
    assert len(run(rows).ids) == 4


def test_a_dataset_says_how_korean_it_is(tmp_path: Path) -> None:
    answers = [
        "합계는 =SUM(A{0}:A{0})입니다",
        "=SUM(A{0}:A{0})",
        "The sum is =SUM(A{0}:A{0}), as asked",
        "total은 {0}입니다",
    ]
    rows = [interaction(n, output=answers[n % 4].format(n), language=None) for n in range(1, 201)]
    store = Store(str(tmp_path / "store"))
    taken = extract(source(database(tmp_path / "app.db", rows)), store)
    anything = FilterConfig(languages=())
    dataset = convert(filter_extract(taken, anything, store), ConvertConfig(decontaminate=()), 1, store)

    profile = json.loads((store.open(dataset.uri) / "profile.json").read_bytes())
    assert profile["korean_share"] == {"0.0+": 50, "0.4+": 50, "0.9+": 50, "none": 50}
    assert dataset.korean_share == round((1 + 0 + 4 / 9) / 3, 4)
    assert store.manifest(dataset.uri)["meta"]["korean_share"] == dataset.korean_share
