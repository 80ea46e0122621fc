"""`exhell render`, as a user runs it."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from configs.load import PROJECT

pytestmark = pytest.mark.slow


def exhell(*words: str) -> subprocess.CompletedProcess[str]:
    argv = [str(Path(sys.executable).with_name("exhell")), "render", *words]
    return subprocess.run(argv, cwd=PROJECT, capture_output=True, text=True, check=False)


def test_manifests_go_into_a_new_folder_once(tmp_path: Path) -> None:
    words = ("kubernetes", "--out", str(tmp_path / "manifests"), "--set", "tracking.uri=http://mlflow:5000")
    done = exhell(*words)
    assert done.returncode == 0, done.stderr
    names = ["config.yaml", "gateway.yaml", "network.yaml", "server.yaml"]
    assert sorted(path.name for path in (tmp_path / "manifests").iterdir()) == names
    again = exhell(*words)
    assert again.returncode == 1
    assert "is not empty" in again.stderr


def test_a_registry_on_this_machine_leaves_no_folder(tmp_path: Path) -> None:
    done = exhell("kubernetes", "--out", str(tmp_path / "manifests"))
    assert done.returncode == 1
    assert "tracking.uri (empty) is no address that a cluster can reach" in done.stderr
    assert not (tmp_path / "manifests").exists()


@pytest.mark.parametrize("server", ["vllm", "tgi"])
def test_a_docker_line_that_a_shell_takes(server: str) -> None:
    folder = PROJECT / "deployments" / "demo" / "base_model"
    done = exhell("docker", "--server", server, "--model", str(folder))
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    argv = shlex.split(line)
    assert argv[:2] == ["docker", "run"]
    assert any(str(folder) in word for word in argv)
