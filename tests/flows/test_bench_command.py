"""`exhell bench endpoint`: one endpoint, and two on quality, latency and cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from configs.load import PROJECT
from tests.tasks.endpoint.conftest import url  # noqa: F401 - a fixture
from tests.tasks.endpoint.server import TOKENS

pytestmark = pytest.mark.slow


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    """Questions that an echo answers rightly, and a line that is none."""
    path = tmp_path / "prompts.jsonl"
    formulas = [f"=SUM(B2:B{n})" for n in range(5, 13)]
    lines = [json.dumps({"id": one, "prompt": one, "reference": one}) for one in formulas]
    path.write_text("\n".join([*lines, '{"question": "?"}']))
    return path


def bench(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flows.cli", "bench", "endpoint", *arguments]
    variables = os.environ | {"COLUMNS": "200"} | environment
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=120, check=False, env=variables)


def test_two_endpoints_are_compared_on_quality_latency_and_cost(url: str, prompts: Path, tmp_path: Path) -> None:  # noqa: F811
    out = tmp_path / "result.json"
    done = bench(
        *("--url", url, "--model", "echo", "--prompts", str(prompts), "--out", str(out)),
        *("--against-url", f"{url}/v1", "--against-model", "key", "--against-key-env", "OTHER_KEY"),
        *("--rate", "20", "--requests", "16", "--limit-latency", "5"),
        *(
            "--set",
            "cost.gpu_month=500",
            "--set",
            "cost.api_prompt_per_1k=0.03",
            "--set",
            "cost.api_answer_per_1k=0.06",
        ),
        OTHER_KEY="secret-7",
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(out.read_text())
    ours, theirs = found["ours"], found["against"]
    assert (ours["quality"]["correct"]["value"], theirs["quality"]["correct"]["value"]) == (1.0, 0.0)
    assert found["correct_gain"]["value"] == 1.0
    assert found["correct_gain"]["low"] > 0
    assert (ours["measured"]["answered"], theirs["measured"]["answered"]) == (16, 16)
    assert theirs["cost"]["per_answer"] == pytest.approx((7 * 0.03 + TOKENS * 0.06) / 1000)
    assert theirs["cost"]["per_correct"] is None  # no right answer has a price
    assert ours["cost"]["per_correct"] == pytest.approx(ours["cost"]["per_answer"])
    assert found["faults"] == ["line 9: neither `prompt` nor `messages`"]
    for shown in ("TTFT p95", "goodput a second", "a correct answer", "left out, line 9"):
        assert shown in done.stdout
    assert "secret-7" not in done.stdout + done.stderr + out.read_text()


def test_failures_are_shown_and_end_nothing(url: str, prompts: Path) -> None:  # noqa: F811
    done = bench("--url", url, "--model", "changes", "--prompts", str(prompts), "--rate", "5", "--requests", "8")
    assert done.returncode == 0, done.stderr
    assert "x model changed, the first: version-1 at first, version-2 here" in done.stdout


def test_nothing_answered_is_an_error_and_the_report_is_written_all_the_same(
    url: str,  # noqa: F811
    prompts: Path,
    tmp_path: Path,
) -> None:
    out = tmp_path / "result.json"
    asked = ("--prompts", str(prompts), "--rate", "50", "--requests", "4", "--out", str(out))
    done = bench("--url", url, "--model", "status-503", *asked)
    assert done.returncode == 1
    assert "4 x HTTP 503" in done.stdout
    assert "0 of 4" in done.stdout
    assert json.loads(out.read_text())["ours"]["measured"]["answered"] == 0
    said = " ".join(done.stderr.split())
    assert f"error: {url} answered none of 4 requests to status-503 (4 x HTTP 503, the first: " in said
    assert "check the address, the model's name and the key" in said
    assert said.count("error:") == 1
    against = bench("--url", url, "--model", "echo", "--against-url", url, "--against-model", "status-401", *asked)
    assert against.returncode == 1
    assert "requests to status-401 (4 x HTTP 401" in " ".join(against.stderr.split())


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("--key-env", "NOT_SET_HERE"), 1, "the environment variable NOT_SET_HERE is not set"),
        (("--against-url", "http://h"), 2, "belong together"),
        (("--body", "{"), 2, "not valid JSON"),
        (("--rate", "0"), 1, "must be above zero"),
    ],
)
def test_wrong_usage_is_told(prompts: Path, arguments: tuple[str, ...], status: int, said: str) -> None:
    done = bench("--url", "http://127.0.0.1:9", "--model", "m", "--prompts", str(prompts), *arguments)
    assert done.returncode == status
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
