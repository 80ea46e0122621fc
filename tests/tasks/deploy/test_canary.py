"""The canary file that the evaluation leaves for the deployment."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tasks.deploy.canary import CANARIES, MOST_TAG, Canary, DeployError, questions, read_canaries
from tasks.records import Message


def test_canaries_are_read_as_they_were_left(tmp_path: Path) -> None:
    entry = {"messages": [{"role": "user", "content": "합계"}], "base": "?", "challenger": "=SUM(A:A)"}
    (tmp_path / CANARIES).write_text(json.dumps([entry], ensure_ascii=False))
    assert read_canaries(tmp_path) == (Canary((Message("user", "합계"),), "?", "=SUM(A:A)"),)


@pytest.mark.parametrize("content", [None, "{", '[{"messages": []}]', "[1]", '[{"messages": [{"from": "x"}]}]'])
def test_a_report_without_usable_canaries_is_told(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / CANARIES).write_text(content)
    with pytest.raises(DeployError, match=r"canaries\.json holds no canary questions \(.*\); evaluate the adapter"):
        read_canaries(tmp_path)


def test_the_questions_left_for_the_gateway_tell_the_adapter_from_its_base_and_fit_a_tag() -> None:
    same = Canary((Message("user", "1+1"),), base="2", challenger="2")
    telling = [Canary((Message("user", f"{n}? " + "가" * 400),), base="", challenger=f"={n}") for n in range(20)]
    found = json.loads(text := questions([same, *telling], 96))
    assert len(text) <= MOST_TAG
    assert 5 < len(found["questions"]) < 20
    assert found["questions"][0]["answer"] == "=0"
    assert found["max_tokens"] == 96
