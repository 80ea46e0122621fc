"""Token ids: what a trainer makes of a format is what the server will be asked with.

Three ways lead from a conversation to ids, and they meet: the `llama2` text through the tokenizer alone, messages
through the chat template (Hugging Face's, and so Axolotl's and vLLM's), and messages through LLaMA-Factory's `llama2`.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment
from tokenizers import Tokenizer

from configs.load import template_path
from tasks.convert.formats import EXPORTS, render
from tasks.records import Message
from tasks.serving.template import render_ids
from tests.tasks.convert.conversations import (
    EARLIER,
    SUM,
    Told,
    bare,
    bare_conversations,
    conversations,
    messages,
    text,
)

ROOT = Path(__file__).parents[3]
BASE = ROOT / "deployments" / "demo" / "base_model"
TEMPLATE = template_path("llama-2")
TRAIN_PYTHON = ROOT / ".venv-train" / "bin" / "python"
TOKENIZER = Tokenizer.from_file(str(BASE / "tokenizer.json"))
SYSTEM = "너는 엑셀 전문가다."
BOS, EOS = 1, 2

PUBLISHED = (
    "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}"
    "{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}"
    "{% set system_message = false %}{% endif %}{% for message in loop_messages %}"
    "{% if loop.index0 == 0 and system_message != false %}"
    "{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}"
    "{% else %}{% set content = message['content'] %}{% endif %}"
    "{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}"
    "{% elif message['role'] == 'assistant' %}{{ ' '  + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}"
)
"""The chat template that meta-llama/Llama-2-7b-chat-hf was published with, less its check of the roles' order."""

Encode = Callable[[str], list[int]]


def ids(content: str) -> list[int]:
    return list(TOKENIZER.encode(content, add_special_tokens=False).ids)


def written(name: str, row: Told, system_prompt: str) -> str:
    content: str = render(name, row[0], system_prompt, row[1])["text"]
    return content


def plain(turns: Sequence[Message]) -> list[dict[str, str]]:
    return [{"role": turn.role, "content": turn.content} for turn in turns]


def llama_factory_slots(turns: Sequence[Message]) -> list[str | int]:
    """What LLaMA-Factory 0.9.5 encodes under `template: llama2`, piece by piece.

    From llamafactory/data/template.py: `register_template(name="llama2", …)` has the slots [{"bos_token"},
    "[INST] {{content}} [/INST]"] for a user, ["{{content}}", {"eos_token"}] for an assistant, and
    ["<<SYS>>\\n{{content}}\\n<</SYS>>\\n\\n"] for the system prompt, which `Llama2Template._encode` puts before the
    first question. Each slot is encoded by itself, no text is stripped. Every turn has its EOS: no `efficient_eos`.
    """
    system = f"<<SYS>>\n{turns[0].content}\n<</SYS>>\n\n" if turns[0].role == "system" else ""
    slots: list[str | int] = []
    for number, turn in enumerate(turns[bool(system) :]):
        if turn.role == "user":
            slots += [BOS, f"[INST] {'' if number else system}{turn.content} [/INST]"]
        else:
            slots += [turn.content, EOS]
    return slots


def encoded(slots: Sequence[str | int], encode: Encode) -> list[int]:
    return [number for slot in slots for number in ([slot] if isinstance(slot, int) else encode(slot))]


def without_space_before_eos(found: Sequence[int], space: int) -> list[int]:
    following = [*found[1:], None]
    return [number for number, after in zip(found, following, strict=True) if not (number == space and after == EOS)]


@pytest.mark.slow
@settings(deadline=None)
@given(row=conversations, system_prompt=st.just("") | text)
def test_the_llama2_text_has_the_ids_of_the_chat_template(row: Told, system_prompt: str) -> None:
    assert ids(written("llama2", row, system_prompt)) == render_ids(BASE, TEMPLATE, messages(row, system_prompt))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sharegpt", "openai"])
@settings(deadline=None)
@given(row=bare_conversations, system_prompt=st.just("") | bare)
def test_llama_factory_makes_the_same_ids_of_the_messages(name: str, row: Told, system_prompt: str) -> None:
    turns = EXPORTS[name].read(render(name, row[0], system_prompt, row[1]))
    assert encoded(llama_factory_slots(turns), ids) == ids(written("llama2", row, system_prompt))


def test_every_turn_has_one_bos_and_one_eos() -> None:
    found = ids(written("llama2", (SUM, EARLIER), SYSTEM))
    assert [number for number in found if number in (BOS, EOS)] == [BOS, EOS] * 3


@settings(deadline=None)
@given(row=bare_conversations, system_prompt=st.just("") | bare)
def test_plain_text_is_what_the_published_template_writes(row: Told, system_prompt: str) -> None:
    template = Environment(autoescape=False).from_string(PUBLISHED)  # noqa: S701 - no HTML
    expected = template.render(messages=plain(messages(row, system_prompt)), bos_token="<s>", eos_token="</s>")
    assert written("llama2-text", row, system_prompt) == expected


def test_the_published_template_has_one_space_more_before_each_eos() -> None:
    published, ours = (ids(written(name, (SUM, EARLIER), SYSTEM)) for name in ("llama2-text", "llama2"))
    (space,) = ids(" ")
    assert len(published) == len(ours) + 3
    assert without_space_before_eos(published, space) == ours


# ---- the same in transformers itself, on the demo's tokenizer and on one of Llama-2's own kind

ROWS: list[tuple[Told, str]] = [((SUM, ()), ""), ((SUM, ()), SYSTEM), ((SUM, EARLIER), SYSTEM), ((SUM, EARLIER), "")]


def transformers(tokenizer: str, texts: Sequence[str]) -> dict[str, Any]:
    asked = {
        "templates": [TEMPLATE.read_text(encoding="utf-8"), PUBLISHED],
        "conversations": [plain(messages(*row)) for row in ROWS],
        "texts": list(texts),
    }
    script = Path(__file__).with_name("chat_template_ids.py")
    done = subprocess.run(
        [TRAIN_PYTHON, script, tokenizer],
        input=json.dumps(asked),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={"HF_HUB_OFFLINE": "1"},
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.train
def test_transformers_makes_the_ids_of_the_llama2_text() -> None:
    found = transformers(str(BASE), [])
    assert found["conversations"][0] == [ids(written("llama2", *row)) for row in ROWS]
    assert found["conversations"][1] == [ids(written("llama2-text", *row)) for row in ROWS]


@pytest.mark.train
def test_all_ways_meet_on_a_tokenizer_of_llama_2s_kind() -> None:
    slots = [llama_factory_slots(messages(*row)) for row in ROWS]
    pieces = sorted({slot for row in slots for slot in row if isinstance(slot, str)})
    lines = [written(name, *row) for name in ("llama2", "llama2-text") for row in ROWS]
    found = transformers("llama", [*lines, *pieces, " "])
    ours, published = found["texts"][:4], found["texts"][4:8]
    encode = dict(zip(pieces, found["texts"][8:-1], strict=True))
    assert found["conversations"] == [ours, published]
    assert [encoded(row, encode.__getitem__) for row in slots] == ours
    (space,) = found["texts"][-1][-1:]
    assert [without_space_before_eos(row, space) for row in published] == ours
