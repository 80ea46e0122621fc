"""`vllm bench serve` measures the same servers, with the same prompts.

How long a real vLLM takes with a model this small is a matter of milliseconds, which a busy machine doubles from one
minute to the next: `python -m bench.second_opinion` compares that on a quiet machine, and here the two must agree in
what they counted. The server of known delays waits tenths of seconds, and both measure it at the same time.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from bench.second_opinion import PYTHON, QUANTITIES, Load, Timed, ask_ours, ask_theirs, reported, theirs
from tasks.serving import ModelServer

pytestmark = [
    pytest.mark.serve,
    pytest.mark.skipif(not PYTHON.exists(), reason="no .venv-serve; `make setup`"),
    pytest.mark.timeout(900),
]
WITHIN = 0.10
LOAD = Load(requests=30)


def at_once(url: str, model: str, folder: Path) -> tuple[Timed, Timed]:
    """Ours and theirs over the same time: ours asks until theirs is done, and what lies outside of it is left out."""
    found: Timed = {name: [] for name in ("start", *QUANTITIES)}
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(ask_theirs, url, model, LOAD, folder)
        while not running.done():
            for name, values in reported(ask_ours(url, model, Load(requests=6))).items():
                found[name] += values
        other = theirs(running.result())
    within = [min(other["start"]) <= start <= max(other["start"]) for start in found["start"]]
    assert sum(within) >= LOAD.requests / 3
    own = {name: [one for one, kept in zip(values, within, strict=True) if kept] for name, values in found.items()}
    return own, other


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


def test_both_count_the_same_answers_and_tokens_of_a_real_vllm(model_server: ModelServer, tmp_path: Path) -> None:
    records = ask_ours(model_server.url, "base", LOAD)
    found = ask_theirs(model_server.url, "base", LOAD, tmp_path)
    assert len(records) == found["completed"] == LOAD.requests
    assert [one.completion_tokens for one in records] == found["output_lens"] == [LOAD.tokens] * LOAD.requests
    assert sorted(one.prompt_tokens or 0 for one in records) == sorted(found["input_lens"])
    assert all(one.sent <= (one.first_event or 0) <= (one.first or 0) <= (one.last or 0) for one in records)
