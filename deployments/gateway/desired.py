"""What should serve, and how the gateway came to what it serves now: small, frozen, and kept in one file.

The registry's aliases say what should serve. `Memory` is what the gateway knows between two looks at it, and all that
it needs to go on after a kill, or while MLflow is away.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class Question(BaseModel):
    """A question whose greedy answer is known from the evaluation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    messages: tuple[dict[str, str], ...]
    answer: str


class Version(BaseModel):
    """A registered adapter as the servers need it. `folder` is local and whole; empty for a merged model."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    name: str
    sha256: str
    base_sha256: str
    folder: str = ""
    rank: int = 0
    merged: bool = False
    questions: tuple[Question, ...] = ()
    max_tokens: int = 256
    problem: str = Field("", description="Why no server can take it: files that are gone, too high a rank.")

    @property
    def digest(self) -> str:
        """What stands behind the `@` of its public name."""
        return self.name.rpartition("-")[2]


class Desired(BaseModel):
    """What the registry says. No champion: the base model serves."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    champion: Version | None = None
    previous: Version | None = None


class Memory(BaseModel):
    """What the gateway serves, and what it has learnt."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    desired: Desired = Desired()
    known: bool = Field(False, description="Whether the registry has ever been read.")
    current: Version | None = Field(None, description="What the stable name means now; None: the base model.")
    before: Version | None = Field(None, description="What it meant before, kept warm.")
    refused: Mapping[str, str] = Field(
        default_factory=dict, description="Adapters that were taken back, and why: the alias alone brings none back."
    )
    retired: tuple[str, ...] = Field((), description="Adapters that the gateway loaded and that nothing wants now.")
    watched_until: float = Field(0.0, description="Until when the current one is watched, in seconds of the epoch.")

    def wanted(self) -> Version | None:
        """The champion, unless it was taken back: then what serves stays."""
        champion = self.desired.champion
        if champion is not None and champion.name in self.refused:
            previous = self.desired.previous
            return self.current if previous is None or previous.name in self.refused else previous
        return champion

    def learnt(self, desired: Desired) -> Memory:
        """After a look at the registry. A refusal has done its work once the alias has moved away: who moves it back
        means it."""
        champion = desired.champion.name if desired.champion is not None else ""
        refused = {name: why for name, why in self.refused.items() if name == champion}
        return self.model_copy(update={"desired": desired, "known": True, "refused": refused})


def read(path: Path) -> Memory:
    """The memory that an earlier gateway left, or an empty one. A damaged file counts as none, and says so."""
    try:
        return Memory.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Memory()
    except (OSError, ValidationError) as error:
        logging.getLogger(__name__).warning("%s cannot be read, and what it held is asked of MLflow: %s", path, error)
        return Memory()


def write(path: Path, memory: Memory) -> None:
    """Replace the file, atomically."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with beside.open("wb") as file:
        file.write(memory.model_dump_json(indent=1).encode())
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
