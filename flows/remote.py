"""Run a stage where its profile says: in this process, or on a work pool through its Prefect deployment.

The only caller of `run_deployment`. A child run that fails does not raise there, so its final state is looked at here.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast, get_type_hints

from prefect import Flow
from prefect.client.schemas.objects import FlowRun
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound
from pydantic import BaseModel, TypeAdapter

from configs.errors import ExhellError
from configs.schema import Profile

R = TypeVar("R")

ENDED_S = 1.0
"""Seconds between two looks at whether a stage has ended; Prefect's own default is 5."""


class StageError(ExhellError):
    """A stage that ran elsewhere and did not complete."""


def run_stage(stage: Flow[..., R], settings: Profile, /, **parameters: Any) -> R:
    """Run `stage` with these parameters and return what it returns.

    `settings.night.pools` maps the stage's first word ("train" of train-adapter) to a deployment. Raises what the stage
    raises in this process, or StageError with the child run's own message.
    """
    deployment = settings.night.pools.get(cast(Any, stage.name.split("-")[0]))
    if deployment is None:
        return cast(R, stage(**parameters))
    plain = {name: _plain(value) for name, value in parameters.items()}
    try:
        run = cast(FlowRun, run_deployment(deployment, parameters=plain, timeout=None, poll_interval=ENDED_S))
    except ObjectNotFound as error:
        raise StageError(
            f"there is no deployment {deployment} for {stage.name}; run `prefect deploy --all`, or correct night.pools"
        ) from error
    state = run.state
    if state is None or not state.is_completed():
        what = f"{state.name}: {state.message}" if state is not None else "no state"
        raise StageError(f"{stage.name} on {deployment} did not complete ({what}); see flow run {run.name} in Prefect")
    return _typed(stage, state.result(raise_on_failure=True))


def _typed(stage: Flow[..., R], result: Any) -> R:
    """A result in the type that the stage declares: Prefect keeps it as JSON, and reads plain data back."""
    adapter: TypeAdapter[R] = TypeAdapter(get_type_hints(stage.fn)["return"])
    return adapter.validate_python(result)


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value
