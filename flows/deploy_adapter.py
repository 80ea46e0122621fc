"""An adapter becomes the champion, or gives its place back."""

from __future__ import annotations

from prefect import flow

from flows import automations
from flows.context import STAGE, Context, Overrides, alone, named, server_left_as_found
from tasks.artifacts import Adapter, Deployment, EvalReport
from tasks.deploy.task import deploy_challenger, follow_gateway, roll_back
from tasks.serving.task import retire_others, start_server


@flow(name="deploy-adapter", flow_run_name=named("deploy adapter"), **STAGE)
def deploy_adapter(
    adapter: Adapter,
    report: EvalReport,
    profile: str = "demo",
    overrides: Overrides | None = None,
    night: str | None = None,
    *,
    reason: str = "",
) -> Deployment:
    """Register, load, question and promote an adapter. Whatever fails leaves what serves as it was.

    `reason` is recorded where a person deploys against the gate. Raises DeployError, ServingError or TrackingError.
    """
    context = Context.of(profile, overrides)
    with (
        alone(context, night),
        context.tracker.stage(night, "deploy") as run,
        server_left_as_found(context),
    ):
        run.set_tags({"decision": report.decision.reason} | ({"forced": reason} if reason else {}))
        url = start_server(context.profile, adapter, _serves(context))
        deployment = deploy_challenger(adapter, report, context.profile, run.id, url)
        retire_others(context.profile, deployment.name)
        run.set_tags({"adapter": deployment.name, "version": str(deployment.version), "url": deployment.url})
    return deployment


@flow(name="rollback", flow_run_name=named("roll back"), **STAGE)
def rollback_adapter(
    profile: str = "demo", overrides: Overrides | None = None, reason: str = "", done: Deployment | None = None
) -> Deployment:
    """Make what served before the champion serve again. Raises DeployError where there is nothing before it.

    `done` is what a gateway has gone back to already: then the run only waits for the registry, and records it.
    """
    context = Context.of(profile, overrides)
    with context.tracker.stage(None, "rollback") as run:
        followed = follow_gateway(done, context.profile, reason) if done is not None else None
        deployment = followed or _back(context, reason)
        run.set_tags({"adapter": deployment.name, "version": str(deployment.version), "reason": reason})
    automations.tell(
        "rolled-back", context.profile.name, f"{deployment.name} serves again: {reason or 'no reason given'}"
    )
    return deployment


def _back(context: Context, reason: str) -> Deployment:
    """The roll-back without a gateway: on a server that can offer what served before."""
    with server_left_as_found(context):
        previous = context.tracker.registry.previous()
        target = previous.adapter if previous is not None else None
        url = start_server(context.profile, target, _serves(context)) if target is not None else None
        deployment = roll_back(context.profile, reason, url, target)
        retire_others(context.profile, deployment.name)
    return deployment


def _serves(context: Context) -> str:
    """The name of what serves now, whose server must stay until another does."""
    champion = context.tracker.champion()
    return champion.name if champion is not None else context.profile.serve.base_name
