"""Base models on this machine, for the command."""

from __future__ import annotations

from configs.schema import Profile
from flows.console import console
from flows.results import Pulled
from tasks.model_store import pull, read_pulled


def pull_model(profile: Profile) -> Pulled:
    """Fetch the profile's base model. Raises BaseModelError."""
    folder = pull(profile.base_model, say=lambda text: console.print(text, markup=False, soft_wrap=True))
    content = read_pulled(folder)
    return Pulled(
        model=content["model"],
        revision=content["revision"],
        license=content["license"] or profile.base_model.license,
        path=str(folder),
        files={name: file["sha256"] for name, file in content["files"].items()},
    )
