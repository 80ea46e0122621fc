"""A training over several machines: what is different on those after the first.

Each machine runs the same command with its own `train.launch.rank`, and PyTorch's launcher brings the trainers
together. The first makes the token ids, keeps the checkpoints, checks what was learnt and publishes it. The others
begin at the same checkpoint, in the same output folder under `train.launch.folder`, and take what the first publishes.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import replace

from tasks.storage import Published, Store
from tasks.train.plan import OUTPUT, Plan, TrainError
from tasks.train.publish import KIND

PUBLISH_S = 900
"""How long the first machine may take from the end of the training until its adapter is there: checks and an upload."""

POLL_S = 1.0


def beside(plan: Plan) -> Plan:
    """The plan in a folder of this machine's own for its files and its log; the output folder is the first one's.

    Raises TrainError where the folder cannot be written to.
    """
    own = plan.work.with_name(f"{plan.work.name}-rank{plan.config.launch.rank}")
    try:
        shutil.rmtree(own, ignore_errors=True)
        own.mkdir(parents=True)
        (own / OUTPUT).symlink_to(plan.output, target_is_directory=True)
    except OSError as error:
        raise TrainError(
            f"cannot write to {own.parent}: {error.strerror or error}; train.launch.folder must be storage that every "
            "machine sees and may write to"
        ) from error
    return replace(plan, work=own)


def published_by_first(plan: Plan, store: Store, key: str) -> Published:
    """What the first machine made of the run that ended here. Raises TrainError if it publishes nothing."""
    ends = time.monotonic() + PUBLISH_S
    while (made := store.find(KIND, key)) is None:
        if time.monotonic() > ends:
            raise TrainError(
                f"the training ended here, and the first machine published no adapter within {PUBLISH_S} s; its own "
                f"run says why. Log of this machine: {plan.work}"
            )
        time.sleep(POLL_S)
    shutil.rmtree(plan.work, ignore_errors=True)
    return made
