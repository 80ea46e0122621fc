"""What is told before a trainer starts; and how much memory it will want."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from configs.load import PROJECT, load_profile
from configs.schema import LaunchConfig, TrainConfig
from tasks.base_model import licence_terms
from tasks.train.memory import Shape, gpu_memory, read_shape
from tasks.train.plan import TrainError
from tasks.train.preflight import check_servable
from tests.tasks.train.conftest import Site
from tests.tasks.train.contract import Heard

StandIn = Callable[[str], Site]

LLAMA_2 = {
    "7B": Shape(4096, 32, 32, 32, 11008, 32000),
    "13B": Shape(5120, 40, 40, 40, 13824, 32000),
    "70B": Shape(8192, 80, 64, 8, 28672, 32000),
}
"""From the config.json of meta-llama/Llama-2-*-hf."""


def gigabytes(size: str, method: str) -> float:
    config = load_profile("exhell").train.model_copy(update={"method": method})
    return sum(gpu_memory(config, LLAMA_2[size]).values()) / 1e9


def test_the_shapes_have_the_models_numbers_of_parameters() -> None:
    billions = [round(shape.parameters / 1e9, 1) for shape in LLAMA_2.values()]
    assert billions == [6.7, 13.0, 69.0]


@pytest.mark.parametrize(("size", "method", "guide"), [("7B", "lora", 24), ("13B", "lora", 40), ("70B", "qlora", 80)])
def test_the_guides_gpus_are_large_enough(size: str, method: str, guide: float) -> None:
    assert gigabytes(size, method) < guide


def test_the_documented_table_is_the_formulas() -> None:
    page = (PROJECT / "docs" / "training.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+B) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|", page, re.MULTILINE)
    found = {size: [float(cell) for cell in cells] for size, *cells in rows}
    methods = ("lora", "qlora", "full")
    assert found == {size: [round(gigabytes(size, one), 1) for one in methods] for size in LLAMA_2}


def test_each_lever_lowers_what_it_should() -> None:
    shape = LLAMA_2["7B"]

    def memory(**changes: object) -> dict[str, float]:
        return gpu_memory(TrainConfig().model_copy(update=changes), shape)

    usual = memory()
    assert memory(method="qlora")["weights"] < 0.3 * usual["weights"]
    assert memory(micro_batch_size=2)["activations"] == usual["activations"] / 2
    assert memory(gradient_checkpointing=False)["activations"] > 10 * usual["activations"]
    assert memory(optimizer="adamw_8bit")["trained"] < usual["trained"]
    # Embeddings and head of Llama-2-7B, each 32,000 rows of 4,096, in fp32 with gradients and Adam's moments.
    assert memory(new_tokens=("엑셀",))["trained"] - usual["trained"] == 2 * 32_000 * 4_096 * 16
    sharded = LaunchConfig(gpus=4, sharding="fsdp")
    assert memory(launch=sharded)["weights"] == usual["weights"] / 4


def test_the_demos_model_is_counted_right() -> None:
    profile = load_profile("demo")
    shape = read_shape(PROJECT / profile.base_model.path)
    assert shape is not None
    assert shape.parameters == pytest.approx(profile.base_model.parameters, rel=0.05)


def test_a_layer_that_does_not_exist_is_named_before_anything_runs(stand_in: StandIn) -> None:
    site = stand_in("trains")
    lora = site.profile.train.lora.model_copy(update={"target_modules": ("q_proj", "c_attn")})
    with pytest.raises(
        TrainError, match=r"names c_attn, which the base model does not have; it has: .*down_proj.*v_proj"
    ):
        site.set(lora=lora).train()
    assert not (site.workspace / "train").exists()


def test_a_sequence_that_the_model_has_no_positions_for_is_refused(stand_in: StandIn) -> None:
    with pytest.raises(
        TrainError, match=r"train\.sequence_length 600 is longer than the 512 positions of the base model"
    ):
        stand_in("trains").set(sequence_length=600).train()


def test_a_disk_that_is_too_small_is_told(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1 << 40, (1 << 40) - (1 << 20), 1 << 20))
    with pytest.raises(TrainError, match=r"0\.0 GiB are free under .*, and 0\.5 GiB are needed for checkpoints"):
        stand_in("trains").train()


def test_a_machine_that_cannot_merge_is_told(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = namedtuple("memory", "total")
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory(1 << 20))
    with pytest.raises(
        TrainError, match=r"is merged for serving, which takes 0 GiB of memory .* this machine has 0: take"
    ):
        stand_in("trains").set(method="dora").train()
    stand_in("trains").train()  # a plain one is not merged


def small_gpu(folder: Path, monkeypatch: pytest.MonkeyPatch, mib: int | None) -> None:
    """A machine whose nvidia-smi says so, or has none."""
    if mib is not None:
        program = folder / "nvidia-smi"
        program.write_text(f"#!/bin/sh\necho {mib}\n", encoding="utf-8")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=None if mib is None else ":")


def test_a_gpu_that_cannot_hold_the_weights_is_told(
    stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, heard = stand_in("trains").set(precision="bf16"), Heard()
    small_gpu(tmp_path, monkeypatch, 512)
    with pytest.raises(TrainError, match=r"the GPU has 0\.5 GiB, and weights, optimizer and CUDA's own take 1\.0 GiB"):
        site.train(heard)
    small_gpu(tmp_path, monkeypatch, 24_564)
    site.train(heard)
    assert re.search(r"GPU memory: about [\d.]+ GiB needed \(weights 0\.0, .*\), 24\.0 GiB there", heard.said[1])


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"method": "dora"}, "method dora makes"),
        ({"method": "full"}, "method full makes"),
        ({"new_tokens": 100}, "new_tokens make"),
    ],
)
def test_a_night_of_merged_models_leaves_room_for_two_servers(settings: dict[str, object], told: str) -> None:
    exhell = load_profile("exhell")
    check_servable(exhell)
    merged = {f"train.{name}": value for name, value in settings.items()}
    with pytest.raises(
        TrainError, match=rf"train\.{told} no plain LoRA, so .* 0\.9 the two do not fit one GPU\. Set it"
    ):
        check_servable(load_profile("exhell", merged))
    check_servable(load_profile("exhell", merged | {"serve.gpu_memory_utilization": 0.45}))
    check_servable(load_profile("demo", merged))  # without a GPU there is nothing to share


def test_no_gpu_is_told(stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = stand_in("trains").set(precision="bf16")
    small_gpu(tmp_path, monkeypatch, None)
    with pytest.raises(TrainError, match=r"there is no GPU, and train\.precision bf16 wants one"):
        site.train()


def test_what_a_launch_needs_must_be_there(stand_in: StandIn, tmp_path: Path) -> None:
    launch = LaunchConfig(gpus=2, sharding="deepspeed", deepspeed="no/zero3.json")
    with pytest.raises(TrainError, match=r"train\.launch\.deepspeed: .*no/zero3\.json cannot be read as JSON"):
        stand_in("trains").set(launch=launch).train()
    (tmp_path / "environment" / "bin").mkdir(parents=True)
    (tmp_path / "environment" / "bin" / "python").symlink_to(sys.executable)
    with pytest.raises(TrainError, match=r"train\.launch wants ray, which is not in .*Install it there"):
        stand_in("trains").set(launch=LaunchConfig(gpus=2, ray=True), environment=str(tmp_path / "environment")).train()


def test_the_licence_goes_with_the_adapter(stand_in: StandIn) -> None:
    site = stand_in("trains")
    base = site.profile.base_model.model_copy(update={"license": "Llama 3.1 Community License"})
    site.profile = site.profile.model_copy(update={"base_model": base})
    notice = (site.store.open(site.train().uri) / "NOTICE").read_text(encoding="utf-8")
    assert "Licence of the base model: Llama 3.1 Community License." in notice
    assert 'show "Built with Llama"' in notice


def test_only_llamas_licences_have_llamas_terms() -> None:
    assert licence_terms("Apache-2.0") == ()
    assert any("must not improve other" in term for term in licence_terms("Llama 2 Community License"))
    assert not any("must not improve other" in term for term in licence_terms("llama3.1"))
    assert json.dumps(licence_terms("Meta Llama 3 Community License")).count("Built with Meta Llama 3") == 1
