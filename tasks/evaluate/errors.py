"""What goes wrong in an evaluation."""

from configs.errors import ExhellError


class EvaluateError(ExhellError):
    """Models that could not be questioned or judged."""
