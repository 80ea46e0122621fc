"""A real training in several processes: PyTorch's launcher, Axolotl and the whole stage, on CPUs through Gloo.

What is rendered is what GPUs get, but for one thing: Axolotl numbers the processes' GPUs, and there is none, so that
each model is put on the CPU instead. NCCL has not run here.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from bench.workplace import free_port
from configs.schema import LaunchConfig
from tasks.train import axolotl
from tasks.train.backends import BACKENDS
from tasks.train.plan import Plan, Rendered
from tasks.train.train import total_steps
from tests.tasks.train.conftest import ROWS, Site, real_site
from tests.tasks.train.contract import Heard, assert_whole

ON_CPU = """\
    import transformers.modeling_utils

    placed = transformers.modeling_utils.check_and_set_device_map
    transformers.modeling_utils.check_and_set_device_map = lambda device_map: placed("cpu")

    from axolotl.cli.main import main
"""


@pytest.fixture
def on_cpus(monkeypatch: pytest.MonkeyPatch) -> None:
    def render(plan: Plan) -> Rendered:
        rendered = axolotl.render(plan)
        launch = rendered.files[axolotl.LAUNCH].replace("    from axolotl.cli.main import main\n", ON_CPU)
        assert launch != rendered.files[axolotl.LAUNCH]
        as_on_gpus = plan.config.model_copy(update={"precision": "bf16"})
        return Rendered(
            files={**rendered.files, axolotl.LAUNCH: launch},
            job=replace(rendered.job, env={**rendered.job.env, "ACCELERATE_USE_CPU": "true"}),
            tokenise=axolotl.render(replace(plan, config=as_on_gpus)).tokenise,
        )

    monkeypatch.setitem(BACKENDS, "axolotl", render)  # type: ignore[arg-type]


def spread(folder: Path, launch: LaunchConfig) -> Site:
    """Without the check that keeps such settings from a machine without GPUs."""
    return real_site(folder, "axolotl").set(launch=launch, epochs=1)


@pytest.mark.train
def test_two_processes_of_one_machine_train_one_adapter(tmp_path: Path, on_cpus: None) -> None:
    site, heard = spread(tmp_path, LaunchConfig(gpus=2)), Heard()

    adapter = site.train(heard)

    assert_whole(adapter, site.store, site.base, site.template, heard)
    assert adapter.steps == total_steps(site.profile.train, ROWS) == 2
    losses = heard.losses("eval_loss")
    assert losses[adapter.steps] < losses[0]


@pytest.mark.train
def test_two_machines_train_one_adapter_which_the_first_publishes(tmp_path: Path, on_cpus: None) -> None:
    meeting, shared = f"127.0.0.1:{free_port()}", str(tmp_path / "shared")
    site = spread(tmp_path, LaunchConfig(nodes=2, rendezvous=meeting, folder=shared))
    machines = [
        replace(one, workspace=tmp_path / f"machine-{rank}")
        for rank in range(2)
        for one in [site.set(launch=site.profile.train.launch.model_copy(update={"rank": rank}))]
    ]

    with ThreadPoolExecutor() as both:
        first, second = both.map(Site.train, machines)

    assert first == second
    assert first.steps == total_steps(site.profile.train, ROWS) == 2
    assert len(site.store.all("adapters")) == 1
    assert sorted(path.name for path in Path(shared).iterdir()) == ["prepared"]
