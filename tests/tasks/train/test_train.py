"""A training run from dataset to published adapter, and every way in which a trainer can fail; no training happens."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from configs.load import ConfigError, load_profile, template_path
from tasks import processes
from tasks.base_model import BaseModelError
from tasks.serving.template import PROBES, render_ids
from tasks.train import checkpoints
from tasks.train.plan import TrainError
from tasks.train.progress import Progress
from tasks.train.train import check_warmup, total_steps
from tests.tasks.train.conftest import Site, write_dataset
from tests.tasks.train.contract import Heard, assert_whole

StandIn = Callable[..., Site]


def test_a_run_publishes_a_whole_adapter(stand_in: StandIn) -> None:
    site, heard = stand_in("trains"), Heard()
    adapter = site.train(heard)
    assert_whole(adapter, site.store, site.base, site.template, heard)
    assert (adapter.steps, adapter.train_loss, adapter.validation_loss) == (4, 0.5, 0.6)
    assert heard.losses("eval_loss") == {4: 0.6}


def test_a_finished_run_leaves_no_work_folder(stand_in: StandIn) -> None:
    site = stand_in("trains")
    site.train()
    assert [path.name for path in (site.workspace / "train").iterdir() if path.name != "prepared"] == []


def test_of_runs_that_did_not_end_well_the_newest_stay(stand_in: StandIn) -> None:
    site = stand_in("trains")
    for age in range(5):
        folder = site.workspace / "train" / f"run-{age}"
        (folder / "out" / "checkpoint-1").mkdir(parents=True)
        os.utime(folder, (1_000_000 - age, 1_000_000 - age))
    site.train()
    left = {path.name for path in (site.workspace / "train").iterdir()}
    assert left == {"prepared", "run-0", "run-1", "run-2"}


def test_equal_inputs_are_not_trained_twice(stand_in: StandIn) -> None:
    first = stand_in("trains").train()
    heard = Heard()
    assert stand_in("dies").train(heard) == first
    assert heard.said == [f"these inputs already made {first.name}: taking it"]
    assert heard.losses() == {1: 0.5, 2: 0.5, 3: 0.5, 4: 0.5}


@pytest.mark.slow
def test_other_settings_are_trained_anew(stand_in: StandIn) -> None:
    site = stand_in("trains")
    assert site.train().uri != site.set(seed=7).train().uri


@pytest.mark.slow
def test_how_a_trainer_is_watched_does_not_make_another_adapter(stand_in: StandIn) -> None:
    site = stand_in("trains")
    assert site.train() == site.set(stall_timeout_s=7, cpu_threads=2).train()


@pytest.mark.parametrize(
    ("behaviour", "message"),
    [
        ("runs no step", "the trainer ended well but ran no step, so there is no new adapter"),
        ("stops early", "the trainer ended well but stopped at step 2 of 4: something told it to stop"),
        ("diverges", "loss is nan at step 1: the run diverged"),
        ("learns nothing", r"the adapter's weights are as they started \(every B matrix is zero\)"),
        ("saves nothing", r"holds no adapter_config\.json"),
        ("dies", "stand-in ended with exit status 1[^$]*ValueError: the trainer had enough"),
        ("is killed", "stand-in was ended by SIGKILL; the machine may have run out of memory"),
    ],
)
def test_a_failed_run_says_why_and_publishes_nothing(stand_in: StandIn, behaviour: str, message: str) -> None:
    site = stand_in(behaviour)
    with pytest.raises(TrainError, match=message) as error:
        site.train()
    assert "Log: " in str(error.value)
    assert not (site.workspace / "artifacts" / "adapters").exists()


@pytest.mark.slow
def test_a_disk_that_fills_at_save_loses_nothing(stand_in: StandIn) -> None:
    with pytest.raises(TrainError, match="the disk is full: free space, then run again; it goes on from the last"):
        stand_in("fills the disk").train()
    site, heard = stand_in("trains"), Heard()
    assert site.train(heard).steps == 4
    assert heard.said[0] == "going on from checkpoint-2 of an interrupted run"


@pytest.mark.slow
def test_a_silent_trainer_is_ended(stand_in: StandIn) -> None:
    site = stand_in("stalls").set(stall_timeout_s=1)
    with pytest.raises(TrainError, match="stand-in printed nothing for 1 s and was ended"):
        site.train()


@pytest.mark.slow
def test_a_killed_run_goes_on_from_its_checkpoint(stand_in: StandIn) -> None:
    with pytest.raises(TrainError):
        stand_in("is killed").train()
    site, heard = stand_in("trains"), Heard()
    adapter = site.train(heard)
    assert heard.said[0] == "going on from checkpoint-2 of an interrupted run"
    assert [step for step, metrics in heard.metrics if "loss" in metrics] == [1, 2, 3, 4]
    assert_whole(adapter, site.store, site.base, site.template, heard)


@pytest.mark.slow
def test_a_torn_checkpoint_is_put_aside(stand_in: StandIn) -> None:
    with pytest.raises(TrainError):
        stand_in("is killed").train()
    site, heard = stand_in("dies"), Heard()
    torn = site.work() / "out" / "checkpoint-2" / "adapter_model.safetensors"
    torn.write_bytes(torn.read_bytes()[:-8])
    with pytest.raises(TrainError):
        site.train(heard)
    assert heard.said[0] == "going on from checkpoint-1 of an interrupted run"
    assert (site.work() / "out" / "torn-checkpoint-2").is_dir()


@pytest.mark.slow
def test_token_ids_are_taken_again_only_if_they_were_written_whole(stand_in: StandIn) -> None:
    with pytest.raises(TrainError, match="SIGKILL"):
        stand_in("is killed while it tokenises").train()
    with pytest.raises(TrainError, match="had enough"):
        stand_in("dies").train()
    site = stand_in("trains")
    log = (site.work() / "train.log").read_text()
    assert "taking" not in log
    folder = site.store.open(site.train().uri)
    size = (site.workspace / "tokens.arrow").stat().st_size
    assert f"taking {size} bytes of tokens" in (folder / "train.log").read_text()


@pytest.mark.slow
def test_token_ids_are_made_by_a_job_before_the_trainer_and_only_once(stand_in: StandIn) -> None:
    with pytest.raises(TrainError, match="SIGKILL"):
        stand_in("trains", "is killed while it tokenises").train()
    with pytest.raises(TrainError, match="had enough"):
        stand_in("dies", "tokenises").train()
    assert (stand_in("dies").work() / "train.log").read_text().count("taking") == 1
    # Another adapter of the same examples: its tokeniser, which would fail, is not asked.
    again, heard = stand_in("trains", "is killed while it tokenises").set(epochs=2), Heard()
    again.train(heard)
    assert "32 examples have the token ids that the server will be asked with" in heard.said


def test_token_ids_are_proven_before_the_trainer_starts(stand_in: StandIn) -> None:
    site = stand_in("trains on other tokens", "tokenises")
    with pytest.raises(TrainError, match="trains on other token ids"):
        site.train()
    assert "Starting trainer" not in (site.work() / "train.log").read_text()


def test_examples_that_are_all_too_long_are_told_before_the_trainer_starts(stand_in: StandIn) -> None:
    site = stand_in("trains", "tokenises").set(sequence_length=16)
    with pytest.raises(TrainError, match=r"^no example is left to train on: .*train\.sequence_length"):
        site.train()
    assert "Starting trainer" not in (site.work() / "train.log").read_text()


def test_a_trainer_that_sees_other_tokens_is_ended(stand_in: StandIn) -> None:
    site = stand_in("trains on other tokens")
    with pytest.raises(
        TrainError, match=r"trains on other token ids than chat_template\.jinja makes of the same"
    ) as told:
        site.train()
    assert re.search(r"from token \d+ on, rendered \[[\d, ]+, 2\], trained \[[\d, ]+, 3\]", str(told.value))


def test_the_adapter_brings_the_token_ids_that_it_was_trained_to_see(stand_in: StandIn) -> None:
    site, heard = stand_in("trains"), Heard()
    record = json.loads((site.store.open(site.train(heard).uri) / "template_ids.json").read_text())
    assert "32 examples have the token ids that the server will be asked with" in heard.said
    template = template_path("llama-2")
    assert [probe["token_ids"] for probe in record] == [render_ids(site.base, template, asked) for asked in PROBES]


@pytest.mark.slow
def test_without_a_whole_checkpoint_a_run_starts_clean(stand_in: StandIn) -> None:
    with pytest.raises(TrainError):
        stand_in("is killed").train()
    site, heard = stand_in("trains"), Heard()
    for checkpoint in (site.work() / "out").glob("checkpoint-*"):
        (checkpoint / checkpoints.STATE).unlink()
    adapter = site.train(heard)
    assert heard.said[0].startswith("an earlier run left no whole checkpoint")
    assert adapter.steps == 4


@pytest.mark.slow
def test_other_data_does_not_go_on_from_the_interrupted_run(stand_in: StandIn) -> None:
    with pytest.raises(TrainError):
        stand_in("is killed").train()
    site, heard = stand_in("trains"), Heard()
    site.dataset = write_dataset(site.store, 25, 8)
    site.train(heard)
    assert not [said for said in heard.said if said.startswith("going on")]
    (refusal,) = (said for said in heard.said if said.startswith("not going on from the interrupted run in "))
    assert refusal.endswith("for something changed since: dataset; starting from the beginning")


@pytest.mark.slow
def test_what_changed_since_the_interrupted_run_is_named(stand_in: StandIn) -> None:
    with pytest.raises(TrainError):
        stand_in("is killed").train()
    site, heard = stand_in("trains").set(seed=7, lora=stand_in("trains").profile.train.lora), Heard()
    template = template_path("llama-2").with_name("llama-2-next.jinja")
    template.write_text(site.template + "{# the same, in other words #}")
    try:
        base = site.profile.base_model.model_copy(update={"chat_template": template.stem})
        site.profile = site.profile.model_copy(update={"base_model": base})
        site.train(heard)
    finally:
        template.unlink()
    (refusal,) = (said for said in heard.said if "not going on" in said)
    assert "changed since: chat template, train.seed (42 -> 7); starting from the beginning" in refusal


@pytest.mark.slow
def test_an_interrupt_ends_the_trainer_and_keeps_its_checkpoint(stand_in: StandIn) -> None:
    site = stand_in("trains")
    pids: list[int] = []

    def interrupt(progress: Progress) -> None:
        if progress.step == 2:
            pids.append(json.loads((site.work() / ".running").read_text())["pid"])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        site.train(on_progress=interrupt)
    assert [processes.identity(pid) for pid in pids] == [None]
    assert not (site.work() / ".running").exists()
    heard = Heard()
    site.train(heard)
    assert heard.said[0].startswith("going on from checkpoint-")


def test_a_missing_environment_is_named(site: Site) -> None:
    with pytest.raises(TrainError, match=r"the training environment .*nowhere is not there: `make setup` makes it"):
        site.set(environment="nowhere").train()


def test_a_missing_base_model_is_named(site: Site) -> None:
    base = site.profile.base_model.model_copy(update={"path": "no/such/folder"})
    site.profile = site.profile.model_copy(update={"base_model": base})
    with pytest.raises(BaseModelError, match=r"there is no folder .*no/such/folder"):
        site.train()


def test_an_unknown_template_is_named(site: Site) -> None:
    base = site.profile.base_model.model_copy(update={"chat_template": "lama"})
    site.profile = site.profile.model_copy(update={"base_model": base})
    with pytest.raises(ConfigError, match=r"there is no .*lama\.jinja; the templates are: .*llama-2"):
        site.train()


def test_a_work_folder_that_cannot_be_made_is_named(stand_in: StandIn) -> None:
    site = stand_in("trains")
    (site.workspace / "train").write_text("a file in its place")
    with pytest.raises(TrainError, match=r"cannot write to the work folder .*: .*; free disk space"):
        site.train()


def test_a_warm_up_as_long_as_the_run_is_refused(site: Site) -> None:
    with pytest.raises(TrainError, match=r"train\.warmup_steps 3 is not below the 3 steps of the whole run"):
        site.set(warmup_steps=3).train()


def test_a_dataset_without_examples_is_refused(site: Site) -> None:
    site.dataset = write_dataset(site.store, 0, 8)
    with pytest.raises(TrainError, match="the dataset has no training example"):
        site.train()


def test_the_last_step_of_an_epoch_takes_what_is_left(site: Site) -> None:
    assert [total_steps(site.profile.train, rows) for rows in (1, 8, 9, 24, 25)] == [1, 1, 2, 3, 4]


def test_the_production_settings_leave_warm_up_with_the_smallest_dataset() -> None:
    profile = load_profile("exhell")
    smallest = profile.night.min_records
    assert profile.train.warmup_steps < total_steps(profile.train, smallest)
    check_warmup(profile.train, smallest)
    with pytest.raises(TrainError, match=r"train\.warmup_steps"):
        check_warmup(profile.train, 1)


def test_the_record_of_a_published_run_is_its_own(stand_in: StandIn) -> None:
    site = stand_in("trains")
    folder = site.store.open(site.train().uri)
    records = json.loads((folder / "trainer_log.json").read_text())
    assert [record["step"] for record in records] == [1, 2, 3, 4, 4, 4]
    assert Path(folder / "config.yml").read_text() == "seed: 42\n"
