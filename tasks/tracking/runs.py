"""One MLflow run: what a stage or a night writes into it."""

from __future__ import annotations

import json
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasks.artifacts import Dataset
from tasks.tracking.client import told

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

BATCH = 100
"""Parameters that MLflow takes in one request; metrics may be ten times as many."""

MAX_VALUE = 5_000
"""Characters of a parameter or tag; MLflow's own limits are 6,000 and 8,000."""

DIGEST = 36
"""Characters of a dataset's digest that MLflow stores."""


class Run:
    """A run by its id. Every method raises TrackingError where MLflow is out of reach."""

    def __init__(self, client: MlflowClient, uri: str, run_id: str, experiment_id: str, name: str = "") -> None:
        self._client = client
        self.uri = uri
        self.id = run_id
        self.experiment_id = experiment_id
        self.name = name

    @told
    def log_params(self, params: Mapping[str, Any]) -> None:
        """Settings; a nested mapping becomes dotted names."""
        from mlflow.entities import Param  # noqa: PLC0415

        items = [Param(name, _text(value)) for name, value in _flat(params)]
        for at in range(0, len(items), BATCH):
            self._client.log_batch(self.id, params=items[at : at + BATCH])

    @told
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Figures; with `step`, one point of each one's curve."""
        from mlflow.entities import Metric  # noqa: PLC0415

        now = int(time.time() * 1000)
        items = [Metric(name, float(value), now, step or 0) for name, value in metrics.items()]
        for at in range(0, len(items), 10 * BATCH):
            self._client.log_batch(self.id, metrics=items[at : at + 10 * BATCH])

    @told
    def copy_curve(self, name: str, run_id: str, prefix: str) -> None:
        """Add every point of a metric to another run, as `prefix.name`, where runs are compared and curves overlaid."""
        from mlflow.entities import Metric  # noqa: PLC0415

        points = self._client.get_metric_history(self.id, name)
        items = [Metric(f"{prefix}.{name}", one.value, one.timestamp, one.step) for one in points]
        for at in range(0, len(items), 10 * BATCH):
            self._client.log_batch(run_id, metrics=items[at : at + 10 * BATCH])

    @told
    def set_tags(self, tags: Mapping[str, str]) -> None:
        """Labels to search by."""
        from mlflow.entities import RunTag  # noqa: PLC0415

        self._client.log_batch(self.id, tags=[RunTag(name, _text(value)) for name, value in tags.items()])

    @told
    def log_file(self, path: Path, folder: str | None = None) -> None:
        """Copy a file into the run's artifacts, at their root or in a folder of them."""
        self._client.log_artifact(self.id, str(path), folder)

    @told
    def log_artifacts(self, path: Path, folder: str | None = None) -> None:
        """Copy a folder's files into the run's artifacts."""
        self._client.log_artifacts(self.id, str(path), folder)

    @told
    def log_text(self, text: str, name: str) -> None:
        """Write text as an artifact; the name's ending says how it is shown."""
        self._client.log_text(self.id, text, name)

    @told
    def read_text(self, name: str) -> str | None:
        """An artifact's text, or None where the run holds none of that name."""
        folder = name.rpartition("/")[0]
        if name not in {file.path for file in self._client.list_artifacts(self.id, folder or None)}:
            return None
        with tempfile.TemporaryDirectory() as target:
            path = self._client.download_artifacts(self.id, name, target)
            return Path(path).read_text(encoding="utf-8")

    @told
    def log_table(self, columns: Mapping[str, list[Any]], name: str) -> None:
        """Write a table (column to values) as an artifact, which the run comparison shows side by side."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of pandas, about a call inside MLflow
            self._client.log_table(self.id, dict(columns), name)

    @told
    def log_dataset(
        self, dataset: Dataset, manifest: Mapping[str, Any] | None = None, context: str = "training"
    ) -> None:
        """Name the dataset that the run made or used, with its digest; its manifest is added to the artifacts."""
        from mlflow.entities import Dataset as Entity  # noqa: PLC0415
        from mlflow.entities import DatasetInput, InputTag  # noqa: PLC0415

        rows = {split: getattr(dataset, f"{split}_rows") for split in ("train", "validation", "test")}
        entity = Entity(
            name=f"dataset-{dataset.short}",
            digest=dataset.sha256[:DIGEST],
            source_type="artifact",
            source=json.dumps({"uri": dataset.uri, "sha256": dataset.sha256}),
            profile=json.dumps({"num_rows": dataset.rows, "rows": rows, "new_rows": dataset.new_rows}),
        )
        entry = DatasetInput(entity, tags=[InputTag("mlflow.data.context", context)])
        self._client.log_inputs(self.id, datasets=[entry])
        if manifest is not None:
            self._client.log_dict(self.id, dict(manifest), "dataset/manifest.json")

    @told
    def finish(self, status: str = "FINISHED") -> None:
        """End the run: FINISHED, FAILED or KILLED."""
        self._client.set_terminated(self.id, status)


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _text(value: Any) -> str:
    return str(value)[:MAX_VALUE]
