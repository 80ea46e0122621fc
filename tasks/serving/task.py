"""The model server as a Prefect task: the evaluate and deploy flows both begin with it."""

from __future__ import annotations

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE

from configs.schema import Profile
from tasks.serving.launch import ensure_server


@task(name="start-server", task_run_name="start the model server", cache_policy=NO_CACHE)
def start_server(profile: Profile) -> str:
    """The address of a healthy model server, started here where none ran; see `tasks.serving.ensure_server`."""
    log = get_run_logger()

    def on_wait(elapsed: float) -> None:
        log.info("the model server is starting", extra={"progress": (int(elapsed), profile.serve.ready_timeout_s)})

    state = ensure_server(profile, on_wait)
    log.info(f"the model server {'was started' if state.started_by_us else 'runs'} at {state.url}")
    return state.url
