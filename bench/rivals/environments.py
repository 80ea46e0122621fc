"""Virtual environments of the rivals, each from its pinned requirements, under `.exhell/bench/environments`.

`python -m bench.rivals.environments` makes all of them. The `.txt` files are what `uv pip compile --no-header
--no-annotate --python-version 3.11 NAME.in -o NAME.txt` gives.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from bench.postgres import FOLDER
from configs.load import PROJECT
from tasks import jobs
from tasks.jobs import Job

HERE = Path(__file__).parent
UV = PROJECT / ".venv" / "bin" / "uv"
MODULES = {"datasets": "hugging_face", "data_juicer": "juicer", "datatrove": "trove"}
"""Rival -> its program in this package; the rival's name is that of its requirements and its environment."""

_UV_VARIABLES = ("UV_FIND_LINKS", "UV_DEFAULT_INDEX", "UV_HTTP_TIMEOUT", "SSL_CERT_FILE", "HTTPS_PROXY", "https_proxy")


def python(rival: str) -> Path:
    """The interpreter of a rival's environment, which may not be there yet."""
    return FOLDER / "environments" / rival / "bin" / "python"


def is_current(rival: str) -> bool:
    """Whether the environment was made of the requirements as they are now."""
    stamp = python(rival).parents[1] / "installed.txt"
    return stamp.is_file() and stamp.read_bytes() == _requirements(rival).read_bytes()


def make(rival: str) -> Path:
    """Make the environment where it is missing or old, and return its interpreter. Raises JobError."""
    if is_current(rival):
        return python(rival)
    folder = python(rival).parents[1]
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    log = FOLDER / "logs" / f"{rival}-environment.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    _uv("venv", "--quiet", "--python", sys.executable, str(folder), log=log)
    backend = () if _has_cpu_torch() or rival != "data_juicer" else ("--torch-backend", "cpu")
    requirements = str(_requirements(rival))
    _uv("pip", "sync", "--quiet", "--python", str(python(rival)), *backend, requirements, log=log)
    shutil.copyfile(_requirements(rival), folder / "installed.txt")
    return python(rival)


def _requirements(rival: str) -> Path:
    return HERE / f"{rival}.txt"


def _find_links() -> str:
    """Where pip is told to look for wheels; uv does not read pip's configuration."""
    if found := os.environ.get("UV_FIND_LINKS") or os.environ.get("PIP_FIND_LINKS"):
        return found
    lines: list[str] = []
    argv = (sys.executable, "-m", "pip", "config", "list")
    log = FOLDER / "logs" / "pip.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    jobs.run(Job("pip", argv, PROJECT, log), on_line=lines.append)
    links = [line.partition("=")[2].strip("'\"") for line in lines if line.startswith("global.find-links=")]
    return links[0] if links else ""


def _has_cpu_torch() -> bool:
    return any(any(Path(folder).glob("torch-*+cpu-*.whl")) for folder in _find_links().split() if folder)


def _uv(*arguments: str, log: Path) -> None:
    environment = {name: os.environ[name] for name in _UV_VARIABLES if name in os.environ}
    if links := _find_links():
        environment["UV_FIND_LINKS"] = links
    environment.setdefault("UV_HTTP_TIMEOUT", "180")
    jobs.run(Job("uv", (str(UV), *arguments), PROJECT, log, environment))


if __name__ == "__main__":
    for name in MODULES:
        print(make(name))
