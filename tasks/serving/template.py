"""Template parity: the served model must see the very tokens that it was trained on.

A template that differs between training and serving halves a model's accuracy without any error, so it is compared
here: our Jinja file, rendered in this process and encoded with the base model's own tokenizer, against the ids that
the server makes of the same messages.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from jinja2 import Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tasks.records import Message
from tasks.serving.client import ModelServer, ServingError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

RECORD = "template_ids.json"
"""In an adapter: conversations, and the token ids that a model of it was trained to see for them."""

PROBES = (
    (Message("user", "A열의 합계를 구하는 수식을 알려줘"),),
    (Message("user", "B2:B20의 평균은?"), Message("assistant", "=AVERAGE(B2:B20)")),
    (
        Message("system", "너는 엑셀 전문가다."),
        Message("user", "'서울'만 더해줘\n\nA열 지역\tB열 금액"),
        Message("assistant", '=SUMIF(A:A,"서울",B:B)'),
        Message("user", "부산도 😀"),
        Message("assistant", '=SUM(SUMIF(A:A,{"서울","부산"},B:B))'),
    ),
)
"""What every template must write alike in training and serving: with and without system prompt, answer, second turn."""

CONTEXT = 8
"""Token ids shown on each side of the first difference."""


class TemplateMismatchError(ServingError):
    """A server that makes other token ids of a conversation than those that were trained on."""


def check_template(
    server: ModelServer, model: str, base_path: Path, template: Path, messages: Sequence[Message]
) -> None:
    """Raise TemplateMismatchError unless the server's token ids of these messages equal ours."""
    ours = render_ids(base_path, template, messages)
    theirs = server.prompt_token_ids(model, messages)
    if difference := _difference(ours, theirs):
        raise TemplateMismatchError(
            f"{server.url} writes prompts differently from {template.name} (model {model}): {difference}; start the "
            f"server with --chat-template {template}"
        )


def record(base_path: Path, template: Path) -> str:
    """The record that travels with an adapter trained with this template, as JSON. Raises ServingError."""
    found = []
    for messages in PROBES:
        try:
            ids = render_ids(base_path, template, messages)
        except ServingError as error:
            if isinstance(error.__cause__, TemplateError):
                continue  # a template may refuse a system prompt, and is then never asked with one
            raise
        found.append({"messages": [{"role": one.role, "content": one.content} for one in messages], "token_ids": ids})
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def check_record(server: ModelServer, model: str, adapter: Path) -> None:
    """Raise TemplateMismatchError unless the server makes those token ids that this adapter was trained to see.

    An adapter without a record, of an earlier version of this project, passes.
    """
    file = adapter / RECORD
    if not file.is_file():
        return
    for probe in json.loads(file.read_text(encoding="utf-8")):
        messages = [Message(**message) for message in probe["messages"]]
        if difference := _difference(probe["token_ids"], server.prompt_token_ids(model, messages)):
            raise TemplateMismatchError(
                f"{model} was trained with another chat template or tokenizer than {server.url} asks with: "
                f"{difference}. Its own template lies in {adapter}: serve with that one (base_model.chat_template), or "
                "train again with the profile's"
            )


def _difference(ours: Sequence[int], theirs: Sequence[int]) -> str:
    """From where on, and how, two sequences of token ids differ; empty where they do not."""
    if list(ours) == list(theirs):
        return ""
    pairs = zip(ours, theirs, strict=False)
    first = next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(ours), len(theirs)))
    window = slice(max(0, first - CONTEXT), first + CONTEXT)
    return f"from token {first} on, trained on {list(ours[window])}, served {list(theirs[window])}"


def render_ids(base_path: Path, template: Path, messages: Sequence[Message]) -> list[int]:
    """Token ids of a conversation, rendered by a Jinja file and encoded by the base model's tokenizer.

    Raises ServingError for a base model without tokenizer.json and for messages that the template refuses.
    """
    tokenizer, special = _tokenizer(base_path)
    plain = [{"role": message.role, "content": message.content} for message in messages]
    try:
        text = _compiled(template.read_text(encoding="utf-8")).render(
            messages=plain, add_generation_prompt=messages[-1].role != "assistant", **special
        )
    except TemplateError as error:
        raise ServingError(f"{template} cannot write this conversation: {error}") from error
    ids: list[int] = tokenizer.encode(text, add_special_tokens=False).ids
    return ids


@lru_cache(maxsize=4)
def _compiled(source: str) -> Template:
    """Compiled once a text: that takes ten times as long as to render a conversation, and a night renders thousands."""
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    environment.globals["raise_exception"] = _refuse
    return environment.from_string(source)


@lru_cache(maxsize=2)
def _tokenizer(base_path: Path) -> tuple[Tokenizer, dict[str, str]]:
    from tokenizers import Tokenizer  # noqa: PLC0415 - 0.2 s that only parity checks need

    try:
        tokenizer = Tokenizer.from_file(str(base_path / "tokenizer.json"))
        config = json.loads((base_path / "tokenizer_config.json").read_text(encoding="utf-8"))
    except Exception as error:  # tokenizers raises a bare Exception for a file that it cannot read
        raise ServingError(f"{base_path} holds no readable fast tokenizer (tokenizer.json): {error}") from error
    return tokenizer, {name: _token(config.get(name)) for name in ("bos_token", "eos_token")}


def _token(value: Any) -> str:
    return str(value["content"] if isinstance(value, dict) else value or "")


def _refuse(message: str) -> NoReturn:
    raise TemplateError(message)
