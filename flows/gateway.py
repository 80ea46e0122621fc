"""What the commands ask of a running gateway. Light to import: a roll-back takes effect before all else is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from configs.load import workspace
from configs.schema import Profile
from deployments.gateway import control
from flows.console import console
from tasks.artifacts import Deployment

if TYPE_CHECKING:
    from flows.results import GatewayStatus


def gateway_status(profile: Profile) -> GatewayStatus | None:
    """What the gateway of a profile serves where; None where none runs, or it does not answer."""
    try:
        found = control.ask(workspace(profile), {"do": "status"})
    except OSError:
        return None
    from flows.results import GatewayStatus  # noqa: PLC0415 - as above

    return GatewayStatus.model_validate(found) if found is not None else None


def roll_back(profile: Profile, why: str) -> Deployment | None:
    """Have the running gateway serve what served before, at once; it moves the registry's aliases itself, soon after.

    None where no gateway runs, or nothing that served before is warm: then the flow does it, with a server of its own.
    """
    found = control.ask(workspace(profile), {"do": "rollback", "why": why or "no reason given"})
    if found is None:
        return None
    if "error" in found:
        console.print(f"the gateway cannot go back at once: {found['error']}")
        return None
    done = Deployment(name=found["serves"], version=found["version"], url=found["url"], previous=found["before"])
    console.print(f"{done.name} serves again at {done.url}; the registry's alias follows", soft_wrap=True)
    return done
