"""The errors that a user meets. Each says what happened, where, and what to do next.

    ExhellError
    ├── ConfigError        a profile that cannot be used
    ├── StorageError       an artifact that is missing, incomplete or altered; a store that cannot be written
    ├── JobError           a program that could not start, failed or stalled
    ├── BaseModelError     a base model that is not there or not whole
    ├── ExtractError       an app database that cannot be read as the profile says
    ├── FilterError        settings that no interaction can pass
    ├── ConvertError       too few good records, or an empty split
    ├── TrainError         a training run that made no usable adapter
    ├── EvaluateError      models that could not be questioned or judged
    ├── ServingError       a model server that does not start or answer
    ├── DeployError        an adapter that must not serve
    ├── TrackingError      MLflow out of reach, or a registry without what was asked for
    ├── ClusterError       a Dask or Ray cluster that does not answer, or has no worker
    ├── GatewayError       a gateway that cannot start, or would not be safe
    ├── StageError         a stage that failed on its work pool
    └── NightError         a night that cannot run now

The command prints an ExhellError as one message and exits with status 1; anything else is a defect of ours and shows
its traceback.
"""


class ExhellError(Exception):
    """Base of every error that a user can do something about."""
