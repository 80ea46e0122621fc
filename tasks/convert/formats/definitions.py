"""What a line of each format looks like, and how it is read back to a conversation.

Another format is one `Format` and its line in `FORMATS`: nothing else changes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import pyarrow as pa

from tasks.records import Message, Role, conversation

Line = dict[str, Any]
"""One JSON document of a JSONL file. The line of a plain text file is `{"text": …}`."""

Conversation = tuple[Message, ...]

_STRING = pa.string()


@dataclass(frozen=True)
class Format:
    """One line, written out, with `$` before what differs from example to example.

        $id  $instruction  $input  $output   the example's texts
        $prompt    the user's turn: the instruction, a blank line, the input
        $system    `system`, where there is a system prompt; in it, `$text` is that prompt
        $earlier   `earlier`, where there were earlier turns; in it, `$turns` is `turn` for each, `between` in between

    Texts are put in escaped, so a JSON line is written here as JSON. `trims` takes the white space around prompts and
    answers away. `columns` are those that a reader sees, with their Arrow types.
    """

    line: str
    turn: str
    read: Callable[[Line], Conversation]
    columns: pa.Schema
    system: str = "$text"
    earlier: str = "$turns"
    between: str = ""
    trims: bool = False
    json: bool = True

    @property
    def suffix(self) -> str:
        return ".jsonl" if self.json else ".txt"

    def parse(self, content: bytes) -> Iterator[Line]:
        """The lines of a file. In plain text, an example ends at the `</s>` of a line's end."""
        if self.json:
            return (orjson.loads(line) for line in content.split(b"\n") if line)
        texts = content.decode("utf-8").removesuffix("\n")
        return ({"text": text} for text in re.split(r"(?<=</s>)\n", texts) if text)


# ---- Alpaca, with the earlier turns as LLaMA-Factory reads them


def read_alpaca(line: Line) -> Conversation:
    question = conversation(line["instruction"], line["input"], line.get("system") or "")
    earlier = _messages(line.get("history") or ())
    return (*question[:-1], *earlier, question[-1], Message("assistant", line["output"]))


ALPACA = Format(
    line='{"instruction":"$instruction","input":"$input","output":"$output"$system$earlier}',
    system=',"system":"$text"',
    earlier=',"history":[$turns]',
    turn='["$prompt","$output"]',
    between=",",
    read=read_alpaca,
    columns=pa.schema(
        dict.fromkeys(("instruction", "input", "output", "system"), _STRING) | {"history": pa.list_(pa.list_(_STRING))}
    ),
)


# ---- Llama-2 chat, as text
#
# The text holds its own BOS and EOS marks: a tokenizer that adds another BOS doubles it. No space stands before </s>,
# as in LLaMA-Factory and in configs/templates/llama-2.jinja: it would be a token of its own. Meta's code writes one,
# and so does the plain text.

_TURN = re.compile(r"<s>\[INST\] (.*?) \[/INST\] (.*?) ?</s>", re.DOTALL)
_SYSTEM = re.compile(r"<<SYS>>\n(.*?)\n<</SYS>>\n\n(.*)", re.DOTALL)


def read_llama2(line: Line) -> Conversation:
    """Raises ValueError for a text in another form."""
    text, end = line["text"], 0
    turns: list[tuple[str, str]] = []
    while not turns or end < len(text):
        turn = _TURN.match(text, end)
        if turn is None:
            raise ValueError(f"not in Llama-2 chat form: {text[end : end + 80]!r}")
        turns.append((turn[1], turn[2]))
        end = turn.end()
    system = _SYSTEM.fullmatch(turns[0][0])
    if system is None:
        return _messages(turns)
    return (Message("system", system[1]), *_messages([(system[2], turns[0][1]), *turns[1:]]))


LLAMA2 = Format(
    line='{"text":"<s>[INST] $system$earlier$prompt [/INST] $output</s>"}',
    system=r"<<SYS>>\n$text\n<</SYS>>\n\n",
    turn="$prompt [/INST] $output</s><s>[INST] ",
    read=read_llama2,
    columns=pa.schema({"text": _STRING}),
    trims=True,
)

LLAMA2_TEXT = Format(
    line="<s>[INST] $system$earlier$prompt [/INST] $output </s>",
    system="<<SYS>>\n$text\n<</SYS>>\n\n",
    turn="$prompt [/INST] $output </s><s>[INST] ",
    read=read_llama2,
    columns=pa.schema({"text": _STRING}),
    trims=True,
    json=False,
)


# ---- Messages: ShareGPT, as Vicuna takes it, and OpenAI's

_FROM: dict[str, Role] = {"system": "system", "human": "user", "gpt": "assistant"}


def read_sharegpt(line: Line) -> Conversation:
    return tuple(Message(_FROM[turn["from"]], turn["value"]) for turn in line["conversations"])


SHAREGPT = Format(
    line='{"id":"$id","conversations":[$system$earlier'
    '{"from":"human","value":"$prompt"},{"from":"gpt","value":"$output"}]}',
    system='{"from":"system","value":"$text"},',
    turn='{"from":"human","value":"$prompt"},{"from":"gpt","value":"$output"},',
    read=read_sharegpt,
    columns=pa.schema({"id": _STRING, "conversations": pa.list_(pa.struct({"from": _STRING, "value": _STRING}))}),
)


def read_openai(line: Line) -> Conversation:
    return tuple(Message(turn["role"], turn["content"]) for turn in line["messages"])


OPENAI = Format(
    line='{"messages":[$system$earlier{"role":"user","content":"$prompt"},{"role":"assistant","content":"$output"}]}',
    system='{"role":"system","content":"$text"},',
    turn='{"role":"user","content":"$prompt"},{"role":"assistant","content":"$output"},',
    read=read_openai,
    columns=pa.schema({"messages": pa.list_(pa.struct({"role": _STRING, "content": _STRING}))}),
)


FORMATS: dict[str, Format] = {"alpaca": ALPACA, "llama2": LLAMA2, "sharegpt": SHAREGPT, "openai": OPENAI}
"""Name, which is also the folder in a dataset, to format."""

EXPORTS: dict[str, Format] = FORMATS | {"llama2-text": LLAMA2_TEXT}
"""What can be asked for: a dataset's formats, and one that no trainer needs twice."""


def _messages(turns: Iterable[Sequence[str]]) -> Conversation:
    """Questions and answers, one after the other."""
    roles: tuple[Role, Role] = ("user", "assistant")
    return tuple(Message(role, text) for turn in turns for role, text in zip(roles, turn, strict=True))
