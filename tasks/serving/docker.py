"""A model server in a container: `docker run` as a command line, rendered and not run.

Attached and removed at its end, it is a job like any other (`serve.launcher: docker`): what ends the job ends the
container. Detached, with a name and a restart policy, Docker itself keeps it up (`exhell render docker`).

What the server reads is mounted where it lies on this machine, read-only: the gateway names an adapter by its folder,
and both must mean the same one.
"""

from __future__ import annotations

import os
from pathlib import Path

from configs.load import store_folder, template_path
from configs.schema import Profile
from tasks.jobs import Job
from tasks.serving.command import Backend, Command, Weights
from tasks.storage import downloads

EVERYWHERE = "0.0.0.0"  # noqa: S104 - inside the container, of which only a loopback port is published
HEALTH_S = 10
SHARED_MEMORY = "2g"
SCRATCH = "/tmp"  # noqa: S108 - a tmpfs of the container's own
CACHES = {"HOME": SCRATCH, "USER": "exhell", "XDG_CACHE_HOME": f"{SCRATCH}/cache"}
"""A user without an entry in the image's passwd has no home and no name, which torch's compiler asks for."""


def docker_job(profile: Profile, backend: Backend, weights: Weights, log: Path) -> Job:
    """The server in a container that lives and ends with the job."""
    argv = docker_run(profile, backend, weights, ("--rm",))
    return Job(name=_command(profile, backend, weights).name, argv=argv, cwd=log.parent, log=log)


def docker_service(profile: Profile, backend: Backend, weights: Weights) -> tuple[str, ...]:
    """The command that leaves a container to Docker, which starts it again as `serve.docker.restart` says."""
    name = f"exhell-{_command(profile, backend, weights).name}-{profile.serve.port}"
    return docker_run(
        profile, backend, weights, ("--detach", "--name", name, "--restart", profile.serve.docker.restart)
    )


def docker_run(profile: Profile, backend: Backend, weights: Weights, life: tuple[str, ...]) -> tuple[str, ...]:
    """`docker run` with the options that say how the container lives."""
    docker, command = profile.serve.docker, _command(profile, backend, weights)
    env = dict(command.env) | CACHES
    return (
        *("docker", "run", *life, "--init"),
        *(("--gpus", docker.gpus) if docker.gpus else ()),
        *("--publish", published(profile, profile.serve.port)),
        *(word for path in _mounted(profile, weights) for word in mount(path)),
        *("--read-only", "--tmpfs", f"{SCRATCH}:exec", "--shm-size", SHARED_MEMORY),
        *("--user", f"{os.getuid()}:{os.getgid()}", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
        *_health(profile, command),
        *(word for name, value in env.items() for word in ("--env", f"{name}={value}")),
        *("--entrypoint", "python3", docker.image, "-m", command.module, *command.words),
    )


def published(profile: Profile, inside: int) -> str:
    """A port of the container on this machine's own address: nobody else may load adapters."""
    host = profile.serve.host
    return f"{f'[{host}]' if ':' in host else host}:{profile.serve.port}:{inside}"


def mount(path: Path, target: str = "") -> tuple[str, str]:
    """A folder or file of this machine, read-only; where it lies here, unless another place is named."""
    return "--mount", f"type=bind,source={path},target={target or path},readonly"


def _command(profile: Profile, backend: Backend, weights: Weights) -> Command:
    return backend(profile, weights, template_path(profile.base_model.chat_template), EVERYWHERE)


def _mounted(profile: Profile, weights: Weights) -> tuple[Path, ...]:
    model = weights.path
    if model.parent.name == "snapshots":  # the hub's cache: files are links into the folder beside it
        model = model.parent.parent
    return model, template_path(profile.base_model.chat_template), store_folder(profile) or downloads()


def _health(profile: Profile, command: Command) -> tuple[str, ...]:
    # By Python, which the image has for certain; curl it need not have.
    url = f"http://127.0.0.1:{profile.serve.port}{command.health}"
    probe = f"python3 -c \"import urllib.request as u; u.urlopen('{url}', timeout=5)\""
    timing = {"interval": HEALTH_S, "timeout": HEALTH_S, "start-period": profile.serve.ready_timeout_s}
    words = (word for name, seconds in timing.items() for word in (f"--health-{name}", f"{seconds}s"))
    return "--health-cmd", probe, *words, "--health-retries", "3"
