"""A model server's command line, wherever it runs. A backend renders it; a launcher makes a `Job` of it.

backend(profile, weights, template, host) -> Command        vllm.py
launcher(profile, backend, weights, log)  -> Job            process.py, docker.py
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from configs.schema import Profile
from tasks.jobs import Job


@dataclass(frozen=True)
class Weights:
    """What a server holds: the base model, with room for adapters beside it, or one merged model.

    `path` is a local folder, `sha256` a fingerprint of what lies in it, `merged` the name of the adapter that a merged
    model was made of; empty for the base model.
    """

    path: Path
    sha256: str
    merged: str = ""


@dataclass(frozen=True)
class Command:
    """A server as a Python module and its words. `health` is the path that answers 200 while it can be asked."""

    name: str
    module: str
    words: tuple[str, ...]
    env: Mapping[str, str]
    health: str = "/health"


Backend = Callable[[Profile, Weights, Path, str], Command]
"""Settings, model, chat template, and the address to listen on; the port is `serve.port`."""

Launcher = Callable[[Profile, Backend, Weights, Path], Job]
"""Settings, what is to run, the model that it holds, and where its log goes."""
