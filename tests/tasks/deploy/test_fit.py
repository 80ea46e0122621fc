"""What is told of an adapter that no running server takes; no server is asked."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tasks.artifacts import Adapter
from tasks.deploy.canary import DeployError
from tasks.deploy.fit import check_fit


def test_a_whole_model_is_no_adapter(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    site: Any = SimpleNamespace(server=SimpleNamespace(require_base=lambda _name, _sha256: None))
    digest = "a" * 64
    adapter = Adapter(
        uri="file:///a",
        sha256=digest,
        dataset_sha256=digest,
        base_sha256=digest,
        config_sha256=digest,
        steps=1,
        train_loss=1,
    )
    with pytest.raises(
        DeployError, match=r"is no plain LoRA \(a whole model\): no running server takes it, and it was not"
    ):
        check_fit(site, adapter, tmp_path)
