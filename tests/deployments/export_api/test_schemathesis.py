"""Schemathesis, every check of it, on the API's own description."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.deployments.export_api.conftest import api_profile, running
from tests.deployments.export_api.engines import DirectEngine
from tests.tasks.builders import database, interactions

TOKEN = "correct-horse-battery-staple"


@pytest.mark.slow
@pytest.mark.parametrize("guarded", [False, True], ids=["without a token", "with a token"])
def test_the_api_keeps_to_its_description(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, guarded: bool) -> None:
    monkeypatch.setenv("EXHELL_API_TOKEN", TOKEN)
    path = database(tmp_path / "app.db", interactions(30))
    settings = {"token": "${EXHELL_API_TOKEN}"} if guarded else {}
    profile = api_profile(tmp_path, f"sqlite:///{path}", requests_per_minute=1_000_000, **settings)
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        *("run", "--checks", "all", "--max-examples", "40", "--seed", "1"),
        *(("--header", f"Authorization: Bearer {TOKEN}") if guarded else ()),
    ]
    with running(profile, DirectEngine(profile, tmp_path / "exports")) as place:
        # In a folder of its own: it keeps what it found there.
        done = subprocess.run(
            [*command, f"{place.url}/openapi.json"], cwd=tmp_path, capture_output=True, text=True, check=False
        )

    assert done.returncode == 0, done.stdout[-6_000:] + done.stderr
    assert "No issues found" in done.stdout
