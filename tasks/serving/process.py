"""A model server as a process of this machine, in the environment that `serve.environment` names."""

from __future__ import annotations

from pathlib import Path

from configs.load import project_path, template_path
from configs.schema import Profile
from tasks.jobs import Job
from tasks.serving.command import Backend, Weights


def process_job(profile: Profile, backend: Backend, weights: Weights, log: Path) -> Job:
    """The server's module, run by the environment's own Python."""
    serve = profile.serve
    command = backend(profile, weights, template_path(profile.base_model.chat_template), serve.host)
    python = project_path(serve.environment) / "bin" / "python"
    return Job(
        name=command.name,
        argv=(str(python), "-m", command.module, *command.words),
        cwd=log.parent,
        log=log,
        env=command.env,
    )
