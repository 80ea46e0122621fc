"""The nights' stand-ins keep the promises of trainer and server, and a few nights pass with a fault among them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from bench import nights_stub
from bench.nights import BEST, STEP, hits, measure, plans
from bench.nights_stub import Plan
from bench.nights_stub.server import BASE_QUALITY, WRONG, answers_right
from bench.workplace import free_port
from configs.load import load_profile, template_path
from tasks.base_model import fingerprint
from tasks.records import Message
from tasks.serving import ModelServer, ServingError, check_template, ensure_server, stop_servers
from tasks.serving.client import base_alias
from tasks.train.plan import TrainError
from tests.tasks.train.conftest import Site, make_site
from tests.tasks.train.contract import Heard, assert_whole


@pytest.fixture
def stub_site(tmp_path: Path) -> Site:
    """A site whose trainer is the nights' stand-in, planned to answer 0.4 of the questions right."""
    site = make_site(tmp_path)
    stubs = nights_stub.make(tmp_path, site.store.root)
    Plan(0.4, step_s=0).write(tmp_path)
    return site.set(environment=str(stubs["train"]))


@pytest.mark.slow
def test_the_trainer_leaves_what_real_ones_leave(stub_site: Site) -> None:
    heard = Heard()
    adapter = stub_site.train(heard)
    assert_whole(adapter, stub_site.store, stub_site.base, stub_site.template, heard)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "told"), [("status", "exit status 1"), ("no step", "ran no step"), ("nan", "the run diverged")]
)
def test_the_trainer_fails_as_planned(stub_site: Site, fault: nights_stub.TrainerFault, told: str) -> None:
    Plan(0.4, fault, step_s=0).write(stub_site.workspace)
    with pytest.raises(TrainError, match=told):
        stub_site.train()


@pytest.mark.slow
def test_after_a_failure_it_goes_on_to_the_same_weights(stub_site: Site, tmp_path: Path) -> None:
    Plan(0.4, "status", step_s=0).write(stub_site.workspace)
    with pytest.raises(TrainError):
        stub_site.train()
    Plan(0.4, step_s=0).write(stub_site.workspace)
    heard = Heard()
    resumed = stub_site.train(heard)
    other = replace(stub_site, workspace=tmp_path / "other")
    weights = stub_site.store.open(resumed.uri) / "adapter_model.safetensors"

    assert heard.said[0].startswith("going on from checkpoint-2")
    stub_site.store.unpoint(f"keys/adapters/{_key(stub_site)}")
    assert weights.read_bytes() == (stub_site.store.open(other.train().uri) / weights.name).read_bytes()


def _key(site: Site) -> str:
    (name,) = (name for name, _ in site.store.pointers() if name.startswith("keys/adapters/"))
    return name.rpartition("/")[2]


@pytest.fixture
def server(stub_site: Site, tmp_path: Path) -> Iterator[ModelServer]:
    stubs = {"serve.environment": str(tmp_path / "stub-serve"), "serve.port": free_port(), "workspace": str(tmp_path)}
    profile = load_profile("demo", stubs)
    try:
        with ModelServer(ensure_server(profile).url) as client:
            yield client
    finally:
        stop_servers(tmp_path)


@pytest.mark.slow
def test_the_server_keeps_to_the_routes_that_a_night_asks(stub_site: Site, server: ModelServer, tmp_path: Path) -> None:
    """As tests/tasks/test_serving.py holds vLLM to them."""
    adapter = stub_site.store.open(stub_site.train().uri)
    question, answer = [Message("user", "B열의 합계는?")], "=SUM(B:B)"
    template = template_path(stub_site.profile.base_model.chat_template)
    whole = server.prompt_token_ids("base", [*question, Message("assistant", answer)])
    start = len(server.prompt_token_ids("base", question))
    for _ in range(2):
        server.load_adapter("adapter-1", adapter)

    assert server.models() == {"base", base_alias(fingerprint(stub_site.base)), "adapter-1"}
    check_template(server, "adapter-1", stub_site.base, template, question)
    assert len(server.answer_logprobs("adapter-1", question, answer)) == len(whole) - start
    assert sum(server.answer_logprobs("adapter-1", question, answer)) > sum(
        server.answer_logprobs("base", question, answer)
    )
    assert server.identity("adapter-1") != server.identity("base")
    for _ in range(2):
        server.unload_adapter("adapter-1")
    with pytest.raises(ServingError, match="status 404"):
        server.complete("adapter-1", question, max_tokens=8)

    torn = tmp_path / "torn"
    torn.mkdir()
    (torn / "adapter_config.json").write_text("{}")
    (torn / "adapter_model.safetensors").write_bytes(b"\0" * 4)
    with pytest.raises(ServingError, match="cut short"):
        server.load_adapter("adapter-torn", torn)


@pytest.mark.slow
def test_the_server_knows_the_planned_share_of_the_test_split(
    stub_site: Site, server: ModelServer, tmp_path: Path
) -> None:
    server.load_adapter("adapter-1", stub_site.store.open(stub_site.train().uri))
    told = {f"{number}행의 합계는?": f"=SUM({number}:{number})" for number in range(200)}
    lines = [
        {"conversations": [{"from": "human", "value": asked}, {"from": "gpt", "value": answer}]}
        for asked, answer in told.items()
    ]
    with stub_site.store.draft("datasets") as draft:
        file = draft / "sharegpt" / "test" / "2026-11-23.jsonl"
        file.parent.mkdir(parents=True)
        file.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
        stub_site.store.publish(draft)

    def right(model: str) -> set[str]:
        answers = {asked: server.complete(model, [Message("user", asked)], max_tokens=32).text for asked in told}
        assert all(text in (told[asked], WRONG) for asked, text in answers.items())
        return {asked for asked, text in answers.items() if text == told[asked]}

    base, better = right("base"), right("adapter-1")
    assert base == {asked for asked in told if answers_right(asked, BASE_QUALITY)}
    assert base < better
    assert 0.3 < len(better) / len(told) < 0.5


@pytest.mark.parametrize("nights", [1, 2, 20, 100])
def test_the_plan_leaves_room_for_every_better_challenger(nights: int) -> None:
    for seed in range(20):
        planned = plans(nights, Random(seed))  # noqa: S311
        assert planned[0] == "better"
        assert len(planned) == nights
        assert BASE_QUALITY + STEP * planned.count("better") <= BEST


def test_every_fault_comes_once_before_any_comes_again() -> None:
    hit = hits(101, 0.3, ["a", "b", "c"], Random(1))  # noqa: S311
    assert len(hit) == 30
    assert 0 not in hit
    assert {name: [*hit.values()].count(name) for name in "abc"} == {"a": 10, "b": 10, "c": 10}


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_three_nights_and_a_killed_one_among_them(tmp_path: Path) -> None:
    found = measure(tmp_path, 3, 0.34, 1, ["kill-evaluate"], pools=False)
    flaws = ("wrong", "by_hand", "lost", "other_dataset", "other_weights", "damaged", "untold", "left_running")
    assert {name: found[name] for name in flaws} == dict.fromkeys(flaws, 0), found
    assert (found["decided"], found["faulted"], found["promoted"] >= 1) == (3, 1, True)
    assert found["faults"][0]["status"] == -9
