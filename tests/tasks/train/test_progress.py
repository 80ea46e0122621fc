"""The trainer's lines, as Axolotl 0.19 printed them, become progress and metrics."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from tasks.train.progress import LogReader, Metrics, Progress, history, parse_metrics, replay
from tests.tasks.train.contract import Heard

MEMORY = "'memory/max_active (GiB)': '0', 'memory/max_allocated (GiB)': '0', 'memory/device_reserved (GiB)': '0'"
LINES = f"""\
Tokenizing Prompts (num_proc=1):  83%|████████▎ | 1000/1200 [00:00<00:00, 1774.86 examples/s]
[2026-11-23 06:20:20,153] [INFO] [axolotl.utils.data.sft] Maximum number of steps set at 75
Loading weights: 100%|██████████| 29/29 [00:00<00:00, 26952.10it/s]
[2026-11-23 06:20:24,934] [INFO] [axolotl.train] Starting trainer...
  0%|          | 0/75 [00:00<?, ?it/s][2026-11-23 06:20:25,441] [INFO] [axolotl.core.trainers.base] Running evaluation step...
  0%|          | 0/7 [00:00<?, ?it/s]
 57%|█████▋    | 4/7 [00:00<00:00, 29.22it/s]
{{'eval_loss': '1.174', 'eval_runtime': '0.3524', 'eval_samples_per_second': '283.8', 'eval_ppl': '3.234', {MEMORY}, 'epoch': 0}}
  0%|          | 0/75 [00:00<?, ?it/s]
100%|██████████| 7/7 [00:00<00:00, 24.80it/s]
  1%|▏         | 1/75 [00:00<00:32,  2.29it/s]
  7%|▋         | 5/75 [00:00<00:09,  7.45it/s]
{{'loss': '1.341', 'grad_norm': '2.301', 'learning_rate': '0.0016', 'ppl': '3.822', {MEMORY}, 'tokens/total': 5360, 'epoch': '0.06667'}}
  7%|▋         | 5/75 [00:00<00:09,  7.45it/s]
 11%|█         | 8/75 [00:01<00:08,  7.94it/s]
{{'loss': '0.9', 'grad_norm': '2.0', 'learning_rate': '0.001984', 'ppl': '2.46', {MEMORY}, 'tokens/total': 9999, 'epoch': '0.1333'}}
100%|██████████| 75/75 [00:08<00:00,  9.84it/s][2026-11-23 06:22:05,524] [INFO] [axolotl.core.trainers.base] Saving model checkpoint to out/checkpoint-75
[2026-11-23 06:22:05,967] [INFO] [axolotl.core.trainers.base] Running evaluation step...
 43%|████▎     | 3/7 [00:00<00:00, 27.32it/s]
                                             {{'eval_loss': '0.3028', 'eval_runtime': '0.2932', 'eval_ppl': '1.354', {MEMORY}, 'epoch': '1'}}
                                             {{'train_runtime': '8.781', 'train_samples_per_second': '136.7', 'train_loss': '0.4547', {MEMORY}, 'epoch': '1'}}
100%|██████████| 75/75 [00:08<00:00,  9.84it/s]100%|██████████| 75/75 [00:08<00:00,  8.54it/s]
"""  # noqa: E501 - the lines are as long as the trainer's


def read(lines: str, logging_steps: int = 5, start: int = 0) -> tuple[LogReader, Heard]:
    heard = Heard()
    reader = LogReader(
        logging_steps, heard.progress.append, lambda step, metrics: heard.metrics.append((step, metrics)), start
    )
    for line in lines.splitlines():
        reader(line)
    return reader, heard


def test_losses_have_their_steps() -> None:
    _, heard = read(LINES)
    assert heard.losses() == {5: 1.341, 10: 0.9}
    assert heard.losses("eval_loss") == {0: 1.174, 75: 0.3028}
    assert heard.losses("train_loss") == {75: 0.4547}


def test_only_the_trainings_own_bar_counts() -> None:
    _, heard = read(LINES)
    assert [progress.step for progress in heard.progress] == [0, 0, 1, 5, 5, 8, 10, 75, 75, 75]
    assert {progress.total for progress in heard.progress} == {75}


def test_the_last_progress_knows_everything() -> None:
    reader, _ = read(LINES)
    assert reader.progress == Progress(75, 75, 1.0, 0.9, 0.3028, 0.001984)
    assert str(reader.progress) == "step 75/75, epoch 1.00, loss 0.9000, validation loss 0.3028"


def test_metrics_that_nobody_asked_for_are_left_out() -> None:
    _, heard = read(LINES)
    assert heard.metrics[1] == (5, {"loss": 1.341, "grad_norm": 2.301, "learning_rate": 0.0016, "epoch": 0.06667})


def test_a_resumed_run_counts_on() -> None:
    resumed = LINES.replace("0/75", "32/75").replace("1/75", "33/75")
    _, heard = read(resumed, start=32)
    assert heard.losses() == {35: 1.341, 40: 0.9}


@pytest.mark.parametrize("text", ["{'loss': 'nan', 'epoch': '1'}", "{'loss': nan, 'epoch': 1.0}"])
def test_a_loss_that_is_no_number_is_read_as_such(text: str) -> None:
    metrics = parse_metrics(text)
    assert math.isnan(metrics["loss"])
    assert metrics["epoch"] == 1


@pytest.mark.parametrize("text", ["{'human': 'gpt'}", "{'a': [1, 2}", "{'loss'}"])
def test_other_dictionaries_are_no_metrics(text: str) -> None:
    assert parse_metrics(text) == {}


def test_the_checkpoints_history_is_exact(tmp_path: Path) -> None:
    state = tmp_path / "trainer_state.json"
    record = {"step": 5, "loss": 0.31403477, "epoch": 0.0667, "tokens/total": 5360}
    state.write_text(json.dumps({"global_step": 5, "log_history": [record]}))
    assert history(state) == [{"step": 5.0, "loss": 0.31403477, "epoch": 0.0667}]
    heard: list[tuple[int, Metrics]] = []
    replay(history(state), lambda step, metrics: heard.append((step, metrics)))
    assert heard == [(5, {"loss": 0.31403477, "epoch": 0.0667})]


def test_a_file_that_is_no_state_is_named(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text("[]")
    with pytest.raises(ValueError, match=r"state\.json is not a trainer's state"):
        history(tmp_path / "state.json")
