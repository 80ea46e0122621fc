"""`exhell up`, and what people do with it: schedules, workers, and a night that a person starts from Prefect's page."""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import psutil
import pytest
from mlflow.tracking import MlflowClient

from bench.workplace import free_port, write_profile
from tests.browser import chromium
from tests.flows.conftest import Workplace

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.serve, pytest.mark.timeout(600)]

WAIT_MS = 180_000
"""A night that only prepares takes ten seconds; a busy machine takes longer."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """A workplace whose pages have ports of their own; nothing of it runs afterwards."""
    found = Workplace(tmp_path_factory.mktemp("stack"))
    pages = {"prefect_port": free_port(), "mlflow_port": free_port()}
    write_profile(found.folder, found.port, pages=pages, gateway={"port": free_port()})
    found.traffic("create")
    yield found
    found.run("down")
    assert found.processes() == []


@pytest.fixture(scope="module")
def up(place: Workplace) -> dict[str, Any]:
    return dict(place.json("up"))


def ask(up: dict[str, Any], path: str, **content: Any) -> Any:
    """Ask as Prefect's own clients do, which try a 503 again: on SQLite, a write that another overtook is one."""

    def asked() -> httpx.Response | None:
        answer = httpx.post(f"{up['stack']['Prefect']}/api/{path}", json=content, timeout=30)
        return None if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE else answer

    return _until(asked).raise_for_status().json()


def test_the_stack_is_up_and_a_second_time_left_as_it_is(place: Workplace, up: dict[str, Any]) -> None:
    assert set(up["stack"]) == {"Prefect", "MLflow", "cpu worker", "gpu worker"}
    assert "base" in up["loaded"]
    gateway = up["gateway"]
    assert (gateway["ready"], gateway["serves"]) == ("yes", "base")
    question = {"model": gateway["model"], "messages": [{"role": "user", "content": "B2:B9의 합계"}], "max_tokens": 4}
    httpx.post(f"{gateway['url']}/v1/chat/completions", json=question, timeout=60).raise_for_status()
    before = set(place.processes())

    again = place.json("up")

    assert again["stack"] == up["stack"]
    assert set(place.processes()) == before


def test_pools_and_schedules_are_registered_for_this_profile(place: Workplace, up: dict[str, Any]) -> None:
    pools = {pool["name"]: pool["concurrency_limit"] for pool in ask(up, "work_pools/filter")}
    deployments = ask(up, "deployments/filter")
    nightly, weekly = (
        next(one for one in deployments if one["name"] == name) for name in ("nightly", "weekly-rebuild")
    )

    assert pools == {"cpu": None, "gpu": 1}
    assert {one["parameters"]["profile"] for one in (nightly, weekly)} == {str(place.profile)}
    assert weekly["parameters"]["rebuild"] is True
    schedule = nightly["schedules"][0]["schedule"]
    assert (schedule["cron"], schedule["timezone"]) == ("0 2 * * 1-6", "Asia/Seoul")


@pytest.mark.parametrize("name", ["nightly", "weekly-rebuild"])
def test_prefect_makes_the_runs_of_a_schedule(up: dict[str, Any], name: str) -> None:
    runs = _until(lambda: ask(up, "flow_runs/filter", deployments={"name": {"any_": [name]}}))

    # 02:00 in Seoul, which has no summer time, is 17:00 UTC of the day before.
    assert {run["expected_start_time"][11:16] for run in runs} == {"17:00"}


def test_a_person_starts_a_night_from_the_form(place: Workplace, up: dict[str, Any]) -> None:
    with chromium(height=1800) as tab:
        page = tab.page
        page.goto(f"{up['stack']['Prefect']}/deployments")
        page.get_by_text("nightly", exact=True).first.click()
        page.get_by_role("button", name="Run", exact=True).click()
        page.get_by_text("Custom run").click()

        def entry(title: str) -> Any:
            label = page.locator("label", has_text=re.compile(f"^{title}"))
            return page.locator(".p-label", has=label).last

        rating = entry("Lowest rating")
        rating.locator("input").fill("9")
        page.get_by_role("button", name="Submit").click()
        page.get_by_text("9 is greater than the maximum of 5").first.wait_for()

        assert "1 to 5" in rating.inner_text()
        rating.locator("input").fill("5")
        entry("dry_run").get_by_role("switch").click()
        _submit(page)
        page.get_by_text("scheduled to start").first.wait_for()

        page.get_by_text("Runs", exact=True).first.click()
        page.get_by_role("link", name="nightly retraining").click(timeout=WAIT_MS)
        page.get_by_text("Completed", exact=True).first.wait_for(timeout=WAIT_MS)
        page.get_by_text("Artifacts", exact=True).click()
        page.get_by_text("What this night came to").click()
        page.get_by_text("a night would train now").first.wait_for()
        page.go_back()
        page.get_by_text("Artifacts", exact=True).click()
        page.get_by_text("Parameters, metrics and files").click()
        mlflow = page.get_by_role("link", name="this night in MLflow").first.get_attribute("href")
        assert mlflow is not None
        page.goto(mlflow)
        page.get_by_text(re.compile(r"^night \d{4}-\d\d-\d\d")).first.wait_for()
        page.get_by_text("dry-run").first.wait_for()
        assert tab.complaints == []

    client = MlflowClient(f"sqlite:///{place.workspace / 'mlflow.db'}")
    night = client.get_run(mlflow.rpartition("/")[2])
    assert night.data.tags["outcome"] == "dry-run"
    assert night.data.params["filter.min_rating"] == "5"
    assert not (place.workspace / "train").exists()


def test_nights_that_were_missed_are_one_night(place: Workplace, up: dict[str, Any]) -> None:
    """As after days without a worker: their runs are there and late, and are taken all at once."""
    found = {one["name"]: one["id"] for one in ask(up, "deployments/filter")}
    missed = []
    for days, name in ((3, "nightly"), (2, "nightly"), (2, "weekly-rebuild"), (1, "nightly")):
        late = {
            "type": "SCHEDULED",
            "state_details": {"scheduled_time": f"{datetime.now(UTC) - timedelta(days):%FT%TZ}"},
        }
        content = {"state": late, "parameters": {"dry_run": True}, "idempotency_key": f"{name} {days}"}
        missed.append(ask(up, f"deployments/{found[name]}/create_flow_run", **content)["id"])

    def ended() -> list[dict[str, Any]]:
        runs = ask(up, "flow_runs/filter", flow_runs={"id": {"any_": missed}})
        return runs if all(run["state_type"] in {"COMPLETED", "CANCELLED", "FAILED"} for run in runs) else []

    runs = _until(ended)
    nightly = [run["state_type"] for run in runs if run["deployment_id"] == found["nightly"]]
    assert nightly.count("CANCELLED") == 2
    refused = [run["state"]["message"] for run in runs if run["state_type"] == "FAILED"]
    assert all("another night of this workspace is running" in why for why in refused)
    worked = sorted((run["start_time"], run["end_time"]) for run in runs if run["state_type"] == "COMPLETED")
    assert worked
    assert all(end <= begin for (_, end), (begin, _) in itertools.pairwise(worked))


def test_whoever_stays_starts_again_what_was_killed(place: Workplace, up: dict[str, Any]) -> None:
    def pids() -> dict[str, int]:
        records = (place.workspace / "services").glob("*.json")
        found = {path.stem: json.loads(path.read_text(encoding="utf-8"))["pid"] for path in records}
        return {name: pid for name, pid in found.items() if psutil.pid_exists(pid)}

    process = place.start("up", "--stay", "--json")
    try:
        assert process.stdout is not None
        assert process.stdout.readline()
        before = pids()
        assert {"prefect", "mlflow", "worker-cpu", "worker-gpu", "gateway", "vllm"} <= set(before)
        for pid in before.values():
            os.kill(pid, signal.SIGKILL)

        _until(lambda: set(pids()) >= set(before) and not set(pids().values()) & set(before.values()))
        _until(lambda: (place.json("status")["gateway"] or {}).get("ready") == "yes")
    finally:
        place.press_ctrl_c(process)
        process.communicate(timeout=120)
    assert process.returncode == 130
    assert place.processes() == []


def _submit(page: Page) -> None:
    """Press it again where the page says "Oops": Prefect's page tries nothing twice, and keeps what was filled in."""
    for _ in range(5):
        with page.expect_response("**/create_flow_run") as answer:
            page.get_by_role("button", name="Submit").click()
        if answer.value.status != httpx.codes.SERVICE_UNAVAILABLE:
            return


def _until(find: Any) -> Any:
    """What is found, once there is something: the scheduler works every few seconds."""

    deadline = time.monotonic() + 180
    while not (found := find()):
        assert time.monotonic() < deadline, "it did not come to be within three minutes"
        time.sleep(0.5)
    return found
