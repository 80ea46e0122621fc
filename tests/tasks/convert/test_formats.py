"""What each format looks like, and that it reads back to the conversation that it was written from."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.convert.formats import EXPORTS, FORMATS, lines, render
from tasks.records import Message
from tests.tasks.convert.conversations import EARLIER, SUM, Told, batch, conversations, messages, text

SYSTEM = "돕는다"


def stripped(turns: tuple[Message, ...]) -> list[tuple[str, str]]:
    return [(turn.role, turn.content.strip()) for turn in turns]


@pytest.mark.parametrize("name", EXPORTS)
@settings(deadline=None)
@given(rows=st.lists(conversations, max_size=4), system_prompt=st.just("") | text)
def test_round_trip(name: str, rows: Sequence[Told], system_prompt: str) -> None:
    form = EXPORTS[name]
    content = lines(name, batch(rows), system_prompt).to_pybytes()
    found = [stripped(form.read(line)) for line in form.parse(content)]
    assert found == [stripped(messages(row, system_prompt)) for row in rows]


@pytest.mark.parametrize("name", ["sharegpt", "openai"])
@settings(deadline=None)
@given(row=conversations)
def test_messages_keep_the_white_space_around_texts(name: str, row: Told) -> None:
    assert FORMATS[name].read(render(name, *row[:1], earlier=row[1])) == messages(row, "")


def test_alpaca() -> None:
    assert render("alpaca", SUM) == {"instruction": "합계를 구해줘", "input": "A1\tB1", "output": "=SUM(A1:B1)"}
    assert render("alpaca", SUM, SYSTEM)["system"] == SYSTEM


def test_alpaca_has_earlier_turns_as_llama_factory_reads_them() -> None:
    assert render("alpaca", SUM, "", EARLIER)["history"] == [
        ["평균은?\n\nA열", "=AVERAGE(A:A)"],
        ["고마워", "천만에요"],
    ]


def test_llama2() -> None:
    assert render("llama2", SUM, SYSTEM) == {
        "text": "<s>[INST] <<SYS>>\n돕는다\n<</SYS>>\n\n합계를 구해줘\n\nA1\tB1 [/INST] =SUM(A1:B1)</s>"
    }
    assert render("llama2", SUM) == {"text": "<s>[INST] 합계를 구해줘\n\nA1\tB1 [/INST] =SUM(A1:B1)</s>"}


def test_llama2_with_earlier_turns_has_the_system_prompt_in_the_first() -> None:
    assert render("llama2", SUM, SYSTEM, EARLIER)["text"] == (
        "<s>[INST] <<SYS>>\n돕는다\n<</SYS>>\n\n평균은?\n\nA열 [/INST] =AVERAGE(A:A)</s>"
        "<s>[INST] 고마워 [/INST] 천만에요</s>"
        "<s>[INST] 합계를 구해줘\n\nA1\tB1 [/INST] =SUM(A1:B1)</s>"
    )


def test_llama2_as_plain_text_is_metas_own_form() -> None:
    content = lines("llama2-text", batch([(SUM, EARLIER[1:]), (SUM, ())]), SYSTEM).to_pybytes().decode()
    assert content == (
        "<s>[INST] <<SYS>>\n돕는다\n<</SYS>>\n\n고마워 [/INST] 천만에요 </s>"
        "<s>[INST] 합계를 구해줘\n\nA1\tB1 [/INST] =SUM(A1:B1) </s>\n"
        "<s>[INST] <<SYS>>\n돕는다\n<</SYS>>\n\n합계를 구해줘\n\nA1\tB1 [/INST] =SUM(A1:B1) </s>\n"
    )


def test_sharegpt() -> None:
    assert render("sharegpt", SUM, SYSTEM, EARLIER[1:]) == {
        "id": "i1",
        "conversations": [
            {"from": "system", "value": "돕는다"},
            {"from": "human", "value": "고마워"},
            {"from": "gpt", "value": "천만에요"},
            {"from": "human", "value": "합계를 구해줘\n\nA1\tB1"},
            {"from": "gpt", "value": "=SUM(A1:B1)"},
        ],
    }


def test_openai() -> None:
    assert render("openai", SUM, SYSTEM) == {
        "messages": [
            {"role": "system", "content": "돕는다"},
            {"role": "user", "content": "합계를 구해줘\n\nA1\tB1"},
            {"role": "assistant", "content": "=SUM(A1:B1)"},
        ]
    }


@pytest.mark.parametrize(
    "wrong",
    [
        "### Instruction: 합계",
        "",
        "<s>[INST] 합계 [/INST] =SUM(A1:B1)",
        "<s>[INST] 합계 [/INST] =SUM(A1:B1)</s> <s>[INST] 평균 [/INST] =AVERAGE(A1:B1)</s>",
    ],
    ids=["another form", "nothing", "no end", "something between turns"],
)
def test_a_text_in_another_form_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="not in Llama-2 chat form: "):
        FORMATS["llama2"].read({"text": wrong})


def test_lines_hold_korean_as_it_is_written() -> None:
    assert "합계를" in lines("alpaca", batch([(SUM, ())])).to_pybytes().decode()


def test_files_are_named_by_what_they_hold() -> None:
    assert {name: form.suffix for name, form in EXPORTS.items() if form.suffix != ".jsonl"} == {"llama2-text": ".txt"}
