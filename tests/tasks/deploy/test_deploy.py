"""Deployments into a real vLLM server: what promotes, what is refused, and what serves after each."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.artifacts import Adapter
from tasks.deploy.canary import Canary, DeployError
from tasks.deploy.deploy import deploy, load, restore_champion, rollback
from tasks.deploy.site import Site, status
from tasks.serving.template import RECORD, record
from tests.tasks.conftest import QUESTION

pytestmark = pytest.mark.serve

Adapters = Callable[..., Adapter]
Evaluation = Callable[[Adapter], tuple[Canary, ...]]


def _answer(site: Site, adapter: Adapter) -> str:
    return site.server.complete(adapter.name, QUESTION, max_tokens=16).text


def test_the_first_adapter_serves_in_place_of_the_base(
    site: Site, adapter_of: Adapters, evaluated: Evaluation, run_id: str
) -> None:
    adapter = adapter_of(1)
    deployment = deploy(site, adapter, evaluated(adapter), run_id)
    assert (deployment.name, deployment.version, deployment.previous) == (adapter.name, 1, None)
    assert deployment.url == site.server.url
    now = status(site)
    assert now.as_it_should_be
    assert (now.champion, now.champion_version, now.previous) == (adapter.name, 1, None)


def test_what_served_before_stays_loaded_and_a_rollback_swaps_them(
    site: Site, adapter_of: Adapters, evaluated: Evaluation, run_id: str
) -> None:
    old, new = adapter_of(1), adapter_of(2)
    deploy(site, old, evaluated(old), run_id)
    before = _answer(site, old)
    assert deploy(site, new, evaluated(new), run_id).previous == old.name
    assert {old.name, new.name} <= site.server.models()
    assert _answer(site, new) != before

    back = rollback(site)
    assert (back.name, back.previous) == (old.name, new.name)
    assert _answer(site, old) == before
    assert rollback(site).name == new.name


def test_deploying_the_champion_again_changes_nothing(
    site: Site, adapter_of: Adapters, evaluated: Evaluation, run_id: str
) -> None:
    old, new = adapter_of(1), adapter_of(2)
    canaries = {adapter.name: evaluated(adapter) for adapter in (old, new)}
    for adapter in (old, new, new):
        deploy(site, adapter, canaries[adapter.name], run_id)
    now = status(site)
    assert (now.champion, now.champion_version, now.previous) == (new.name, 2, old.name)


@pytest.mark.parametrize("champion", [True, False], ids=["with-champion", "first"])
def test_an_adapter_that_answers_otherwise_than_evaluated_is_refused(
    site: Site, adapter_of: Adapters, evaluated: Evaluation, run_id: str, champion: bool
) -> None:
    old, new, other = adapter_of(1), adapter_of(2), adapter_of(3)
    serves = "the base model serves"
    if champion:
        deploy(site, old, evaluated(old), run_id)
        serves = rf"{old.name} \(version 1\) still serves"
    with pytest.raises(
        DeployError,
        match=rf"{new.name} was not deployed: {new.name} does not answer as it was evaluated: \d of 5 canary answers "
        rf"differ; asked “A열.*; {serves}",
    ):
        deploy(site, new, evaluated(other), run_id)
    now = status(site)
    assert now.champion == (old.name if champion else None)
    assert new.name not in now.loaded
    assert now.as_it_should_be


def test_answers_of_the_base_model_are_recognised(
    site: Site, adapter_of: Adapters, evaluated: Evaluation, run_id: str
) -> None:
    silent = adapter_of(4)
    weights = {canary.messages: canary.base for canary in evaluated(silent)}
    swapped = tuple(Canary(messages, "something else", base) for messages, base in weights.items())
    with pytest.raises(DeployError, match="does not answer as it was evaluated: 5 of 5"):
        deploy(site, silent, swapped, run_id)


def test_an_adapter_that_changes_no_canary_is_refused(
    site: Site, adapter_of: Adapters, evaluated: Evaluation, run_id: str
) -> None:
    adapter = adapter_of(1)
    same = tuple(replace(canary, challenger=canary.base) for canary in evaluated(adapter))
    with pytest.raises(DeployError, match=r"none of the 5 canary questions tells adapter-\w+ from the base model"):
        deploy(site, adapter, same, run_id)
    assert adapter.name not in site.server.models()


def test_an_adapter_of_another_base_is_refused(
    site: Site, adapter_of: Adapters, evaluated: Evaluation, run_id: str
) -> None:
    adapter = adapter_of(1)
    canaries = evaluated(adapter)
    served = site.server.base_digest()
    with pytest.raises(
        DeployError,
        match=rf"was trained on base eeeeeeeeeeee, the server at .* runs base {served}; serve the base",
    ):
        deploy(site, adapter.model_copy(update={"base_sha256": "e" * 64}), canaries, run_id)
    assert site.registry.champion() is None


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"rank": 32}, "has rank 32, the server takes up to 16; raise serve.max_lora_rank or train with a lower rank"),
        ({"rank_pattern": {"q_proj": 64}}, "has rank 64, the server takes up to 16"),
        ({"use_dora": True}, r"is no plain LoRA \(use_dora\): no running server takes it, and it was not merged"),
        ({"modules_to_save": ["lm_head"]}, r"is no plain LoRA \(modules_to_save\)"),
        (
            {"modules": ("q_proj", "new_proj")},
            "changes new_proj, which the server would leave out; train without them, or name them",
        ),
    ],
    ids=["rank", "rank-pattern", "dora", "whole-modules", "other-layers"],
)
def test_an_adapter_that_cannot_be_swapped_in_is_refused(
    site: Site, adapter_of: Adapters, run_id: str, settings: dict[str, object], told: str
) -> None:
    with pytest.raises(DeployError, match=told):
        deploy(site, adapter_of(1, **settings), (), run_id)


def test_a_damaged_adapter_is_refused_and_the_champion_serves_on(
    site: Site, adapter_of: Adapters, evaluated: Evaluation, run_id: str
) -> None:
    old, new = adapter_of(1), adapter_of(2)
    deploy(site, old, evaluated(old), run_id)
    before = _answer(site, old)
    canaries = evaluated(new)
    (Path(new.uri) / "adapter_model.safetensors").write_bytes(b"cut")
    with pytest.raises(DeployError, match=rf"does not match its manifest.*; {old.name} \(version 1\) still serves"):
        deploy(site, new, canaries, run_id)
    assert _answer(site, old) == before


def test_another_template_is_refused(
    site: Site, adapter_of: Adapters, evaluated: Evaluation, run_id: str, tmp_path: Path
) -> None:
    adapter = adapter_of(1)
    other = tmp_path / "other.jinja"
    other.write_text(site.template.read_text().replace("[INST]", "USER:"))
    with pytest.raises(DeployError, match=r"writes prompts differently from other\.jinja.*the base model serves"):
        deploy(replace(site, template=other), adapter, evaluated(adapter), run_id)
    assert adapter.name not in site.server.models()


def test_an_adapter_that_was_trained_with_another_template_is_loaded_and_told_to_the_gate(
    site: Site, adapter_of: Adapters
) -> None:
    adapter = adapter_of(1)
    assert load(site, adapter) == ""
    probes = json.loads(record(site.base_path, site.template))
    probes[0]["token_ids"][3] += 1
    (Path(adapter.uri) / RECORD).write_text(json.dumps(probes), encoding="utf-8")
    mismatch = load(site, adapter)
    assert mismatch.startswith(f"{adapter.name} was trained with another chat template or tokenizer than http")
    assert adapter.name in site.server.models()


def test_a_rollback_without_a_previous_is_told(
    site: Site, adapter_of: Adapters, evaluated: Evaluation, run_id: str
) -> None:
    with pytest.raises(DeployError, match="has no previous version to go back to; no adapter serves yet"):
        rollback(site)
    adapter = adapter_of(1)
    deploy(site, adapter, evaluated(adapter), run_id)
    with pytest.raises(DeployError, match=rf"to go back to; {adapter.name} \(version 1\) still serves"):
        rollback(site)


def test_a_rollback_to_a_lost_adapter_leaves_the_champion(
    site: Site, adapter_of: Adapters, evaluated: Evaluation, run_id: str
) -> None:
    old, new = adapter_of(1), adapter_of(2)
    for adapter in (old, new):
        deploy(site, adapter, evaluated(adapter), run_id)
    (Path(old.uri) / "manifest.json").unlink()
    with pytest.raises(DeployError, match=rf"no artifact at .*; {new.name} \(version 2\) still serves"):
        rollback(site)
    assert status(site).champion == new.name


def test_a_fresh_server_is_given_the_champion_and_the_previous(
    site: Site, adapter_of: Adapters, evaluated: Evaluation, run_id: str
) -> None:
    assert restore_champion(site) is None
    old, new = adapter_of(1), adapter_of(2)
    for adapter in (old, new):
        deploy(site, adapter, evaluated(adapter), run_id)
    for adapter in (old, new):
        site.server.unload_adapter(adapter.name)  # as after a restart
    assert not status(site).as_it_should_be
    champion = restore_champion(site)
    assert champion is not None
    assert champion.name == new.name
    assert {old.name, new.name} <= site.server.models()


def test_a_champion_of_another_base_counts_as_none(site: Site, adapter_of: Adapters, run_id: str) -> None:
    old = adapter_of(1).model_copy(update={"base_sha256": "e" * 64})
    site.registry.promote(site.registry.register(old, run_id).version)
    assert restore_champion(site) is None
    assert old.name not in site.server.models()


def test_a_deployment_brings_back_what_a_restart_took_away(
    site: Site, adapter_of: Adapters, evaluated: Evaluation, run_id: str
) -> None:
    old, new = adapter_of(1), adapter_of(2)
    deploy(site, old, evaluated(old), run_id)
    site.server.unload_adapter(old.name)  # as after a restart
    deploy(site, new, evaluated(new), run_id)
    assert {old.name, new.name} <= site.server.models()


def test_a_lost_champion_does_not_keep_a_new_one_from_serving(
    site: Site, adapter_of: Adapters, evaluated: Evaluation, run_id: str
) -> None:
    old, new = adapter_of(1), adapter_of(2)
    deploy(site, old, evaluated(old), run_id)
    (Path(old.uri) / "manifest.json").unlink()
    assert deploy(site, new, evaluated(new), run_id).previous == old.name
    assert status(site).as_it_should_be


def test_a_champion_whose_files_are_gone_is_told(
    site: Site, adapter_of: Adapters, evaluated: Evaluation, run_id: str
) -> None:
    adapter = adapter_of(1)
    deploy(site, adapter, evaluated(adapter), run_id)
    (Path(adapter.uri) / "adapter_model.safetensors").unlink()
    with pytest.raises(DeployError, match=rf"the champion {adapter.name} \(version 1\) cannot be served: .*is missing"):
        restore_champion(site)
