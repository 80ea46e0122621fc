"""`vllm bench serve` measures the same servers: it must find what we find, within 10%.

It times from when a request was sent, we from when it was due: at a low load the two are the same. It makes up its
prompts, of as many tokens as ours have. On a real vLLM with a model this small all is a matter of milliseconds, which a
busy machine doubles from one minute to the next: so both measure at the same time, and what counts as a disagreement is
a difference of medians that is more than a tenth beyond what chance explains (95% bootstrap interval).
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from configs.load import project_path
from tasks.endpoint.ask import Endpoint
from tasks.endpoint.load import Plan, run
from tasks.endpoint.prompts import Prompt
from tasks.endpoint.summary import latency, tpot, ttft
from tasks.serving import ModelServer

PYTHON = project_path(".venv-serve/bin/python")
BASE = project_path("deployments/demo/base_model")
pytestmark = [
    pytest.mark.serve,
    pytest.mark.skipif(not PYTHON.exists(), reason="no .venv-serve; `make setup`"),
    pytest.mark.timeout(900),
]
WITHIN = 0.10
REQUESTS, RATE, TOKENS, PROMPT_TOKENS = 30, 2.0, 120, 15
QUANTITIES = ("ttft", "tpot", "latency")
QUESTIONS = tuple(f"B2:B{row}의 합계를 구하는 수식을 알려줘" for row in range(20, 40))
BENCH = """
import argparse
from vllm.benchmarks.serve import add_cli_args, main
parser = argparse.ArgumentParser()
add_cli_args(parser)
main(parser.parse_args())
"""


Timed = dict[str, list[float]]
"""Quantity to seconds, request by request; `start` is the time of each by the clock that all processes share."""


def start_theirs(url: str, model: str, folder: Path) -> subprocess.Popen[str]:
    """`vllm bench serve`, which leaves its records in the folder."""
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
    flags = ["--ignore-eos", "--save-result", "--save-detailed", "--disable-tqdm"]
    offline = os.environ | {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}
    argv = [str(PYTHON), "-c", BENCH, *words, *flags]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=offline)


def theirs(process: subprocess.Popen[str], folder: Path) -> Timed:
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 0, said[-2000:]
    found = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    assert found["completed"] == REQUESTS, found
    decoding = [sum(gaps) for gaps in found["itls"]]
    tokens = found["output_lens"]
    return {
        "start": found["start_times"],
        "ttft": found["ttfts"],
        "tpot": [one / (count - 1) for one, count in zip(decoding, tokens, strict=True)],
        "latency": [first + rest for first, rest in zip(found["ttfts"], decoding, strict=True)],
    }


def ours(url: str, model: str, requests: int) -> Timed:
    endpoint = Endpoint(url, model, body={"ignore_eos": True})
    prompts = [Prompt(str(number), ({"role": "user", "content": one},)) for number, one in enumerate(QUESTIONS)]
    plan = Plan(rate=RATE, requests=requests, max_tokens=TOKENS)
    records = asyncio.run(run(endpoint, prompts, plan))
    assert [one.failure for one in records] == [None] * requests
    measures = {"ttft": ttft, "tpot": tpot, "latency": latency}
    return {"start": [one.due for one in records]} | {
        name: [measure(one) or 0.0 for one in records] for name, measure in measures.items()
    }


def at_once(url: str, model: str, folder: Path) -> tuple[Timed, Timed]:
    """Ours and theirs over the same time: ours asks until theirs is done, and what lies outside of it is left out."""
    found: Timed = {name: [] for name in ("start", *QUANTITIES)}
    with start_theirs(url, model, folder) as process:
        try:
            while process.poll() is None:
                for name, values in ours(url, model, 6).items():
                    found[name] += values
            other = theirs(process, folder)
        finally:
            process.kill()
    within = [min(other["start"]) <= start <= max(other["start"]) for start in found["start"]]
    assert sum(within) >= REQUESTS / 3
    own = {name: [one for one, kept in zip(values, within, strict=True) if kept] for name, values in found.items()}
    return own, other


def off(own: list[float], other: list[float]) -> tuple[float, float]:
    """By how much our median is off theirs, as a share: the bounds of a 95% bootstrap interval."""
    dice = np.random.default_rng(1)
    sides = [np.asarray(one) for one in (own, other)]
    medians = [np.median(one[dice.integers(0, len(one), (4_000, len(one)))], axis=1) for one in sides]
    low, high = np.quantile(medians[0] / medians[1] - 1, [0.025, 0.975])
    return float(low), float(high)


@pytest.mark.parametrize("model", ["plain", "timed"])
def test_of_a_server_with_known_delays(url: str, tmp_path: Path, model: str) -> None:
    own, other = ({name: float(np.median(side[name])) for name in QUANTITIES} for side in at_once(url, model, tmp_path))
    assert own["latency"] == pytest.approx(other["latency"], rel=WITHIN)
    if model == "plain":
        assert own["ttft"] == pytest.approx(other["ttft"], rel=WITHIN)
        assert own["tpot"] == pytest.approx(other["tpot"], rel=WITHIN)
    else:
        # Theirs takes the first event, which has no content here, for the first token; ours waits for content.
        assert other["ttft"] < 0.5 < own["ttft"]


def test_of_a_real_vllm(model_server: ModelServer, tmp_path: Path) -> None:
    own, other = at_once(model_server.url, "base", tmp_path)
    for name in QUANTITIES:
        low, high = off(own[name], other[name])
        medians = float(np.median(own[name])), float(np.median(other[name]))
        print(f"{name}: ours {medians[0]:.4f} s, theirs {medians[1]:.4f} s, off by {low:+.0%} to {high:+.0%}")
        assert low <= WITHIN, (name, low, high)
        assert high >= -WITHIN, (name, low, high)
