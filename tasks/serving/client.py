"""Ask a model server: a thread-safe client of vLLM's OpenAI-compatible API, with its LoRA and token routes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from configs.errors import ExhellError
from tasks.greedy import GREEDY
from tasks.records import Message

TIMEOUT_S = 120.0
"""Seconds for one answer. The longest that the profiles ask for, 512 tokens of a 7B model, takes about 20."""

CONNECT_TIMEOUT_S = 5.0

RESETS = 2
"""Times a request is sent again after its connection was reset: the server closes idle connections, and a request can
cross that. Greedy questions, and loads of immutable adapters, may be repeated."""

BASE_DIGITS = 12
"""Digits of the base model's fingerprint that the server carries in a model name."""

ADAPTER_FILES = ("adapter_config.json", "adapter_model.safetensors")


T = TypeVar("T")


class ServingError(ExhellError):
    """A model server that does not start, does not answer, or refuses a request.

    `status` is its HTTP status, if any; 408 is also what a request that waited too long has.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Completion:
    """A greedy answer. `text` has no white space around it, as the chat template trains it. `latency_s` is the whole
    request, in seconds."""

    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    latency_s: float


def base_alias(sha256: str) -> str:
    """The second name of the base model on the server: says which weights it holds."""
    return f"base-{sha256[:BASE_DIGITS]}"


class ModelServer:
    """One running server. Every method raises ServingError, with the address, the model, the status and what to do."""

    def __init__(self, url: str, timeout_s: float = TIMEOUT_S) -> None:
        self.url = url.rstrip("/")
        self._timeout_s = timeout_s
        self._http = httpx.Client(
            base_url=self.url,
            timeout=httpx.Timeout(timeout_s, connect=CONNECT_TIMEOUT_S),
            # Model servers stand on loopback or a private network: a proxy of the environment is never right.
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def healthy(self) -> bool:
        """Whether the server is up and its engine alive. Never raises."""
        try:
            return self._http.get("/health", timeout=CONNECT_TIMEOUT_S).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def models(self) -> set[str]:
        """The names that can be asked: the base model's and every loaded adapter's."""
        return {card["id"] for card in self._cards("(any)")}

    def identity(self, model: str) -> str:
        """What answers to a name: the server's version, its base model, and where the name's weights come from.

        Another answer than before means that something else answers now.
        """
        cards = {card["id"]: card for card in self._cards(model)}
        if model not in cards:
            self.require(model)
        aliases = sorted(name for name in cards if name.startswith("base-"))
        return json.dumps([self._version(), aliases, cards[model].get("root"), cards[model].get("parent")])

    def base_digest(self) -> str | None:
        """The first digits of the base model's fingerprint, or None from a server that this project did not start."""
        aliases = [name for name in self.models() if name.startswith("base-")]
        return aliases[0].removeprefix("base-") if aliases else None

    def require_base(self, adapter: str, sha256: str) -> None:
        """Raise ServingError unless the server runs the base model with this fingerprint, which the adapter is for."""
        served = self.base_digest()
        if served is None:
            raise ServingError(
                f"the server at {self.url} does not say which base model it runs; start it with `exhell serve`, or "
                f"give it the served-model-name {base_alias(sha256)} if that is what it runs"
            )
        if not sha256.startswith(served):
            raise ServingError(
                f"{adapter} was trained on base {sha256[:BASE_DIGITS]}, the server at {self.url} runs base {served}; "
                "serve the base that it was trained on, or train it again on this one"
            )

    def require(self, name: str) -> None:
        """Raise ServingError unless the server offers this model."""
        if name not in (offered := self.models()):
            raise ServingError(
                f"the server at {self.url} does not offer {name} but {', '.join(sorted(offered))}; `exhell serve` "
                "starts the one that does"
            )

    def load_adapter(self, name: str, folder: Path) -> None:
        """Load an adapter without a restart. A name that is loaded already is fine: names carry the digest."""
        # A path that is no local folder makes vLLM look for it on a model hub.
        missing = [file for file in ADAPTER_FILES if not (folder / file).is_file()]
        if missing or not folder.is_absolute():
            what = f"lacks {', '.join(missing)}" if missing else "is not an absolute path"
            raise ServingError(f"{folder} is no adapter that {self.url} can load: it {what}; publish the adapter again")
        if name in self.models():
            return
        try:
            self._call("POST", "/v1/load_lora_adapter", name, {"lora_name": name, "lora_path": str(folder)})
        except ServingError as error:
            if "has already been loaded" not in str(error):  # another process was faster
                raise

    def unload_adapter(self, name: str) -> None:
        """Take an adapter away. One that is not loaded is fine."""
        try:
            self._call("POST", "/v1/unload_lora_adapter", name, {"lora_name": name})
        except ServingError as error:
            if error.status != httpx.codes.NOT_FOUND:
                raise

    def complete(self, model: str, messages: Sequence[Message], *, max_tokens: int) -> Completion:
        """The model's greedy answer."""
        body = {"model": model, "messages": _plain(messages), "max_tokens": max_tokens, **GREEDY}
        started = time.perf_counter()
        response = self._call("POST", "/v1/chat/completions", model, body)
        latency = time.perf_counter() - started

        def read(answer: Mapping[str, Any]) -> Completion:
            choice, usage = answer["choices"][0], answer["usage"]
            return Completion(
                text=(choice["message"]["content"] or "").strip(),
                finish_reason=str(choice["finish_reason"]),
                prompt_tokens=int(usage["prompt_tokens"]),
                completion_tokens=int(usage["completion_tokens"]),
                latency_s=latency,
            )

        return self._read(response, model, read)

    def prompt_token_ids(self, model: str, messages: Sequence[Message]) -> list[int]:
        """The token ids that the server makes of these messages. A last message of the assistant is taken as the
        answer, closed as the template closes it in training; otherwise the ids end where the answer would begin."""
        body = {
            "model": model,
            "messages": _plain(messages),
            "add_generation_prompt": messages[-1].role != "assistant",
        }
        return self._read(self._call("POST", "/tokenize", model, body), model, lambda answer: list(answer["tokens"]))

    def answer_logprobs(self, model: str, messages: Sequence[Message], answer: str) -> list[float]:
        """Natural logarithms of the probabilities of the answer's tokens, its end-of-sequence included."""
        prompt = self.prompt_token_ids(model, messages)
        whole = self.prompt_token_ids(model, (*messages, Message("assistant", answer)))
        if whole[: len(prompt)] != prompt or len(whole) == len(prompt):
            raise ServingError(
                f"the template of {self.url} writes a question differently once its answer follows (model {model}): "
                "it cannot have been trained with; use one that continues its own prompt"
            )
        body = {"model": model, "prompt": whole, "max_tokens": 1, "prompt_logprobs": 0, **GREEDY}
        places = range(len(prompt), len(whole))

        def read(answer: Mapping[str, Any]) -> list[float]:
            scored = answer["choices"][0]["prompt_logprobs"]
            return [float(scored[place][str(whole[place])]["logprob"]) for place in places]

        return self._read(self._call("POST", "/v1/completions", model, body), model, read)

    def _cards(self, model: str) -> list[dict[str, Any]]:
        response = self._call("GET", "/v1/models", model)
        return self._read(response, model, lambda answer: [dict(card) for card in answer["data"]])

    def _version(self) -> str:
        """The server's own word on what it is; empty from one that does not say."""
        response = self._send("GET", "/version", "(any)", None)
        return response.text if response.is_success else ""

    def _read(self, response: httpx.Response, model: str, read: Callable[[Any], T]) -> T:
        """What an answer holds. Raises ServingError for one that holds something else, or is another model's."""
        path = response.request.url.path
        try:
            answer = response.json()
            found, answered = read(answer), answer.get("model", model)
        except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
            raise ServingError(
                f"{self.url}{path} sent what is no answer (model {model}): {response.text[:200]!r}; see its log, and "
                "whether this is the address of a model server"
            ) from error
        if answered != model:
            raise ServingError(
                f"{self.url}{path} was asked as {model} and answered as {answered}: another model took its place; see "
                "who else uses this address"
            )
        return found

    def _call(self, method: str, path: str, model: str, body: Mapping[str, Any] | None = None) -> httpx.Response:
        response = self._send(method, path, model, body)
        if response.is_success:
            return response
        message = _message(response)
        raise ServingError(
            f"{self.url}{path} refused model {model} with status {response.status_code}: {message}; "
            f"{_remedy(response.status_code, message)}",
            response.status_code,
        )

    def _send(self, method: str, path: str, model: str, body: Mapping[str, Any] | None) -> httpx.Response:
        attempt = 0
        while True:
            try:
                return self._http.request(method, path, json=body)
            except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError) as error:
                attempt += 1
                if attempt > RESETS:
                    raise ServingError(
                        f"{self.url}{path} cut the connection {attempt} times (model {model}): {error}; see its log"
                    ) from error
            except httpx.ConnectError as error:
                raise ServingError(
                    f"no model server answers at {self.url} (model {model}): {error}; "
                    "`exhell doctor` says what serves, and a night starts one"
                ) from error
            except httpx.TimeoutException as error:
                raise ServingError(
                    f"{self.url}{path} gave no answer within {self._timeout_s:.0f} s (model {model}): "
                    "the server hangs or is overloaded; see its log",
                    httpx.codes.REQUEST_TIMEOUT,
                ) from error


def _plain(messages: Sequence[Message]) -> list[dict[str, str]]:
    return [{"role": message.role, "content": message.content} for message in messages]


def _message(response: httpx.Response) -> str:
    try:
        return str(response.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return response.text[:500]


def _remedy(status: int, message: str) -> str:
    if "max_lora_rank" in message:
        return "raise serve.max_lora_rank or train with a lower rank"
    if "context length" in message or "max_model_len" in message:
        return "shorten the question or raise base_model.max_length"
    if status == httpx.codes.NOT_FOUND:
        return "load the adapter first"
    return "see the server's log"
