"""`exhell ui` serves both pages until Ctrl-C."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from bench.workplace import free_port, write_profile
from configs.load import load_profile
from tasks.artifacts import Adapter
from tasks.tracking import tracker
from tests.browser import chromium
from tests.flows.conftest import Workplace

if TYPE_CHECKING:
    from playwright.sync_api import Page


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


@pytest.mark.slow
def test_two_nights_are_compared_side_by_side_and_their_losses_over_each_other(place: Workplace) -> None:
    tracked = tracker(load_profile(str(place.profile)))
    for name, accuracy, rate in (("night one", 0.625, 2e-4), ("night two", 0.875, 4e-3)):
        with tracked.night(name, params={"train": {"learning_rate": rate}}) as night:
            night.log_metrics({"challenger.formula_accuracy": accuracy})
            with tracked.stage(night.id, "train") as stage:
                for step in range(5):
                    stage.log_metrics({"loss": accuracy / (step + 1)}, step)
                stage.copy_curve("loss", night.id, "train")
    with mlflow_page(place, "experiments/1/runs") as page:
        for name in ("night one", "night two"):
            page.get_by_role("row").filter(has_text=name).locator(".ag-checkbox-input").first.check()
        page.get_by_text("Compare", exact=True).click()
        page.get_by_text("Comparing 2 Runs").wait_for()

        rates = page.get_by_role("row").filter(has_text="train.learning_rate").last.inner_text()
        assert rates.split()[-2:] == ["0.0002", "0.004"]
        for accuracy in ("0.625", "0.875"):
            page.get_by_text(accuracy, exact=True).first.wait_for()
        page.get_by_role("link", name="train.loss").click()
        for name in ("night one", "night two"):
            page.get_by_text(f"{name} (train.loss)").wait_for()


@pytest.mark.slow
def test_the_registered_model_shows_its_versions_their_aliases_and_where_they_come_from(place: Workplace) -> None:
    profile = load_profile(str(place.profile))
    tracked = tracker(profile)
    for number in (1, 2):
        with tracked.night(f"night {number}") as night, tracked.stage(night.id, "deploy") as stage:
            made = tracked.registry.register(adapter(str(number)), stage.id)
            tracked.registry.promote(made.version)
    with mlflow_page(place, f"models/{profile.tracking.registered_model}") as page:
        for version, alias in (("Version 1", "previous"), ("Version 2", "champion")):
            row = page.get_by_role("row").filter(has_text=version)
            row.get_by_text(alias).wait_for()
            assert alias in row.inner_text()
        page.get_by_role("link", name="Version 2").first.click()
        for what in (adapter("2").sha256, adapter("2").dataset_sha256, adapter("2").uri):
            page.get_by_text(what).first.wait_for()
        page.get_by_role("link", name="deploy").first.click()
        page.wait_for_url(f"**/runs/{stage.id}**")
        assert stage.id in page.url


def adapter(digit: str) -> Adapter:
    return Adapter(
        uri=f"/store/adapter-{digit}",
        sha256=digit * 64,
        dataset_sha256=f"{digit}d" * 32,
        base_sha256="b" * 64,
        config_sha256="c" * 64,
        steps=10,
        train_loss=0.5,
    )


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


@contextmanager
def mlflow_page(place: Workplace, path: str) -> Iterator[Page]:
    """A page of MLflow in a browser, whose scripts must not complain, for as long as `exhell ui` serves it."""
    process = place.start("ui")
    try:
        _until_said(process, "Ctrl-C ends")
        with chromium(width=1500) as tab:
            tab.page.goto(f"http://127.0.0.1:{_ports(place)[1]}/#/{path}")
            yield tab.page
            assert tab.complaints == []
    finally:
        place.press_ctrl_c(process)
        process.communicate(timeout=60)


def _until_said(process: subprocess.Popen[str], words: str) -> str:
    """What the command said up to a line with these words."""
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if words in line:
            return said
    raise AssertionError(f"it ended without saying {words!r}: {said}")
