"""The prompts of a measurement: a file with one JSON object or one plain prompt a line.

    {"id": "1", "prompt": "B열의 합계", "reference": "=SUM(B:B)", "task_type": "FORMULA"}
    {"messages": [{"role": "system", "content": "…"}, {"role": "user", "content": "…"}], "max_tokens": 64}

`prompt` or `messages` must be there. With `reference`, answers are graded by `task_type` as a night grades them; an
assistant's message at the end is a reference too, so a dataset's own test files in OpenAI's format can be given. A line
that is neither is counted and named; a file without a single prompt is an error.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from configs.errors import ExhellError

MAX_BYTES = 256 << 20
"""A larger file is refused: prompts are held in memory, and no measurement needs so many."""


class EndpointError(ExhellError):
    """A measurement that cannot be made: no prompts, an address that is none, a key that is not set."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One request's messages, and what is right where that is known."""

    id: str
    messages: tuple[dict[str, str], ...]
    reference: str | None = None
    task_type: str = "FORMULA"
    max_tokens: int | None = None

    @property
    def question(self) -> str:
        """The last message: what the user asked."""
        return self.messages[-1]["content"]


@dataclass(frozen=True, slots=True)
class Prompts:
    """What a file holds: its prompts, and the lines that are none, with why."""

    good: tuple[Prompt, ...]
    faults: tuple[str, ...]


def read_prompts(path: Path) -> Prompts:
    """Read a file of prompts. Raises EndpointError for one that holds none or cannot be read as text."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise EndpointError(f"{path} is larger than {MAX_BYTES >> 20} MiB; give fewer prompts")
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise EndpointError(f"{path} is not text in UTF-8: {error}") from error
    except OSError as error:
        raise EndpointError(f"cannot read the prompts {path}: {error.strerror or error}; correct --prompts") from error
    good, faults = [], []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            good.append(_prompt(line, number))
        except ValueError as error:
            faults.append(f"line {number}: {error}")
    if not good:
        why = f"; {faults[0]}" if faults else "; it is empty"
        raise EndpointError(f"{path} holds no prompt{why}. docs/cost.md shows what a line looks like")
    return Prompts(tuple(good), tuple(faults))


def _prompt(line: str, number: int) -> Prompt:
    if not line.lstrip().startswith("{"):
        return Prompt(str(number), ({"role": "user", "content": line.strip()},))
    try:
        found: Any = json.loads(line)
    except ValueError as error:
        raise ValueError(f"not valid JSON ({error})") from error
    if "messages" in found:
        messages = _messages(found["messages"])
    elif isinstance(found.get("prompt"), str) and found["prompt"].strip():
        messages = ({"role": "user", "content": found["prompt"]},)
    else:
        raise ValueError("neither `prompt` nor `messages`")
    reference, most = found.get("reference"), found.get("max_tokens")
    if messages[-1]["role"] == "assistant":
        reference = reference or messages[-1]["content"]
        messages = messages[:-1]
    if not messages:
        raise ValueError("`messages` asks nothing")
    if reference is not None and not isinstance(reference, str):
        raise ValueError("`reference` is not text")
    if most is not None and not (isinstance(most, int) and most > 0):
        raise ValueError("`max_tokens` is not a positive number")
    kind = str(found.get("task_type") or "FORMULA")
    return Prompt(str(found.get("id", number)), messages, reference or None, kind, most)


def _messages(found: Any) -> tuple[dict[str, str], ...]:
    if not isinstance(found, list) or not found:
        raise ValueError("`messages` is not a list with messages")
    for one in found:
        if not isinstance(one, dict) or not isinstance(one.get("content"), str) or not isinstance(one.get("role"), str):
            raise ValueError("a message without the texts `role` and `content`")
    return tuple({"role": one["role"], "content": one["content"]} for one in found)
