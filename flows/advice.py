"""What an error says to a person: what happened, where, and what to do."""

from __future__ import annotations

import errno
import os

import httpx

from configs.errors import ExhellError

SPACE = "free disk space, or set `workspace` to a folder on another disk"
ACCESS = "let this user write there, or set `workspace` to a folder that it may write to"
ADVICE = {
    errno.ENOSPC: SPACE,
    errno.EDQUOT: SPACE,
    errno.EACCES: ACCESS,
    errno.EPERM: ACCESS,
    errno.EROFS: ACCESS,
    errno.EMFILE: "raise the limit of open files (`ulimit -n 4096`)",
    errno.ENOMEM: "end what else uses memory, or lower batch sizes",
}
"""What to do about an error of the operating system that no stage expected."""


def message_of(error: BaseException) -> str:
    """The message of an error. One of ours holds its advice; the operating system's get theirs here."""
    if isinstance(error, ExhellError):
        return str(error)
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        advice = ADVICE.get(error.errno or 0, "`exhell doctor` looks for what this machine lacks")
        return f"{where}{error.strerror or error}; {advice}"
    if isinstance(error, httpx.HTTPError):  # of Prefect's client: stages word their own
        address = os.environ.get("PREFECT_API_URL", "its address")
        return (
            f"Prefect's server at {address} went away or failed: {error}. What serves still serves; start the server "
            "(`exhell up`) and run again: it goes on from what was published"
        )
    return (
        f"{type(error).__name__}: {error}; no stage expected this, so it is a fault of this program: the traceback is "
        "in the log of the night's flow run in Prefect"
    )
