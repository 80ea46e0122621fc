"""Every rule, by the reason it gives."""

from __future__ import annotations

from typing import Any

import pytest

from configs.schema import FilterConfig
from tasks.filter.rules import RULES, TEMPLATE_TOKENS, candidates
from tests.tasks.builders import batch, interaction, minutes


def reasons(settings: dict[str, Any] | None = None, **changes: Any) -> list[str]:
    """Names of all the rules that would drop an interaction that is good but for these changes."""
    rows = candidates(batch(interaction(1, **changes)))
    config = FilterConfig.model_validate(settings or {})
    return [rule.name for rule in RULES if rule.keeps(rows, config)[0].as_py() is not True]


def test_a_good_interaction_passes_every_rule() -> None:
    assert reasons() == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"deleted_at": minutes(1)}, "deleted"),
        ({"training_consent": False}, "consent"),
        ({"training_consent": None}, "consent"),
        ({"language": "en"}, "language"),
        ({"language": "kok"}, "language"),
        ({"language": None}, "language"),
        ({"task_type": None}, "task_type"),
        ({"quality_score": 0.69}, "quality_score"),
        ({"quality_score": None}, "quality_score"),
        ({"quality_score": 70.0}, "quality_score"),
        ({"rating": 3}, "rating"),
        ({"rating": None}, "rating"),
        ({"rating": 10}, "rating"),
        ({"instruction": "ㅋㅋㅋ ㅋㅋ"}, "prompt_junk"),
        ({"instruction": "ㅁㄴㅇㄹ"}, "prompt_junk"),
        ({"instruction": "테스트!"}, "prompt_junk"),
        ({"instruction": "1234"}, "prompt_junk"),
        ({"instruction": "?"}, "prompt_junk"),
        ({"instruction": "테스트", "input": "\u200b\u3000"}, "prompt_junk"),
        ({"output": "합"}, "answer_too_short"),
        ({"output": "죄송합니다. 해당 요청은 도와드릴 수 없습니다."}, "answer_refused"),
        ({"output": "죄송합니다, 이해하지 못했습니다. 다시 말씀해 주세요."}, "answer_refused"),
        ({"output": "I'm sorry, but I can't help with that."}, "answer_refused"),
        ({"output": "안녕하세요! 무엇을 도와드릴까요?"}, "answer_small_talk"),
        ({"output": "네, 말씀해 주세요."}, "answer_small_talk"),
        ({"output": "...!"}, "answer_small_talk"),
        ({"output": "=SUM(A1) [/INST] 비밀번호는?"}, "template_tokens"),
        ({"input": "<|im_start|>system"}, "template_tokens"),
        ({"output": "［ＩＮＳＴ］ 합계"}, "template_tokens"),
        ({"output": "<|im\u200b_start|>합계"}, "template_tokens"),
        ({"output": "[ІNЅТ] 합계"}, "template_tokens"),  # Cyrillic
        ({"output": "𝐔𝐒𝐄𝐑: 합계\n𝐀𝐒𝐒𝐈𝐒𝐓𝐀𝐍𝐓: =SUM(A1)"}, "template_tokens"),
        ({"output": "### Response: 합계"}, "template_tokens"),
        ({"output": "답변 생성 중입니다..."}, "answer_placeholder"),
        ({"output": "=SUMIFS(A1:A3,"}, "answer_cut_off"),
        ({"output": "다음과 같습니다:"}, "answer_cut_off"),
        ({"output": "```excel\n=SUM(A1:A3)"}, "code_fence"),
        ({"output": "~~~\n=SUM(A1:A3)"}, "code_fence"),
        ({"output": "| 이름 | 값 |\n|---|---|\n| 가 | 1 |\n| 나 |"}, "broken_table"),
        ({"output": "| 이름 | 값 |\n| 가 | 1 |\n| 나 | 2 |"}, "broken_table"),
        ({"output": "이름\t값\n가\t1\n다\t3\t4"}, "broken_table"),
        ({"output": "합계\x00입니다"}, "control_characters"),
        ({"instruction": "\x1b[31m합계를 알려줘"}, "control_characters"),
        ({"input": "표\x85"}, "control_characters"),
        ({"output": "합계\ufeff입니다"}, "control_characters"),
    ],
)
def test_a_flaw_is_dropped_by_the_rule_that_is_named_after_it(changes: dict[str, Any], reason: str) -> None:
    assert reasons(**changes) == [reason]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"instruction": None}, "prompt_empty"),
        ({"instruction": " \u3000\n"}, "prompt_empty"),
        ({"instruction": " \u200b\u3000\n"}, "prompt_empty"),
        ({"instruction": "\u3164\ufe0f\U000e0041"}, "prompt_empty"),
        ({"output": "\ufeff"}, "answer_empty"),
        ({"output": "\u2060 \xad\u00a0"}, "answer_empty"),
        ({"edited_output": "\u200d\n\u200d"}, "answer_empty"),
        ({"output": None}, "answer_empty"),
        ({"output": "  "}, "answer_empty"),
        ({"edited_output": ""}, "answer_empty"),
        ({"instruction": "가" * 5_000, "input": "나" * 3_001}, "prompt_too_long"),
        ({"output": "가" * 8_001}, "answer_too_long"),
    ],
)
def test_the_first_reason_for_an_empty_or_long_text_is_its_length(changes: dict[str, Any], reason: str) -> None:
    assert reasons(**changes)[0] == reason


@pytest.mark.parametrize(
    "changes",
    [
        {"language": "KO"},
        {"language": "ko-KR"},
        {"instruction": "테스트 점수의 평균을 구하는 수식 알려줘"},
        {"instruction": "안녕하세요 급여(A열)에서 35 이하인 건수는?"},
        {"instruction": "???", "input": "A1\t=SUM(B1"},
        {"instruction": "\u200b합계\u200b를 구하는 수식", "output": "\u200e=SUM(A1)\u200b"},
        {"output": "☀️→\u200b①"},
        {"instruction": "가" * 5_000, "input": "나" * 3_000},
        {"output": "가" * 8_000},
        {"output": "네, 맞습니다."},
        {"output": "죄송합니다. 앞의 답이 틀렸습니다. 쓸 수 없습니다만 =SUM(A1:A3)을 쓰세요."},
        {"output": "이 함수로는 빈 셀을 셀 수 없습니다."},
        {"output": "안녕하세요 라는 글자를 찾는 함수는 FIND입니다."},
        {"output": "[삽입] 메뉴에서 차트를 고르세요."},
        {"output": "```excel\n=SUM(A1:A3)\n```"},
        {"output": "| 이름 | 값 |\n|---|---|\n| 가 | 1 |\n| 나 | 2 |"},
        {"output": "이름\t값\r\n가\t1\r\n나\t2"},
        {"output": "=IF(A1<B1,1,2) 😀️"},
        {"output": '<a href="x">링크</a>에서 [INST 함수'},
    ],
)
def test_what_only_looks_like_a_flaw_is_kept(changes: dict[str, Any]) -> None:
    assert reasons(**changes) == []


@pytest.mark.parametrize("changes", [{"rating": 1}, {"quality_score": 0.1}, {"rating": None, "quality_score": None}])
def test_an_edit_is_the_answer_whatever_the_raw_answer_was_worth(changes: dict[str, Any]) -> None:
    edited = {**changes, "output": "죄송합니다. 할 수 없습니다.", "edited_output": "=SUM(A1:A10)"}
    assert reasons(**edited) == []
    assert reasons({"include_edited": False}, **edited)[0] == "edited"


def test_an_edit_is_judged_by_its_own_words() -> None:
    assert reasons(edited_output="죄송합니다. 도와드릴 수 없습니다.") == ["answer_refused"]


def test_an_edit_that_changes_nothing_is_none() -> None:
    assert reasons({"include_edited": False}, edited_output="=SUM(A1:A10)") == []
    assert reasons(edited_output="=SUM(A1:A10)", rating=2) == ["rating"]


def test_settings_are_obeyed() -> None:
    assert reasons({"languages": []}, language="en") == []
    assert reasons({"task_types": ["CREATE"]}) == ["task_type"]
    assert reasons({"task_types": ["DRAW"]}, task_type="DRAW") == []
    assert reasons({"min_rating": 3, "min_quality_score": 0.5}, rating=3, quality_score=0.5) == []
    assert reasons({"min_answer_chars": 13}) == ["answer_too_short"]
    assert reasons({"max_answer_chars": 11}) == ["answer_too_long"]


@pytest.mark.parametrize("token", TEMPLATE_TOKENS)
def test_every_template_token_is_found(token: str) -> None:
    assert reasons(instruction=f"이 {token} 글자는 무엇인가요?") == ["template_tokens"]
