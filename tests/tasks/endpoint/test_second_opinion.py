"""`vllm bench serve` measures the same servers: it must find what we find, within 10%.

It times from when a request was sent, we from when it was due: at a low load the two are the same. It makes up its
prompts, of as many tokens as ours have. What else a busy machine does can move either by more than a tenth of these
few milliseconds, so with a real vLLM both are run in turn, a few times.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from pathlib import Path

import pytest

from configs.load import project_path
from tasks.endpoint.ask import Endpoint
from tasks.endpoint.load import Plan, run
from tasks.endpoint.prompts import Prompt
from tasks.endpoint.summary import Limits, summarise
from tasks.serving import ModelServer

PYTHON = project_path(".venv-serve/bin/python")
BASE = project_path("deployments/demo/base_model")
pytestmark = [
    pytest.mark.serve,
    pytest.mark.skipif(not PYTHON.exists(), reason="no .venv-serve; `make setup`"),
    pytest.mark.timeout(900),
]
WITHIN = 0.10
NOISE_S = 0.003
"""Beside the tenth: how exactly a first token of some 10 ms is timed by two programs with two HTTP libraries."""

ROUNDS, REQUESTS, RATE, TOKENS, PROMPT_TOKENS = 5, 12, 2.0, 120, 15
QUANTITIES = {"ttft": "ttft", "tpot": "tpot", "latency": "e2el"}
QUESTIONS = tuple(f"B2:B{row}의 합계를 구하는 수식을 알려줘" for row in range(20, 20 + REQUESTS))
BENCH = """
import argparse
from vllm.benchmarks.serve import add_cli_args, main
parser = argparse.ArgumentParser()
add_cli_args(parser)
main(parser.parse_args())
"""


def theirs(url: str, model: str, folder: Path) -> dict[str, float]:
    """Medians in seconds, by `vllm bench serve`."""
    options = {
        "backend": "openai-chat",
        "base-url": url,
        "endpoint": "/v1/chat/completions",
        "model": model,
        "tokenizer": str(BASE),
        "dataset-name": "random",
        "random-input-len": str(PROMPT_TOKENS),
        "random-output-len": str(TOKENS),
        "num-prompts": str(REQUESTS),
        "request-rate": str(RATE),
        "num-warmups": "1",
        "temperature": "0",
        "percentile-metrics": "ttft,tpot,itl,e2el",
        "result-dir": str(folder),
        "result-filename": "result.json",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    flags = ["--ignore-eos", "--save-result", "--disable-tqdm"]
    offline = os.environ | {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}
    done = subprocess.run(
        [PYTHON, "-c", BENCH, *words, *flags], capture_output=True, text=True, timeout=300, check=False, env=offline
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    assert found["completed"] == REQUESTS, found
    return {name: found[f"median_{other}_ms"] / 1000 for name, other in QUANTITIES.items()}


def ours(url: str, model: str) -> dict[str, float]:
    """Medians in seconds, by us."""
    endpoint = Endpoint(url, model, body={"ignore_eos": True})
    prompts = [Prompt(str(number), ({"role": "user", "content": one},)) for number, one in enumerate(QUESTIONS)]
    plan = Plan(rate=RATE, requests=REQUESTS, max_tokens=TOKENS)
    measured = summarise(asyncio.run(run(endpoint, prompts, plan)), endpoint, plan, Limits())
    assert measured.answered == REQUESTS, measured.failures
    return {name: getattr(measured, name).p50.value for name in QUANTITIES}


def agree(own: dict[str, float], other: dict[str, float]) -> bool:
    return all(own[name] == pytest.approx(other[name], rel=WITHIN, abs=NOISE_S) for name in QUANTITIES)


@pytest.mark.parametrize("model", ["plain", "timed"])
def test_of_a_server_with_known_delays(url: str, tmp_path: Path, model: str) -> None:
    own, other = ours(url, model), theirs(url, model, tmp_path)
    assert own["latency"] == pytest.approx(other["latency"], rel=WITHIN)
    if model == "plain":
        assert own["ttft"] == pytest.approx(other["ttft"], rel=WITHIN)
        assert own["tpot"] == pytest.approx(other["tpot"], rel=WITHIN)
    else:
        # Theirs takes the first event, which has no content here, for the first token; ours waits for content.
        assert other["ttft"] < 0.5 < own["ttft"]


def test_of_a_real_vllm(model_server: ModelServer, tmp_path: Path) -> None:
    """In one of a few rounds in turn all medians agree: what differs by its definition agrees in none."""
    found = []
    for _ in range(ROUNDS):
        found.append((ours(model_server.url, "base"), theirs(model_server.url, "base", tmp_path)))
        if agree(*found[-1]):
            return
    pytest.fail(f"no round in which both agree; ours and theirs: {found}")
