"""Rebuild the demo's base model, in minutes on 2 cores, in the train environment.

    python -m deployments.demo.build_base_model

A 3-layer, 128-wide Llama with a byte-level BPE of 1,024, trained from scratch on five of the demo's formula families
(and on explanations of all of them, so that it has read every function's name). It can copy cell references and
criteria into a formula, and writes those five families; the night's LoRA has the rest to teach.
The result is committed, because a night must not wait for it.

Nothing imports this module: it runs in the training environment.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import torch
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM

from deployments.demo.formulas import FAMILIES
from deployments.demo.questions import ask_analysis, ask_correction, ask_explanation, ask_formula, ask_how_to
from deployments.demo.sheets import Question, dice

HERE = Path(__file__).parent
TEMPLATE = HERE.parents[1] / "configs" / "templates" / "llama-2.jinja"
KNOWN_FAMILIES = ("SUM", "SUMIF", "VLOOKUP", "IF", "INDEX_MATCH")
"""What the base can write: between them, all kinds of copying that the other families need."""

VOCABULARY = 1024
CONTEXT = 512
SPECIALS = ("<unk>", "<s>", "</s>", "<pad>")
BATCH = 64
PEAK_RATE = 3e-3
WARMUP_STEPS = 100
PROMPT_WEIGHT = 0.1
"""How much of the loss the prompt's tokens carry: enough to learn the language, too little to learn dice by heart."""


def build_tokenizer() -> Tokenizer:
    """A byte-level BPE that copies well: digits, blanks and signs stand alone, Latin and Hangul never share a token.

    `[INST]` and `[/INST]` are tokens that swallow the blanks beside them, so that the ids of a prompt are a true prefix
    of the ids of prompt and answer, whether the answer is written with LLaMA-2's leading blank or without.
    No post-processor adds a `<s>`: the chat template writes it, and a second one cannot appear.
    """
    tokenizer = Tokenizer(models.BPE(unk_token=None))
    pieces = Regex(r"\d|[A-Za-z]+|[가-힣ㄱ-ㅎㅏ-ㅣ]+|\s|[^\dA-Za-z가-힣ㄱ-ㅎㅏ-ㅣ\s]")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(pieces, "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    specials = [AddedToken(token, special=True, normalized=False) for token in SPECIALS]
    turns = [
        AddedToken("[INST]", special=True, normalized=False, rstrip=True),
        AddedToken("[/INST]", special=True, normalized=False, lstrip=True, rstrip=True),
    ]
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[*specials, *turns],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    rng = dice("tokenizer")
    texts = (text for _ in range(12_000) for text in _text_of(ask_anything(rng, tuple(FAMILIES))))
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def _text_of(question: Question) -> Iterator[str]:
    yield from (question.instruction, question.input, question.formula, question.explanation)


def ask_anything(rng: Random, families: tuple[str, ...]) -> Question:
    """One question of the pretraining mixture; what explains a formula knows all families."""
    kind = rng.random()
    if kind < 0.70:
        return ask_formula(rng, families)
    if kind < 0.80:
        return ask_correction(rng, families)
    if kind < 0.92:
        return ask_explanation(rng)
    return ask_how_to(rng) if kind < 0.96 else ask_analysis(rng)


def render(question: Question) -> tuple[str, str]:
    """Prompt and answer as the chat template writes them; together they are the whole text."""
    asked = f"{question.instruction}\n\n{question.input}" if question.input else question.instruction
    return f"<s>[INST] {asked} [/INST]", f" {question.formula or question.explanation}</s>"


def encode(tokenizer: Tokenizer, count: int, key: str) -> list[tuple[list[int], int]]:
    """`count` examples as (ids, length of the prompt)."""
    rng = dice(key)
    pairs = [render(ask_anything(rng, KNOWN_FAMILIES)) for _ in range(count)]
    prompts = tokenizer.encode_batch([prompt for prompt, _ in pairs])
    whole = tokenizer.encode_batch([prompt + answer for prompt, answer in pairs])
    return [(full.ids, len(prompt.ids)) for full, prompt in zip(whole, prompts, strict=True)]


def batches(examples: list[tuple[list[int], int]], rng: Random) -> Iterator[list[tuple[list[int], int]]]:
    """Batches of like length, in shuffled order: little padding, which on two cores is time."""
    order = sorted(range(len(examples)), key=lambda i: (len(examples[i][0]), rng.random()))
    groups = [order[start : start + BATCH] for start in range(0, len(order) - BATCH + 1, BATCH)]
    rng.shuffle(groups)
    for group in groups:
        yield [examples[i] for i in group]


def as_tensors(batch: list[tuple[list[int], int]], pad: int) -> tuple[Any, Any]:
    """Ids and loss weights, both [batch, longest]."""
    longest = max(len(ids) for ids, _ in batch)
    ids = torch.full((len(batch), longest), pad)
    weights = torch.zeros((len(batch), longest))
    for row, (tokens, prompt) in enumerate(batch):
        ids[row, : len(tokens)] = torch.tensor(tokens)
        weights[row, 1:prompt] = PROMPT_WEIGHT
        weights[row, prompt : len(tokens)] = 1.0
    return ids, weights


def build_model(tokenizer: Tokenizer) -> Any:
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=128,
        intermediate_size=288,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.token_to_id("<s>"),
        eos_token_id=tokenizer.token_to_id("</s>"),
        pad_token_id=tokenizer.token_to_id("<pad>"),
        dtype="float32",
    )
    torch.manual_seed(0)
    return LlamaForCausalLM(config)


def rate(step: int, steps: int) -> float:
    """Linear warm-up, then linear decay to zero."""
    return min((step + 1) / WARMUP_STEPS, (steps - step) / (steps - WARMUP_STEPS))


def pretrain(model: Any, tokenizer: Tokenizer, steps: int) -> None:
    decayed = [p for p in model.parameters() if p.dim() > 1]
    optimizer = torch.optim.AdamW(
        [
            {"params": decayed, "weight_decay": 0.05},
            {"params": [p for p in model.parameters() if p.dim() < 2], "weight_decay": 0.0},
        ],
        lr=PEAK_RATE,
        betas=(0.9, 0.98),
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rate(step, steps))
    pad, start, step = model.config.pad_token_id, time.monotonic(), 0
    while step < steps:
        for batch in batches(encode(tokenizer, 200 * BATCH, f"pretraining/{step}"), dice("order", step)):
            ids, weights = as_tensors(batch, pad)
            logits = model(input_ids=ids).logits[:, :-1]
            losses = torch.nn.functional.cross_entropy(logits.transpose(1, 2), ids[:, 1:], reduction="none")
            loss = (losses * weights[:, 1:]).sum() / weights[:, 1:].sum()
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            step += 1
            if step % 100 == 0:
                print(f"step {step:5d}/{steps}  loss {loss.item():.3f}  {time.monotonic() - start:.0f} s", flush=True)
            if step == steps:
                break


def save(model: Any, tokenizer: Tokenizer, folder: Path) -> None:
    model.save_pretrained(folder, safe_serialization=True)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": CONTEXT,
        "unk_token": "<unk>",
        "bos_token": "<s>",
        "eos_token": "</s>",
        "pad_token": "<pad>",
        "add_bos_token": False,
        "add_eos_token": False,
        "clean_up_tokenization_spaces": False,
        "chat_template": TEMPLATE.read_text(encoding="utf-8"),
    }
    (folder / "tokenizer_config.json").write_text(
        json.dumps(config, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=HERE / "base_model")
    parser.add_argument("--steps", type=int, default=1600)
    arguments = parser.parse_args()
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)  # sums in one order on any machine; on a busy one, threads that wait for each other crawl
    tokenizer = build_tokenizer()
    model = build_model(tokenizer)
    print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters", flush=True)
    pretrain(model, tokenizer, arguments.steps)
    arguments.out.mkdir(parents=True, exist_ok=True)
    save(model, tokenizer, arguments.out)


if __name__ == "__main__":
    main()
