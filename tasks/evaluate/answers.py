"""Put the test split to one model: its greedy answers, and how likely it finds the right ones.

Every question is put alone and greedily, with a fixed seed. What was answered already is kept (kept.py). A question
that the server refuses or does not answer in time is no wrong answer: it is noted as such, and judged for no model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from typing import Any, Protocol

import pyarrow as pa

from configs.errors import ExhellError
from configs.schema import EvaluateConfig
from tasks.evaluate.errors import EvaluateError, ServerHangsError
from tasks.evaluate.general import GENERAL
from tasks.evaluate.kept import KeptAnswers, answer_key
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
end of sequence included. `finish_reason` is the server's, or one of UNANSWERED."""

REFUSED, TIMED_OUT = "refused", "timed out"
UNANSWERED = frozenset({REFUSED, TIMED_OUT})
"""Why there is no answer: the server does not take the question, or did not answer it in time."""

STATUSES = {400: REFUSED, 413: REFUSED, 422: REFUSED, 408: TIMED_OUT, 504: TIMED_OUT}
"""By HTTP status. A request is refused that is at fault itself: longer than the model's context, as a rule."""

MAX_UNANSWERED = 0.05
"""Share of questions that may stay without an answer for one of these reasons, before that is a wrong setting or a
server that hangs rather than a few questions."""


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

    def identity(self, model: str) -> str:
        """What answers to a name; another word than before means that something else does now."""


def messages_of(example: Mapping[str, Any], system_prompt: str) -> tuple[Message, ...]:
    """What a model is asked for an example; general questions are asked without the application's system prompt."""
    return conversation(
        example["instruction"], example["input"], "" if example["task_type"] == GENERAL else system_prompt
    )


def ask(
    server: Server,
    model: str,
    cases: Sequence[Mapping[str, Any]],
    config: EvaluateConfig,
    *,
    system_prompt: str = "",
    kept: KeptAnswers | None = None,
    on_progress: Callable[[int], None] = lambda _: None,
) -> pa.Table:
    """One model's answers to all cases, in their order and in ANSWER_SCHEMA.

    `on_progress` is called with the number of cases done. Raises EvaluateError when the server fails or becomes another
    one: nothing is skipped in silence, for a missing answer would count as a wrong one.
    """
    try:
        identity = server.identity(model)
    except ExhellError as error:
        raise EvaluateError(f"{model} could not be questioned, 0 of {len(cases)} cases in: {error}") from error
    keys = {
        case["id"]: answer_key(identity, messages_of(case, system_prompt), case["output"], config.max_tokens)
        for case in cases
    }
    rows = {} if kept is None else {name: row for name, key in keys.items() if (row := kept.find(key)) is not None}
    # The key says nothing of the name: the same question may stand under another one.
    rows = {name: row | {"id": name} for name, row in rows.items()}
    on_progress(len(rows))
    open_cases = [case for case in cases if case["id"] not in rows]
    pool = ThreadPoolExecutor(max_workers=config.concurrency)
    try:
        pending: set[Future[dict[str, Any]]] = {
            pool.submit(_ask_one, server, model, case, config.max_tokens, system_prompt) for case in open_cases
        }
        while pending:
            finished, pending = wait(pending, timeout=1.0, return_when=FIRST_EXCEPTION)
            taken = [future.result() for future in finished if future.exception() is None]
            if taken:  # what another server said must not be kept as this one's
                _check_same(server, model, identity)
            for row in taken:
                rows[row["id"]] = row
                if kept is not None and row["finish_reason"] not in UNANSWERED:
                    kept.add(keys[row["id"]], row)
            for future in finished:
                future.result()  # raises what went wrong, once what went well is kept
            _check_unanswered(model, rows, len(cases))
            on_progress(len(rows))
    except EvaluateError:
        raise
    except ExhellError as error:
        raise EvaluateError(
            f"{model} could not be questioned, {len(rows)} of {len(cases)} cases in: {error}"
        ) from error
    finally:
        # Questions in flight are not waited for: an interrupt must not hang on a server that does.
        pool.shutdown(wait=False, cancel_futures=True)
    if kept is not None:
        kept.only(set(keys.values()))
    return pa.Table.from_pylist([rows[case["id"]] for case in cases], schema=ANSWER_SCHEMA)


def _ask_one(
    server: Server, model: str, example: Mapping[str, Any], max_tokens: int, system_prompt: str
) -> dict[str, Any]:
    messages = messages_of(example, system_prompt)
    try:
        completion = server.complete(model, messages, max_tokens=max_tokens)
        logprobs = server.answer_logprobs(model, messages, example["output"])
    except ExhellError as error:
        why = STATUSES.get(getattr(error, "status", None) or 0)
        if why is None:
            raise
        return _row(example["id"], "", why, 0, None, None, 0)
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


def _check_unanswered(model: str, rows: Mapping[str, Mapping[str, Any]], cases: int) -> None:
    without = [row for row in rows.values() if row["finish_reason"] in UNANSWERED]
    if len(without) <= MAX_UNANSWERED * cases:
        return
    counts = Counter(str(row["finish_reason"]) for row in without)
    what = " and ".join(f"{count} {why}" for why, count in sorted(counts.items()))
    hangs = counts[TIMED_OUT] > MAX_UNANSWERED * cases
    raise (ServerHangsError if hangs else EvaluateError)(
        f"{len(without)} of {cases} questions to {model} got no answer: {what} (first: {without[0]['id']}). Refused "
        "ones may be longer than base_model.max_length: raise it, or lower filter.max_prompt_chars. Ones that timed "
        "out mean a server that hangs or is overloaded: see its log, or lower evaluate.concurrency"
    )


def _check_same(server: Server, model: str, identity: str) -> None:
    now = server.identity(model)
    if now != identity:
        raise EvaluateError(
            f"what answers as {model} changed while it was questioned: {identity} before, {now} after; its answers are "
            "not one model's. See who restarted the server or loaded another adapter, then run again"
        )
