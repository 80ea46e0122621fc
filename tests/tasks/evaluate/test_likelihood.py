"""Perplexity and bits per byte by the serving vLLM against transformers' own (marked serve)."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from configs.load import project_path
from configs.schema import EvaluateConfig, FilterConfig
from tasks import jobs
from tasks.evaluate.answers import ask, messages_of
from tasks.evaluate.judging import judge
from tasks.evaluate.metrics import quality
from tasks.records import Message
from tasks.serving import ModelServer, render_ids
from tests.tasks.adapters import write_adapter
from tests.tasks.judge.examples import examples

pytestmark = pytest.mark.serve
SYSTEM = "너는 엑셀 전문가다."
CONFIG = EvaluateConfig(concurrency=4, max_tokens=8, workbooks=2)


def test_likelihoods_are_those_of_a_direct_computation(
    model_server: ModelServer, demo_base: Path, llama_template: Path, tmp_path: Path
) -> None:
    """24 questions with Korean prose, formulas and a system prompt, to an adapter that is far from its base."""
    adapter = write_adapter(tmp_path / "adapter", demo_base, seed=5)
    model_server.load_adapter("likelihood", adapter)
    cases = examples(24).to_pylist()
    rows = {row["id"]: row for row in ask(model_server, "likelihood", cases, CONFIG, system_prompt=SYSTEM).to_pylist()}
    judged = judge({"challenger": rows}, cases, CONFIG, FilterConfig(), lambda _: None)["challenger"]
    found = quality(judged)

    asked = []
    for case in cases:
        messages = messages_of(case, SYSTEM)
        whole = render_ids(demo_base, llama_template, (*messages, Message("assistant", case["output"])))
        start = len(render_ids(demo_base, llama_template, messages))
        asked.append({"adapter": str(adapter), "ids": whole, "start": start})
    expected = _by_transformers(demo_base, asked, tmp_path)

    nll, tokens = -sum(map(sum, expected)), sum(map(len, expected))
    size = sum(len(case["output"].encode()) for case in cases)
    assert found["perplexity"] == pytest.approx(math.exp(nll / tokens), rel=1e-3)
    assert found["bits_per_byte"] == pytest.approx(nll / math.log(2) / size, rel=1e-3)
    assert sum(row["tokens"] for row in rows.values()) == tokens
    for case, logprobs in zip(cases, expected, strict=True):
        assert rows[case["id"]]["nll"] == pytest.approx(-sum(logprobs), rel=1e-3)


def _by_transformers(base: Path, asked: list[dict[str, object]], folder: Path) -> list[list[float]]:
    (folder / "in.json").write_text(json.dumps(asked))
    script = Path(__file__).parents[1] / "reference_logprobs.py"
    python = project_path(".venv-train/bin/python")
    argv = (str(python), str(script), str(base), str(folder / "in.json"), str(folder / "out.json"))
    jobs.run(jobs.Job("reference", argv, folder, folder / "log", {"HF_HUB_OFFLINE": "1"}))
    found: list[list[float]] = json.loads((folder / "out.json").read_text())
    return found


def test_a_server_says_what_answers_to_a_name(model_server: ModelServer, demo_base: Path, tmp_path: Path) -> None:
    """Another adapter under a name is told by the identity; the same one keeps its own."""
    one, other = (write_adapter(tmp_path / str(seed), demo_base, seed=seed) for seed in (21, 22))
    model_server.load_adapter("identity", one)
    first = model_server.identity("identity")
    assert model_server.identity("identity") == first != model_server.identity("base")
    model_server.unload_adapter("identity")
    model_server.load_adapter("identity", other)
    assert model_server.identity("identity") != first
