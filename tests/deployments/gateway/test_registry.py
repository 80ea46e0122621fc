"""The real registry before the gateway: what its alias says is what serves. MLflow on SQLite, servers are stubs."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from configs.load import PROFILES, PROJECT, load_profile, project_path, store_root
from deployments.gateway.desired import Memory
from deployments.gateway.registry_watch import watch
from flows.gateway import gateway_status, roll_back
from tasks.artifacts import Adapter, Deployment
from tasks.deploy.canary import DeployError
from tasks.deploy.deploy import await_alias
from tasks.storage import Store
from tasks.tracking import QUESTIONS, ModelVersion, Tracker, tracker
from tests.deployments.gateway.conftest import BASE, QUESTION, Running, StubServer, running
from tests.deployments.in_thread import eventually
from tests.receiver import Heard, receiver
from tests.tasks.adapters import publish_adapter

pytestmark = pytest.mark.slow


class Place:
    """A workspace with MLflow and adapters, and a stub that serves them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.profile = load_profile("demo", {"workspace": str(folder)})
        self.store = Store(store_root(self.profile))
        self.tracker: Tracker = tracker(self.profile)
        self.registry = self.tracker.registry
        self.run_id = self.tracker.start("test").id
        self.stub = StubServer()
        self._seed = 0

    def adapter(self, **settings: Any) -> ModelVersion:
        """A published and registered adapter, another one every time."""
        self._seed += 1
        base = project_path("deployments/demo/base_model")
        return self.register(publish_adapter(self.store, base, BASE, self._seed, **settings))

    def register(self, adapter: Adapter) -> ModelVersion:
        return self.registry.register(adapter, self.run_id)

    def known(self, version: ModelVersion, answer: str) -> None:
        """Give a version the known questions that its deployment leaves."""
        questions = [{"messages": [{"role": "user", "content": str(n)}], "answer": answer} for n in range(5)]
        self.registry.tag(version.version, {QUESTIONS: json.dumps({"questions": questions, "max_tokens": 8})})


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("registry"))
    yield found
    found.stub.close()


@pytest.fixture(scope="module")
def told_prefect() -> Iterator[Heard]:
    """What the gateway's processes post to Prefect's address."""
    with receiver() as heard, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_API_URL", heard.address)
        yield heard


@pytest.fixture(scope="module")
def gateway(place: Place, told_prefect: Heard) -> Iterator[Running]:
    canary = {"parity_s": 0.5, "watch_s": 60, "min_requests": 10}
    with running(place.folder, [place.stub.url], registry=watch, registry_poll_s=0.1, canary=canary) as found:
        assert eventually(lambda: found.client.get("/ready").status_code == 200, 60)
        yield found


def serves(gateway: Running, version: ModelVersion, seconds: float = 20) -> bool:
    """Whether what callers get comes to be this adapter's."""
    return eventually(lambda: gateway.chat().headers.get("x-exhell-model", "").endswith(version.adapter.short), seconds)


def served_by(gateway: Running) -> str:
    return str(gateway.server.status()["serves"])


def test_before_the_first_deployment_the_base_model_answers(gateway: Running) -> None:
    assert set(gateway.text().split()) == {"base"}


def test_the_alias_moves_and_so_does_the_name(place: Place, gateway: Running) -> None:
    one, two = place.adapter(), place.adapter()
    place.registry.promote(one.version)
    assert serves(gateway, one)
    session = {"X-Session-Id": "talk"}
    gateway.client.post("/v1/chat/completions", json=QUESTION, headers=session)
    place.registry.promote(two.version)
    assert serves(gateway, two)
    # A conversation keeps the adapter that answered first.
    answer = gateway.client.post("/v1/chat/completions", json=QUESTION, headers=session)
    assert answer.headers["x-exhell-model"].endswith(one.adapter.short)
    assert set(answer.json()["choices"][0]["message"]["content"].split()) == {one.name}


def test_a_manual_rollback_takes_effect_at_once(place: Place, gateway: Running) -> None:
    one, two = place.adapter(), place.adapter()
    for version in (one, two):
        place.registry.promote(version.version)
        assert serves(gateway, version)
    done = roll_back(place.profile, "worse answers")
    # At once: the very next request, before the registry or anyone else has heard of it.
    assert gateway.chat().headers["x-exhell-model"].endswith(one.adapter.short)
    assert done is not None
    assert (done.name, done.previous, done.url) == (one.name, two.name, gateway.url)
    # The registry follows, and says why.
    assert eventually(lambda: (found := place.registry.champion()) is not None and found.name == one.name)
    status = gateway_status(place.profile)
    assert status is not None
    assert (status.serves, status.ready, status.registry) == (one.name, "yes", "read")
    assert two.name in status.servers[0].offers


@pytest.mark.parametrize("prefect", ["there", "away"])
def test_the_command_rolls_back_by_the_gateway_and_waits_for_the_alias(
    place: Place, gateway: Running, prefect: str
) -> None:
    one, two = place.adapter(), place.adapter()
    for version in (one, two):
        place.registry.promote(version.version)
        assert serves(gateway, version)
    done = exhell(place, "rollback", "--reason", "a drill", prefect=prefect)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"name": one.name, "version": one.version, "url": gateway.url} | {
        "previous": two.name
    }
    champion = place.registry.champion()
    assert champion is not None
    assert champion.name == one.name
    assert ("leaves no run in Prefect: Prefect's server at" in done.stderr) == (prefect == "away")
    if prefect == "there":
        with sqlite3.connect(place.folder / "prefect" / "prefect.db") as database:
            assert database.execute("select name, state_type from flow_run").fetchall() == [
                ("demo: roll back", "COMPLETED")
            ]
        runs = place.tracker.find("rollback", "kind")
        assert runs.name == "rollback"


def test_a_rollback_that_another_promotion_overtakes_is_told(place: Place) -> None:
    one, two, three = (place.adapter() for _ in range(3))
    place.registry.promote(three.version)
    done = Deployment(name=one.name, version=one.version, url="http://gateway", previous=two.name)
    with pytest.raises(
        DeployError, match=f"{one.name} serves again .* meanwhile {three.name} .* was made the champion"
    ):
        await_alias(place.registry, done)
    place.registry.promote(two.version)
    with pytest.raises(DeployError, match="after 0 s the registry's alias has not followed; the gateway tries on"):
        await_alias(place.registry, done, limit_s=0)


def exhell(place: Place, *words: str, prefect: str) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own, with a Prefect server that it starts itself, or one that is away."""
    profile = place.folder / "profile.yaml"
    raw = yaml.safe_load((PROFILES / "demo.yaml").read_text(encoding="utf-8")) | {"workspace": str(place.folder)}
    profile.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT")}
    if prefect == "away":
        environment["PREFECT_API_URL"] = "http://127.0.0.1:9/api"
    argv = [str(Path(sys.executable).with_name("exhell")), *words, "--profile", str(profile), "--json"]
    return subprocess.run(argv, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)


def test_without_a_gateway_a_rollback_is_left_to_the_flow(tmp_path: Path) -> None:
    profile = load_profile("demo", {"workspace": str(tmp_path)})
    assert (roll_back(profile, ""), gateway_status(profile)) == (None, None)


@pytest.mark.parametrize("fault", ["errors", "answers"])
def test_a_bad_adapter_is_taken_back_without_a_person_and_prefect_is_told(
    place: Place, gateway: Running, told_prefect: Heard, fault: str
) -> None:
    good, bad = place.adapter(), place.adapter()
    place.registry.promote(good.version)
    assert serves(gateway, good)
    if fault == "answers":
        place.known(bad, "what the evaluation heard, and the server does not say")
    else:
        place.stub.behave(fail=[bad.name])
    place.registry.promote(bad.version)
    assert eventually(lambda: served_by(gateway) == bad.name)
    assert eventually(lambda: gateway.chat().status_code > 0 and served_by(gateway) == good.name)
    assert eventually(lambda: (found := place.registry.champion()) is not None and found.name == good.name)
    place.stub.behave(fail=[])

    def reasons() -> list[str]:
        return [event["payload"]["reason"] for body in told_prefect.bodies for event in body]

    assert eventually(lambda: any(one.startswith(f"{bad.name} was taken back: ") for one in reasons()))


def test_an_adapter_whose_files_are_gone_never_serves(place: Place, gateway: Running) -> None:
    good, bad = place.adapter(), place.adapter()
    place.registry.promote(good.version)
    assert serves(gateway, good)
    (place.store.open(bad.adapter.uri) / "adapter_model.safetensors").unlink()
    place.registry.promote(bad.version)
    assert eventually(lambda: bad.name in gateway.server.status()["problems"])
    assert "is missing" in gateway.server.status()["problems"][bad.name]
    assert served_by(gateway) == good.name
    place.registry.promote(good.version)


def test_an_adapter_of_another_rank_or_base_or_from_elsewhere_never_serves(place: Place, gateway: Running) -> None:
    before = served_by(gateway)
    high = place.adapter(rank=64)
    elsewhere = Store(str(place.folder / "elsewhere"))
    outside = publish_adapter(elsewhere, project_path("deployments/demo/base_model"), BASE, 99)
    foreign = place.register(outside)
    other = place.register(publish_adapter(place.store, project_path("deployments/demo/base_model"), "c" * 64, 98))
    cases = (
        (high, "has rank 64"),
        (place.adapter(r="high"), "says no rank"),
        (place.adapter(rank_pattern=["q_proj"]), "says no rank"),
        (other, "no server runs base model cccccccccccc"),
        (foreign, "does not lie in the artifact store"),
    )
    for version, why in cases:
        place.registry.promote(version.version)
        assert eventually(lambda name=version.name, why=why: _problem(gateway, name, why))  # type: ignore[misc]
        assert served_by(gateway) == before
    assert foreign.name not in gateway.server.servers[0].offered
    place.registry.rollback()


def _problem(gateway: Running, name: str, why: str) -> bool:
    return any(key.startswith(name) and why in told for key, told in gateway.server.status()["problems"].items())


def test_a_server_that_was_restarted_gets_its_adapters_again(place: Place, gateway: Running) -> None:
    version = place.adapter()
    place.registry.promote(version.version)
    assert serves(gateway, version)
    place.stub.kill()
    assert gateway.chat().status_code == 503
    place.stub.start()
    assert serves(gateway, version)
    assert set(gateway.text().split()) == {version.name}


def test_while_mlflow_is_away_what_served_serves_also_after_a_restart(place: Place, gateway: Running) -> None:
    version = place.adapter()
    place.registry.promote(version.version)
    assert serves(gateway, version)
    state = Memory.model_validate_json((place.folder / "gateway" / "state.json").read_bytes())
    nowhere = {"registry": watch, "tracking_uri": "http://127.0.0.1:9"}
    with running(place.folder / "second", [place.stub.url], state, **nowhere) as second:
        assert eventually(lambda: "MLflow at http://127.0.0.1:9 failed" in second.server.status()["registry"], 60)
        assert serves(second, version)


def test_what_was_taken_back_while_mlflow_was_away_is_told_to_it_later(place: Place, gateway: Running) -> None:
    good, bad = place.adapter(), place.adapter()
    for one in (good, bad):
        place.registry.promote(one.version)
        assert serves(gateway, one)
    state = Memory.model_validate_json((place.folder / "gateway" / "state.json").read_bytes())
    gone = state.model_copy(update={"current": state.before, "before": state.current, "refused": {bad.name: "slow"}})
    uri = f"sqlite:///{place.folder / 'mlflow.db'}"
    with running(place.folder / "fourth", [place.stub.url], gone, registry=watch, tracking_uri=uri) as second:
        assert serves(second, good)
        assert eventually(lambda: (found := place.registry.champion()) is not None and found.name == good.name, 60)


def test_mlflow_down_at_the_first_start(place: Place) -> None:
    nowhere = {"registry": watch, "tracking_uri": "http://127.0.0.1:9"}
    with running(place.folder / "third", [place.stub.url], **nowhere) as gateway:
        assert eventually(lambda: "failed" in gateway.server.status()["registry"], 60)
        answer = gateway.client.get("/ready")
        assert (answer.status_code, answer.json()["why"]) == (503, "the registry has not been read yet")
