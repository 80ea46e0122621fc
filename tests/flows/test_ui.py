"""`exhell ui` serves both pages until Ctrl-C."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import httpx
import pytest

from bench.workplace import free_port, write_profile
from configs.load import load_profile
from tests.flows.conftest import Workplace


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    place = Workplace(tmp_path)
    write_profile(tmp_path, place.port, pages={"prefect_port": free_port(), "mlflow_port": free_port()})
    return place


def _ports(place: Workplace) -> tuple[int, int]:
    pages = load_profile(str(place.profile)).pages
    return pages.prefect_port, pages.mlflow_port


@pytest.mark.slow
def test_both_pages_are_served_and_end_with_ctrl_c(place: Workplace) -> None:
    prefect, mlflow = _ports(place)
    process = place.start("ui")
    try:
        said = _until_said(process, "Ctrl-C ends")
        assert "<html" in httpx.get(f"http://127.0.0.1:{prefect}/", follow_redirects=True).text
        assert "<html" in httpx.get(f"http://127.0.0.1:{mlflow}/").text
    finally:
        place.press_ctrl_c(process)
        process.communicate(timeout=60)

    assert process.returncode == 130
    assert f"http://127.0.0.1:{prefect}" in said
    assert f"http://127.0.0.1:{mlflow}" in said
    assert place.processes() == []


def test_a_taken_port_is_named_with_its_setting(place: Workplace) -> None:
    prefect, _ = _ports(place)
    with socket.socket() as other:
        other.bind(("127.0.0.1", prefect))
        other.listen()
        done = place.run("ui")

    assert done.returncode == 1
    assert f"port {prefect} on 127.0.0.1 is taken" in done.stderr
    assert "set pages.prefect_port in the profile" in done.stderr
    assert place.processes() == []


def _until_said(process: subprocess.Popen[str], words: str) -> str:
    """What the command said up to a line with these words."""
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if words in line:
            return said
    raise AssertionError(f"it ended without saying {words!r}: {said}")
