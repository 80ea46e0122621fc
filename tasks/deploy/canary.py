"""Canary questions: a server's yes to `load adapter` says that it read files, not that the right model answers.

The evaluation leaves some of its questions with the greedy answers of base and challenger (`canaries.json` in the
report). Put again after the load, they must give the challenger's answers, and not all of them the base's.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from configs.errors import ExhellError
from tasks.records import Message
from tasks.serving import ModelServer

CANARIES = "canaries.json"

MIN_AGREEMENT = 0.8
"""Share of canaries that must give the evaluated answer. Below 1: the order in which a server adds up a batch changes
the last digits, and where two tokens are nearly as likely, once in a while the answer. Another adapter, or none, gives
answers of its own to nearly all of them."""

MOST_TAG = 5_000
"""Characters of a tag that MLflow keeps."""

SHOWN = 80
"""Characters of an answer that an error quotes."""


class DeployError(ExhellError):
    """An adapter that must not serve, or a rollback without a target. What served before still does."""


@dataclass(frozen=True)
class Canary:
    """A question, and what the base model and the adapter answered to it in the evaluation."""

    messages: tuple[Message, ...]
    base: str
    challenger: str


def read_canaries(report: Path) -> tuple[Canary, ...]:
    """The canaries in a report's folder. Raises DeployError where there are none."""
    file = report / CANARIES
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))
        return tuple(
            Canary(tuple(Message(**message) for message in entry["messages"]), entry["base"], entry["challenger"])
            for entry in entries
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DeployError(f"{file} holds no canary questions ({error}); evaluate the adapter again") from error


def check_canaries(server: ModelServer, model: str, canaries: Sequence[Canary], max_tokens: int) -> None:
    """Raise DeployError unless `model` answers as it was evaluated, and differently from the base model.

    `max_tokens` is the evaluation's own.
    """
    telling = [canary for canary in canaries if canary.base != canary.challenger]
    if not telling:
        raise DeployError(
            f"none of the {len(canaries)} canary questions tells {model} from the base model: in the evaluation both "
            "gave the same answers, so the adapter changes nothing that they would show"
        )
    with ThreadPoolExecutor(max_workers=len(canaries)) as pool:
        answers = list(pool.map(lambda case: server.complete(model, case.messages, max_tokens=max_tokens), canaries))
    wrong = [
        (canary, answer.text)
        for canary, answer in zip(canaries, answers, strict=True)
        if answer.text != canary.challenger
    ]
    # Held against the telling ones by themselves too: the base model answers all the others right.
    wrong_telling = [pair for pair in wrong if pair[0] in telling]
    if _too_many(wrong, canaries) or _too_many(wrong_telling, telling):
        canary, answer = wrong[0]
        as_base = sum(answer == canary.base for canary, answer in wrong)
        raise DeployError(
            f"{model} does not answer as it was evaluated: {len(wrong)} of {len(canaries)} canary answers differ"
            f"{f', {as_base} of them are the base model’s own' if as_base else ''}; asked "
            f"“{canary.messages[-1].content[:SHOWN]}”, it was evaluated with “{canary.challenger[:SHOWN]}” and now "
            f"answers “{answer[:SHOWN]}”"
        )


def questions(canaries: Sequence[Canary], max_tokens: int) -> str:
    """Those that tell the adapter from its base, as JSON for a tag of its version: the gateway asks them again while it
    watches a new champion. As many as the tag holds."""
    found: list[dict[str, object]] = []
    text = ""
    for canary in canaries:
        if canary.base != canary.challenger:
            messages = [{"role": message.role, "content": message.content} for message in canary.messages]
            found.append({"messages": messages, "answer": canary.challenger})
            longer = json.dumps({"questions": found, "max_tokens": max_tokens}, ensure_ascii=False)
            if len(longer) > MOST_TAG:
                break
            text = longer
    return text


def _too_many(wrong: Sequence[object], asked: Sequence[object]) -> bool:
    return len(wrong) > (1 - MIN_AGREEMENT) * len(asked)
