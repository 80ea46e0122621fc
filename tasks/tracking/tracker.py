"""The way in: one MLflow experiment with its nights and stages, and the model registry beside it."""

from __future__ import annotations

import io
import re
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING, Any

from configs.load import tracking_uri, workspace
from configs.schema import Profile
from tasks.tracking.client import TrackingError, connect, mlflow_exception, shown, told
from tasks.tracking.registry import ModelVersion, Registry
from tasks.tracking.runs import MAX_VALUE, Run

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

ERROR_TAG = "error"
_RUN_ID = re.compile(r"[0-9a-f]{32}")

KIND = {"mlflow.experimentKind": "custom_model_development"}
"""MLflow's page of the experiment then opens on runs to compare; otherwise on traces of an agent."""


class Tracker:
    """One experiment and one registered model. Nothing is connected before the first call."""

    def __init__(self, uri: str, experiment: str, registered_model: str, artifacts: str | None = None) -> None:
        """`artifacts` is the folder of a new experiment's artifacts; None leaves that to MLflow's server."""
        self.uri = uri
        self.experiment = experiment
        self._artifacts = artifacts
        self._lock = threading.Lock()
        self._client: MlflowClient | None = None
        self._experiment_id: str | None = None
        self.registry = Registry(self._connected, uri, registered_model)

    @contextmanager
    def night(
        self, name: str, tags: Mapping[str, str] | None = None, params: Mapping[str, Any] | None = None
    ) -> Iterator[Run]:
        """The run of one night, ended with the block: FINISHED, or FAILED or KILLED with the error as a tag."""
        with self._ended(self.start(name, tags=tags)) as run:
            if params:
                run.log_params(params)
            yield run

    @contextmanager
    def stage(self, night: str | None, name: str, tags: Mapping[str, str] | None = None) -> Iterator[Run]:
        """The run of one stage, a child of the night's; with no night, a run of its own."""
        with self._ended(self.start(name, night, {"kind": "stage", **(tags or {})})) as run:
            yield run

    @told
    def start(self, name: str, parent: str | None = None, tags: Mapping[str, str] | None = None) -> Run:
        """A new run that the caller ends (`finish`)."""
        client = self._connected()
        labels = {"mlflow.source.name": "exhell", "kind": "night", **(tags or {})}
        if parent is not None:
            labels["mlflow.parentRunId"] = parent
        experiment = self._experiment(client)
        made = client.create_run(experiment, run_name=name, tags=labels)
        return Run(client, self.uri, made.info.run_id, experiment, name)

    @told
    def run(self, run_id: str) -> Run:
        """A run that another process began."""
        client = self._connected()
        info = client.get_run(run_id).info
        return Run(client, self.uri, run_id, info.experiment_id, info.run_name or "")

    @told
    def find(self, which: str, tag: str) -> Run:
        """The newest run that bears a tag and has this id or name, or whatever name for `latest`.

        Raises TrackingError where there is none.
        """
        client = self._connected()
        quote = '"' if "'" in which else "'"
        by = {"id": f" and attributes.run_id = '{which}'", "name": f" and attributes.run_name = {quote}{which}{quote}"}
        wanted = "" if which == "latest" else by["id" if _RUN_ID.fullmatch(which) else "name"]
        # A backquoted tag that is compared with a text no run has: what MLflow's filter knows for "has this tag".
        found = client.search_runs(
            [self._experiment(client)], f"tags.`{tag}` != ''{wanted}", max_results=1, order_by=["start_time DESC"]
        )
        if not found:
            raise TrackingError(
                f"no run {'' if which == 'latest' else which + ' '}with a {tag} in the experiment {self.experiment} of "
                f"MLflow at {shown(self.uri)}; name one by its id or name (`exhell status` tells the last night), or "
                "run a night first"
            )
        info = found[0].info
        return Run(client, self.uri, info.run_id, info.experiment_id, info.run_name or "")

    def set_tags(self, run_id: str, tags: Mapping[str, str]) -> None:
        """Label a run. Raises TrackingError."""
        self.run(run_id).set_tags(tags)

    @told
    def forget_files(self, newest: int, dry_run: bool = False) -> int:
        """Remove the artifacts of all but the newest nights, and of their stages; how many runs that are.

        Parameters, metrics and tags stay, and so do the files of runs that made what serves, or served before.
        """
        from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository  # noqa: PLC0415

        client = self._connected()
        serving = self._serving()
        old = [run for run in self._old(client, newest) if run.info.run_id not in serving]
        old = [run for run in old if client.list_artifacts(run.info.run_id)]
        for run in () if dry_run else old:
            files: Any = get_artifact_repository(run.info.artifact_uri)
            files.delete_artifacts()
        return len(old)

    @told
    def forget_nights(self, newest: int, dry_run: bool = False) -> int:
        """Delete all but the newest nights, with their stages and all that was recorded; how many runs that are.

        Nights that made what serves, or served before, stay. In a database that we write ourselves they are gone for
        good; an MLflow server marks them as deleted, and its own `mlflow gc` removes them.
        """
        client = self._connected()
        runs, serving = self._old(client, newest), self._serving()
        nights = {_night_of(run) for run in runs if run.info.run_id in serving}
        old = [run.info.run_id for run in runs if _night_of(run) not in nights]
        if old and not dry_run:
            for run_id in old:
                client.delete_run(run_id)
            if not self.uri.startswith("http"):
                _delete_for_good(self.uri, old)
        return len(old)

    def _old(self, client: MlflowClient, newest: int) -> list[Any]:
        """Runs of all but the newest nights."""
        runs = list(_runs(client, self._experiment(client)))
        nights = [run.info.run_id for run in runs if run.data.tags.get("kind") == "night"]
        old = set(nights[newest:])
        return [run for run in runs if _night_of(run) in old]

    def _serving(self) -> set[str]:
        """Runs that registered what serves, and what served before."""
        return {one.run_id for one in (self.champion(), self.previous()) if one is not None}

    def champion(self) -> ModelVersion | None:
        """What should serve, or None before the first deployment. Raises TrackingError."""
        return self.registry.champion()

    def previous(self) -> ModelVersion | None:
        """What the champion replaced, or None. Raises TrackingError."""
        return self.registry.previous()

    @contextmanager
    def _ended(self, run: Run) -> Iterator[Run]:
        try:
            yield run
        except BaseException as error:
            try:
                run.set_tags({ERROR_TAG: f"{type(error).__name__}: {error}"[:MAX_VALUE]})
                run.finish("FAILED" if isinstance(error, Exception) else "KILLED")
            except TrackingError as second:  # what went wrong first is what must be told
                error.add_note(f"and its MLflow run {run.id} could not be ended: {second}")
            raise
        run.finish()

    def _connected(self) -> MlflowClient:
        with self._lock:
            if self._client is None:
                self._client = connect(self.uri)
            return self._client

    def _experiment(self, client: MlflowClient) -> str:
        if self._experiment_id is None:
            self._experiment_id = self._find_or_make(client)
        return self._experiment_id

    def _find_or_make(self, client: MlflowClient) -> str:
        found = client.get_experiment_by_name(self.experiment)
        if found is None:
            try:
                made = client.create_experiment(self.experiment, artifact_location=self._artifacts, tags=KIND)
                return str(made)
            except mlflow_exception() as error:
                if error.error_code != "RESOURCE_ALREADY_EXISTS":  # another process was faster
                    raise
            found = client.get_experiment_by_name(self.experiment)
        if found is None or found.lifecycle_stage != "active":
            raise TrackingError(
                f"the experiment {self.experiment} in MLflow at {shown(self.uri)} was deleted; restore it "
                "(`mlflow experiments restore`) or set tracking.experiment"
            )
        return str(found.experiment_id)


def _night_of(run: Any) -> str:
    return str(run.data.tags.get("mlflow.parentRunId", run.info.run_id))


def _delete_for_good(uri: str, run_ids: list[str]) -> None:
    """`mlflow gc`, in this process: the address may hold a password, which no process list should show."""
    with warnings.catch_warnings(action="ignore"):  # of its own types, as it is imported
        from mlflow.cli import gc  # noqa: PLC0415
    # It tells each run, where `--json` has the result.
    with redirect_stdout(io.StringIO()):
        gc.main(
            ["--backend-store-uri", uri, "--tracking-uri", uri, "--run-ids", ",".join(run_ids)], standalone_mode=False
        )


def _runs(client: MlflowClient, experiment: str) -> Iterator[Any]:
    """Every run of an experiment, the newest first."""
    token = None
    while True:
        page = client.search_runs([experiment], order_by=["attributes.start_time DESC"], page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def tracker(profile: Profile) -> Tracker:
    """The profile's MLflow; without a server of its own, a database and a folder of artifacts in the workspace."""
    uri = tracking_uri(profile)
    artifacts = None if uri.startswith("http") else (workspace(profile) / "mlflow-artifacts").as_uri()
    return Tracker(uri, profile.tracking.experiment, profile.tracking.registered_model, artifacts)
