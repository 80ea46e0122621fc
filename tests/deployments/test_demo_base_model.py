"""The committed base model: small enough to commit, and a tokenizer that cannot tell training from serving apart.

Read with `tokenizers`, `safetensors` and `jinja2` alone, which is what a pipeline without torch has.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jinja2.sandbox
import pytest
from safetensors import safe_open
from tokenizers import Tokenizer

from deployments.demo.questions import ask_analysis, ask_correction, ask_explanation, ask_formula, ask_how_to
from deployments.demo.sheets import dice

ROOT = Path(__file__).parents[2]
BASE_MODEL = ROOT / "deployments" / "demo" / "base_model"
TEMPLATE = ROOT / "configs" / "templates" / "llama-2.jinja"
LARGEST = 3_000_000
"""Bytes that the base model may add to a clone of the repository."""


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(BASE_MODEL / "tokenizer.json"))


def ids(tokenizer: Tokenizer, text: str) -> list[int]:
    return list(tokenizer.encode(text, add_special_tokens=False).ids)


def render(*messages: tuple[str, str]) -> str:
    def raise_exception(message: str) -> None:
        raise jinja2.TemplateError(message)

    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    environment.globals["raise_exception"] = raise_exception
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    turns = [{"role": role, "content": content} for role, content in messages]
    return template.render(messages=turns, bos_token="<s>", eos_token="</s>", add_generation_prompt=True)


def conversations() -> list[tuple[str, str]]:
    rng = dice("prefix")
    asked = [
        ask(rng) for ask in (ask_formula, ask_correction, ask_explanation, ask_how_to, ask_analysis) for _ in range(60)
    ]
    pairs = [(f"{q.instruction}\n\n{q.input}" if q.input else q.instruction, q.formula or q.explanation) for q in asked]
    return [*pairs, ("emoji 😀 漢字 \t tab", "  answer with blanks\n\nand lines "), ("[/INST] in a text", "1234")]


def test_it_is_small_enough_to_commit() -> None:
    assert sum(file.stat().st_size for file in BASE_MODEL.iterdir()) <= LARGEST


def test_weights_are_safetensors_of_the_configured_shape() -> None:
    config: dict[str, Any] = json.loads((BASE_MODEL / "config.json").read_text(encoding="utf-8"))
    with safe_open(BASE_MODEL / "model.safetensors", framework="numpy") as weights:
        names, embedding = set(weights.keys()), weights.get_slice("model.embed_tokens.weight").get_shape()
    assert config["model_type"] == "llama"
    assert embedding == [config["vocab_size"], config["hidden_size"]]
    assert f"model.layers.{config['num_hidden_layers'] - 1}.mlp.down_proj.weight" in names
    assert not list(BASE_MODEL.glob("*.bin"))


def test_heads_are_as_large_as_vllm_needs_on_a_cpu() -> None:
    config: dict[str, Any] = json.loads((BASE_MODEL / "config.json").read_text(encoding="utf-8"))
    assert config["hidden_size"] // config["num_attention_heads"] >= 32


def test_the_tokenizer_carries_the_template_of_the_profiles() -> None:
    config = json.loads((BASE_MODEL / "tokenizer_config.json").read_text(encoding="utf-8"))
    assert config["chat_template"] == TEMPLATE.read_text(encoding="utf-8")


def test_config_and_tokenizer_agree_on_special_tokens(tokenizer: Tokenizer) -> None:
    model = json.loads((BASE_MODEL / "config.json").read_text(encoding="utf-8"))
    names = json.loads((BASE_MODEL / "tokenizer_config.json").read_text(encoding="utf-8"))
    for kind in ("bos", "eos", "pad"):
        assert tokenizer.token_to_id(names[f"{kind}_token"]) == model[f"{kind}_token_id"]
    assert tokenizer.get_vocab_size() == model["vocab_size"]


def test_the_template_is_llama_2s() -> None:
    assert render(("user", "a")) == "<s>[INST] a [/INST]"
    assert render(("user", " a "), ("assistant", " b ")) == "<s>[INST] a [/INST] b</s>"
    assert (
        render(("system", "s"), ("user", "a"), ("assistant", "b"), ("user", "c"))
        == "<s>[INST] <<SYS>>\ns\n<</SYS>>\n\na [/INST] b</s><s>[INST] c [/INST]"
    )


def test_the_template_refuses_turns_out_of_order() -> None:
    with pytest.raises(jinja2.TemplateError, match="user and assistant in turn"):
        render(("user", "a"), ("user", "b"))


@pytest.mark.slow
def test_prompt_ids_are_a_prefix_of_the_whole(tokenizer: Tokenizer) -> None:
    for asked, answered in conversations():
        prompt = ids(tokenizer, render(("user", asked)))
        whole = ids(tokenizer, render(("user", asked), ("assistant", answered)))
        assert whole[: len(prompt)] == prompt, (asked, answered)


@pytest.mark.slow
def test_an_answer_tokenizes_alike_alone_and_in_place(tokenizer: Tokenizer) -> None:
    """Trainers that encode turn by turn get the ids that a server sees, which encodes the text as a whole."""
    for asked, answered in conversations():
        prompt = ids(tokenizer, render(("user", asked)))
        whole = ids(tokenizer, render(("user", asked), ("assistant", answered)))
        assert whole[len(prompt) :] == ids(tokenizer, answered.strip() + "</s>")


def test_no_second_bos(tokenizer: Tokenizer) -> None:
    text = render(("user", "C2:C31 합계"))
    bos = tokenizer.token_to_id("<s>")
    assert tokenizer.encode(text, add_special_tokens=True).ids.count(bos) == 1


def test_turn_marks_are_one_token_each(tokenizer: Tokenizer) -> None:
    tokens = [tokenizer.id_to_token(number) for number in ids(tokenizer, render(("user", "C2"), ("assistant", "=C2")))]
    assert tokens == ["<s>", "[INST]", "C", "2", "[/INST]", "=", "C", "2", "</s>"]


def test_digits_stand_alone(tokenizer: Tokenizer) -> None:
    tokens = tokenizer.encode("=SUM(C2:C1031)").tokens
    assert tokens[-8:] == ["2", ":", "C", "1", "0", "3", "1", ")"]
    assert not [token for token in tokenizer.get_vocab() if re.search(r"[0-9].|.[0-9]", token)]


def test_column_letters_are_never_glued_to_korean(tokenizer: Tokenizer) -> None:
    for letter in "ABCDEFGHIJKL":
        assert tokenizer.encode(f"{letter}열의 합계").tokens[0] == letter


def test_any_text_survives(tokenizer: Tokenizer) -> None:
    for text in ("=VLOOKUP(F2,A2:D31,3,FALSE)", "뷁 쀍 ㅋㅋㅋ", "emoji 😀 漢字", "tab\tand\nline"):
        assert tokenizer.decode(ids(tokenizer, text)) == text


@pytest.mark.slow
def test_prompts_are_short_enough_for_the_context(tokenizer: Tokenizer) -> None:
    longest = max(
        len(ids(tokenizer, render(("user", asked), ("assistant", answered)))) for asked, answered in conversations()
    )
    assert longest <= 256
