"""A model server without a model: answers by a function of the question, in memory.

It honours the contract of `tasks.evaluate.answers.Server`; tests/tasks/test_serving.py holds the real one to it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from configs.errors import ExhellError
from tasks.records import Message


class FakeServingError(ExhellError):
    """As the real client raises it."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class FakeCompletion:
    text: str
    finish_reason: str = "stop"
    prompt_tokens: int = 10
    completion_tokens: int = 5
    latency_s: float = 0.25


class FakeServer:
    """Offers models by name, each a function from the user's turn to an answer.

    A model's answers are as likely as `logprob` says a token of one character, the end of sequence one more.
    """

    def __init__(self, models: Mapping[str, Callable[[str], str]], logprob: Mapping[str, float] | None = None) -> None:
        self._models = models
        self._logprob = logprob or {}
        self._lock = threading.Lock()
        self.asked: list[tuple[str, str]] = []

    def complete(self, model: str, messages: Sequence[Message], *, max_tokens: int) -> FakeCompletion:
        question = messages[-1].content
        with self._lock:
            self.asked.append((model, question))
        if model not in self._models:
            raise FakeServingError(f"http://127.0.0.1:1 refused model {model} with status 404: load it first", 404)
        text = self._models[model](question)
        return FakeCompletion(text[:max_tokens], "length" if len(text) > max_tokens else "stop")

    def answer_logprobs(self, model: str, messages: Sequence[Message], answer: str) -> list[float]:
        return [self._logprob.get(model, -1.0)] * (len(answer) + 1)

    def identity(self, model: str) -> str:
        if model not in self._models:
            raise FakeServingError(f"http://127.0.0.1:1 does not offer {model}: load it first", 404)
        return f"fake {model}"
