"""A model server without a model: answers at once, with the name of the adapter that was asked.

    python -m bench.gateway_stub PORT [BASE_DIGITS]

It speaks those routes of vLLM that the gateway uses, as far as the gateway's tests and its benchmark need them; the
tests hold it to what a real vLLM does (`tests/deployments/gateway/test_contract.py`). POST /stub changes its behaviour:

    {"fail": ["adapter-…"]}      these answer 500          {"delay_s": 0.1}      before every event
    {"cut_after": 3}             the connection breaks     {"events": 16}        events of an answer
    {"hang": true}               nothing is answered       {"texts": {"adapter-…": "=SUM(A1)"}}
    {"loaded": {}}               as after a restart        {"length": 100}       characters of an event
    {"slow": {"adapter-…": 0.1}} the same for one
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any, cast

import httptools
import orjson
import uvloop

BASE_DIGITS = "b" * 12
EVENTS = 16


class State:
    """What the server holds, and how it behaves."""

    def __init__(self, base_digits: str) -> None:
        self.base = ["base", f"base-{base_digits}"]
        self.loaded: dict[str, str] = {}
        self.fail: set[str] = set()
        self.texts: dict[str, str] = {}
        self.delay_s, self.cut_after, self.hang, self.events = 0.0, 0, False, EVENTS
        self.length = 0
        self.slow: dict[str, float] = {}
        self.asked = self.open = self.ended_early = 0


class Stub(asyncio.Protocol):
    """One connection."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._task: asyncio.Task[None] | None = None
        self._can_write = asyncio.Event()
        self._can_write.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own do not inherit from it
        self._state.open += 1
        self._parser = httptools.HttpRequestParser(self)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._state.open -= 1
        if self._task is not None and not self._task.done():
            self._state.ended_early += 1
            self._task.cancel()

    def pause_writing(self) -> None:
        self._can_write.clear()

    def resume_writing(self) -> None:
        self._can_write.set()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        self._url, self._body = b"", b""

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        route = self._url.decode()
        body: Any = orjson.loads(self._body) if self._body else {}
        if route.endswith("/completions"):
            self._task = asyncio.get_running_loop().create_task(self._generate(body))
        else:
            self._answer(*self._other(route, body))

    def _other(self, route: str, body: Any) -> tuple[int, Any]:
        state = self._state
        if route == "/v1/models":
            return 200, {"object": "list", "data": [{"id": name} for name in (*state.base, *state.loaded)]}
        if route == "/v1/load_lora_adapter":
            if body["lora_name"] in state.loaded:
                return 400, _error("has already been loaded")
            state.loaded[body["lora_name"]] = body["lora_path"]
            return 200, "Success"
        if route == "/v1/unload_lora_adapter":
            return (200, "Success") if state.loaded.pop(body["lora_name"], None) else (404, _error("not found"))
        if route == "/stub":
            for name, value in body.items():
                setattr(state, name, set(value) if name == "fail" else value)
            return 200, {"asked": state.asked, "open": state.open, "ended_early": state.ended_early}
        return 404, _error("no such route")

    async def _generate(self, body: Any) -> None:
        state, model = self._state, body["model"]
        state.asked += 1
        if state.hang:
            await asyncio.sleep(3_600)
        if model not in (*state.base, *state.loaded):
            self._answer(404, _error(f"The model `{model}` does not exist."))
        elif model in state.fail:
            self._answer(500, _error("Traceback (most recent call last): secret"))
        elif body.get("stream"):
            await self._stream(model, state.texts.get(model), include_usage=bool(body.get("stream_options")))
        else:
            await asyncio.sleep(state.delay_s)
            text = state.texts.get(model) or " ".join([model] * state.events)
            usage = {"prompt_tokens": 5, "completion_tokens": state.events}
            choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
            self._answer(200, {"id": "chat-1", "model": model, "choices": [choice], "usage": usage})

    async def _stream(self, model: str, text: str | None, *, include_usage: bool) -> None:
        state = self._state
        self._transport.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n"
        )
        pieces = [text] if text is not None else [f"{model} ".ljust(state.length)] * state.events
        for number, piece in enumerate(pieces):
            if state.cut_after and number == state.cut_after:
                self._transport.abort()
                return
            await asyncio.sleep(state.delay_s + state.slow.get(model, 0.0))
            await self._can_write.wait()
            self._chunk(_event(model, choices=[{"index": 0, "delta": {"content": piece}}]))
        if include_usage:
            self._chunk(_event(model, choices=[], usage={"prompt_tokens": 5, "completion_tokens": len(pieces)}))
        self._chunk(b"data: [DONE]\n\n")
        self._transport.write(b"0\r\n\r\n")

    def _chunk(self, event: bytes) -> None:
        self._transport.write(b"%x\r\n%s\r\n" % (len(event), event))

    def _answer(self, status: int, document: Any) -> None:
        content = orjson.dumps(document)
        self._transport.write(
            b"HTTP/1.1 %d OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"
            % (status, len(content), content)
        )


def _event(model: str, **content: Any) -> bytes:
    return (
        b"data: "
        + orjson.dumps({"id": "chat-1", "object": "chat.completion.chunk", "model": model, **content})
        + b"\n\n"
    )


def _error(message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "Error", "param": None, "code": 0}}


async def serve(port: int, base_digits: str) -> None:
    state = State(base_digits)
    server = await asyncio.get_running_loop().create_server(lambda: Stub(state), "127.0.0.1", port, backlog=4_096)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else BASE_DIGITS))
