"""A real Prefect server acts on what happens, and tells a receiver on this machine."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import yaml
from prefect.client.orchestration import SyncPrefectClient
from prefect.events.worker import EventsWorker

from configs.errors import ExhellError
from configs.schema import NotifyConfig
from deployments.gateway.tell import tell_rolled_back
from flows import automations
from tests.deployments.in_thread import eventually
from tests.flows.prefect_api import prefect_api
from tests.receiver import Heard, receiver

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
WAIT_S = 60
WINDOW_S = 10
TO_A_WEBHOOK = NotifyConfig(webhook="${EXHELL_NOTIFY_WEBHOOK}")


@pytest.fixture(scope="module")
def heard() -> Iterator[Heard]:
    """What a receiver was told so far, and its address."""
    with receiver() as found:
        yield found


@pytest.fixture(scope="module")
def client(heard: Heard, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SyncPrefectClient]:
    """Of a server with our automations, whose windows last ten seconds."""
    folder = tmp_path_factory.mktemp("prefect")
    files = folder / "automations"
    shutil.copytree(automations.FILES, files)
    for name in ("zombie", "overdue"):
        content = yaml.safe_load((files / f"{name}.yaml").read_text(encoding="utf-8"))
        content["trigger"]["within"] = WINDOW_S
        (files / f"{name}.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(automations, "FILES", files)
        patch.setattr(automations, "LONGEST", "none has a window of hours")
        patch.setenv("EXHELL_NOTIFY_WEBHOOK", heard.address)
        with prefect_api(folder) as found:
            automations.register(found, TO_A_WEBHOOK)
            yield found


def told(heard: Heard, holds: Callable[[dict[str, str]], bool]) -> dict[str, str]:
    """The message of which something holds, once it has come."""
    assert eventually(lambda: any(holds(one) for one in heard.bodies), WAIT_S), heard.bodies
    return next(one for one in heard.bodies if holds(one))


def night(client: SyncPrefectClient) -> str:
    """A running night, as a worker would report it; its id."""
    flow = client.request("POST", "/flows/", json={"name": "nightly-retrain"}).json()["id"]
    run = {"flow_id": flow, "name": f"night {uuid4().hex[:8]}", "state": {"type": "PENDING", "name": "Pending"}}
    found = str(client.request("POST", "/flow_runs/", json=run).json()["id"])
    become(client, found, "RUNNING", "")
    return found


def become(client: SyncPrefectClient, run: str, state: str, message: str) -> None:
    content = {"state": {"type": state, "name": state.capitalize(), "message": message}, "force": True}
    client.request("POST", "/flow_runs/{id}/set_state", path_params={"id": run}, json=content)


@pytest.mark.parametrize("what", ["promoted", "kept", "held", "rolled-back"])
def test_an_event_of_ours_is_told_with_its_reason(client: SyncPrefectClient, heard: Heard, what: Any) -> None:
    reason = f"{uuid4().hex} +4.0 points"

    automations.tell(what, "myapp", reason, "MLflow: http://127.0.0.1:5000")
    EventsWorker.instance().wait_until_empty()

    message = told(heard, lambda one: reason in one["body"])
    assert message["subject"].endswith(": myapp")
    assert "http://127.0.0.1:5000" in message["body"]


def test_what_a_gateway_took_back_by_itself_is_told(
    client: SyncPrefectClient, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", str(client.api_url).rstrip("/"))
    reason = f"{uuid4().hex}: 9% of the answers failed"

    tell_rolled_back("myapp", reason)

    assert told(heard, lambda one: reason in one["body"])["subject"] == "Rolled back: myapp"


def test_a_failed_night_is_told_with_what_to_do_and_where_to_look(client: SyncPrefectClient, heard: Heard) -> None:
    run = night(client)

    become(client, run, "FAILED", "the trainer ran out of memory; lower train.micro_batch_size")

    message = told(heard, lambda one: one["subject"].startswith("Night failed"))
    assert "lower train.micro_batch_size" in message["body"]
    assert f"/runs/flow-run/{run}" in message["body"]


def test_a_night_that_no_worker_took_is_told(client: SyncPrefectClient, heard: Heard) -> None:
    run = night(client)
    content = {"state": {"type": "SCHEDULED", "name": "Late"}, "force": True}

    client.request("POST", "/flow_runs/{id}/set_state", path_params={"id": run}, json=content)

    assert "exhell up" in told(heard, lambda one: one["subject"].startswith("Night is late"))["body"]


def test_a_run_that_gives_no_sign_of_life_crashes_and_is_told(client: SyncPrefectClient, heard: Heard) -> None:
    run = night(client)
    flow = client.request("GET", "/flow_runs/{id}", path_params={"id": run}).json()["flow_id"]
    related = {"prefect.resource.id": f"prefect.flow.{flow}", "prefect.resource.role": "flow"}
    heartbeat = {
        "id": str(uuid4()),
        "occurred": datetime.now(UTC).isoformat(),
        "event": "prefect.flow-run.heartbeat",
        "resource": {"prefect.resource.id": f"prefect.flow-run.{run}"},
        "related": [related | {"prefect.resource.name": "nightly-retrain"}],
    }
    client.request("POST", "/events", json=[heartbeat])

    def state() -> str:
        return str(client.request("GET", "/flow_runs/{id}", path_params={"id": run}).json()["state"]["type"])

    assert eventually(lambda: state() == "CRASHED", WAIT_S)
    assert "No sign of life" in told(heard, lambda one: one["subject"].startswith("Night crashed"))["body"]
    told(heard, lambda one: one["subject"] == "Night still runs")


def test_registering_again_replaces_ours_and_leaves_others(client: SyncPrefectClient) -> None:
    def names() -> list[str]:
        return sorted(one["name"] for one in client.request("POST", "/automations/filter", json={}).json())

    before = names()
    other = yaml.safe_load((automations.FILES / "zombie.yaml").read_text(encoding="utf-8")) | {"name": "somebody's"}
    client.request("POST", "/automations/", json=other)

    automations.register(client, TO_A_WEBHOOK)

    assert names() == sorted([*before, "somebody's"])
    assert len(before) == len(list(automations.FILES.glob("*.yaml")))
    told_nobody = automations.register(client, NotifyConfig())
    assert told_nobody == ["exhell - a run without a sign of life has crashed"]


def test_addresses_are_secrets_on_the_server_s_page(client: SyncPrefectClient, heard: Heard) -> None:
    shown = client.request("POST", "/block_documents/filter", json={}).text

    assert "exhell-webhook" in shown
    assert heard.address not in shown


def test_an_address_whose_variable_is_not_set_is_named(
    client: SyncPrefectClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EXHELL_SLACK_WEBHOOK", raising=False)

    with pytest.raises(ExhellError, match="EXHELL_SLACK_WEBHOOK is not set"):
        automations.register(client, NotifyConfig(slack="${EXHELL_SLACK_WEBHOOK}"))
