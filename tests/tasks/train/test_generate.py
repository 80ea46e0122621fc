"""Asking a local adapter: what is checked before any model is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.jobs import JobError
from tasks.records import conversation
from tasks.train.generate import generate_locally
from tasks.train.plan import TrainError
from tests.tasks.train.conftest import Site
from tests.tasks.train.stand_in import save_adapter

QUESTION = conversation("합계 수식은?", "")


def test_a_folder_that_is_no_adapter_is_named(site: Site, tmp_path: Path) -> None:
    with pytest.raises(TrainError, match=r"holds no adapter_config\.json: it is no adapter"):
        generate_locally(site.profile, tmp_path / "nothing", QUESTION, 8, tmp_path)


def test_a_missing_environment_is_named(site: Site, tmp_path: Path) -> None:
    with pytest.raises(TrainError, match=r"the training environment .*none is not there: `make setup`"):
        generate_locally(site.set(environment="none").profile, None, QUESTION, 8, tmp_path)


def test_a_model_that_cannot_be_loaded_tells_why(site: Site, tmp_path: Path) -> None:
    """An environment without torch stands for every such reason."""
    environment = tmp_path / "environment" / "bin"
    environment.mkdir(parents=True)
    python = environment / "python"
    python.write_text("#!/bin/sh\necho \"ModuleNotFoundError: No module named 'torch'\" >&2\nexit 1\n")
    python.chmod(0o755)
    save_adapter(tmp_path / "adapter", site.base, scale=0.1)
    profile = site.set(environment=str(tmp_path / "environment")).profile
    with pytest.raises(JobError, match=r"generate ended with exit status 1[^$]*No module named 'torch'"):
        generate_locally(profile, tmp_path / "adapter", QUESTION, 8, tmp_path)
