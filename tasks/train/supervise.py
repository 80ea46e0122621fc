"""Run a trainer and look after it: it is ended when it stands still, diverges, or learns other tokens than are served.

On out-of-memory there is one more try, with half the micro-batch and twice the accumulation: the same effective batch.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from configs.schema import TrainConfig
from tasks import jobs
from tasks.train import checkpoints, verify
from tasks.train.backends import BACKENDS
from tasks.train.failures import Ending
from tasks.train.plan import Plan, TrainError, unwritable
from tasks.train.progress import LogReader, Metrics, OnMetrics, Progress, history, replay
from tasks.train.proof import prove

RECORD = ".running"
RETRIED = "retried.json"
"""In the work folder, and then in the adapter: the micro-batch that fitted, after one that did not."""

WHOLE = ".whole"
"""In a folder of token ids whose writing came to its end."""


@dataclass(frozen=True)
class Listener:
    """Who hears of a run: every step, every loss, sentences about what happens."""

    on_progress: Callable[[Progress], None]
    on_metrics: OnMetrics
    say: Callable[[str], None]


class OutOfMemoryError(TrainError):
    """The GPU was too small for the micro-batch."""


class Watchdog:
    """Ends a trainer that prints but does not move: no step, and no batch of an evaluation.

    A trainer that prints nothing at all is ended by `tasks/jobs.py` (train.stall_timeout_s), also while it tokenises.
    """

    def __init__(self, limit_s: float, reader: LogReader) -> None:
        self._limit_s = limit_s
        self._reader = reader
        self._mark = reader.mark
        self._since = time.monotonic()

    def __call__(self) -> None:
        now = time.monotonic()
        if self._reader.mark != self._mark or not self._reader.training:
            self._mark, self._since = self._reader.mark, now
        elif now - self._since > self._limit_s:
            raise TrainError(
                f"the trainer took no step for {self._limit_s:.0f} s (train.step_timeout_s) and was ended, though it "
                f"still printed: {self._reader.progress}. Run again, and it goes on from its last checkpoint; if that "
                "happens again, look in its log, or raise the setting for a slow machine"
            )


def run(plan: Plan, listener: Listener) -> tuple[Plan, LogReader]:
    """Run the plan's trainer to its end; the plan as it ran, and what the trainer said.

    Raises TrainError for everything that keeps it from ending well.
    """
    plan = _as_it_fits(plan)
    if plan.config.launch.nodes > 1 and not plan.config.launch.ray:
        return plan, _attempt(plan, listener)  # the other machines would have to try again too
    try:
        return plan, _attempt(plan, listener)
    except OutOfMemoryError as error:
        smaller = None if (plan.work / RETRIED).is_file() else halved(plan.config)
        if smaller is None:
            raise
        listener.say(
            f"the GPU ran out of memory with micro-batches of {plan.config.micro_batch_size}: once more, from the "
            f"start, with {smaller.micro_batch_size} and {smaller.gradient_accumulation_steps} accumulation steps, "
            "which is the same effective batch"
        )
        _note(plan, smaller, error)
        listener.on_metrics(0, {"out_of_memory_retries": 1.0})
        # A checkpoint remembers its micro-batch, and the trainer takes that one.
        shutil.rmtree(plan.output, ignore_errors=True)
        plan = replace(plan, config=smaller, resume=None)
        return plan, _attempt(plan, listener)


def halved(config: TrainConfig) -> TrainConfig | None:
    """The same effective batch with at most half the micro-batch; None where that is one already."""
    batch = config.micro_batch_size * config.gradient_accumulation_steps
    micro = next((size for size in range(config.micro_batch_size // 2, 0, -1) if batch % size == 0), None)
    if micro is None:
        return None
    return config.model_copy(update={"micro_batch_size": micro, "gradient_accumulation_steps": batch // micro})


def _as_it_fits(plan: Plan) -> Plan:
    """The plan with the micro-batch that an interrupted run of it had come down to."""
    try:
        sizes = json.loads((plan.work / RETRIED).read_text(encoding="utf-8"))["now"]
    except (OSError, ValueError, KeyError):
        return plan
    return replace(plan, config=plan.config.model_copy(update=sizes))


def _note(plan: Plan, smaller: TrainConfig, error: TrainError) -> None:
    names = ("micro_batch_size", "gradient_accumulation_steps")
    content = {
        "reason": str(error).splitlines()[0],
        "asked": {name: getattr(plan.config, name) for name in names},
        "now": {name: getattr(smaller, name) for name in names},
    }
    (plan.work / RETRIED).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _attempt(plan: Plan, listener: Listener) -> LogReader:
    rendered = BACKENDS[plan.config.backend](plan)
    start = 0
    if plan.resume is not None:
        start = int(plan.resume.name.rpartition("-")[2])
        replay(history(plan.resume / checkpoints.STATE), listener.on_metrics)
    proven = False

    def prove_once() -> None:
        nonlocal proven
        if not proven:
            listener.say(f"{prove(plan)} examples have the token ids that the server will be asked with")
            (plan.prepared / WHOLE).touch()
            proven = True

    def on_step(progress: Progress) -> None:
        prove_once()
        listener.on_progress(progress)

    def on_metrics(step: int, metrics: Metrics) -> None:
        listener.on_metrics(step, metrics)
        verify.check_losses([{"step": float(step), **metrics}])

    reader = LogReader(plan.config.logging_steps, on_step, on_metrics, start)
    ending = Ending()

    def on_line(line: str) -> None:
        ending(line)
        reader(line)

    makes_tokens = not plan.config.launch.rank  # of several machines, the first
    if makes_tokens:
        _forget_torn_tokens(plan.prepared)
    limit_s, record = plan.config.stall_timeout_s, plan.work / RECORD
    try:
        rendered.write(plan.work)
        if makes_tokens and rendered.tokenise is not None and not (plan.prepared / WHOLE).is_file():
            jobs.run(rendered.tokenise, on_line=ending, stall_timeout_s=limit_s, record=record)
            prove_once()
        jobs.run(
            rendered.job,
            on_line=on_line,
            stall_timeout_s=limit_s,
            check=Watchdog(plan.config.step_timeout_s, reader),
            record=record,
        )
    except jobs.JobError as error:
        kind = OutOfMemoryError if ending.out_of_memory else TrainError
        raise kind(ending.explain(str(error))) from error
    except OSError as error:
        raise unwritable(plan, error) from error
    except TrainError as error:
        raise TrainError(f"{error}. Log: {rendered.job.log}") from error
    prove_once()
    return reader


def _forget_torn_tokens(prepared: Path) -> None:
    """An interrupt may have torn them, and a trainer takes what lies there."""
    if not (prepared / WHOLE).is_file():
        shutil.rmtree(prepared, ignore_errors=True)
