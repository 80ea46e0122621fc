"""Put the test split to one model: its greedy answers, and how likely it finds the right ones.

The same cases go to every model, every night as far as they are still in the split: they are those whose ids have the
smallest hashes, so that a larger split changes as few of them as possible.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import Any, Protocol

import pyarrow as pa

from configs.errors import ExhellError
from configs.schema import EvaluateConfig
from tasks.records import Message, conversation

ANSWER_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("answer", pa.string(), nullable=False),
        pa.field("finish_reason", pa.string(), nullable=False),
        pa.field("completion_tokens", pa.int32(), nullable=False),
        pa.field("latency_s", pa.float64()),
        pa.field("nll", pa.float64()),
        pa.field("tokens", pa.int32(), nullable=False),
    ]
)
"""One model's answers. `nll` is the negative log-likelihood (nats) of the right answer, summed over its `tokens`, the
end of sequence included. `finish_reason` is the server's, or "refused" for a question that it does not take."""

REFUSED = "refused"
REFUSALS = frozenset({400, 413, 422})
"""HTTP statuses of a request that is at fault itself: a question longer than the model's context, as a rule."""

MAX_REFUSED = 0.05
"""Share of questions that the server may refuse before that is a wrong setting rather than a few long questions."""


class EvaluateError(ExhellError):
    """Models that could not be questioned or judged."""


class Answered(Protocol):
    """A greedy answer; `tasks.serving.Completion` is one. `latency_s` is the whole request, in seconds."""

    @property
    def text(self) -> str: ...
    @property
    def finish_reason(self) -> str: ...
    @property
    def prompt_tokens(self) -> int: ...
    @property
    def completion_tokens(self) -> int: ...
    @property
    def latency_s(self) -> float: ...


class Server(Protocol):
    """What this stage needs of a model server; `tasks.serving.ModelServer` is one. Both are called from many threads.

    Errors are ExhellErrors, with the HTTP status, if any, in an attribute `status`.
    """

    def complete(self, model: str, messages: Sequence[Message], *, max_tokens: int) -> Answered:
        """The model's greedy answer."""

    def answer_logprobs(self, model: str, messages: Sequence[Message], answer: str) -> list[float]:
        """Natural logarithms of the probabilities of the answer's tokens, its end of sequence included."""


def sample(test: pa.Table, max_cases: int) -> pa.Table:
    """At most this many of a dataset's test examples, in an order that the ids alone decide.

    Raises EvaluateError where there are none.
    """
    if test.num_rows == 0:
        raise EvaluateError(
            "the test split of the dataset is empty, so no model can be judged; raise convert.test_share or gather "
            "more good records"
        )
    ids = test.column("id").to_pylist()
    order = sorted(range(len(ids)), key=lambda row: hashlib.sha256(ids[row].encode()).digest())
    return test.take(pa.array(order[:max_cases]))


def messages_of(example: Mapping[str, Any], system_prompt: str) -> tuple[Message, ...]:
    """What a model is asked for an example."""
    return conversation(example["instruction"], example["input"], system_prompt)


def ask(
    server: Server,
    model: str,
    cases: pa.Table,
    config: EvaluateConfig,
    *,
    system_prompt: str = "",
    on_progress: Callable[[int], None] = lambda _: None,
) -> pa.Table:
    """One model's answers to all cases, in their order and in ANSWER_SCHEMA.

    `on_progress` is called with the number of cases done. Raises EvaluateError when the server fails: nothing is
    skipped, for a missing answer would count as a wrong one.
    """
    examples = cases.to_pylist()
    done = 0
    pool = ThreadPoolExecutor(max_workers=config.concurrency)
    try:
        futures = [pool.submit(_ask_one, server, model, one, config.max_tokens, system_prompt) for one in examples]
        pending = set(futures)
        while pending:
            finished, pending = wait(pending, timeout=1.0, return_when=FIRST_EXCEPTION)
            for future in finished:
                future.result()
            done += len(finished)
            on_progress(done)
    except ExhellError as error:
        raise EvaluateError(f"{model} could not be questioned, {done} of {len(examples)} cases in: {error}") from error
    finally:
        # Questions in flight are not waited for: an interrupt must not hang on a server that does.
        pool.shutdown(wait=False, cancel_futures=True)
    rows = [future.result() for future in futures]
    _check_refused(model, rows)
    return pa.Table.from_pylist(rows, schema=ANSWER_SCHEMA)


def _ask_one(
    server: Server, model: str, example: Mapping[str, Any], max_tokens: int, system_prompt: str
) -> dict[str, Any]:
    messages = messages_of(example, system_prompt)
    try:
        completion = server.complete(model, messages, max_tokens=max_tokens)
        logprobs = server.answer_logprobs(model, messages, example["output"])
    except ExhellError as error:
        if getattr(error, "status", None) not in REFUSALS:
            raise
        return _row(example["id"], "", REFUSED, 0, None, None, 0)
    nll = -sum(logprobs) if logprobs else None
    return _row(
        example["id"],
        completion.text,
        completion.finish_reason,
        completion.completion_tokens,
        completion.latency_s,
        nll,
        len(logprobs),
    )


def _row(*values: Any) -> dict[str, Any]:
    return dict(zip(ANSWER_SCHEMA.names, values, strict=True))


def _check_refused(model: str, rows: Sequence[Mapping[str, Any]]) -> None:
    refused = [row["id"] for row in rows if row["finish_reason"] == REFUSED]
    if len(refused) > MAX_REFUSED * len(rows):
        raise EvaluateError(
            f"the server refused {len(refused)} of {len(rows)} questions to {model} (first: {refused[0]}); they may be "
            "longer than base_model.max_length: raise it, or lower filter.max_prompt_chars"
        )
