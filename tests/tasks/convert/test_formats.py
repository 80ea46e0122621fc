"""Every format reads back to the conversation that it was written from."""

from __future__ import annotations

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.load import template_path
from tasks.convert.formats import FORMATS, Example
from tasks.filter.rules import TEMPLATE_TOKENS
from tasks.records import Message

# What the filter lets through: no template tokens, and no empty instruction or answer.
text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(
    lambda value: value.strip() and not any(token in value for token in TEMPLATE_TOKENS)
)
examples = st.builds(Example, st.just("i1"), text, st.one_of(st.just(""), text), text)

SUM = Example("i1", "합계를 구해줘", "A1\tB1", "=SUM(A1:B1)")


def stripped(messages: tuple[Message, ...]) -> list[tuple[str, str]]:
    return [(message.role, message.content.strip()) for message in messages]


@pytest.mark.parametrize("name", FORMATS)
@given(example=examples, system_prompt=st.one_of(st.just(""), text))
def test_round_trip(name: str, example: Example, system_prompt: str) -> None:
    form = FORMATS[name]
    line = orjson.loads(orjson.dumps(form.render(example, system_prompt)))
    assert stripped(form.read(line)) == stripped(example.messages(system_prompt))


def test_alpaca() -> None:
    line = FORMATS["alpaca"].render(SUM, "")
    assert line == {"instruction": "합계를 구해줘", "input": "A1\tB1", "output": "=SUM(A1:B1)"}
    assert FORMATS["alpaca"].render(SUM, "돕는다")["system"] == "돕는다"


def test_llama2() -> None:
    assert FORMATS["llama2"].render(SUM, "돕는다") == {
        "text": "<s>[INST] <<SYS>>\n돕는다\n<</SYS>>\n\n합계를 구해줘\n\nA1\tB1 [/INST] =SUM(A1:B1) </s>"
    }
    assert FORMATS["llama2"].render(SUM, "") == {"text": "<s>[INST] 합계를 구해줘\n\nA1\tB1 [/INST] =SUM(A1:B1) </s>"}


@pytest.mark.parametrize("system_prompt", ["", "돕는다"])
def test_llama2_prompts_are_those_of_the_chat_template(system_prompt: str) -> None:
    from jinja2 import Environment

    template = Environment(autoescape=False).from_string(template_path("llama-2").read_text(encoding="utf-8"))  # noqa: S701
    messages = [{"role": turn.role, "content": turn.content} for turn in SUM.messages(system_prompt)[:-1]]
    prompt = template.render(messages=messages, bos_token="<s>", eos_token="</s>")
    assert FORMATS["llama2"].render(SUM, system_prompt)["text"].startswith(prompt + " ")


def test_sharegpt() -> None:
    assert FORMATS["sharegpt"].render(SUM, "돕는다") == {
        "id": "i1",
        "conversations": [
            {"from": "system", "value": "돕는다"},
            {"from": "human", "value": "합계를 구해줘\n\nA1\tB1"},
            {"from": "gpt", "value": "=SUM(A1:B1)"},
        ],
    }


def test_a_text_in_another_form_is_refused() -> None:
    with pytest.raises(ValueError, match="not in Llama-2 chat form: '### Instruction:"):
        FORMATS["llama2"].read({"text": "### Instruction: 합계"})


def test_lines_hold_korean_as_it_is_written() -> None:
    line = orjson.dumps(FORMATS["alpaca"].render(SUM, "")).decode()
    assert "합계를" in line
    assert json.loads(line)["instruction"] == SUM.instruction
