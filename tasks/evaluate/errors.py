"""What goes wrong in an evaluation."""

from configs.errors import ExhellError


class EvaluateError(ExhellError):
    """Models that could not be questioned or judged."""


class ServerHangsError(EvaluateError):
    """A server that did not answer many questions in time: another try goes on with those, and may find it well."""
