"""A training over several machines: those after the first, without a trainer."""

from __future__ import annotations

from pathlib import Path

import pytest

from configs.schema import LaunchConfig, TrainConfig
from tasks.storage import Store
from tasks.train import nodes
from tasks.train.plan import Plan, TrainError
from tests.tasks.train.test_axolotl import plan

LAUNCH = LaunchConfig(nodes=3, rank=2, rendezvous="first:29500", folder="/shared")


def on_third(work: Path) -> Plan:
    return plan(TrainConfig(launch=LAUNCH), work=work)


def test_checkpoints_are_the_first_ones_and_the_log_is_not(tmp_path: Path) -> None:
    first = tmp_path / "key"
    beside = nodes.beside(on_third(first))
    assert beside.work == tmp_path / "key-rank2"
    (first / "out" / "checkpoint-3").mkdir(parents=True)
    assert (beside.output / "checkpoint-3").is_dir()
    (beside.work / "train.log").touch()
    assert not (first / "train.log").exists()


def test_a_folder_that_takes_nothing_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TrainError, match=r"train\.launch\.folder must be storage that every machine sees"):
        nodes.beside(on_third(tmp_path / "file" / "key"))


def test_a_first_machine_that_publishes_nothing_is_not_waited_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nodes, "PUBLISH_S", 0)
    with pytest.raises(TrainError, match="the first machine published no adapter within 0 s; its own run says why"):
        nodes.published_by_first(on_third(tmp_path), Store(str(tmp_path / "store")), "k" * 64)
