"""What Prefect's server does by itself (deployments/automations/), and the events of ours that it waits for."""

from __future__ import annotations

from typing import Any, Literal

import yaml
from prefect.blocks.core import Block
from prefect.blocks.notifications import CustomWebhookNotificationBlock, SendgridEmail, SlackWebhook
from prefect.client.orchestration import SyncPrefectClient
from prefect.events import emit_event
from prefect.events.schemas.automations import AutomationCore

from configs.load import PROJECT, expand
from configs.schema import NotifyConfig

FILES = PROJECT / "deployments" / "automations"
PREFIX = "exhell - "
"""How the names of these automations begin: what else a server has is left alone."""

What = Literal["promoted", "kept", "held", "rolled-back"]
LONGEST = "overdue"


def tell(what: What, profile: str, reason: str, more: str = "") -> None:
    """Emit the event that an automation of this name waits for."""
    emit_event(
        event=f"exhell.{what}",
        resource={"prefect.resource.id": f"exhell.profile.{profile}"},
        payload={"profile": profile, "reason": reason, "more": more},
    )


def register(client: SyncPrefectClient, settings: NotifyConfig) -> list[str]:
    """Make the server's automations those of the files, for the addresses of a profile; their names.

    Raises ConfigError for an address whose variable is not set.
    """
    blocks = [str(block.save(f"exhell-{name}", overwrite=True)) for name, block in _blocks(settings).items()]
    for old in client.request("POST", "/automations/filter", json={}).json():
        if old["name"].startswith(PREFIX):
            client.request("DELETE", "/automations/{id}", path_params={"id": old["id"]})
    found = [one for path in sorted(FILES.glob("*.yaml")) if (one := _automation(path.stem, settings, blocks))]
    for one in found:
        client.request("POST", "/automations/", json=one.model_dump(mode="json"))
    return [one.name for one in found]


def _automation(stem: str, settings: NotifyConfig, blocks: list[str]) -> AutomationCore | None:
    """None for one that only tells, where there is nobody to tell."""
    content: dict[str, Any] = yaml.safe_load((FILES / f"{stem}.yaml").read_text(encoding="utf-8"))
    if stem == LONGEST:
        content["trigger"]["within"] = settings.window_hours * 3600
    actions = []
    for action in content["actions"]:
        tells = action["type"] == "send-notification"
        actions += [action | {"block_document_id": block} for block in blocks] if tells else [action]
    return AutomationCore.model_validate(content | {"actions": actions}) if actions else None


def _blocks(settings: NotifyConfig) -> dict[str, Block]:
    """How to reach each address, by name. What is secret is kept as such: encrypted, and masked on Prefect's page."""
    found: dict[str, Block] = {}
    if webhook := expand(settings.webhook):
        found["webhook"] = CustomWebhookNotificationBlock(
            name="exhell",
            url="{{address}}",
            json_data={"subject": "{{subject}}", "body": "{{body}}"},
            secrets={"address": webhook},
        )
    if slack := expand(settings.slack):
        found["slack"] = SlackWebhook(url=slack)
    if key := expand(settings.sendgrid_key):
        found["email"] = SendgridEmail(api_key=key, sender_email=settings.email_from, to_emails=list(settings.email_to))
    return found
