"""Hugging Face's Text Generation Inference in a container: one whole model, no adapters that come and go.

Archived upstream since March 2026: no more than the guide's line, for those who have it running. A night cannot use it,
since it loads adapters at its start alone.

    docker run --gpus all -p 8080:80 -v FOLDER:/data ghcr.io/huggingface/text-generation-inference --model-id /data
    curl localhost:8080/generate -d '{"inputs": "…", "parameters": {"max_new_tokens": 64}}'
"""

from __future__ import annotations

from configs.schema import Profile
from tasks.serving.command import Weights
from tasks.serving.docker import mount, published

INSIDE = "/data"
PORT = 80
OFFLINE = {"HF_HUB_OFFLINE": "1", "USAGE_STATS": "off"}


def tgi_service(profile: Profile, weights: Weights) -> tuple[str, ...]:
    """The command that leaves a container of one model to Docker, at `serve.port`; `/health` says when it answers."""
    docker, folder = profile.serve.docker, weights.path
    inside = INSIDE
    if folder.parent.name == "snapshots":  # as in docker.py: the hub's cache holds links
        folder, inside = folder.parent.parent, f"{INSIDE}/snapshots/{folder.name}"
    return (
        *("docker", "run", "--detach", "--name", f"exhell-tgi-{profile.serve.port}", "--restart", docker.restart),
        *(("--gpus", docker.gpus) if docker.gpus else ()),
        *("--publish", published(profile, PORT), *mount(folder, INSIDE), "--shm-size", "1g"),
        *(word for name, value in OFFLINE.items() for word in ("--env", f"{name}={value}")),
        *(docker.tgi_image, "--model-id", inside, "--port", str(PORT)),
        *("--max-total-tokens", str(profile.base_model.max_length)),
    )
