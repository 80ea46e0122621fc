"""Tell Prefect's server what the gateway did by itself, for its automations to act on (deployments/automations/)."""

from __future__ import annotations

import logging
import os
from datetime import UTC, datetime
from uuid import uuid4

import httpx

TIMEOUT_S = 10.0
log = logging.getLogger("exhell.gateway")


def tell_rolled_back(profile: str, reason: str) -> None:
    """Emit the event of a roll-back, where PREFECT_API_URL names a server; one that is away costs a line in the log."""
    address = os.environ.get("PREFECT_API_URL")
    if not address:
        return
    event = {
        "id": str(uuid4()),
        "occurred": datetime.now(UTC).isoformat(),
        "event": "exhell.rolled-back",
        "resource": {"prefect.resource.id": f"exhell.profile.{profile}"},
        "payload": {"profile": profile, "reason": reason, "more": "The gateway did it by itself."},
    }
    user, _, password = os.environ.get("PREFECT_API_AUTH_STRING", "").partition(":")
    try:
        answer = httpx.post(
            f"{address}/events", json=[event], auth=(user, password) if user else None, timeout=TIMEOUT_S
        )
        answer.raise_for_status()
    except httpx.HTTPError as error:
        log.error("Prefect was not told of the roll-back: %s", error)
