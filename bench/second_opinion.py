"""`vllm bench serve` and our client on one vLLM with the demo's model: do they find the same?

    python -m bench.second_opinion [--rounds 3] [--requests 30] [--rate 2] [--json] [--save]

Both put the same prompts at the same rate, one after the other in alternating order, never at once: each needs the
processor that the other would take. The first pass is not counted: it fills the server's cache of prompts.

What the two call by one name is not the same, so two comparisons are made, each the ratio of the medians (ours over
theirs) with a 95% bootstrap interval over requests:

- `alike`: by their definitions on both sides, from our own records. The first token is the first event about the
  answer, and times begin when a request was sent.
- `reported`: what each reports. We take the first event with text for the first token, and count from when a request
  was due. A server sends its first event with the first token, but a token may be without text: part of a Korean
  letter, or what the server holds back.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench import report
from bench.workplace import free_port, write_profile
from configs.load import load_profile, project_path, workspace
from tasks import bootstrap, jobs
from tasks.endpoint.ask import Endpoint, Record
from tasks.endpoint.load import Plan, run
from tasks.endpoint.prompts import Prompt
from tasks.endpoint.summary import latency, tpot, ttft
from tasks.jobs import Job
from tasks.serving import ensure_server, stop_servers

RESULTS = report.RESULTS / "second_opinion.json"
PYTHON = project_path(".venv-serve/bin/python")
BASE = project_path("deployments/demo/base_model")
GOAL = 0.10
QUANTITIES = ("ttft", "tpot", "latency")
PROGRAM = """
import argparse, json
from vllm.benchmarks.datasets import CustomDataset
from vllm.benchmarks.serve import add_cli_args, main

def read(self):  # its own reader wants pandas, which a server has no need of
    with open(self.dataset_path, encoding="utf-8") as lines:
        self.data = [json.loads(line) for line in lines]

CustomDataset.load_data = read
parser = argparse.ArgumentParser()
add_cli_args(parser)
main(parser.parse_args())
"""

Timed = dict[str, list[float]]
"""Quantity to seconds, request by request; `start` is the time of each by the clock that all processes share."""


@dataclass(frozen=True)
class Load:
    """Requests a run, how many a second, and tokens of every answer: both clients ask for neither more nor fewer."""

    requests: int = 30
    rate: float = 2.0
    tokens: int = 120

    @property
    def questions(self) -> list[str]:
        """As many prompts as requests, so that neither client chooses among them. The model answers with a formula."""
        return [f"B2:B{row}의 합계를 구하는 수식을 알려줘" for row in range(20, 20 + self.requests)]


def ask_ours(url: str, model: str, load: Load, seed: int = 0) -> list[Record]:
    """One run of our client; every request must have been answered."""
    endpoint = Endpoint(url, model, body={"ignore_eos": True})
    prompts = [Prompt(str(at), ({"role": "user", "content": one},)) for at, one in enumerate(load.questions)]
    records = asyncio.run(run(endpoint, prompts, Plan(load.rate, load.requests, seed=seed, max_tokens=load.tokens)))
    failed = [f"{one.failure}: {one.reason}" for one in records if one.failure is not None]
    if failed:
        raise RuntimeError(f"{len(failed)} of {load.requests} requests to {url} failed, the first: {failed[0]}")
    return records


def ask_theirs(url: str, model: str, load: Load, folder: Path, seed: int = 0) -> dict[str, Any]:
    """One run of `vllm bench serve`: its detailed result. Works in any thread. Raises JobError."""
    prompts = folder / "prompts.jsonl"
    prompts.write_text("".join(json.dumps({"prompt": one}) + "\n" for one in load.questions), encoding="utf-8")
    options = {
        "backend": "openai-chat",
        "base-url": url,
        "endpoint": "/v1/chat/completions",
        "model": model,
        "tokenizer": str(BASE),
        "dataset-name": "custom",
        "dataset-path": str(prompts),
        "custom-output-len": str(load.tokens),
        "num-prompts": str(load.requests),
        "request-rate": str(load.rate),
        "num-warmups": "1",
        "seed": str(seed),
        "temperature": "0",
        "percentile-metrics": "ttft,tpot,itl,e2el",
        "result-dir": str(folder),
        "result-filename": "result.json",
    }
    words = tuple(word for name, value in options.items() for word in (f"--{name}", value))
    # The server puts the chat template around a prompt: here it would come twice.
    flags = ("--skip-chat-template", "--ignore-eos", "--save-result", "--save-detailed", "--disable-tqdm")
    offline = {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}
    jobs.run(Job("vllm bench serve", (str(PYTHON), "-c", PROGRAM, *words, *flags), folder, folder / "log", offline))
    found: dict[str, Any] = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    if found["completed"] != load.requests:
        raise RuntimeError(f"vllm bench serve had {found['completed']} of {load.requests} answers; see {folder}/log")
    return found


def theirs(found: Mapping[str, Any]) -> Timed:
    """What `vllm bench serve` measured, by its own definitions."""
    decoding = [sum(gaps) for gaps in found["itls"]]
    return {
        "start": found["start_times"],
        "ttft": found["ttfts"],
        "tpot": [one / (count - 1) for one, count in zip(decoding, found["output_lens"], strict=True)],
        "latency": [first + rest for first, rest in zip(found["ttfts"], decoding, strict=True)],
    }


def reported(records: Sequence[Record]) -> Timed:
    """What we report of answers."""
    return _timed(records, {"ttft": ttft, "tpot": tpot, "latency": latency})


def alike(records: Sequence[Record]) -> Timed:
    """The same answers by the definitions of `vllm bench serve`."""
    return _timed(
        records,
        {
            "ttft": lambda one: (one.first_event or 0.0) - one.sent,
            "tpot": lambda one: ((one.last or 0.0) - (one.first_event or 0.0)) / (one.tokens - 1),
            "latency": lambda one: (one.last or 0.0) - one.sent,
        },
    )


def compared(ours: Timed, other: Timed) -> dict[str, dict[str, float]]:
    """Each quantity's two medians, in seconds, and their ratio with its interval."""
    return {name: _ratio(ours[name], other[name]) for name in QUANTITIES}


def measured(rounds: int, load: Load) -> dict[str, Any]:
    """The whole measurement, on a server of its own."""
    with _server() as (url, folder):
        ask_ours(url, "base", load)
        asked: list[Record] = []
        other: Timed = {name: [] for name in ("start", *QUANTITIES)}
        by_round = []
        for number in range(rounds):
            pair: dict[str, Timed] = {}
            for who in ("ours", "theirs") if number % 2 == 0 else ("theirs", "ours"):
                if who == "ours":
                    records = ask_ours(url, "base", load, seed=number)
                    asked, pair[who] = asked + records, alike(records)
                else:
                    pair[who] = theirs(ask_theirs(url, "base", load, folder, seed=number))
                    other = {name: other[name] + pair[who][name] for name in other}
            by_round.append({who: _medians(one) for who, one in sorted(pair.items())})
    empty = [(one.first or 0.0) - (one.first_event or 0.0) for one in asked]
    return {
        "date": report.today(),
        "machine": report.machine(),
        "versions": report.versions("aiohttp") | {"vllm": _vllm_version()},
        "load": {"requests": load.requests, "rate": load.rate, "tokens": load.tokens, "rounds": rounds},
        "alike": compared(alike(asked), other),
        "reported": compared(reported(asked), other),
        "first_event_to_first_text_s": round(float(np.median(empty)), 5),
        "rounds": by_round,
    }


@contextmanager
def _server() -> Iterator[tuple[str, Path]]:
    """A vLLM with the demo's base model at a port of its own, and a folder to work in."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        profile = load_profile(str(write_profile(folder, free_port())))
        try:
            yield ensure_server(profile).url, folder
        finally:
            stop_servers(workspace(profile))


def _timed(records: Sequence[Record], measures: Mapping[str, Callable[[Record], float | None]]) -> Timed:
    found = {name: [measure(one) or 0.0 for one in records] for name, measure in measures.items()}
    return {"start": [one.sent for one in records]} | found


def _medians(timed: Timed) -> dict[str, float]:
    return {name: round(float(np.median(timed[name])), 5) for name in QUANTITIES}


def _ratio(ours: Sequence[float], other: Sequence[float]) -> dict[str, float]:
    """Requests of each side are resampled by themselves: the two sides share none."""
    dice = np.random.default_rng(bootstrap.SEED)
    sides = [np.asarray(one) for one in (ours, other)]
    drawn = [np.median(one[dice.integers(0, len(one), (bootstrap.RESAMPLES, len(one)))], axis=1) for one in sides]
    low, high = np.quantile(drawn[0] / drawn[1], [(1 - bootstrap.LEVEL) / 2, (1 + bootstrap.LEVEL) / 2])
    medians = [float(np.median(one)) for one in sides]
    figures = {"ours_s": medians[0], "theirs_s": medians[1], "ratio": medians[0] / medians[1]}
    return {name: round(float(value), 5) for name, value in (figures | {"low": low, "high": high}).items()}


def _vllm_version() -> str:
    """The version of vLLM, as its environment's folder says it."""
    found = sorted(PYTHON.parents[1].glob("lib/*/site-packages/vllm*.dist-info"))
    return found[0].name.removesuffix(".dist-info") if found else "unknown"


def _line(title: str, quantities: Mapping[str, Mapping[str, float]]) -> str:
    said = ", ".join(
        f"{name} {one['ours_s'] * 1000:.1f} against {one['theirs_s'] * 1000:.1f} ms, ratio {one['ratio']:.3f} "
        f"({one['low']:.3f} to {one['high']:.3f})"
        for name, one in quantities.items()
    )
    return f"{title}: {said}"


def main() -> None:
    parser: argparse.ArgumentParser = report.options(__doc__, RESULTS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=Load.requests)
    parser.add_argument("--rate", type=float, default=Load.rate)
    arguments = parser.parse_args()
    result = measured(arguments.rounds, Load(arguments.requests, arguments.rate))
    within = all(abs(one["ratio"] - 1) <= GOAL for one in result["alike"].values())
    summary = "\n".join(
        (
            _line("alike", result["alike"]),
            _line("as reported", result["reported"]),
            f"from the first event to the first text: {result['first_event_to_first_text_s'] * 1000:.1f} ms (median)",
            f"goal, medians within {GOAL:.0%} where measured alike: {'met' if within else 'missed'}",
        )
    )
    report.tell(result, summary, RESULTS, arguments)


if __name__ == "__main__":
    main()
