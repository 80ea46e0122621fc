"""Stand-ins for Axolotl and vLLM that say in seconds what the real ones say in minutes, for `bench.nights`.

    environments = make(folder, store)      # two folders that a profile names as its environments
    Plan(quality=0.4).write(folder)         # what tonight's trainer makes

An environment is a folder with `bin/python`; here that starts `trainer.py` or `server.py` of this package, whatever
program the command line names. So nothing of the product knows of them.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from configs.load import PROJECT

PLAN = "plan.json"

TrainerFault = Literal["", "status", "no step", "nan"]


@dataclass(frozen=True)
class Plan:
    """What tonight's trainer makes: an adapter that answers this share of the questions right (0 to 1)."""

    quality: float
    fault: TrainerFault = ""
    """How it fails: ends with status 1, ends well without a step, or prints a loss that is no number."""
    step_s: float = 0.05

    def write(self, folder: Path) -> None:
        (folder / PLAN).write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, file: Path) -> Plan:
        return cls(**json.loads(file.read_text(encoding="utf-8")))


def make(folder: Path, store: str, variables: Mapping[str, str] | None = None) -> dict[str, Path]:
    """The environments `train` and `serve` under a folder. The server knows the answers from the store's datasets.

    `variables` are set for both: how a remote store is reached, which no trainer or server is told by the product.
    """
    made = {"train": folder / "stub-train", "serve": folder / "stub-serve"}
    arguments = {"train": f"trainer '{folder / PLAN}'", "serve": f"server '{store}'"}
    exported = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in (variables or {}).items())
    for name, environment in made.items():
        program = environment / "bin" / "python"
        program.parent.mkdir(parents=True)
        program.write_text(
            f"#!/bin/sh\nexport PYTHONPATH='{PROJECT}'\n{exported}"
            f"exec '{sys.executable}' -m bench.nights_stub.{arguments[name]} \"$@\"\n",
            encoding="utf-8",
        )
        program.chmod(0o755)
    return made
