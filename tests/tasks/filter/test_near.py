"""Which questions are the same in other words: courtesy and spacing make no difference, references and numbers do."""

from __future__ import annotations

import pytest

from configs.schema import FilterConfig, NearDuplicateConfig
from tests.tasks.builders import interaction
from tests.tasks.filter.filtering import run

QUESTION = "A2:A10의 합계를 구해줘"


def kept(*questions: str, **settings: object) -> int:
    rows = [interaction(number, instruction=text) for number, text in enumerate(questions, 1)]
    config = FilterConfig(near_duplicates=NearDuplicateConfig.model_validate(settings))
    return len(run(rows, config=config).ids)


@pytest.mark.parametrize(
    "other",
    ["A2:A10 의 합계를 구해 주세요!", "안녕하세요, A2:A10의 합계를 구해주시겠어요?", "A2:A10의 합계를 구해줘~"],
)
def test_the_same_question_in_other_words_is_kept_once(other: str) -> None:
    assert kept(QUESTION, other) == 1


@pytest.mark.parametrize(
    "other", ["B2:B10의 합계를 구해줘", "A2:A11의 합계를 구해줘", "A2:A10의 평균을 구해줘", "A2:A10의 최댓값을 구해줘"]
)
def test_another_reference_or_function_is_another_question(other: str) -> None:
    assert kept(QUESTION, other) == 2


def test_without_the_setting_all_are_kept() -> None:
    assert kept(QUESTION, "A2:A10 의 합계를 구해 주세요!", enabled=False) == 2


def test_the_best_rated_of_a_cluster_is_kept() -> None:
    rows = [
        interaction(1, instruction=QUESTION, rating=4),
        interaction(2, instruction="A2:A10 의 합계를 구해 주세요!", rating=5),
    ]
    result = run(rows)
    assert result.ids == ["i00002"]
    assert result.step("near_duplicate") == (2, 1)
