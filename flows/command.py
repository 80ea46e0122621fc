"""What the files of the `exhell` command share: options, and how a command begins."""

from __future__ import annotations

from typing import Annotated, Any

import typer
import yaml
from pydantic import BaseModel

from configs.load import load_profile, workspace
from configs.schema import Profile
from flows.prefect_server import configure
from flows.runtime import terminate_like_interrupt

ProfileOption = Annotated[str, typer.Option("--profile", "-p", help="A name under configs/profiles, or a path.")]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a setting, as in --set train.epochs=1.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def print_result(result: BaseModel, as_json: bool) -> None:
    """Print a result. What shows one takes half a second to import, which commands that serve need not wait for."""
    from flows.show import print_result as show  # noqa: PLC0415

    show(result, as_json)


def begin(profile: str, changes: dict[str, Any] | None = None) -> Profile:
    """Check the profile before anything else is loaded or started, and let signals end what follows in order."""
    settings = load_profile(profile, changes)
    terminate_like_interrupt()
    configure(workspace(settings), settings.pages)
    return settings


def overrides(pairs: list[str] | None) -> dict[str, Any]:
    """What `--set` changes: dotted setting to value."""
    found = {}
    for pair in pairs or []:
        key, equals, value = pair.partition("=")
        if not equals:
            raise typer.BadParameter(f"--set {pair}: write KEY=VALUE, as in --set train.epochs=1")
        try:
            found[key] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise typer.BadParameter(f"--set {pair}: the value is not valid YAML: {error}") from error
    return found
