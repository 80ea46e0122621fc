"""`exhell render`: what runs a profile's model servers elsewhere, written down and not run."""

# As in cli.py, each command imports what it needs when it runs.
# ruff: noqa: PLC0415

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Literal

import typer

from flows.command import ProfileOption, SetOption, begin, overrides
from flows.console import console
from flows.runtime import make_empty

render = typer.Typer(no_args_is_help=True, help="Commands and manifests that run the model servers elsewhere.")


@render.command()
def kubernetes(
    out: Annotated[Path, typer.Option("--out", "-o", help="An empty folder, or a new one, for the manifests.")],
    profile: ProfileOption = "demo",
    settings: SetOption = None,
) -> None:
    """Write Kubernetes manifests of the model servers and the gateway, for `kubectl apply -f DIR`."""
    checked = begin(profile, overrides(settings))
    from deployments.kubernetes.render import render as rendered
    from tasks.serving import base_of

    files = rendered(checked, base_of(checked))
    make_empty(out)
    for name, text in files.items():
        (out / name).write_text(text, encoding="utf-8")
    console.print(f"{len(files)} files in {out}", soft_wrap=True, markup=False)


@render.command()
def docker(
    profile: ProfileOption = "demo",
    settings: SetOption = None,
    server: Annotated[Literal["vllm", "tgi"], typer.Option(help="TGI is archived upstream: one model alone.")] = "vllm",
    model: Annotated[
        Path | None, typer.Option(help="A merged model's folder (`exhell merge --out`); default: the base model.")
    ] = None,
) -> None:
    """Print the `docker run` line of a model server that Docker keeps up."""
    checked = begin(profile, overrides(settings))
    from flows.show import output
    from tasks.base_model import fingerprint
    from tasks.serving import Weights, base_of
    from tasks.serving.docker import docker_service
    from tasks.serving.launch import BACKENDS
    from tasks.serving.tgi import tgi_service

    folder = model.resolve() if model is not None else None
    weights = Weights(folder, fingerprint(folder), folder.name) if folder is not None else base_of(checked)
    if server == "tgi":
        argv = tgi_service(checked, weights)
    else:
        argv = docker_service(checked, BACKENDS[checked.serve.backend], weights)
    output.print(shlex.join(argv), soft_wrap=True, markup=False)
