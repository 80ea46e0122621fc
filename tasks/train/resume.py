"""Go on from an interrupted run of the same inputs, and say so where one of other inputs is left alone.

A run's work folder bears the fingerprint of its inputs, so a changed dataset, base model, template or setting never
meets an old checkpoint. `inputs.json` in it is for people: what the run was made of, and so what changed since.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tasks.train import checkpoints
from tasks.train.plan import OUTPUT, Plan

INPUTS = "inputs.json"

Inputs = Mapping[str, Any]
"""Digests by name (dataset, base model, chat template), and the settings under `train`."""


def resume(plan: Plan, inputs: Inputs, say: Callable[[str], None]) -> Plan:
    """The plan with the checkpoint to go on from; without one, an empty output folder.

    Of several machines only the first puts its folder in order; the others find the checkpoint that it finds.
    """
    if plan.config.launch.rank:
        return replace(plan, resume=checkpoints.newest_unless_torn(plan.output))
    checkpoint = checkpoints.newest_whole(plan.output)
    if checkpoint is not None:
        say(f"going on from {checkpoint.name} of an interrupted run")
        return replace(plan, resume=checkpoint)
    if plan.output.is_dir():
        say(f"an earlier run left no whole checkpoint in {plan.output}: starting clean")
    for folder, changed in _left_alone(plan.work, inputs):
        say(
            f"not going on from the interrupted run in {folder}, for something changed since: {', '.join(changed)}; "
            "starting from the beginning"
        )
    shutil.rmtree(plan.output, ignore_errors=True)
    return plan


def note(plan: Plan, inputs: Inputs) -> None:
    """Write down what the run is made of. Raises OSError."""
    plan.work.mkdir(parents=True, exist_ok=True)
    (plan.work / INPUTS).write_text(json.dumps(inputs, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _left_alone(work: Path, inputs: Inputs) -> Iterator[tuple[Path, list[str]]]:
    """Other runs with a checkpoint, and what differs."""
    for folder in sorted(work.parent.glob("*")):
        if folder == work or checkpoints.newest(folder / OUTPUT) is None:
            continue
        try:
            before = json.loads((folder / INPUTS).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if changed := list(_changed(before, inputs)):
            yield folder, changed


def _changed(before: Inputs, now: Inputs, under: str = "") -> Iterator[str]:
    for name in sorted({*before, *now}):
        old, new = before.get(name), now.get(name)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _changed(old, new, f"{under}{name}.")
        elif old != new:
            values = f" ({old} -> {new})" if under else ""
            yield f"{under}{name}{values}"
