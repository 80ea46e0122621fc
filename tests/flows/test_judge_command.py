"""`exhell judge`: a file of cases in, a file of verdicts and a tally out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from configs.load import PROJECT


def judge(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flows.cli", "judge", *arguments]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.slow
def test_writes_a_verdict_a_case_and_prints_the_tally(tmp_path: Path) -> None:
    cases = [
        {"id": "a", "reference": "=SUM(A1:A3)", "candidate": "=A1+A2+A3"},
        {"id": "b", "reference": "=SUM(A1:A3)", "candidate": "=SUM(A1:A4)"},
        {"id": "c", "candidate": "=SUM(A1:A4)"},
    ]
    (tmp_path / "cases.jsonl").write_text("\n".join(map(json.dumps, cases)))
    done = judge(str(tmp_path / "cases.jsonl"), "-o", str(tmp_path / "verdicts.jsonl"), "--json")
    assert done.returncode == 0, done.stderr
    tally = json.loads(done.stdout)
    assert tally["verdicts"] == {"different": 1, "equal": 1, "unsupported": 1}
    assert (tally["cases"], tally["faulty"], tally["by_two_engines"] + tally["by_one_engine"]) == (3, 1, 2)
    found = [json.loads(line) for line in (tmp_path / "verdicts.jsonl").read_text().splitlines()]
    assert [(one["id"], one["verdict"]) for one in found] == [("a", "equal"), ("b", "different"), ("c", "unsupported")]


@pytest.mark.slow
def test_a_file_that_is_not_there_ends_with_its_name(tmp_path: Path) -> None:
    done = judge(str(tmp_path / "none.jsonl"), "-o", str(tmp_path / "verdicts.jsonl"))
    assert done.returncode == 1
    assert "none.jsonl" in done.stderr.replace("\n", "")
