"""Nights whose models no running server takes: merged, served by a server of their own, and back to plain LoRAs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flows.conftest import Workplace

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

QUESTION = "B2:B25의 합계를 구하는 수식을 알려줘"

SHORT = {
    "night.min_records": 10,
    "train.epochs": 0.4,
    "train.warmup_steps": 5,
    "evaluate.max_cases": 100,
    "evaluate.max_recent_cases": 0,
    "evaluate.workbooks": 2,
    # What is shown here is how it is served, not whether so short a training is worth it.
    "gate.min_gain": -1.0,
    "gate.min_cases": 10,
    "gate.max_perplexity_ratio": 100,
    "gate.task_type_may_lose": 1.0,
    "gate.recent_may_lose": 1.0,
    "gate.new_leaks_allowed": 1_000,
    "gate.new_unsafe_formulas_allowed": 1_000,
}


def _night(workplace: Workplace, **settings: Any) -> Any:
    changes = SHORT | {name.replace("__", "."): value for name, value in settings.items()}
    words = [word for name, value in changes.items() for word in ("--set", f"{name}={value}")]
    return workplace.json("night", "--force", *words)


def test_a_merged_model_serves_in_turn_with_plain_adapters(workplace: Workplace) -> None:
    workplace.traffic("create")
    # A DoRA: merged into a model that has a server of its own. The base model's, which served before, has ended.
    merged = _night(workplace, train__method="dora")
    name = merged["deployment"]["name"]
    assert merged["adapter"]["model"] is not None
    assert set(merged["report"]["metrics"]) == {"base", "challenger"}
    status = workplace.json("status")
    assert (status["champion"], status["loaded"], status["server"]) == (name, [name], merged["deployment"]["url"])
    first = workplace.json("generate", QUESTION)
    assert first["model"] == name
    assert _servers(workplace) == 1

    # Another DoRA: champion and challenger are both merged, and each is asked on a server of its own, in turn.
    second = _night(workplace, train__method="dora", train__seed=7)
    assert second["adapter"]["sha256"] != merged["adapter"]["sha256"]
    assert set(second["report"]["metrics"]) == {"base", "champion", "challenger"}
    assert second["deployment"]["previous"] == name
    assert second["deployment"]["url"] != merged["deployment"]["url"]
    status = workplace.json("status")
    assert (status["champion"], status["loaded"]) == (
        second["deployment"]["name"],
        [second["deployment"]["name"]],
    )
    assert _servers(workplace) == 1
    merged, name = second, second["deployment"]["name"]
    first = workplace.json("generate", QUESTION)
    assert first["model"] == name

    # A plain LoRA: compared with the merged champion on the same cases, and loaded beside the base model.
    plain = _night(workplace)
    assert plain["adapter"]["model"] is None
    assert set(plain["report"]["metrics"]) == {"base", "champion", "challenger"}
    assert plain["report"]["models"]["champion"] == plain["deployment"]["previous"] == name
    status = workplace.json("status")
    assert status["champion"] == plain["deployment"]["name"]
    assert {"base", status["champion"]} <= set(status["loaded"])
    assert status["server"] != merged["deployment"]["url"]
    assert _servers(workplace) == 1

    # And back: its server is started, asked, and only then the other one ends.
    assert workplace.json("rollback", "--reason", "a drill")["name"] == name
    status = workplace.json("status")
    assert (status["champion"], status["loaded"]) == (name, [name])
    assert workplace.json("generate", QUESTION)["text"] == first["text"]
    assert _servers(workplace) == 1


def _servers(workplace: Workplace) -> int:
    return len(list((workplace.workspace / "services").glob("vllm*.json")))
