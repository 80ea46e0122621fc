"""The deployment as Prefect tasks."""

from __future__ import annotations

from prefect import get_run_logger, task
from prefect.artifacts import create_link_artifact, create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from configs.schema import Profile
from tasks.artifacts import Adapter, Deployment, EvalReport
from tasks.deploy import deploy as steps
from tasks.deploy.canary import DeployError, read_canaries
from tasks.deploy.site import open_site
from tasks.tracking import tracker


@task(name="deploy-challenger", task_run_name="deploy {adapter.name}", cache_policy=NO_CACHE)
def deploy_challenger(adapter: Adapter, report: EvalReport, profile: Profile, run_id: str, url: str) -> Deployment:
    """Make the adapter the champion, on the server at `url`, checked by the report's canaries; see
    `tasks.deploy.deploy.deploy`."""
    if report.models["challenger"] != adapter.name:
        raise DeployError(f"the report {report.short} is about {report.models['challenger']}, not about {adapter.name}")
    with open_site(profile, url, adapter) as site:
        canaries = read_canaries(site.store.open(report.uri))
        deployment = steps.deploy(site, adapter, canaries, run_id)
    _publish(deployment, f"{len(canaries)} canary questions answered as evaluated. {report.decision.reason}")
    return deployment


@task(name="roll-back", task_run_name="roll back", cache_policy=NO_CACHE)
def roll_back(profile: Profile, reason: str = "", url: str | None = None, target: Adapter | None = None) -> Deployment:
    """Make what served before serve again, on the server at `url` that can offer it; see
    `tasks.deploy.deploy.rollback`."""
    with open_site(profile, url, target) as site:
        deployment = steps.rollback(site)
    _publish(deployment, f"Rolled back: {reason or 'no reason given'}")
    return deployment


@task(name="follow-gateway", task_run_name="wait for the alias", cache_policy=NO_CACHE)
def follow_gateway(done: Deployment, profile: Profile, reason: str = "") -> Deployment:
    """Record a gateway's roll-back, once the alias has followed; see `tasks.deploy.deploy.await_alias`."""
    steps.await_alias(tracker(profile).registry, done)
    _publish(done, f"Rolled back by the gateway: {reason or 'no reason given'}")
    return done


@task(name="restore-champion", task_run_name="restore the champion", cache_policy=NO_CACHE)
def restore(profile: Profile, url: str, adapter: Adapter | None) -> Adapter | None:
    """Make the server at `url` serve the champion, which is `adapter`; None before the first one on this base."""
    with open_site(profile, url, adapter) as site:
        champion = steps.restore_champion(site)
    get_run_logger().info(
        f"{champion.name} serves" if champion else "no champion for this base model yet: the base alone serves"
    )
    return champion.adapter if champion else None


@task(name="load-challenger", task_run_name="load {adapter.name}", cache_policy=NO_CACHE)
def load_challenger(adapter: Adapter, profile: Profile, url: str) -> str:
    """Have an adapter offered at `url`, to be questioned; see `tasks.deploy.deploy.load`."""
    with open_site(profile, url, adapter) as site:
        mismatch = steps.load(site, adapter)
    if mismatch:
        get_run_logger().warning(mismatch)
    return mismatch


@task(name="unload-challenger", task_run_name="unload {adapter.name}", cache_policy=NO_CACHE)
def unload_challenger(adapter: Adapter, profile: Profile, url: str) -> None:
    """Take an adapter away that the gate refused; see `tasks.deploy.deploy.unload`."""
    with open_site(profile, url, adapter) as site:
        steps.unload(site, adapter)


def _publish(deployment: Deployment, how: str) -> None:
    get_run_logger().info(f"{deployment.name} serves at {deployment.url} as version {deployment.version}")
    create_markdown_artifact(
        key="deployment",
        markdown=f"""## {deployment.name} serves

| | |
| --- | --- |
| version in MLflow | {deployment.version} |
| address | {deployment.url} |
| served before | {deployment.previous or "the base model"} |

{how}
""",
        description="What serves since this run",
    )
    create_link_artifact(key="model-server", link=f"{deployment.url}/v1/models", link_text="models that can be asked")
