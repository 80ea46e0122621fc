"""Whether a whole example fits into the sequences that are trained on, in tokens of the base model itself.

Tokenizing a gigabyte takes minutes, so most rows are decided by two bounds that hold for any text
(tasks/filter/token_bounds.py): a token is at least one byte, and at most the vocabulary's longest one. Only rows
between the two are tokenized, with Hugging Face's `tokenizers`, from `tokenizer.json` alone, and by pieces where that
gives the same count (tasks/filter/token_pieces.py).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tasks.base_model import BaseModelError, tokenizer_path
from tasks.filter.token_bounds import Bounds
from tasks.filter.token_pieces import PieceCounter
from tasks.records import conversation, prompt_text
from tasks.scan.spans import as_bytes, buffers, per_row
from tasks.scan.text import COLUMNS

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Counts = npt.NDArray[np.int64]

ENCODED_AT_ONCE = 256
"""Texts handed to the tokenizer together: enough for its threads, little memory."""

_PROMPT, _ANSWER = "\u2e28prompt\u2e29", "\u2e28answer\u2e29"
"""Stand-ins that no template holds."""

_WHITE = np.zeros(256, dtype=np.int32)
"""Bytes of white space that a byte may stand for: all of the ASCII ones, and the first bytes of all longer ones, of
which Hangul syllables have none."""
_WHITE[list(b"\t\n\v\f\r\x1c\x1d\x1e\x1f ")] = 1
_WHITE[0xC2], _WHITE[0xE1:0xE4] = 2, 3

_SEPARATOR_BYTES = len(prompt_text("", "-")) - 1


@dataclass(frozen=True)
class Frame:
    """What the chat template writes around prompt and answer, system prompt and special tokens included."""

    before: str
    between: str
    after: str
    strips: bool = True
    """Whether white space around prompt and answer is left out."""

    @classmethod
    def of(cls, template: Path, base_model: Path, system_prompt: str = "") -> Frame:
        """The frame of a Jinja chat template with the special tokens of the model in a folder.

        Raises BaseModelError for a model without tokenizer_config.json, or a template that cannot write one turn.
        """
        special = _special_tokens(base_model / "tokenizer_config.json")
        environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
        environment.globals["raise_exception"] = _refuse
        turns = conversation(f" {_PROMPT}", "", system_prompt)
        messages = [{"role": turn.role, "content": turn.content} for turn in turns]
        messages.append({"role": "assistant", "content": f"{_ANSWER} "})
        try:
            source = environment.from_string(template.read_text(encoding="utf-8"))
            written = source.render(messages=messages, add_generation_prompt=False, **special)
            before, rest = written.split(_PROMPT)
            between, after = rest.split(_ANSWER)
        except (OSError, TemplateError, ValueError) as error:
            raise BaseModelError(f"{template} does not write one prompt and one answer: {error}") from error
        if source.render(messages=[*messages[:-1], {"role": "assistant", "content": _ANSWER}], **special) == written:
            return cls(before, between, after)
        return cls(before.removesuffix(" "), between, after.removeprefix(" "), strips=False)

    @property
    def bytes(self) -> int:
        return len((self.before + self.between + self.after).encode())

    def text(self, prompt: str, answer: str) -> str:
        """A whole example as the trainer tokenizes it."""
        if self.strips:
            prompt, answer = prompt.strip(), answer.strip()
        return f"{self.before}{prompt}{self.between}{answer}{self.after}"


class TokenLimit:
    """Keeps examples of at most `limit` tokens, template and answer included."""

    def __init__(self, limit: int, tokenizer_file: Path, frame: Frame) -> None:
        """Raises BaseModelError for a file that is no fast tokenizer."""
        self.limit = limit
        self.frame = frame
        self._file = tokenizer_file
        try:
            self._description = json.loads(tokenizer_file.read_text(encoding="utf-8"))
            self.bounds = Bounds.of(self._description)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._unreadable(error) from error

    @classmethod
    def of_model(cls, limit: int, base_model: Path, template: Path, system_prompt: str = "") -> TokenLimit:
        """The limit in tokens of the model in a folder. Raises BaseModelError where it has no fast tokenizer."""
        return cls(limit, tokenizer_path(base_model), Frame.of(template, base_model, system_prompt))

    def keeps(self, batch: pa.RecordBatch) -> pa.Array:
        """Mask of the rows that fit. Needs instruction, input and answer; what is null counts as empty."""
        columns = [batch.column(name) for name in COLUMNS]
        sizes = np.sum([_bytes(column) for column in columns], axis=0) + _SEPARATOR_BYTES + self.frame.bytes
        fits = self.bounds.most(sizes) <= self.limit
        doubtful = np.flatnonzero(~fits)
        if len(doubtful) and self.bounds.longest is not None:
            # Found without a look at the text, and so without white space, which a special token may swallow.
            visible = np.sum([_visible_bytes(column.take(pa.array(doubtful))) for column in columns], axis=0)
            doubtful = doubtful[visible <= self.limit * self.bounds.longest]
        if len(doubtful):
            fits[doubtful] = (
                self.lengths(batch.select(["instruction", "input", "answer"]).take(pa.array(doubtful))) <= self.limit
            )
        return pa.array(fits)

    def lengths(self, batch: pa.RecordBatch) -> Counts:
        """The exact number of tokens of each row's example."""
        return np.concatenate([np.zeros(0, dtype=np.int64), *map(self._lengths, _slices(batch))])

    def _lengths(self, batch: pa.RecordBatch) -> Counts:
        asked, context, answers = (pc.fill_null(batch.column(name), "").to_pylist() for name in COLUMNS)
        prompts = map(prompt_text, asked, context)
        if self._pieces is not None:
            frame = (self.frame.before, self.frame.between, self.frame.after)
            tokens = [self._pieces.tokens(frame, a.strip(), b.strip()) for a, b in zip(prompts, answers, strict=True)]
        else:
            texts = list(map(self.frame.text, prompts, answers))
            tokens = [len(one) for one in self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
        return np.array(tokens, dtype=np.int64)

    @cached_property
    def _pieces(self) -> PieceCounter | None:
        # A special token of the frame may swallow white space that a template leaves at a text's ends.
        return PieceCounter.of(self._tokenizer, self._description) if self.frame.strips else None

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer  # noqa: PLC0415 - 0.2 s that short rows never need

        try:
            tokenizer = Tokenizer.from_file(str(self._file))
        except Exception as error:  # tokenizers raises a bare Exception for a file that it cannot read
            raise self._unreadable(error) from error
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    def _unreadable(self, error: Exception) -> BaseModelError:
        return BaseModelError(f"{self._file} is no readable fast tokenizer: {error}; save the model's own again")


def _slices(batch: pa.RecordBatch) -> list[pa.RecordBatch]:
    return [batch.slice(first, ENCODED_AT_ONCE) for first in range(0, batch.num_rows, ENCODED_AT_ONCE)]


def _bytes(texts: pa.Array) -> Counts:
    return np.asarray(pc.fill_null(pc.binary_length(texts), 0).to_numpy(zero_copy_only=False), dtype=np.int64)


def _visible_bytes(texts: pa.Array) -> Counts:
    """Bytes that are no white space, or fewer."""
    data, offsets = buffers(texts)
    white = per_row(np.add, _WHITE.take(as_bytes(data)), offsets)
    return np.asarray(np.diff(offsets) - white, dtype=np.int64)


def _special_tokens(file: Path) -> dict[str, str]:
    """`bos_token` and `eos_token` as a template names them."""
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BaseModelError(f"{file} is missing or unreadable: {error}; fetch the model whole") from error
    return {name: _content(config.get(name)) for name in ("bos_token", "eos_token")}


def _content(token: Any) -> str:
    return str(token["content"] if isinstance(token, dict) else token or "")


def _refuse(message: str) -> NoReturn:
    raise TemplateError(message)
