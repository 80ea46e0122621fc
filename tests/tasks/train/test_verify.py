"""What an adapter must be before it is published."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from configs.load import project_path
from tasks.train.plan import TrainError
from tasks.train.verify import base_shapes, check_adapter, check_losses, check_model, check_steps
from tests.tasks.train.stand_in import RANK, save_adapter

BASE = project_path("deployments/demo/base_model")
WEIGHTS = "adapter_model.safetensors"


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    save_adapter(tmp_path / "adapter", BASE, scale=0.1)
    return tmp_path / "adapter"


def change(adapter: Path, name_part: str, value: np.ndarray | float) -> None:
    """Replace the first tensor whose name holds this."""
    tensors = load_file(adapter / WEIGHTS)
    name = next(name for name in sorted(tensors) if name_part in name)
    tensors[name] = value if isinstance(value, np.ndarray) else np.full_like(tensors[name], value)
    save_file(tensors, adapter / WEIGHTS)


def state(folder: Path, step: int, planned: int) -> Path:
    (folder / "trainer_state.json").write_text(json.dumps({"global_step": step, "max_steps": planned}))
    return folder


def refusal(adapter: Path, rank: int | None) -> str:
    """What the check says against an adapter; empty where it passes."""
    try:
        check_adapter(adapter, rank, BASE)
    except TrainError as error:
        return str(error)
    return ""


def test_a_trained_adapter_passes_with_its_rank_or_with_none_given(adapter: Path) -> None:
    assert [refusal(adapter, rank) for rank in (RANK, None)] == ["", ""]


def test_an_adapter_as_it_started_is_refused_and_one_changed_matrix_is_enough(adapter: Path) -> None:
    save_adapter(adapter, BASE, scale=0.0)
    assert "weights are as they started (every B matrix is zero)" in refusal(adapter, RANK)
    change(adapter, "lora_B", 1e-8)
    assert refusal(adapter, RANK) == ""


def test_a_matrix_trained_whole_must_be_the_base_models_size(adapter: Path) -> None:
    tensors = load_file(adapter / WEIGHTS)
    name = "base_model.model.model.embed_tokens.weight"
    save_file(tensors | {name: np.ones((1_024, 128), np.float32)}, adapter / WEIGHTS)
    check_adapter(adapter, RANK, BASE)
    save_file(tensors | {name: np.ones((1_025, 128), np.float32)}, adapter / WEIGHTS)
    with pytest.raises(TrainError, match=r"embed_tokens.weight has shape \(1025, 128\), the base model's has \(1024,"):
        check_adapter(adapter, RANK, BASE)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_refused(adapter: Path, value: float) -> None:
    change(adapter, "lora_A", value)
    with pytest.raises(TrainError, match="weights are not finite: the run diverged"):
        check_adapter(adapter, RANK, BASE)


@pytest.mark.parametrize(("bits", "finite"), [(0x3F80, True), (0x7F80, False), (0xFFC0, False)])
def test_bfloat16_is_understood(adapter: Path, bits: int, finite: bool) -> None:
    """One, infinity and NaN in the format that numpy does not have."""
    file = adapter / WEIGHTS
    save_file({name: tensor.astype(np.float16) for name, tensor in load_file(file).items()}, file)
    raw = file.read_bytes().replace(b'"F16"', b'"BF16"')
    header = int.from_bytes(raw[:8], "little") + raw.count(b'"BF16"')
    body = np.full((len(raw) - 8 - header) // 2, bits, np.uint16).tobytes()
    file.write_bytes(header.to_bytes(8, "little") + raw[8 : 8 + header] + body)
    if finite:
        check_adapter(adapter, RANK, BASE)
    else:
        with pytest.raises(TrainError, match="not finite"):
            check_adapter(adapter, RANK, BASE)


def test_another_rank_is_refused(adapter: Path) -> None:
    with pytest.raises(TrainError, match=r"the adapter has rank 4, but the profile says train\.lora\.rank 8"):
        check_adapter(adapter, 8, BASE)


def test_an_adapter_of_another_width_is_refused(adapter: Path) -> None:
    change(adapter, "lora_A", np.ones((RANK, 64), np.float32))
    with pytest.raises(TrainError, match=r"has shape \(4, 64\), .* the adapter belongs to another base model"):
        check_adapter(adapter, RANK, BASE)


def test_an_adapter_of_another_depth_is_refused(adapter: Path) -> None:
    tensors = load_file(adapter / WEIGHTS)
    save_file({name.replace("layers.2.", "layers.31."): tensor for name, tensor in tensors.items()}, adapter / WEIGHTS)
    with pytest.raises(TrainError, match=r"the adapter changes model\.layers\.31\..*, which the base model .* have"):
        check_adapter(adapter, RANK, BASE)


@pytest.mark.parametrize("name", [WEIGHTS, "adapter_config.json"])
def test_a_missing_file_is_named(adapter: Path, name: str) -> None:
    (adapter / name).unlink()
    with pytest.raises(TrainError, match=f"holds no {name}"):
        check_adapter(adapter, RANK, BASE)


@pytest.mark.parametrize("name", [WEIGHTS, "adapter_config.json"])
def test_a_file_that_is_cut_short_is_named(adapter: Path, name: str) -> None:
    (adapter / name).write_bytes((adapter / name).read_bytes()[:-5])
    with pytest.raises(TrainError, match="holds a broken adapter: "):
        check_adapter(adapter, RANK, BASE)


def test_an_adapter_without_lora_weights_is_refused(adapter: Path) -> None:
    save_file({"other": np.ones(3, np.float32)}, adapter / WEIGHTS)
    with pytest.raises(TrainError, match=r"holds no LoRA weights: check train\.lora\.target_modules"):
        check_adapter(adapter, RANK, BASE)


def test_a_model_with_all_weights_trained_must_differ_from_its_base(tmp_path: Path) -> None:
    weights = load_file(BASE / "model.safetensors")
    save_file(weights, tmp_path / "model.safetensors")
    with pytest.raises(TrainError, match="the model's weights are those of the base model"):
        check_model(tmp_path, BASE)
    name = next(iter(weights))
    save_file(weights | {name: weights[name] + np.float32(1e-3)}, tmp_path / "model.safetensors")
    check_model(tmp_path, BASE)
    save_file(weights | {name: weights[name] * np.float32(np.nan)}, tmp_path / "model.safetensors")
    with pytest.raises(TrainError, match="not finite"):
        check_model(tmp_path, BASE)
    save_file({name: weights[name]}, tmp_path / "model.safetensors")
    with pytest.raises(TrainError, match=r"holds no whole model \(missing: .*\): its saving failed"):
        check_model(tmp_path, BASE)


def test_a_damaged_base_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"short")
    with pytest.raises(TrainError, match=r"the base model at .* is damaged: .*; fetch it again"):
        base_shapes(tmp_path)


def test_all_planned_steps_must_have_run(tmp_path: Path) -> None:
    assert check_steps(state(tmp_path, 75, 75)) == 75
    with pytest.raises(TrainError, match="stopped at step 74 of 75"):
        check_steps(state(tmp_path, 74, 75))


def test_a_run_without_a_step_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainError, match="ended well but ran no step"):
        check_steps(None)
    with pytest.raises(TrainError, match="ended well but ran no step"):
        check_steps(state(tmp_path, 0, 0))


@pytest.mark.parametrize("name", ["loss", "eval_loss"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_is_refused(name: str, value: float) -> None:
    check_losses([{"step": 5, name: 0.1}])
    with pytest.raises(TrainError, match=f"{name} is (nan|inf) at step 5: the run diverged"):
        check_losses([{"step": 5, name: value}])
