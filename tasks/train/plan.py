"""What a training run is asked, and what a backend answers: the interface between the stage and its trainers.

A backend is one function, `render(Plan) -> Rendered`: it says which files to write and which command to run, and does
neither. So a backend is tested by reading what it renders, and the same supervision serves every trainer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from configs.errors import ExhellError
from configs.load import project_path
from configs.schema import TrainConfig
from tasks.jobs import Job

OUTPUT = "out"
"""The trainer's output folder inside the work folder: checkpoints while it runs, the adapter at its end."""

FORMAT = "sharegpt"
"""The dataset's form that trainers read: conversations, which every backend knows."""

TEMPLATE = "chat_template.jinja"
LOG = "train.log"

EMBEDDINGS = ("embed_tokens", "lm_head")
"""Llama's names of the two matrices that have a row a token. With new tokens both are trained, whole."""

CHECKPOINTS_KEPT = 2
"""The newest may be torn by a kill in the middle of its writing; the one before it is whole."""

OFFLINE: Mapping[str, str] = MappingProxyType(
    {
        "DO_NOT_TRACK": "1",
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "WANDB_MODE": "disabled",
        "TOKENIZERS_PARALLELISM": "false",
        "PYTHONUNBUFFERED": "1",
        # Threads that spin while they wait make a small training on a busy CPU five to fifteen times slower.
        "OMP_WAIT_POLICY": "PASSIVE",
    }
)
"""What every trainer sees: no hub, no telemetry, lines as they come."""


MAKE: Mapping[str, str] = MappingProxyType({"axolotl": "make setup", "llamafactory": "make setup-llamafactory"})
"""What makes each backend's environment."""


class TrainError(ExhellError):
    """A training run that cannot start, failed, or ended without a usable adapter. Nothing was published."""


@dataclass(frozen=True)
class Plan:
    """One training run, with everything resolved to local paths."""

    config: TrainConfig
    base: Path
    template: str
    train_files: tuple[Path, ...]
    validation_files: tuple[Path, ...]
    environment: Path
    work: Path
    prepared: Path
    resume: Path | None = None
    start: Path | None = None
    """Folder of the adapter to go on from; None: the base model alone."""

    @property
    def output(self) -> Path:
        return self.work / OUTPUT


@dataclass(frozen=True)
class Rendered:
    """A backend's answer: files to write into the work folder (name to content), and the commands to run there.

    `tokenise` comes first and sees no GPU; None where the trainer tokenises as it starts.
    """

    files: Mapping[str, str]
    job: Job
    tokenise: Job | None = None

    def write(self, work: Path) -> None:
        """Write the files. Raises OSError where the disk does not take them."""
        work.mkdir(parents=True, exist_ok=True)
        for name, content in self.files.items():
            (work / name).write_text(content, encoding="utf-8")


def training_environment(config: TrainConfig) -> Path:
    """The folder of the virtual environment that holds the trainer. Raises TrainError where it is not there."""
    path = project_path(config.environment_folder)
    if not (path / "bin" / "python").exists():
        raise TrainError(f"the training environment {path} is not there: `{MAKE[config.backend]}` makes it")
    return path


def unwritable(plan: Plan, error: OSError) -> TrainError:
    """The work folder does not take what is written to it."""
    return TrainError(
        f"cannot write to the work folder {plan.work}: {error.strerror or error}; free disk space or point "
        "`workspace` elsewhere, then run again"
    )


class Backend(Protocol):
    """A pure renderer."""

    def __call__(self, plan: Plan) -> Rendered: ...
