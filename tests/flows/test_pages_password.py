"""Prefect's and MLflow's pages ask for the password that the environment sets, and are not served to others without."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bench.workplace import free_port, write_profile
from configs.load import load_profile
from configs.schema import PagesConfig
from flows.prefect_server import login
from flows.runtime import NightError
from tests.flows.conftest import Workplace

PASSWORD, OTHER = "a-long-random-text", "another-random-text"
VARIABLE = "${EXHELL_PAGES_PASSWORD}"


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.7", "box.example"])  # noqa: S104 - to be refused
def test_pages_that_others_can_reach_need_a_password(host: str) -> None:
    with pytest.raises(NightError, match=r"can be reached from other machines.*set pages\.password"):
        login(PagesConfig(host=host, name="box.example"))


@pytest.mark.parametrize("password", ["short", "with:a:colon:in:it", "비밀번호비밀번호비밀번호"])
def test_a_password_that_can_be_guessed_or_not_be_sent_is_refused_and_not_shown(
    password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXHELL_PAGES_PASSWORD", password)

    with pytest.raises(NightError, match="12 printable ASCII characters") as caught:
        login(PagesConfig(password=VARIABLE))

    assert password not in str(caught.value)


def test_on_this_machine_alone_none_is_needed() -> None:
    assert login(PagesConfig()) == ""


def served(place: Workplace) -> Iterator[tuple[str, str]]:
    """`exhell ui`, to the addresses of Prefect's API and MLflow's page, ended at the end."""
    process = place.start("ui")
    assert process.stderr is not None
    while "Ctrl-C ends" not in (line := process.stderr.readline()):
        assert line or process.poll() is None, "it ended"
    pages = load_profile(str(place.profile)).pages
    try:
        yield f"http://127.0.0.1:{pages.prefect_port}/api", f"http://127.0.0.1:{pages.mlflow_port}"
    finally:
        place.press_ctrl_c(process)
        process.communicate(timeout=60)


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    found = Workplace(tmp_path)
    ports = {"prefect_port": free_port(), "mlflow_port": free_port()}
    write_profile(tmp_path, found.port, pages=ports | {"password": VARIABLE})
    return found


@pytest.mark.slow
def test_both_pages_ask_for_it_and_a_new_one_counts_from_the_next_start(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for right, wrong in ((PASSWORD, OTHER), (OTHER, PASSWORD)):
        monkeypatch.setenv("EXHELL_PAGES_PASSWORD", right)
        for prefect, mlflow in served(place):
            calls = [
                ("POST", f"{prefect}/flow_runs/filter", {}),
                ("POST", f"{mlflow}/api/2.0/mlflow/experiments/search", {"max_results": 5}),
                ("GET", f"{mlflow}/", None),
            ]
            for method, address, content in calls:
                for auth in (None, ("admin", wrong), ("admin", "")):
                    assert httpx.request(method, address, json=content, auth=auth).status_code == 401
                assert httpx.request(method, address, json=content, auth=("admin", right)).status_code == 200


@pytest.mark.slow
def test_a_command_s_runs_are_recorded_on_the_server_that_asks(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXHELL_PAGES_PASSWORD", PASSWORD)
    for prefect, _ in served(place):
        place.traffic("create")
        place.json("prepare")
        shown = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout

        runs = httpx.post(f"{prefect}/flow_runs/filter", json={}, auth=("admin", PASSWORD)).json()

        assert [run["state"]["type"] for run in runs] == ["COMPLETED"]
        assert PASSWORD not in shown
