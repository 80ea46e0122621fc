"""MLflow: what every night did, and which adapter should serve. The only user of `mlflow` in this project.

    tracker = tracker(profile)
    with tracker.night("night 2026-11-23") as night:
        with tracker.stage(night.id, "train") as run:
            run.log_params({"epochs": 3})
            run.log_metrics({"loss": 0.4}, step=100)
    tracker.champion()                      # what should serve, or None
    tracker.registry.promote(version)

MLflow takes seconds to import, so this package imports it at the first call that needs it. There is no global active
run: every call names its run, so threads, processes and machines share a night by its id.
"""

from tasks.tracking.client import TrackingError
from tasks.tracking.registry import QUESTIONS, ModelVersion, Registry
from tasks.tracking.runs import Run
from tasks.tracking.tracker import Tracker, tracker

__all__ = ["QUESTIONS", "ModelVersion", "Registry", "Run", "Tracker", "TrackingError", "tracker"]
