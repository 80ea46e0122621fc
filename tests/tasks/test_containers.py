"""Model servers in containers: command lines, as Docker would be given them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from configs.load import ConfigError, load_profile, project_path, template_path
from configs.schema import Profile
from tasks.serving import Weights
from tasks.serving.docker import docker_job, docker_service
from tasks.serving.process import process_job
from tasks.serving.tgi import tgi_service
from tasks.serving.vllm import vllm_command

WEIGHTS = Weights(Path("/models/base"), "a" * 64)
MERGED = Weights(Path("/models/adapter-1"), "a" * 64, "adapter-1")


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return load_profile("exhell", {"workspace": str(tmp_path), "serve.port": 8123})


def options(argv: tuple[str, ...], name: str) -> list[str]:
    return [value for word, value in pairwise(argv) if word == name]


@pytest.mark.parametrize("weights", [WEIGHTS, MERGED])
def test_the_server_in_a_container_is_told_what_it_is_told_without(profile: Profile, weights: Weights) -> None:
    inside = docker_job(profile, vllm_command, weights, Path("log"))
    outside = process_job(profile, vllm_command, weights, Path("log"))
    words = list(inside.argv[inside.argv.index(profile.serve.docker.image) + 1 :])
    words[words.index("--host") + 1] = profile.serve.host
    assert words == list(outside.argv[1:])
    given = dict(entry.split("=", 1) for entry in options(inside.argv, "--env"))
    assert given.items() >= outside.env.items()


def test_what_it_reads_lies_where_it_lies_here_and_cannot_be_written(profile: Profile, tmp_path: Path) -> None:
    argv = docker_job(profile, vllm_command, WEIGHTS, Path("log")).argv
    places = ["/models/base", template_path("llama-2"), tmp_path / "artifacts"]
    assert options(argv, "--mount") == [f"type=bind,source={one},target={one},readonly" for one in places]
    assert "--read-only" in argv
    assert options(argv, "--publish") == ["127.0.0.1:8123:8123"]
    assert options(argv, "--gpus") == ["all"]


def test_a_model_in_the_hubs_cache_is_mounted_with_the_files_that_it_links_to(profile: Profile) -> None:
    cached = Weights(Path("/cache/models--a--b/snapshots/c0ffee"), "a" * 64)
    argv = docker_job(profile, vllm_command, cached, Path("log")).argv
    assert "type=bind,source=/cache/models--a--b,target=/cache/models--a--b,readonly" in argv
    assert options(argv, "--model") == ["/cache/models--a--b/snapshots/c0ffee"]
    tgi = tgi_service(profile, cached)
    assert options(tgi, "--mount") == ["type=bind,source=/cache/models--a--b,target=/data,readonly"]
    assert options(tgi, "--model-id") == ["/data/snapshots/c0ffee"]


def test_a_job_ends_with_its_container_and_a_service_is_kept_up(profile: Profile) -> None:
    job, service = (
        docker_job(profile, vllm_command, WEIGHTS, Path("log")),
        docker_service(profile, vllm_command, WEIGHTS),
    )
    assert "--rm" in job.argv
    assert not {"--detach", "--restart"} & set(job.argv)
    assert "--rm" not in service  # Docker refuses it beside a restart policy
    assert options(service, "--restart") == ["unless-stopped"]
    assert options(service, "--name") == ["exhell-vllm-8123"]
    (probe,) = options(service, "--health-cmd")
    assert "http://127.0.0.1:8123/health" in probe


@pytest.mark.skipif(shutil.which("docker") is None, reason="no docker command on this machine")
def test_dockers_own_command_takes_every_option(profile: Profile) -> None:
    """It reads its command line before it looks for its daemon, which must not be there: nothing is to start."""
    nowhere = {"PATH": os.environ["PATH"], "DOCKER_HOST": "unix:///nonexistent/docker.sock"}
    lines = (
        docker_job(profile, vllm_command, WEIGHTS, Path("log")).argv,
        docker_service(profile, vllm_command, WEIGHTS),
        tgi_service(profile, WEIGHTS),
    )
    for argv in lines:
        done = subprocess.run(argv, env=nowhere, capture_output=True, text=True, check=False)
        assert re.search(r"nonexistent/docker\.sock|Cannot connect", done.stderr), done.stderr
    wrong = subprocess.run(["docker", "run", "--mounts", "x"], env=nowhere, capture_output=True, text=True, check=False)
    assert "unknown flag: --mounts" in wrong.stderr


def test_without_a_gpu_none_is_asked_for(profile: Profile) -> None:
    none = profile.model_copy(
        update={
            "serve": profile.serve.model_copy(update={"docker": profile.serve.docker.model_copy(update={"gpus": ""})})
        }
    )
    assert "--gpus" not in docker_service(none, vllm_command, WEIGHTS)
    assert "--gpus" not in tgi_service(none, WEIGHTS)


def test_tgi_serves_one_model_as_in_the_guide(profile: Profile) -> None:
    argv = tgi_service(profile, MERGED)
    assert argv[:2] == ("docker", "run")
    assert options(argv, "--gpus") == ["all"]
    assert options(argv, "--publish") == ["127.0.0.1:8123:80"]
    assert options(argv, "--mount") == ["type=bind,source=/models/adapter-1,target=/data,readonly"]
    after = argv[argv.index(profile.serve.docker.tgi_image) + 1 :]
    assert after[:4] == ("--model-id", "/data", "--port", "80")


def test_the_image_is_of_the_vllm_that_is_tested_here(profile: Profile) -> None:
    pinned = project_path("deployments/environments/serve-cuda.in").read_text(encoding="utf-8")
    (version,) = re.findall(r"^vllm==(\S+)", pinned, re.MULTILINE)
    assert profile.serve.docker.image.endswith(f":v{version}")


@pytest.mark.parametrize("image", ["vllm/vllm-openai", "vllm/vllm-openai:latest", "-v /:/host", "a b:1"])
def test_an_image_is_pinned(image: str) -> None:
    with pytest.raises(ConfigError, match=r"serve\.docker\.image"):
        load_profile("exhell", {"serve.docker.image": image})
    digest = f"registry.example:5000/vllm@sha256:{'0' * 64}"
    assert load_profile("exhell", {"serve.docker.image": digest}).serve.docker.image == digest
