"""What serves: read it, or bring it up."""

from __future__ import annotations

from configs.schema import Profile
from flows.console import console
from flows.context import Context
from flows.gateway import gateway_status
from flows.results import Status
from flows.stack import what_runs
from flows.worth import DECIDED
from tasks.deploy.deploy import restore_champion
from tasks.deploy.site import open_site, status
from tasks.serving import ensure_server, retire, where


def read_status(profile: Profile) -> Status:
    """What serves now, and what the last night came to. Raises TrackingError where MLflow is out of reach."""
    with open_site(profile, address(profile)) as site:
        serving = status(site)
    decided = Context(profile).store.pointer(DECIDED)
    return Status(
        profile=profile.name,
        server=serving.url if serving.healthy else None,
        loaded=serving.loaded,
        champion=serving.champion,
        champion_version=serving.champion_version,
        previous=serving.previous,
        gateway=gateway_status(profile),
        last_night=f"{decided['outcome']} at {decided['at']}: {decided['reason']}" if decided else None,
        stack=what_runs(profile),
    )


def bring_up(profile: Profile) -> None:
    """Start the model server where none runs, and make it serve the champion. Raises ServingError or DeployError."""
    registered = Context(profile).tracker.champion()
    adapter = registered.adapter if registered is not None else None
    state = ensure_server(profile, on_wait=_told_every_ten_seconds, adapter=adapter)
    with open_site(profile, state.url, adapter) as site:
        champion = restore_champion(site)
    retire(profile, champion.name if champion is not None else profile.serve.base_name)


def address(profile: Profile) -> str | None:
    """Where the champion is served; without one, the base model. None where no server offers it.

    Raises TrackingError where MLflow is out of reach.
    """
    champion = Context(profile).tracker.champion()
    found = where(profile, champion.name) if champion is not None else None
    return found or where(profile, profile.serve.base_name)


def _told_every_ten_seconds(elapsed: float) -> None:
    if int(elapsed) % 10 == 0:
        console.print(f"the model server is starting ({elapsed:.0f} s)")
