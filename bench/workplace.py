"""A copy of the demo's profile with a workspace, a port and an app database of its own."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Any

import yaml

from configs.load import PROFILES, PROJECT
from tasks import jobs
from tasks.jobs import Job


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write_profile(folder: Path, port: int, *, store: str = "", **changes: dict[str, Any]) -> Path:
    """Write the profile, with groups of settings changed, and return its path; nothing else is made."""
    workspace = folder / "workspace"
    raw = yaml.safe_load((PROFILES / "demo.yaml").read_text(encoding="utf-8"))
    raw |= {"name": folder.name.lower().replace("_", "-"), "workspace": str(workspace), "store": store}
    raw["source"]["url"] = f"sqlite:///{workspace / 'app.db'}"
    raw["serve"]["port"] = port
    for group, settings in changes.items():
        raw[group] = raw.get(group, {}) | settings
    path = folder / "profile.yaml"
    path.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    return path


def traffic(folder: Path, what: str) -> None:
    """`create` the app database of a workplace, or `add-day` to it."""
    database = folder / "workspace" / "app.db"
    database.parent.mkdir(parents=True, exist_ok=True)
    argv = (sys.executable, "-m", "deployments.demo.app_database", what, str(database))
    jobs.run(Job("demo app", argv, PROJECT, folder / "app.log"))
