"""An endpoint whose delays are known, in a process of its own: `python -m tests.tasks.endpoint.server PORT`.

What it does is in the model's name: `steady`, `timed` and `plain` answer, most others fail, each in its own way. Pieces
are sent at fixed times after the request came, so that one late piece makes no other late. The words of `timed`, and of
`plain`, which sends no role before them, are the times at which they were sent, by the clock that all processes of a
machine share: on a busy machine a delay is longer than it was meant to be, and this is how long it was.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse

FIRST_S = 0.1
GAP_S = 0.01
TOKENS = 11
TIMED_FIRST_S, TIMED_GAP_S = 1.0, 0.1
STALL_S = 1.0

app = FastAPI()
count: dict[str, int] = {}
one_at_a_time = asyncio.Lock()


def event(content: str | None, model: str, **more: Any) -> bytes:
    delta = {"role": "assistant"} if content is None else {"content": content}
    body = {"model": model, "choices": [{"index": 0, "delta": delta, "finish_reason": None}], **more}
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n".encode()


def last(model: str, usage: bool = True) -> bytes:
    done = {"model": model, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    text = f"data: {json.dumps(done)}\n\n"
    if usage:
        counted = {"prompt_tokens": 7, "completion_tokens": TOKENS}
        text += f"data: {json.dumps({'model': model, 'choices': [], 'usage': counted})}\n\n"
    return f"{text}data: [DONE]\n\n".encode()


async def steady(model: str, words: list[str], usage: bool = True) -> AsyncIterator[bytes]:
    """The role and an empty piece at once, then a word at a time."""
    start = time.perf_counter()
    yield event(None, model) + event("", model)
    for number, word in enumerate(words):
        await asyncio.sleep(max(0.0, start + FIRST_S + number * GAP_S - time.perf_counter()))
        yield event(word, model)
    yield last(model, usage)


async def in_turn(model: str) -> AsyncIterator[bytes]:
    """One request at a time, and the third keeps all that come after it waiting."""
    async with one_at_a_time:
        count[model] = count.get(model, 0) + 1
        await asyncio.sleep(STALL_S if count[model] == 3 else 0.01)
        yield event("word", model) + last(model)


async def bad(model: str) -> AsyncIterator[bytes]:
    if model == "silent":
        yield event(None, model)
        await asyncio.sleep(10)
    elif model == "trickle":
        for _ in range(200):
            yield b": still here\n\n"
            await asyncio.sleep(0.05)
    elif model == "garbage":
        yield b'data: {"choices": 7}\n\n'
    elif model == "binary":
        yield b"\xff\xfe\x00\x01"
    elif model == "endless":
        for _ in range(1_000):
            yield b"x" * 65_536
            await asyncio.sleep(0.001)  # else nothing else is served once the client is gone
    elif model == "cut":
        yield event("half an ans", model)
    elif model == "empty":
        yield last(model)
    elif model == "inside":
        yield event("one", model) + event("two", "another") + last(model)


async def timed(model: str) -> AsyncIterator[bytes]:
    start = time.perf_counter()
    if model == "timed":
        yield event(None, model) + event("", model)
    for number in range(TOKENS):
        await asyncio.sleep(max(0.0, start + TIMED_FIRST_S + number * TIMED_GAP_S - time.perf_counter()))
        yield event(f"{time.perf_counter()} ", model)
    yield last(model)


def verdict(model: str, text: str) -> str | None:
    """What a judge says of a question with answers A and B; None where it says nothing for a long time."""
    question, _, answers = text.partition("[Answer A]")
    a, _, b = answers.partition("[Answer B]")
    if model == "judge-first" or (model == "judge-moody" and "1번" in question):
        return "A"
    if model == "judge-moody" and "3번" in question:
        return "둘 다 훌륭합니다"
    if model == "judge-moody" and "7번" in question:
        return None
    sizes = len(a.strip()), len(b.partition("\n\nReply with")[0].strip())
    return "C" if sizes[0] == sizes[1] else f"Answer: {'A' if sizes[0] > sizes[1] else 'B'}"


async def judging(model: str, text: str) -> AsyncIterator[bytes]:
    """`judge` prefers the longer answer, `judge-first` the first, `judge-moody` fails at some questions."""
    said = verdict(model, text)
    yield event(None, model)
    if said is None:
        await asyncio.sleep(60)
    yield event(said or "", model) + last(model)


@app.post("/v1/chat/completions")
async def complete(request: Request) -> Response:
    body = await request.json()
    model = body["model"]
    if model.startswith("status-"):
        return Response('{"error": "not now"}', status_code=int(model.removeprefix("status-")))
    if model == "key" and request.headers.get("authorization") != "Bearer secret-7":
        return Response('{"error": "no key"}', status_code=401)
    if model == "echo":
        stream = steady(model, [body["messages"][-1]["content"]])
    elif model.startswith("judge"):
        count[model] = count.get(model, 0) + 1
        if request.headers.get("authorization") != "Bearer secret-7":
            return Response('{"error": "no key"}', status_code=401)
        stream = judging(model, body["messages"][-1]["content"])
    elif model in {"timed", "plain"}:
        stream = timed(model)
    elif model == "in-turn":
        stream = in_turn(model)
    elif model == "changes":
        count[model] = count.get(model, 0) + 1
        stream = steady(f"version-{1 if count[model] <= 4 else 2}", ["word"] * 3)
    elif model in {"steady", "key", "no-usage"}:
        stream = steady(model, ["단어 "] * TOKENS, usage=model != "no-usage")
    else:
        stream = bad(model)
    return StreamingResponse(stream, media_type="text/event-stream")


@app.get("/asked/{model}")
async def asked(model: str) -> int:
    """How many requests this judge has had."""
    return count.get(model, 0)


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False)
