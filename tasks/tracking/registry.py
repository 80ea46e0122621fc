"""The model registry: every adapter that was deployed, and two aliases that say what should serve.

`champion` is the one truth about what serves, `previous` is what it replaced. A version carries the adapter's whole
reference, so that a server anywhere can be made to match the alias with the artifact store alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from tasks.artifacts import Adapter
from tasks.tracking.client import TrackingError, mlflow_exception, told

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

CHAMPION = "champion"
PREVIOUS = "previous"
REFERENCE = "adapter"
"""Tag of a version that holds the adapter's reference as JSON, and folder of the run's artifacts that holds it too."""

QUESTIONS = "questions"
"""Tag of a version that holds some of its canary questions with the evaluated answers, for the gateway to ask again."""


class ModelVersion(BaseModel):
    """A registered adapter."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    adapter: Adapter
    run_id: str = ""
    """The MLflow run that registered it."""

    @property
    def name(self) -> str:
        """The name under which servers load it."""
        return self.adapter.name


class Registry:
    """One registered model. Every method raises TrackingError where MLflow is out of reach."""

    def __init__(self, client: Callable[[], MlflowClient], uri: str, model: str) -> None:
        self._connect = client
        self.uri = uri
        self.model = model

    @told
    def register(self, adapter: Adapter, run_id: str) -> ModelVersion:
        """Make the adapter a version of the model, linked to a run; one that is registered already stays as it is."""
        client = self._connect()
        self._ensure_model(client)
        known = client.search_model_versions(f"name='{self.model}' and tags.sha256='{adapter.sha256}'")
        if known:
            return _version(known[0])
        client.log_dict(run_id, adapter.model_dump(mode="json"), f"{REFERENCE}/reference.json")
        tags = {
            REFERENCE: adapter.model_dump_json(),
            "name": adapter.name,
            "uri": adapter.uri,
            "sha256": adapter.sha256,
            "base_sha256": adapter.base_sha256,
            "dataset_sha256": adapter.dataset_sha256,
        }
        if adapter.start_sha256 is not None:
            tags["start_sha256"] = adapter.start_sha256
        if adapter.model is not None:
            tags |= {"model_uri": adapter.model.uri, "model_sha256": adapter.model.sha256}
        # MLflow's server refuses a local path outside the run's own artifacts as a source; the tags hold where it lies.
        made = client.create_model_version(self.model, f"runs:/{run_id}/{REFERENCE}", run_id=run_id, tags=tags)
        return _version(made)

    def champion(self) -> ModelVersion | None:
        """What should serve, or None before the first deployment."""
        return self._by_alias(CHAMPION)

    def previous(self) -> ModelVersion | None:
        """What the champion replaced, or None."""
        return self._by_alias(PREVIOUS)

    @told
    def promote(self, version: int) -> ModelVersion | None:
        """Make a version the champion and its predecessor `previous`; return the latter. Twice is as once."""
        client = self._connect()
        before, previous = self.champion(), self.previous()
        if before is None or before.version == version:
            client.set_registered_model_alias(self.model, CHAMPION, str(version))
            return previous
        # In this order a kill between the two leaves the old champion serving.
        client.set_registered_model_alias(self.model, PREVIOUS, str(before.version))
        client.set_registered_model_alias(self.model, CHAMPION, str(version))
        return before

    @told
    def rollback(self) -> ModelVersion:
        """Swap champion and previous; return the new champion. Raises TrackingError where there is no previous."""
        client = self._connect()
        champion, previous = self.champion(), self.previous()
        if champion is None or previous is None or champion.version == previous.version:
            raise TrackingError(f"{self.model} has no previous version to go back to")
        client.set_registered_model_alias(self.model, CHAMPION, str(previous.version))
        client.set_registered_model_alias(self.model, PREVIOUS, str(champion.version))
        return previous

    @told
    def tag(self, version: int, tags: Mapping[str, str]) -> None:
        """Label a version: how its deployment went."""
        client = self._connect()
        for name, value in tags.items():
            client.set_model_version_tag(self.model, str(version), name, value)

    @told
    def questions(self, version: int) -> str:
        """The tag with a version's known questions (JSON), which its deployment left; empty where it left none."""
        found = self._connect().get_model_version(self.model, str(version))
        return str(found.tags.get(QUESTIONS, ""))

    @told
    def _by_alias(self, alias: str) -> ModelVersion | None:
        client = self._connect()
        try:
            return _version(client.get_model_version_by_alias(self.model, alias))
        except mlflow_exception() as error:
            # "No such alias" has no error code of its own: MLflow calls it an invalid parameter.
            if error.error_code == "RESOURCE_DOES_NOT_EXIST" or f"alias {alias} not found" in str(error):
                return None
            raise

    def _ensure_model(self, client: MlflowClient) -> None:
        try:
            client.create_registered_model(self.model)
        except mlflow_exception() as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise


def _version(found: Any) -> ModelVersion:
    try:
        return ModelVersion(
            version=int(found.version),
            adapter=Adapter.model_validate_json(found.tags[REFERENCE]),
            run_id=found.run_id or "",
        )
    except (KeyError, ValueError) as error:
        raise TrackingError(
            f"version {found.version} of {found.name} was not registered by this project: its tag `{REFERENCE}` is "
            "missing or damaged; take its alias away in MLflow, or deploy an adapter again"
        ) from error
