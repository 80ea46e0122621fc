"""LoRA, QLoRA, DoRA, all weights; one GPU and more: what is refused, what is rendered, what Axolotl says to it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from configs.load import PROFILES, ConfigError, load_profile, project_path
from configs.schema import TrainConfig
from tasks.train import axolotl, llamafactory
from tests.tasks.train.conftest import real_site
from tests.tasks.train.contract import Heard
from tests.tasks.train.test_axolotl import plan, settings

VALIDATE = Path(__file__).with_name("axolotl_validate.py")

LAUNCHES: dict[str, dict[str, Any]] = {
    "one GPU": {},
    "two GPUs": {"gpus": 2},
    "fsdp": {"gpus": 8, "sharding": "fsdp"},
    "deepspeed": {"gpus": 2, "sharding": "deepspeed", "deepspeed": "zero3.json"},
    "two machines": {"gpus": 8, "nodes": 2, "rendezvous": "node-0:29500", "rank": 1, "folder": "/shared"},
    "ray": {"gpus": 4, "nodes": 2, "ray": True, "folder": "/shared"},
}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"train.method": "qlora"}, "method qlora keeps weights in 4 bits, which only a GPU computes with"),
        ({"train.launch.gpus": 2}, r"train\.launch is for GPUs; with train\.precision fp32 there is one process"),
        ({"train.launch.sharding": "deepspeed"}, "sharding deepspeed needs its settings: name a JSON file"),
        ({"train.launch.sharding": "fsdp"}, "sharding fsdp spreads a model over GPUs; with one there is nothing"),
        ({"train.launch.deepspeed": "zero.json"}, "is only read with sharding deepspeed"),
        ({"train.launch.nodes": 2}, r"several nodes need train\.launch\.rendezvous, `host:port` of the first"),
        (
            {"train.launch.nodes": 2, "train.launch.rendezvous": "node-0:29500"},
            r"several nodes need train\.launch\.folder, on storage that each of them sees",
        ),
        ({"train.launch.rank": 1}, r"train\.launch\.rank 1 is no node of 1: the first is 0"),
        ({"train.liger": True}, r"train\.liger switches on kernels of a GPU, through Axolotl"),
        ({"train.method": "lisa"}, r"train\.method"),
    ],
)
def test_what_does_not_go_together_on_a_cpu_is_refused_at_once(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_profile("demo", changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"train.backend": "llamafactory", "train.launch.gpus": 2}, r"train\.launch goes through Axolotl"),
        ({"train.backend": "llamafactory", "train.sample_packing": True}, "sample_packing is Axolotl's here"),
        (
            {
                "train.method": "qlora",
                "train.launch.gpus": 2,
                "train.launch.sharding": "deepspeed",
                "train.launch.deepspeed": "z.json",
            },
            "method qlora cannot be sharded by DeepSpeed",
        ),
    ],
)
def test_what_does_not_go_together_on_gpus_is_refused_at_once(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_profile("exhell", changes)


def config(**changes: Any) -> TrainConfig:
    return TrainConfig.model_validate(changes)


@pytest.mark.parametrize(
    ("method", "ours", "theirs"),
    [
        ("lora", {"adapter": "lora"}, {"finetuning_type": "lora"}),
        ("qlora", {"adapter": "qlora", "load_in_4bit": True}, {"finetuning_type": "lora", "quantization_bit": 4}),
        ("dora", {"adapter": "lora", "peft_use_dora": True}, {"finetuning_type": "lora", "use_dora": True}),
        ("full", {}, {"finetuning_type": "full"}),
    ],
)
def test_each_method_is_told_to_both_trainers(method: str, ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    told = settings(config(method=method))
    assert ours.items() <= told.items()
    assert ("lora_r" in told) == (method != "full")
    assert (
        theirs.items()
        <= yaml.safe_load(llamafactory.render(plan(config(method=method))).files["llamafactory.yml"]).items()
    )


def test_with_new_tokens_embeddings_and_head_are_trained_besides() -> None:
    words = config(new_tokens=("엑셀",))
    assert settings(words)["lora_modules_to_save"] == ["embed_tokens", "lm_head"]
    told = yaml.safe_load(llamafactory.render(plan(words)).files["llamafactory.yml"])
    assert told["additional_target"] == "embed_tokens,lm_head"
    assert "lora_modules_to_save" not in settings(config(new_tokens=("엑셀",), method="full")) | settings(config())


def test_processes_are_started_once_a_gpu() -> None:
    def started(name: str) -> list[str]:
        argv = axolotl.render(plan(config(launch=LAUNCHES[name]))).job.argv
        return list(argv[1 : argv.index("launch.py")])

    assert started("one GPU") == started("ray") == []
    launcher = ["-m", "torch.distributed.run"]
    assert started("two GPUs") == [*launcher, "--nproc-per-node=2", "--nnodes=1", "--standalone"]
    assert started("two machines") == [
        *launcher, "--nproc-per-node=8", "--nnodes=2", "--node-rank=1", "--master-addr=node-0", "--master-port=29500",
    ]  # fmt: skip


def test_the_effective_batch_counts_every_gpu() -> None:
    assert config(launch=LAUNCHES["ray"]).effective_batch_size == 8 * config().effective_batch_size


@pytest.mark.train
def test_axolotl_itself_accepts_whatever_is_rendered(tmp_path: Path) -> None:
    zero = tmp_path / "zero3.json"
    zero.write_text(json.dumps({"zero_optimization": {"stage": 3}, "train_micro_batch_size_per_gpu": "auto"}))
    cases: dict[str, TrainConfig] = {}
    launches = LAUNCHES | {"deepspeed": LAUNCHES["deepspeed"] | {"deepspeed": str(zero)}}
    for launch, spread in launches.items():
        for method in ("lora", "qlora", "dora", "full"):
            if (launch, method) != ("deepspeed", "qlora"):
                cases[f"{method}, {launch}"] = config(method=method, launch=spread)
    cases |= {"packed": config(sample_packing=True), "no kernels": config(kernels=False)}
    cases |= {
        f"new tokens, {one}": config(new_tokens=("엑셀",), method=one) for one in ("lora", "qlora", "dora", "full")
    }
    cases |= {file.stem: load_profile(file.stem).train for file in PROFILES.glob("*.yaml")}
    asked = [settings(one) for one in cases.values()]
    # The check can fail: options that contradict each other, some that do not exist.
    asked += [settings(config(method="qlora")) | {"load_in_4bit": False}, settings(config()) | {"lora_rnak": 4}]
    asked += [settings(config(liger=True)) | {"liger_rms_nrom": True}]
    done = subprocess.run(
        [project_path(".venv-train/bin/python"), VALIDATE],
        input=json.dumps(asked),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={"AXOLOTL_DO_NOT_TRACK": "1", "HF_HUB_OFFLINE": "1", "PATH": ""},
    )
    *found, contradiction, misspelt, not_ligers = json.loads(done.stdout.splitlines()[-1])
    assert {name: fault for name, fault in zip(cases, found, strict=True) if fault} == {}
    assert "load_in_4bit" in contradiction
    assert "lora_rnak" in misspelt
    assert "liger_rms_nrom" in not_ligers


@pytest.mark.train
@pytest.mark.parametrize(
    ("backend", "method"),
    [("axolotl", "dora"), ("axolotl", "full"), ("llamafactory", "dora"), ("llamafactory", "full")],
)
def test_other_methods_train_for_real(backend: str, method: str, tmp_path: Path) -> None:
    site, heard = real_site(tmp_path, backend).set(method=method, epochs=1), Heard()
    folder = site.store.open(site.train(heard).uri)
    losses = heard.losses("eval_loss")
    assert losses[max(losses)] < losses[0]
    if method == "full":
        assert (folder / "model.safetensors").is_file()
        assert (folder / "config.json").is_file()
        assert not (folder / "adapter_config.json").exists()
    else:
        assert json.loads((folder / "adapter_config.json").read_text())["use_dora"] is True
