"""`exhell render kubernetes`: a profile as manifests, which `kubectl apply -f DIR` takes.

    render(profile, weights) -> {"config.yaml": …, "gateway.yaml": …, "network.yaml": …, "server.yaml": …}

What is the same for every profile stands in `base/`; here its own values are put in. Nothing secret is written: what
the profile names as `${NAME}` stays a name, and comes from the Secret `serve.kubernetes.secret` in the cluster.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from configs.errors import ExhellError
from configs.load import named_in, store_folder, store_root, template_path
from configs.schema import Profile
from tasks.serving import Weights
from tasks.serving.docker import CACHES, EVERYWHERE
from tasks.serving.vllm import vllm_command
from tasks.storage import downloads

BASE = Path(__file__).with_name("base")
MODEL = Path("/models/base")
FILES = Path("/etc/exhell")
WORKSPACE = "/workspace"
SERVER_PORT, GATEWAY_PORT = 8_000, 8_080
PROBE_S = 10
"""Seconds between two startup probes of a server, as the base file has it."""

TEMPLATE = "chat-template.jinja"
KEYS = "${EXHELL_GATEWAY_KEYS}"

Document = dict[str, Any]


class RenderError(ExhellError):
    """A profile that cannot run in a cluster as it is."""


def render(profile: Profile, weights: Weights) -> dict[str, str]:
    """File name to YAML. `weights` are the base model, whose fingerprint the servers are to say.

    Raises RenderError where MLflow is a file of this machine, which no pod can read.
    """
    uri = profile.tracking.uri
    if not uri or uri.startswith(("sqlite:", "file:", "/", ".")):
        raise RenderError(
            f"tracking.uri ({uri or 'empty'}) is no address that a cluster can reach; set it to MLflow's server, as in "
            "--set tracking.uri=http://mlflow:5000, or to a variable: ${MLFLOW_TRACKING_URI}"
        )
    inside = _inside(profile)
    files = {
        "config.yaml": [_files(inside)],
        "server.yaml": _servers(inside, weights),
        "gateway.yaml": _gateway(inside),
        "network.yaml": _network(inside),
    }
    return {name: yaml.safe_dump_all(documents, sort_keys=False, width=120) for name, documents in files.items()}


def _inside(profile: Profile) -> Profile:
    """The profile as the gateway in the cluster reads it."""
    names = (f"exhell-server-{number}.exhell-server" for number in range(profile.serve.kubernetes.max_servers))
    gateway = {
        "host": EVERYWHERE,
        "port": GATEWAY_PORT,
        "api_keys": profile.gateway.api_keys or KEYS,
        "servers": tuple(f"http://{name}:{SERVER_PORT}" for name in names),
    }
    return profile.model_copy(
        update={
            "workspace": WORKSPACE,
            "store": store_root(profile),
            "gateway": profile.gateway.model_copy(update=gateway),
            "serve": profile.serve.model_copy(update={"port": SERVER_PORT, "second_port": None}),
        }
    )


def _files(profile: Profile) -> Document:
    """The profile and the chat template, as files."""
    template = template_path(profile.base_model.chat_template)
    content = {
        "profile.yaml": yaml.safe_dump(profile.model_dump(mode="json"), allow_unicode=True, sort_keys=False),
        TEMPLATE: template.read_text(encoding="utf-8"),
    }
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "exhell-files"}, "data": content}


def _servers(profile: Profile, weights: Weights) -> list[Document]:
    workload, service, budget, scaler = _read("server.yaml")
    settings, pod = profile.serve.kubernetes, workload["spec"]["template"]["spec"]
    server, metrics = pod["containers"]
    command = vllm_command(profile, Weights(MODEL, weights.sha256), FILES / TEMPLATE, EVERYWHERE)
    memory = f"{settings.memory_gib}Gi"
    server |= {
        "image": profile.serve.docker.image,
        "command": ["python3", "-m", command.module],
        "args": list(command.words),
        "env": [{"name": name, "value": value} for name, value in (dict(command.env) | CACHES).items()],
        "resources": {
            "requests": {"cpu": settings.cpu, "memory": memory},
            "limits": {"memory": memory, "nvidia.com/gpu": settings.gpus},
        },
    }
    server["startupProbe"]["failureThreshold"] = -(-profile.serve.ready_timeout_s // PROBE_S)
    metrics["image"] = settings.gateway_image
    _mount(profile, pod, server, reads_only=True)
    _claim(pod, "models", settings.models_claim, reads_only=True)
    scaler["spec"] |= {"minReplicas": settings.min_servers, "maxReplicas": settings.max_servers}
    scaler["spec"]["metrics"][0]["pods"]["target"]["averageValue"] = str(settings.waiting)
    return [workload, service, budget, scaler]


def _gateway(profile: Profile) -> list[Document]:
    workload, service = _read("gateway.yaml")
    pod = workload["spec"]["template"]["spec"]
    (gateway,) = pod["containers"]
    gateway["image"] = profile.serve.kubernetes.gateway_image
    gateway["env"] = [*_secrets(profile), {"name": "HOME", "value": CACHES["HOME"]}]
    # A remote store's adapters are fetched by the gateway, for the servers to read.
    _mount(profile, pod, gateway, reads_only=store_folder(profile) is not None)
    return [workload, service]


def _network(profile: Profile) -> list[Document]:
    servers, gateway = _read("network.yaml")
    (namespace,) = servers["spec"]["ingress"][1]["from"]
    namespace["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] = profile.serve.kubernetes.monitoring
    return [servers, gateway]


def _mount(profile: Profile, pod: Document, container: Document, *, reads_only: bool) -> None:
    """The adapters, at the place that the gateway names to the servers."""
    (volume,) = (one for one in container["volumeMounts"] if one["name"] == "store")
    volume |= {"mountPath": str(store_folder(profile) or downloads()), "readOnly": reads_only}
    _claim(pod, "store", profile.serve.kubernetes.store_claim, reads_only=reads_only)


def _claim(pod: Document, name: str, claim: str, *, reads_only: bool) -> None:
    (volume,) = (one for one in pod["volumes"] if one["name"] == name)
    volume["persistentVolumeClaim"] = {"claimName": claim, "readOnly": reads_only}


def _secrets(profile: Profile) -> list[Document]:
    """The variables that the gateway expands, each by reference: the application's database is not among them."""
    used: Mapping[str, Any] = {
        "store": profile.store,
        "tracking": profile.tracking.model_dump(mode="json"),
        "gateway": profile.gateway.model_dump(mode="json"),
    }
    return [
        {"name": name, "valueFrom": {"secretKeyRef": {"name": profile.serve.kubernetes.secret, "key": name}}}
        for name in named_in(json.dumps(used))
    ]


def _read(name: str) -> list[Document]:
    return list(yaml.safe_load_all((BASE / name).read_text(encoding="utf-8")))
