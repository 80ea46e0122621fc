"""What can be wrong with an application's database, told so that the reader knows what to do."""

from __future__ import annotations

from configs.errors import ExhellError


class ExtractError(ExhellError):
    """An application database that cannot be read as the profile says."""


class SourceUnavailableError(ExtractError):
    """A server that does not answer now and may answer later: the one case that is worth a retry."""
