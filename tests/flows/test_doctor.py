"""The doctor says before a night what would stop it in the middle of one."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from bench.workplace import free_port, traffic, write_profile
from configs.load import load_profile
from flows.doctor import examine
from flows.results import Check
from tasks.judge.office import find


def _checks(folder: Path, **changes: dict[str, object]) -> dict[str, Check]:
    profile = load_profile(str(write_profile(folder, free_port(), **changes)))
    return {check.name: check for check in examine(profile).checks}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("doctor")
    traffic(folder, "create")
    return folder


@pytest.mark.slow
def test_a_machine_that_is_ready_is_told_so(app: Path) -> None:
    checks = _checks(app)

    assert checks["base model"].state == checks["disk"].state == checks["MLflow"].state == "ok"
    assert checks["licence"].detail == "Apache-2.0"
    assert (checks["LibreOffice"].state == "ok") == (find() is not None)
    assert "good records of 6,400, 1,000 needed" in checks["database"].detail


@pytest.mark.slow
def test_what_is_missing_is_named_with_what_to_do(tmp_path: Path) -> None:
    checks = _checks(tmp_path, train={"environment": str(tmp_path / "none")}, base_model={"path": "no/such"})

    assert checks["database"].state == "problem"
    assert str(tmp_path / "workspace" / "app.db") in checks["database"].detail
    assert "run `make setup`" in checks["training environment"].detail
    assert checks["base model"].state == "problem"


@pytest.mark.slow
def test_where_servers_run_in_containers_docker_is_asked(
    app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker = tmp_path / "docker"
    docker.touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    cases = {
        "echo 28.2.2": ("ok", "Docker 28.2.2, vllm/vllm-openai"),
        "echo 'Cannot connect to the Docker daemon' >&2; exit 1": ("problem", "start its daemon, .*Cannot connect"),
    }
    for script, (state, words) in cases.items():
        docker.write_text(f"#!/bin/sh\n{script}\n")

        check = _checks(app, serve={"launcher": "docker"})["serving environment"]

        assert check.state == state
        assert re.search(words, check.detail)


@pytest.mark.slow
def test_too_few_good_records_are_a_problem(app: Path) -> None:
    check = _checks(app, night={"min_records": 5_000})["database"]

    assert check.state == "problem"
    assert "5,000 are needed (night.min_records)" in check.detail


@pytest.mark.slow
def test_production_settings_without_a_gpu_are_a_problem(
    app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))  # a machine with no nvidia-smi

    check = _checks(app, train={"precision": "bf16"})["GPU"]

    assert check.state == "problem"
    assert "train.precision bf16 wants one" in check.detail


@pytest.mark.parametrize(("memory_mib", "state"), [(24_564, "ok"), (16_384, "problem")])
def test_gpu_memory_is_held_against_the_model(
    app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, memory_mib: int, state: str
) -> None:
    stand_in = tmp_path / "nvidia-smi"
    stand_in.write_text(f"#!/bin/sh\necho {memory_mib}\n", encoding="utf-8")
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    model = tmp_path / "model"
    model.mkdir()
    for name in ("model.safetensors", "tokenizer.json"):
        (model / name).touch()
    shape = {"hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32, "intermediate_size": 11008}
    (model / "config.json").write_text(json.dumps(shape | {"vocab_size": 32000}))
    usual = {"precision": "bf16", "micro_batch_size": 16, "sequence_length": 512, "gradient_checkpointing": True}
    check = _checks(app, train=usual, base_model={"path": str(model)})["GPU"]

    assert check.state == state
    assert "for 6.7B parameters" in check.detail
