"""Reach MLflow: its client, made at the first use, and its errors in our words."""

from __future__ import annotations

import functools
import logging
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Protocol, TypeVar

from configs.errors import ExhellError

if TYPE_CHECKING:
    from mlflow.exceptions import MlflowException
    from mlflow.tracking import MlflowClient

SQLITE = "sqlite:///"

QUIET = ("alembic", "mlflow.store.db.utils", "mlflow.tracking._model_registry.client")
"""Loggers that tell of every schema migration and every state of a new model version."""

DEFAULTS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    # With a server it prints two addresses a run, in the middle of what `--json` prints.
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    # Seven retries with back-off, MLflow's default, keep a night waiting four minutes for a server that is not there.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
}
"""Variables that MLflow reads; what the environment already sets wins."""


class TrackingError(ExhellError):
    """MLflow cannot be reached, or refused a call."""


class Located(Protocol):
    """Something that talks to one MLflow."""

    @property
    def uri(self) -> str: ...


Parameters = ParamSpec("Parameters")
Self = TypeVar("Self", bound=Located)
Result = TypeVar("Result")


def connect(uri: str) -> MlflowClient:
    """A client of the MLflow at `uri`; an SQLite file and its folder are made where they are missing.

    Takes 3 s for MLflow's import, and for a new SQLite file 5 s more for its tables.
    """
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    if uri.startswith(SQLITE):
        Path(uri.removeprefix(SQLITE)).parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        # What MLflow's own code uses of its dependencies, and means to replace, is nothing that our user can change.
        warnings.simplefilter("ignore", DeprecationWarning)
        from mlflow.tracking import MlflowClient  # noqa: PLC0415 - seconds to import; only a night's own process pays

        return MlflowClient(tracking_uri=uri, registry_uri=uri)


def told(method: Callable[Concatenate[Self, Parameters], Result]) -> Callable[Concatenate[Self, Parameters], Result]:
    """Turn what MLflow and its database raise in a method into a TrackingError that names the address."""

    @functools.wraps(method)
    def call(self: Self, /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        try:
            return method(self, *args, **kwargs)
        except ExhellError:
            raise
        except Exception as error:  # MLflow lets through what the libraries below it raise, which have no common class
            if not _is_mlflows(error):
                raise
            raise TrackingError(
                f"MLflow at {shown(self.uri)} failed: {_first_line(error)}; "
                "check tracking.uri in the profile and that the server runs"
            ) from error

    return call


def shown(uri: str) -> str:
    """A tracking URI without the password that it may hold."""
    scheme, separator, rest = uri.partition("://")
    return f"{scheme}{separator}***@{rest.rpartition('@')[2]}" if "@" in rest else uri


def mlflow_exception() -> type[MlflowException]:
    """The class that MLflow's own errors have, where a client has been made: their `error_code` says what is wrong."""
    from mlflow.exceptions import MlflowException  # noqa: PLC0415 - as in `connect`

    return MlflowException


def _is_mlflows(error: Exception) -> bool:
    package = type(error).__module__.partition(".")[0]
    return package in {"mlflow", "sqlalchemy", "alembic", "requests", "sqlite3", "urllib3"} or isinstance(
        error, OSError
    )


def _first_line(error: Exception) -> str:
    lines = (str(error).strip() or type(error).__name__).splitlines()
    # SQLAlchemy says first in what it was disturbed, and then by what.
    told = [line for line in lines if not line.startswith("(raised as a result of")]
    return (told or lines)[0][:500]
