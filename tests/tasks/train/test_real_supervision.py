"""What is promised of interrupts, divergence and early stopping, with the real trainers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from configs.load import project_path
from tasks.train import checkpoints
from tasks.train.failures import OUT_OF_MEMORY
from tasks.train.plan import TrainError
from tasks.train.progress import Progress
from tests.tasks.train.conftest import Run, Site, real_site
from tests.tasks.train.contract import Heard
from tests.tasks.train.test_real_trainers import weights

pytestmark = pytest.mark.train
KILLED_AFTER_S = (4, 7, 9, 10, 11, 12, 14, 17)
"""Imports, tokenising, the first steps, their checkpoints, the end: wherever a machine of whatever speed is by then."""

BACKENDS = pytest.mark.parametrize("backend", ["axolotl", "llamafactory"])


@BACKENDS
def test_a_kill_between_the_files_of_a_checkpoint_is_noticed(
    backend: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Every prefix of what the trainer wrote, in its order, the next file half written, and not at all."""
    run: Run = request.getfixturevalue(f"{backend}_run")
    files = sorted(
        (file for file in run.checkpoint.rglob("*") if file.is_file()), key=lambda one: one.stat().st_mtime_ns
    )
    written = [file.name for file in files]
    assert checkpoints.flaw(run.checkpoint) is None
    last = written.index(checkpoints.STATE)
    assert {"adapter_model.safetensors", "optimizer.pt", "scheduler.pt", "rng_state.pth"} <= set(written[:last])
    for count in range(last + 1):
        for half in (False, True):
            torn = tmp_path / f"{count}-{half}"
            torn.mkdir()
            for file in files[:count]:
                shutil.copyfile(file, torn / file.name)
            if half:
                content = files[count].read_bytes()
                (torn / files[count].name).write_bytes(content[: len(content) // 2])
            assert checkpoints.flaw(torn) is not None, (written[:count], half)


@BACKENDS
def test_a_run_that_diverges_is_ended(backend: str, tmp_path: Path) -> None:
    site = real_site(tmp_path, backend)
    lora = site.profile.train.lora.model_copy(update={"alpha": 10**38})
    with pytest.raises(TrainError, match=r"(loss|grad_norm) is (nan|inf) at step \d: the run diverged"):
        site.set(lora=lora, learning_rate=1.0).train()


@BACKENDS
def test_early_stopping_publishes_the_best_checkpoint(backend: str, tmp_path: Path) -> None:
    """A learning rate that only harms: the first validation is the best, the second ends the run."""
    site, heard = real_site(tmp_path, backend).set(early_stopping=1, save_steps=2, learning_rate=0.3), Heard()
    best: list[bytes] = []

    def keep(progress: Progress) -> None:
        folder = site.work() / "out" / "checkpoint-2"
        if not best and (folder / checkpoints.STATE).is_file():
            best.append((folder / "adapter_model.safetensors").read_bytes())

    adapter = site.train(heard, on_progress=keep)
    losses = heard.losses("eval_loss")
    assert (adapter.steps, losses[4] > losses[2]) == (4, True)
    assert adapter.validation_loss == pytest.approx(losses[2], abs=1e-3)
    assert best == [weights(site, adapter)]


@pytest.mark.parametrize("environment", [".venv-train", ".venv-llamafactory"])
def test_pytorch_says_out_of_memory_in_the_words_that_are_looked_for(environment: str) -> None:
    python = project_path(environment) / "bin" / "python"
    if not python.exists():
        pytest.skip(f"{environment} is not there")
    code = "import torch; raise torch.OutOfMemoryError('as CUDA says it')"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1] == "torch.OutOfMemoryError: as CUDA says it"
    assert "torch.OutOfMemoryError" in OUT_OF_MEMORY


@pytest.mark.long
def test_killed_at_any_moment_it_ends_with_the_same_weights(axolotl_run: Run, tmp_path: Path) -> None:
    site, ends = real_site(tmp_path, "axolotl"), list[str]()
    for seconds in KILLED_AFTER_S:
        kill = threading.Thread(target=_kill_within, args=(site, seconds))
        kill.start()
        try:
            site.train()
        except TrainError as error:
            ends.append(str(error))
        kill.join()
    assert ends
    assert all("SIGKILL" in end for end in ends)
    assert weights(site, site.train()) == weights(axolotl_run.site, axolotl_run.adapter)


def _kill_within(site: Site, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.05)
    for record in (site.workspace / "train").glob("*/.running"):
        os.kill(json.loads(record.read_text())["pid"], signal.SIGKILL)
