"""Lengths are those of the base model's own tokenizer under its chat template, and most are known without it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, Tokenizer, models, normalizers

from bench import traffic
from configs.load import template_path
from tasks.filter.rules import candidates
from tasks.filter.tokens import TokenLimit
from tasks.records import Message, conversation
from tasks.serving.template import render_ids
from tests.tasks.builders import batch, interaction
from tests.tasks.convert.conversations import any_text

BASE = Path(__file__).parents[3] / "deployments" / "demo" / "base_model"
TEMPLATE = template_path("llama-2")
PRODUCTION_TOKENS = 2_048
MEASURED_SHARE = 0.10
"""Of bench.traffic's rows, 7.2% were tokenized at 2,048 tokens of the demo's model; the rest the bounds decided."""

texts = any_text | st.text("가나다 =SUM(A1:B10),\n\t\"'<s>[INST]|😀Ａ", max_size=300)


def sentence_pieces(folder: Path) -> Path:
    """The folder, with a tokenizer of Llama 2's kind: pieces of characters, and bytes for what it does not know."""
    words = [
        "▁",
        "▁합계",
        "합계",
        "를",
        "SUM",
        "▁=",
        "(",
        ")",
        "A",
        "1",
        "S",
        "U",
        "M",
        "=",
        "합",
        "계",
        "SU",
        "▁합",
        "▁s",
    ]
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), *words]
    merges = [("합", "계"), ("▁", "합계"), ("▁", "합"), ("S", "U"), ("SU", "M"), ("▁", "=")]
    vocabulary = {token: number for number, token in enumerate(dict.fromkeys(tokens))}
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.add_special_tokens([AddedToken(name, normalized=False, special=True) for name in tokens[:3]])
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"bos_token": "<s>", "eos_token": "</s>"}))
    return folder


@cache
def limit(base: Path, system_prompt: str = "") -> TokenLimit:
    return TokenLimit.of_model(PRODUCTION_TOKENS, base, TEMPLATE, system_prompt)


def keeps(checked: TokenLimit, rows: pa.RecordBatch, most: int) -> list[bool]:
    checked.limit = most
    kept: list[bool] = checked.keeps(rows).to_pylist()
    return kept


@pytest.fixture(scope="module", params=["of bytes", "of pieces"])
def base(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return BASE if request.param == "of bytes" else sentence_pieces(tmp_path_factory.mktemp("pieces"))


@settings(deadline=None, max_examples=60)
@given(
    instruction=texts, context=st.just("") | texts, answer=texts, system_prompt=st.sampled_from(["", "너는 전문가다."])
)
def test_lengths_are_those_of_what_is_trained_on_and_lie_within_the_bounds(
    base: Path, instruction: str, context: str, answer: str, system_prompt: str
) -> None:
    checked = limit(base, system_prompt)
    rows = candidates(batch(interaction(1, instruction=instruction, input=context, output=answer)))
    told = (*conversation(instruction, context, system_prompt), Message("assistant", answer))
    count = len(render_ids(base, TEMPLATE, told))

    assert checked.lengths(rows).tolist() == [count]
    assert [keeps(checked, rows, most) for most in (count, count - 1)] == [[True], [False]]
    size = len(checked.frame.text(f"{instruction}\n\n{context}" if context else instruction, answer).encode())
    assert count <= checked.bounds.most(np.array([size]))[0]


def test_a_row_is_dropped_by_its_tokens_and_not_by_its_letters() -> None:
    short, long = "=SUM(A1:A3)" * 40, "\U0001f9ee" * 440
    assert len(short) == len(long)
    rows = candidates(batch(interaction(1, output=short), interaction(2, output=long)))
    assert keeps(limit(BASE), rows, 600) == [True, False]


@pytest.mark.slow
def test_most_rows_are_decided_without_the_tokenizer(monkeypatch: pytest.MonkeyPatch) -> None:
    checked, tokenized, seen = TokenLimit.of_model(PRODUCTION_TOKENS, BASE, TEMPLATE), 0, 0
    exactly = checked.lengths
    for rows in map(candidates, traffic.batches(20_000)):
        asked: list[int] = []
        monkeypatch.setattr(checked, "lengths", lambda some, asked=asked: asked.append(some.num_rows) or exactly(some))
        kept = checked.keeps(rows).to_numpy(zero_copy_only=False)
        tokenized, seen = tokenized + sum(asked), seen + rows.num_rows
        some = np.random.default_rng(1).choice(rows.num_rows, 300, replace=False)
        assert (exactly(rows.take(some)) <= PRODUCTION_TOKENS).tolist() == kept[some].tolist()
    assert 0 < tokenized < MEASURED_SHARE * seen
