"""Going on from the champion: what is learnt, what is refused, and what is written down of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from configs.load import ConfigError, load_profile
from configs.schema import TrainConfig
from tasks.artifacts import Adapter, Dataset
from tasks.base_model import fingerprint
from tasks.storage import Store
from tasks.train import axolotl, llamafactory, start
from tasks.train.plan import TrainError
from tests.tasks.adapters import publish_adapter
from tests.tasks.train.conftest import SYSTEM, Run, Site, real_site, write_dataset
from tests.tasks.train.contract import Heard
from tests.tasks.train.test_axolotl import plan

StandIn = Callable[..., Site]

OLD, ALL = 400, 460


def _champion(store: Store, dataset: Dataset, base: Path, **settings: Any) -> Adapter:
    shape = {"rank": 4, "lora_alpha": 32, "modules": ("q_proj", "v_proj")}
    made = publish_adapter(store, base, fingerprint(base), 1, **(shape | settings))
    return made.model_copy(update={"dataset_sha256": dataset.sha256})


def _from(champion: Adapter, share: float) -> start.Beginning:
    return start.Beginning(champion, Path(), share)


def _going_on(config: TrainConfig) -> TrainConfig:
    return config.model_copy(update={"start_from": "champion"})


def _lines(files: tuple[Path, ...]) -> list[str]:
    return [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def _ids(lines: list[str]) -> set[int]:
    return {int(json.loads(line)["id"].removeprefix("c")) for line in lines}


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_what_is_new_is_learnt_and_a_share_of_the_rest(site: Site, tmp_path: Path, share: float) -> None:
    old, now = write_dataset(site.store, OLD, 8), write_dataset(site.store, ALL, 8)
    champion = _champion(site.store, old, site.base)
    chosen = start.choose(_from(champion, share), now, site.store, tmp_path / "a")
    ids = _ids(_lines(chosen.files))
    assert len(ids) == chosen.rows
    assert {number for number in ids if number >= OLD} == set(range(OLD, ALL))
    assert (chosen.new, chosen.replayed) == (ALL - OLD, len([number for number in ids if number < OLD]))
    # A binomial's four standard deviations: 35 of 400 at a quarter, none where there is no choice.
    assert abs(chosen.replayed - share * OLD) <= 4 * (OLD * share * (1 - share)) ** 0.5
    again = start.choose(_from(champion, share), now, site.store, tmp_path / "b")
    assert _lines(again.files) == _lines(chosen.files)


def test_another_night_learns_other_old_examples_again(site: Site, tmp_path: Path) -> None:
    old = write_dataset(site.store, OLD, 8)
    champion = _champion(site.store, old, site.base)
    nights = [write_dataset(site.store, ALL + more, 8) for more in (0, 1)]
    one, other = (
        _ids(_lines(start.choose(_from(champion, 0.5), night, site.store, tmp_path / night.short).files))
        for night in nights
    )
    assert one & set(range(OLD)) != other & set(range(OLD))


def test_a_withdrawn_example_is_not_learnt_again_and_an_edited_one_is_new(site: Site, tmp_path: Path) -> None:
    old = write_dataset(site.store, 24, 8)
    champion = _champion(site.store, old, site.base)
    now = write_dataset(site.store, 24, 8, change=lambda lines: [lines[0].replace("SUM", "MAX"), *lines[2:]])
    chosen = start.choose(_from(champion, 1.0), now, site.store, tmp_path / "a")
    assert (chosen.new, chosen.replayed) == (1, 22)
    assert _ids(_lines(chosen.files)) == {0, *range(2, 24)}


def test_without_the_champions_dataset_everything_is_new(site: Site, tmp_path: Path) -> None:
    old, now = write_dataset(site.store, 20, 8), write_dataset(site.store, 24, 8)
    champion = _champion(site.store, old, site.base)
    shutil.rmtree(old.uri)
    chosen = start.choose(_from(champion, 0.0), now, site.store, tmp_path / "a")
    assert (chosen.new, chosen.replayed) == (24, 0)
    assert str(chosen) == "24 examples, all of which count as new, for the champion's dataset is not in the store"


def test_nothing_to_learn_is_told(site: Site, tmp_path: Path) -> None:
    champion = _champion(site.store, site.dataset, site.base)
    with pytest.raises(TrainError, match=r"nothing in this dataset is new since adapter-.* 0 takes no older"):
        start.choose(_from(champion, 0.0), site.dataset, site.store, tmp_path / "a")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"rank": 8}, "has rank 8, the profile says 4"),
        ({"lora_alpha": 64}, "has alpha 64, the profile says 32"),
        (
            {"modules": ("q_proj",)},
            r"has target modules \['q_proj'\], the profile says \['q_",
        ),
        ({"use_dora": True}, "DoRA True, the profile says False"),
        ({"modules_to_save": ["lm_head"]}, "trained embeddings True, the profile says False"),
    ],
    ids=["rank", "alpha", "modules", "dora", "embeddings"],
)
def test_a_champion_of_another_shape_is_refused(site: Site, settings: dict[str, Any], told: str) -> None:
    champion = _champion(site.store, site.dataset, site.base, **settings)
    with pytest.raises(
        TrainError, match=rf"start_from champion: adapter-.*{told}.*; set train\.start_from base for one"
    ):
        start.begin(champion, _going_on(site.profile.train), fingerprint(site.base), site.store, print)


def test_a_champion_of_another_base_is_refused(site: Site) -> None:
    champion = _champion(site.store, site.dataset, site.base).model_copy(update={"base_sha256": "e" * 64})
    with pytest.raises(
        TrainError, match=r"was trained on base eeeeeeeeeeee, and this run trains on base [0-9a-f]{12}; set"
    ):
        start.begin(champion, _going_on(site.profile.train), fingerprint(site.base), site.store, print)


def test_a_full_run_cannot_go_on_from_an_adapter() -> None:
    with pytest.raises(ConfigError, match="goes on from an adapter, and method full makes none"):
        load_profile("demo", {"train.start_from": "champion", "train.method": "full"})


def test_the_backends_are_told_of_it_by_their_own_options() -> None:
    folder = Path("/artifacts/adapters/1")
    content = yaml.safe_load(axolotl.render(plan(TrainConfig(), start=folder)).files[axolotl.CONFIG])
    assert (content["lora_model_dir"], content["adapter"]) == (str(folder), "lora")
    made = llamafactory.render(plan(TrainConfig(backend="llamafactory"), start=folder))
    content = yaml.safe_load(made.files[llamafactory.CONFIG])
    assert (content["adapter_name_or_path"], content["create_new_adapter"]) == (str(folder), False)
    assert "lora_model_dir" not in axolotl.render(plan(TrainConfig())).files[axolotl.CONFIG]


def test_the_first_night_begins_with_the_base(stand_in: StandIn) -> None:
    heard = Heard()
    adapter = stand_in("trains").set(start_from="champion").train(heard)
    assert adapter.start_sha256 is None
    assert "there is no champion yet, so this run begins with the base model" in heard.said[0]


@pytest.mark.slow
def test_going_on_from_another_champion_is_another_run(stand_in: StandIn) -> None:
    site, heard = stand_in("trains").set(start_from="champion", epochs=4), Heard()
    site.champion = _champion(site.store, write_dataset(site.store, 20, 8), site.base)
    first = site.train(heard)
    assert first.start_sha256 == site.champion.sha256
    assert heard.metrics[0][1]["examples_new"] == 4
    assert 0 < heard.metrics[0][1]["examples_replayed"] < 20
    assert f"going on from {site.champion.name}: 4 examples are new" in heard.said[0]
    assert site.train() == first
    site.champion = _champion(site.store, write_dataset(site.store, 22, 8), site.base, note=2)
    assert site.train().sha256 != first.sha256
    assert site.set(start_from="base").train().start_sha256 is None


@pytest.mark.slow
def test_weights_that_did_not_move_are_no_new_adapter(stand_in: StandIn) -> None:
    site = stand_in("trains")
    champion = site.train()  # the stand-in's weights are the same every time
    site = site.set(start_from="champion", replay_share=1.0)
    site.champion = champion
    with pytest.raises(TrainError, match=r"the adapter's weights are those that it went on from"):
        site.train()


@pytest.mark.train
@pytest.mark.parametrize("backend", ["axolotl", "llamafactory"])
def test_a_real_trainer_goes_on_where_the_champion_stands(
    backend: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    run: Run = request.getfixturevalue(f"{backend}_run")
    site = real_site(tmp_path, backend).set(start_from="champion", replay_share=0.5, epochs=1)
    site.store, site.champion, heard = run.site.store, run.adapter, Heard()
    site.dataset = write_dataset(site.store, 40, 8, SYSTEM)
    adapter = site.train(heard)
    losses = heard.losses("eval_loss")
    # Before its first step it is the champion, to the last digit that is printed.
    assert losses[0] == pytest.approx(run.adapter.validation_loss, rel=1e-3)
    assert losses[adapter.steps] < losses[0]
    assert adapter.start_sha256 == run.adapter.sha256
