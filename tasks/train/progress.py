"""What a trainer says while it runs: its log lines, read as progress and metrics.

Every backend of this stage trains with the Hugging Face trainer, which draws a progress bar and prints its metrics as a
Python dictionary a line. `LogReader` reads them as they come; `history` reads the exact record that the trainer leaves
in its last checkpoint.
"""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

Metrics = dict[str, float]
OnMetrics = Callable[[int, Metrics], None]

_BAR = re.compile(r"^\s*\d+%\|[^|]*\| *(\d+)/(\d+) \[")
_METRICS = re.compile(r"\{'.*\}")
_STARTED = ("Starting trainer", "***** Running training")
_EVALUATING = ("Running evaluation step", "***** Running Evaluation")
"""Axolotl's words, and those of the Hugging Face trainer alone, which LLaMA-Factory lets be heard."""

REPORTED = ("loss", "eval_loss", "grad_norm", "learning_rate", "epoch", "train_loss", "train_runtime")
"""What is kept of the trainer's metrics; the rest (memory, throughput) is the log's."""


@dataclass(frozen=True)
class Progress:
    """How far a training run is. `step` counts optimizer steps; losses are the latest known."""

    step: int = 0
    total: int = 0
    epoch: float = 0.0
    loss: float | None = None
    eval_loss: float | None = None
    learning_rate: float | None = None

    def __str__(self) -> str:
        parts = [f"step {self.step}/{self.total}", f"epoch {self.epoch:.2f}"]
        parts += [f"loss {self.loss:.4f}"] if self.loss is not None else []
        parts += [f"validation loss {self.eval_loss:.4f}"] if self.eval_loss is not None else []
        return ", ".join(parts)


class LogReader:
    """Feed it the trainer's lines; it calls back with progress and metrics.

    The trainer's lines do not say which step they speak of. A training loss is logged every `logging_steps` steps, so
    the reader counts them, from `start` on when a run resumes; a validation loss stands at the end of an epoch.
    """

    def __init__(
        self,
        logging_steps: int,
        on_progress: Callable[[Progress], None],
        on_metrics: OnMetrics,
        start: int = 0,
    ) -> None:
        self.progress = Progress(step=start)
        self.records: list[Metrics] = []
        self._on_progress = on_progress
        self._on_metrics = on_metrics
        self._logging_steps = logging_steps
        self._logged = start // logging_steps * logging_steps
        self.training = False
        self._evaluating = False
        self._evaluated = 0

    def __call__(self, line: str) -> None:
        if self.training and (bar := _BAR.match(line)):
            if self._evaluating:
                self._evaluated = int(bar[1])
            else:
                self._move(int(bar[1]), int(bar[2]))
        if any(sign in line for sign in _STARTED):
            self.training = True
        elif any(sign in line for sign in _EVALUATING):
            # The evaluation draws a bar of its own, which counts batches.
            self._evaluating = True
        elif found := _METRICS.search(line):
            self._read_metrics(found.group())

    @property
    def mark(self) -> tuple[int, int]:
        """What changes whenever the trainer moves: its step, and the batch of the evaluation."""
        return self.progress.step, self._evaluated

    def _move(self, step: int, total: int) -> None:
        # The first bar is the training's; one of another length is an evaluation's, redrawn after its end.
        if total == (self.progress.total or total) and (step > self.progress.step or not self.progress.total):
            self.progress = replace(self.progress, step=max(step, self.progress.step), total=total)
            self._on_progress(self.progress)

    def _read_metrics(self, text: str) -> None:
        metrics = parse_metrics(text)
        if "eval_loss" in metrics:
            self._evaluating = False
            step = self.progress.step if metrics.get("epoch") else 0
        elif "loss" in metrics:
            self._logged += self._logging_steps
            step = self._logged
        elif "train_loss" in metrics:
            step = self.progress.step
        else:
            return
        self._report(step, metrics)

    def _report(self, step: int, metrics: Metrics) -> None:
        self.records.append({"step": float(step), **metrics})
        self.progress = replace(
            self.progress,
            step=max(step, self.progress.step),
            epoch=metrics.get("epoch", self.progress.epoch),
            loss=metrics.get("loss", self.progress.loss),
            eval_loss=metrics.get("eval_loss", self.progress.eval_loss),
            learning_rate=metrics.get("learning_rate", self.progress.learning_rate),
        )
        self._on_progress(self.progress)
        self._on_metrics(step, metrics)


def parse_metrics(text: str) -> Metrics:
    """The reported metrics of one printed dictionary; empty where the line only looked like one."""
    try:
        printed = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        # `nan` and `inf` are no Python literals when a trainer prints them bare.
        pairs = re.findall(r"'(\w+)': '?(-?[\w.+-]+)'?", text)
        printed = dict(pairs)
    return _reported(printed) if isinstance(printed, dict) else {}


def history(state: Path) -> list[Metrics]:
    """The metrics in a checkpoint's `trainer_state.json`, with their exact steps.

    Raises ValueError where the file is not a trainer's state.
    """
    content: Any = json.loads(state.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or not isinstance(content.get("log_history"), list):
        raise ValueError(f"{state} is not a trainer's state: it has no log_history")
    return [{"step": float(record["step"]), **_reported(record)} for record in content["log_history"]]


def diverged(records: list[Metrics]) -> str | None:
    """Where a run came to a loss that is no finite number, in words; None where it did not.

    The gradient's norm tells too: the Hugging Face trainer prints the average of the steps before in place of a loss
    that is none.
    """
    for record in records:
        for name in ("loss", "eval_loss", "grad_norm"):
            if not math.isfinite(record.get(name, 0.0)):
                return f"{name} is {record[name]} at step {int(record['step'])}"
    return None


def replay(records: list[Metrics], on_metrics: OnMetrics) -> None:
    """Report recorded metrics again: those of a run that resumes, or of an adapter that an earlier run trained."""
    for record in records:
        on_metrics(int(record["step"]), {name: value for name, value in record.items() if name != "step"})


def _reported(printed: dict[Any, Any]) -> Metrics:
    metrics: Metrics = {}
    for name in REPORTED:
        try:
            metrics[name] = float(printed[name])
        except (KeyError, TypeError, ValueError):
            continue
    return metrics
