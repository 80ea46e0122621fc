"""A model server without a model: answers a planned share of the questions right.

    python -m bench.nights_stub.server STORE -m vllm.entrypoints.openai.api_server --model … --port … …

The routes of vLLM that a night uses, with its words where the client looks for them. What a right answer is, it reads
in the test splits of the store's datasets. A model of quality q answers those questions right whose digest, as a share
of 1, is below q: of two models the better one is right wherever the other one is. An adapter's quality is its B
matrices' value; the base model's is BASE_QUALITY.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np

from tasks.records import Message
from tasks.serving.template import render_ids
from tasks.storage import Store
from tasks.train.safetensors_file import SafetensorsError, read_bytes, read_header
from tasks.train.verify import WEIGHTS

BASE_QUALITY = 0.05
WRONG = "=17"
LOOK_S = 1.0
"""Seconds between two looks for a new dataset, which is there long before its questions are asked."""


def quality_of(adapter: Path) -> float:
    """The value of its first B matrix. Raises SafetensorsError for a broken file."""
    tensors = read_header(adapter / WEIGHTS)
    first = next(tensor for name, tensor in sorted(tensors.items()) if ".lora_B." in name)
    return float(np.frombuffer(read_bytes(adapter / WEIGHTS, first), np.float32)[0])


def answers_right(question: str, quality: float) -> bool:
    """Whether a model of this quality knows the answer."""
    return int.from_bytes(hashlib.sha256(question.encode()).digest()[:8]) / 2**64 < quality


class Book:
    """The right answers of every test split in the store, of the newest dataset where they differ."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: list[str] = []
        self._looked = 0.0
        self._answers: dict[str, str] = {}
        self._lock = threading.Lock()

    def find(self, question: str) -> str | None:
        with self._lock:
            if question not in self._answers or time.monotonic() - self._looked > LOOK_S:
                self._look()
            return self._answers.get(question)

    def _look(self) -> None:
        found = self._store.all("datasets")
        for uri in found if found != self._known else ():
            names = [name for name in self._store.manifest(uri)["files"] if fnmatch(name, "sharegpt/test/*.jsonl")]
            folder = self._store.open(uri, names)
            for name in names:
                for line in (folder / name).read_text(encoding="utf-8").splitlines():
                    turns = json.loads(line)["conversations"]
                    self._answers[turns[-2]["value"]] = turns[-1]["value"]
        self._known, self._looked = found, time.monotonic()


@dataclass
class State:
    """What this server holds."""

    names: list[str]
    base: Path
    template: Path
    book: Book
    adapters: dict[str, tuple[Path, float]] = field(default_factory=dict)

    def quality(self, model: str) -> float:
        return self.adapters[model][1] if model in self.adapters else BASE_QUALITY

    def offers(self, model: str) -> bool:
        return model in self.names or model in self.adapters


class Refused(Exception):  # noqa: N818 - not an error of ours but an answer to a client
    """An answer with another status than 200."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def models(state: State) -> dict[str, Any]:
    cards: list[dict[str, Any]] = [{"id": name, "root": str(state.base), "parent": None} for name in state.names]
    loaded = list(state.adapters.items())
    cards += [{"id": name, "root": str(path), "parent": state.names[0]} for name, (path, _) in loaded]
    return {"object": "list", "data": cards}


def load(state: State, body: Mapping[str, Any]) -> str:
    name, folder = body["lora_name"], Path(body["lora_path"])
    if name in state.adapters:
        raise Refused(400, f"The lora adapter '{name}' has already been loaded.")
    try:
        state.adapters[name] = folder, quality_of(folder)
    except (OSError, SafetensorsError) as error:
        raise Refused(400, f"Loading lora {name} failed: {error}") from error
    return f"Success: LoRA adapter '{name}' added successfully."


def unload(state: State, body: Mapping[str, Any]) -> str:
    if state.adapters.pop(body["lora_name"], None) is None:
        raise Refused(404, f"The lora adapter '{body['lora_name']}' cannot be found.")
    return f"Success: LoRA adapter '{body['lora_name']}' removed successfully."


def chat(state: State, body: Mapping[str, Any]) -> dict[str, Any]:
    question = body["messages"][-1]["content"]
    right = state.book.find(question)
    text = right if right is not None and answers_right(question, state.quality(body["model"])) else WRONG
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    usage = {"prompt_tokens": len(question), "completion_tokens": len(text)}
    return {"id": "chat-stub", "model": body["model"], "choices": [choice], "usage": usage}


def score(state: State, body: Mapping[str, Any]) -> dict[str, Any]:
    """Every token of a prompt is likelier to the better model."""
    logprob = state.quality(body["model"]) - 2.0
    scored = [None, *({str(token): {"logprob": logprob, "rank": 1}} for token in body["prompt"][1:])]
    return {"id": "cmpl-stub", "model": body["model"], "choices": [{"text": "", "prompt_logprobs": scored}]}


def tokenize(state: State, body: Mapping[str, Any]) -> dict[str, Any]:
    tokens = render_ids(state.base, state.template, [Message(**message) for message in body["messages"]])
    return {"count": len(tokens), "tokens": tokens}


ROUTES = {
    "/v1/chat/completions": chat,
    "/v1/completions": score,
    "/tokenize": tokenize,
    "/v1/load_lora_adapter": load,
    "/v1/unload_lora_adapter": unload,
}


class Handler(BaseHTTPRequestHandler):
    """One connection, kept open."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    state: State

    def do_GET(self) -> None:
        found = {"/health": "", "/version": {"version": "stub"}, "/v1/models": models(self.state)}
        self._answer(*((200, found[self.path]) if self.path in found else (404, _error(404, "Not Found"))))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        try:
            if self.path not in ROUTES:
                raise Refused(404, "Not Found")
            if "model" in body and not self.state.offers(body["model"]):
                raise Refused(404, f"The model `{body['model']}` does not exist.")
            self._answer(200, ROUTES[self.path](self.state, body))
        except Refused as refused:
            self._answer(refused.status, _error(refused.status, str(refused)))

    def _answer(self, status: int, document: Any) -> None:
        content = json.dumps(document, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """vLLM runs without an access log as well."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def _error(status: int, message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "Error", "param": None, "code": status}}


def main() -> None:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("store")
    parser.add_argument("-m", dest="module")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--chat-template", type=Path, required=True)
    parser.add_argument("--served-model-name", nargs="+", required=True)
    known, _ = parser.parse_known_args(sys.argv[1:])
    Handler.state = State(known.served_model_name, known.model, known.chat_template, Book(Store(known.store)))
    Server((known.host, known.port), Handler).serve_forever()


if __name__ == "__main__":
    main()
