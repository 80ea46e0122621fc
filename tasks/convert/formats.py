"""The shapes in which trainers take examples: one pure function that renders an example, one that reads it back.

    alpaca    {"instruction", "input", "output"}, and "system" where a system prompt is set
    llama2    {"text": "<s>[INST] <<SYS>>\\n…\\n<</SYS>>\\n\\n… [/INST] … </s>"}
    sharegpt  {"id", "conversations": [{"from": "system" | "human" | "gpt", "value": …}]}, as Vicuna takes it

Another format is one pair of functions and one line in `FORMATS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from tasks.records import Message, Role, conversation, prompt_text

Line = dict[str, Any]
"""One JSON document of a JSONL file."""

_LLAMA2 = re.compile(
    r"<s>\[INST\] (?:<<SYS>>\n(?P<system>.*?)\n<</SYS>>\n\n)?(?P<prompt>.*) \[/INST\] (?P<answer>.*) </s>", re.DOTALL
)
_FROM: dict[Role, str] = {"system": "system", "user": "human", "assistant": "gpt"}
_ROLE: dict[str, Role] = {name: role for role, name in _FROM.items()}


class Example(NamedTuple):
    """What a format shows of an example; `output` is the answer to learn."""

    id: str
    instruction: str
    input: str
    output: str

    def messages(self, system_prompt: str) -> tuple[Message, ...]:
        return (*conversation(self.instruction, self.input, system_prompt), Message("assistant", self.output))


@dataclass(frozen=True)
class Format:
    """How an example and a system prompt become a line, and a line becomes the conversation again."""

    render: Callable[[Example, str], Line]
    read: Callable[[Line], tuple[Message, ...]]


def alpaca(example: Example, system_prompt: str) -> Line:
    line = {"instruction": example.instruction, "input": example.input, "output": example.output}
    return line | {"system": system_prompt} if system_prompt else line


def read_alpaca(line: Line) -> tuple[Message, ...]:
    example = Example("", line["instruction"], line["input"], line["output"])
    return example.messages(line.get("system", ""))


def llama2(example: Example, system_prompt: str) -> Line:
    """The Llama-2 chat form, as text. White space around prompt and answer is no part of it, as in Meta's own.

    The text begins with the BOS mark: tokenize it with `add_special_tokens=False`, or there are two.
    """
    system = f"<<SYS>>\n{system_prompt.strip()}\n<</SYS>>\n\n" if system_prompt.strip() else ""
    prompt = prompt_text(example.instruction, example.input).strip()
    return {"text": f"<s>[INST] {system}{prompt} [/INST] {example.output.strip()} </s>"}


def read_llama2(line: Line) -> tuple[Message, ...]:
    """Raises ValueError for a text in another form."""
    match = _LLAMA2.fullmatch(line["text"])
    if match is None:
        raise ValueError(f"not in Llama-2 chat form: {line['text'][:80]!r}")
    question, answer = Message("user", match["prompt"]), Message("assistant", match["answer"])
    return (Message("system", match["system"]), question, answer) if match["system"] else (question, answer)


def sharegpt(example: Example, system_prompt: str) -> Line:
    turns = [{"from": _FROM[turn.role], "value": turn.content} for turn in example.messages(system_prompt)]
    return {"id": example.id, "conversations": turns}


def read_sharegpt(line: Line) -> tuple[Message, ...]:
    return tuple(Message(_ROLE[turn["from"]], turn["value"]) for turn in line["conversations"])


FORMATS: dict[str, Format] = {
    "alpaca": Format(alpaca, read_alpaca),
    "llama2": Format(llama2, read_llama2),
    "sharegpt": Format(sharegpt, read_sharegpt),
}
"""Name, which is also the folder in a dataset, to format."""
