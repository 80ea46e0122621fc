"""The profiles for more than one machine: what each renders, and what the program that takes it says to that.

`test_load.py`, `test_axolotl.py`, `test_methods.py` (Axolotl's own check) and `test_render.py` (Kubernetes') put
every shipped profile to the test, these too. Here is what each of these is for, and the parsers of the other programs.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from configs.load import PROFILES, ConfigError, load_profile, project_path
from deployments.kubernetes.render import render as manifests
from tasks.serving import Weights
from tasks.serving.process import process_job
from tasks.serving.vllm import vllm_command
from tasks.train import axolotl
from tests.tasks.train.test_axolotl import plan

SHIPPED = sorted(path.stem for path in PROFILES.glob("*.yaml"))
SPREAD = [name for name in SHIPPED if load_profile(name).train.launch.processes > 1]
WEIGHTS = Weights(Path("/models/base"), "a" * 64)

TORCHRUN = """\
import json, sys
from torch.distributed.run import config_from_args, parse_args

for argv in json.load(sys.stdin):
    arguments = parse_args(argv)
    config, command, words = config_from_args(arguments)
    print(json.dumps([config.min_nodes, config.max_nodes, config.nproc_per_node, config.rdzv_endpoint,
                      config.rdzv_backend, arguments.node_rank, words]))
"""

VLLM = """\
import json, sys
from vllm.entrypoints.launchers.cli_args import make_arg_parser
from vllm.utils.argparse_utils import FlexibleArgumentParser

for words in json.load(sys.stdin):
    found = make_arg_parser(FlexibleArgumentParser()).parse_args(words)
    print("ANSWER", json.dumps([found.port, found.max_loras, found.enable_lora]))
"""


def asked(environment: str, program: str, given: Any) -> list[str]:
    """Lines that a program of another environment prints about what it is given."""
    python = project_path(environment) / "bin" / "python"
    if not python.exists():
        pytest.skip(f"{environment} is not there: `make setup` makes it")
    done = subprocess.run(
        [python, "-c", program],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "", "VLLM_NO_USAGE_STATS": "1", "VLLM_DO_NOT_TRACK": "1", "HF_HUB_OFFLINE": "1"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def launched(name: str, **changes: Any) -> list[str]:
    """The words after `python -m torch.distributed.run`."""
    words = list(axolotl.render(plan(load_profile(name, changes).train)).job.argv)
    assert words[1:3] == ["-m", "torch.distributed.run"]
    return words[3:]


@pytest.mark.train
def test_pytorchs_launcher_understands_what_is_rendered() -> None:
    second = {"train.launch.rank": 1}
    lines = asked(".venv-train", TORCHRUN, [launched("exhell-gpus"), launched("exhell-nodes", **second)])
    gpus, nodes = (json.loads(line) for line in lines)
    script = ["-u", "launch.py", "train", "axolotl.yml", "--launcher", "python"]
    assert gpus[:3] == [1, 1, 8]
    assert gpus[-1] == nodes[-1] == script
    assert nodes[:-1] == [2, 2, 8, "trainer-0:29500", "static", 1]


@pytest.mark.serve
def test_vllms_parser_takes_the_servers_words_of_every_profile() -> None:
    words = []
    for name in SHIPPED:
        argv = process_job(load_profile(name, {"workspace": "/workspace"}), vllm_command, WEIGHTS, Path("log")).argv
        words.append(list(argv[argv.index("vllm.entrypoints.openai.api_server") + 1 :]))
    found = [json.loads(line.split(" ", 1)[1]) for line in asked(".venv-serve", VLLM, words) if "ANSWER" in line]
    assert found == [[8000, 3, True]] * len(SHIPPED)


def test_every_profile_that_spreads_a_training_says_so() -> None:
    assert SPREAD == ["exhell-gpus", "exhell-nodes"]
    for name in SPREAD:
        train, alone = load_profile(name).train, load_profile("exhell").train
        # The same number of examples until the learning rate is reached, within a half.
        seen, before = (one.warmup_steps * one.effective_batch_size for one in (train, alone))
        assert 0.5 <= seen / before <= 1.5


@pytest.mark.parametrize(("name", "workers"), [("exhell-dask", "dask"), ("exhell-ray", "ray")])
def test_a_cluster_reaches_the_store(name: str, workers: str) -> None:
    profile = load_profile(name)
    assert getattr(profile.prepare, workers)
    assert "://" in profile.store


def test_a_data_stage_has_one_cluster_with_an_address_of_its_kind() -> None:
    with pytest.raises(ConfigError, match="names two clusters, dask and ray"):
        load_profile("exhell-dask", {"prepare.ray": "local"})
    with pytest.raises(ConfigError, match="must be `local`, or a cluster's client address like ray://host:10001"):
        load_profile("demo", {"prepare.ray": "host:6379"})


def test_machines_that_train_together_share_a_store_and_a_folder() -> None:
    with pytest.raises(ConfigError, match=r"train\.launch\.nodes above 1 needs store"):
        load_profile("exhell-nodes", {"store": ""})
    with pytest.raises(ConfigError, match=r"several nodes need train\.launch\.folder"):
        load_profile("exhell-nodes", {"train.launch.folder": ""})


def test_the_gateway_knows_every_replica_that_may_be_there() -> None:
    profile = load_profile("exhell-replicas")
    files = {name: list(yaml.safe_load_all(text)) for name, text in manifests(profile, WEIGHTS).items()}
    (scaler,) = (one["spec"] for one in files["server.yaml"] if one["kind"] == "HorizontalPodAutoscaler")
    told = yaml.safe_load(files["config.yaml"][0]["data"]["profile.yaml"])["gateway"]["servers"]
    assert (scaler["minReplicas"], scaler["maxReplicas"]) == (2, 8)
    assert told == [f"http://exhell-server-{number}.exhell-server:8000" for number in range(8)]
    assert len(set(profile.gateway.servers)) == 4
