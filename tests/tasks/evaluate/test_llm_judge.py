"""The contract with an OpenAI-compatible endpoint, against a stub of one on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tasks.evaluate.llm_judge import LLMJudge, LLMJudgeError, agreement


@contextmanager
def endpoint(answer: Callable[[str], Any], status: int = 200) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    seen: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            seen.append({"path": self.path, "key": self.headers["Authorization"], "body": body})
            said = answer(body["messages"][0]["content"])
            reply = json.dumps(
                {"choices": [{"message": {"content": said}}]} if said is not None else {"no": 1}
            ).encode()
            self.send_response(status)
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *arguments: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def prefers_right(prompt: str) -> str:
    return "A" if prompt.index("=SUM(A1:A3)") < prompt.index("=SUM(A1:A4)") else "Answer: B"


@contextmanager
def judge(url: str, key: str = "") -> Iterator[LLMJudge]:
    made = LLMJudge(url, "some-model", key)
    try:
        yield made
    finally:
        made.close()


def test_asks_in_both_orders_and_finds_the_better_one() -> None:
    with endpoint(prefers_right) as (url, seen), judge(url, "k") as one:
        assert one.compare("합계는?", "=SUM(A1:A3)", "=SUM(A1:A4)") == "one"
        assert one.compare("합계는?", "=SUM(A1:A4)", "=SUM(A1:A3)") == "other"
    assert {call["path"] for call in seen} == {"/v1/chat/completions"}
    assert {call["key"] for call in seen} == {"Bearer k"}
    assert all(call["body"]["temperature"] == 0 and call["body"]["model"] == "some-model" for call in seen)
    assert len(seen) == 4


def test_a_judge_that_always_takes_the_first_decides_nothing() -> None:
    with endpoint(lambda _: "A") as (url, _), judge(url) as one:
        assert one.compare("합계는?", "=SUM(A1:A3)", "=SUM(A1:A4)") == "tie"


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [("A", 500, "did not judge"), (None, 200, "no chat completion"), ("maybe", 200, "in place of A, B or C")],
)
def test_an_endpoint_that_does_not_judge_is_an_error_in_words(answer: str | None, status: int, said: str) -> None:
    with endpoint(lambda _: answer, status) as (url, _), judge(url) as one, pytest.raises(LLMJudgeError, match=said):
        one.compare("합계는?", "x", "y")


def test_agreement_is_with_what_users_rated_higher() -> None:
    assert agreement(["one", "other", "tie", "one"], [(5, 1), (5, 1), (1, 5), (3, 3)]) == (0.5, 3)
    assert agreement(["one"], [(3, 3)]) == (None, 0)
