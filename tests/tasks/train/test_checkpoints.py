"""Which checkpoint a run goes on from."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from configs.load import project_path
from tasks.train import checkpoints
from tests.tasks.train.stand_in import save_checkpoint

BASE = project_path("deployments/demo/base_model")


@pytest.fixture
def output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An output folder with the checkpoints of steps 2, 9 and 10."""
    monkeypatch.chdir(tmp_path)
    for step in (2, 9, 10):
        save_checkpoint(BASE, step, 20, 0.5)
    return tmp_path / "out"


def test_the_highest_step_is_the_newest(output: Path) -> None:
    assert checkpoints.newest(output) == output / "checkpoint-10"
    assert checkpoints.newest_whole(output) == output / "checkpoint-10"


def test_no_output_has_no_checkpoint(tmp_path: Path) -> None:
    assert checkpoints.newest(tmp_path / "none") is None
    assert checkpoints.newest_whole(tmp_path) is None


def cut(file: Path, left: int) -> None:
    file.write_bytes(file.read_bytes()[:left])


@pytest.mark.parametrize(
    ("name", "left", "flaw"),
    [
        ("trainer_state.json", 20, "Unterminated|Expecting"),
        ("adapter_model.safetensors", 4, "has no safetensors header"),
        ("adapter_model.safetensors", 40, "its header does not fit into it"),
        ("adapter_model.safetensors", -1, "is cut short or altered"),
        ("optimizer.pt", -10, r"optimizer\.pt is cut short"),
        ("rng_state.pth", 0, r"rng_state\.pth is cut short"),
    ],
)
def test_a_torn_file_is_noticed(output: Path, name: str, left: int, flaw: str) -> None:
    cut(output / "checkpoint-10" / name, left)
    found = checkpoints.flaw(output / "checkpoint-10")
    assert found is not None
    assert re.search(flaw, found), found


def test_a_changed_byte_of_the_optimizer_is_noticed(output: Path) -> None:
    file = output / "checkpoint-10" / "optimizer.pt"
    content = bytearray(file.read_bytes())
    content[content.index(b"0000")] ^= 1
    file.write_bytes(content)
    assert checkpoints.flaw(file.parent) == "optimizer.pt is damaged: the checksum of data is wrong"


@pytest.mark.parametrize("name", ["trainer_state.json", "adapter_model.safetensors", "optimizer.pt", "scheduler.pt"])
def test_a_missing_file_is_noticed(output: Path, name: str) -> None:
    (output / "checkpoint-10" / name).unlink()
    assert checkpoints.flaw(output / "checkpoint-10") in (f"it has no {name}", "it has no weights")


def test_torn_checkpoints_are_put_aside_until_one_is_whole(output: Path) -> None:
    cut(output / "checkpoint-10" / "optimizer.pt", 10)
    cut(output / "checkpoint-9" / "trainer_state.json", 0)
    assert checkpoints.newest_whole(output) == output / "checkpoint-2"
    assert sorted(path.name for path in output.iterdir()) == ["checkpoint-2", "torn-checkpoint-10", "torn-checkpoint-9"]


def test_a_checkpoint_of_a_run_that_had_diverged_is_put_aside(output: Path) -> None:
    save_checkpoint(BASE, 11, 20, float("nan"))
    assert checkpoints.flaw(output / "checkpoint-11") == "its run had diverged: loss is nan at step 1"
    assert checkpoints.newest_whole(output) == output / "checkpoint-10"


def test_a_second_torn_checkpoint_of_the_same_step_keeps_the_first(output: Path) -> None:
    first = checkpoints.quarantine(output / "checkpoint-9")
    (output / "checkpoint-9").mkdir()
    assert checkpoints.quarantine(output / "checkpoint-9") != first
    assert json.loads((first / "trainer_state.json").read_text())["global_step"] == 9


def test_another_machines_folder_is_read_and_left_as_it_is(output: Path) -> None:
    cut(output / "checkpoint-10" / "adapter_model.safetensors", 40)
    assert checkpoints.newest_unless_torn(output) == output / "checkpoint-9"
    assert (output / "checkpoint-10").is_dir()
    assert checkpoints.newest_whole(output) == output / "checkpoint-9"
    assert not (output / "checkpoint-10").exists()
