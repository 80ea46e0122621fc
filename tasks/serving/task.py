"""The model servers as Prefect tasks: the evaluate and deploy flows both begin with one, and end those not needed."""

from __future__ import annotations

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE

from configs.schema import Profile
from tasks.artifacts import Adapter
from tasks.serving.launch import ensure_server, retire


@task(name="start-server", task_run_name="start the model server", cache_policy=NO_CACHE)
def start_server(profile: Profile, adapter: Adapter | None = None, keep: str = "") -> str:
    """The address of a server that can offer an adapter, or the base model; see `tasks.serving.ensure_server`."""
    log = get_run_logger()

    def on_wait(elapsed: float) -> None:
        log.info("the model server is starting", extra={"progress": (int(elapsed), profile.serve.ready_timeout_s)})

    state = ensure_server(profile, on_wait, adapter=adapter, keep=keep)
    of = f" of {adapter.name}" if adapter is not None and adapter.model is not None else ""
    log.info(f"the model server{of} {'was started' if state.started_by_us else 'runs'} at {state.url}")
    return state.url


@task(name="retire-servers", task_run_name="end what no longer serves", cache_policy=NO_CACHE)
def retire_others(profile: Profile, keep: str) -> None:
    """End every model server that does not offer `keep`; see `tasks.serving.retire`."""
    if retire(profile, keep):
        get_run_logger().info(f"the server that is no longer needed has ended; {keep} is served")
