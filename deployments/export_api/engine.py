"""The data behind the API: what the night would take at this moment, under the caller's filter.

    engine = NightEngine(profile, folder)
    export = engine.open_export(filter_settings, hung_up)     # reads the database; takes as long as that takes
    export.stats()
    for block in export.lines("llama2"): ...
    export.close()

The database is read and filtered in a process of its own (`worker.py`), by the code that the night runs, into a folder
of its own. So a caller who hangs up takes the connection to the database with him, whatever it was doing; this process
needs memory for a block at a time; and a call leaves no trace in the artifacts of a night, and moves none of its
watermarks.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from configs.errors import ExhellError
from configs.load import PROJECT
from configs.schema import FilterConfig, Profile
from deployments.export_api.render import blocks
from deployments.export_api.stats import Stats, collect
from tasks import kept
from tasks.artifacts import Filtered, FunnelStep
from tasks.base_model import BaseModelError
from tasks.extract.errors import ExtractError
from tasks.extract.extract import KIND as EXTRACTS
from tasks.extract.extract import extract
from tasks.filter.checks import Checking, checking
from tasks.filter.filter import FilterError, filter_extract
from tasks.jobs import Job, run, stop
from tasks.storage import Store

_PROFILE, _RESULT, _RECORD, _LOG = "profile.json", "result.json", "worker.json", "worker.log"


class ExportError(ExhellError):
    """An export that cannot be made, for a reason that the caller may read."""


class UnavailableError(ExportError):
    """A database that cannot be read now."""


class NothingPassedError(ExportError):
    """No interaction passed the filter; `funnel` says where they went, as far as it is known."""

    def __init__(self, message: str, funnel: tuple[FunnelStep, ...] = ()) -> None:
        super().__init__(message)
        self.funnel = funnel


class HungUpError(Exception):
    """The caller is gone."""


class Export(Protocol):
    """What passed one filter at one moment. All its rows are of one consistent view of the database."""

    @property
    def rows(self) -> int:
        """How many passed, one at least."""

    def stats(self) -> Stats:
        """Figures about them."""

    def lines(self, format_name: str) -> Iterator[bytes]:
        """A file in one of `formats.FILES`, in blocks of at most `render.BLOCK_BYTES`."""

    def close(self) -> None:
        """Free all that it holds, files on the disk first of all."""


class Engine(Protocol):
    """Makes exports. Used from several threads."""

    def open_export(self, settings: FilterConfig, hung_up: threading.Event) -> Export:
        """What passes a filter now. Raises UnavailableError, NothingPassedError and ExportError.

        Soon after the event is set, this and what it returned raise HungUpError; this leaves nothing behind then.
        """

    def close(self) -> None:
        """Free what is left of all exports."""


class NightEngine:
    """The night's own extraction and filter. `folder` holds its exports while they are open, and nothing else."""

    def __init__(self, profile: Profile, folder: Path) -> None:
        self._profile = profile
        self._folder = folder / str(os.getpid())
        _sweep(folder)

    def open_export(self, settings: FilterConfig, hung_up: threading.Event) -> PreparedExport:
        folder = self._folder / uuid.uuid4().hex
        folder.mkdir(parents=True, mode=0o700)
        try:
            result = self._prepare(settings, folder, hung_up)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        filtered = Filtered.model_validate(result)
        return PreparedExport(folder, filtered, self._profile.convert.system_prompt, hung_up)

    def close(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def _prepare(self, settings: FilterConfig, folder: Path, hung_up: threading.Event) -> dict[str, Any]:
        profile = self._profile.model_copy(update={"filter": settings})
        (folder / _PROFILE).write_text(profile.model_dump_json(exclude={"api"}), encoding="utf-8")
        argv = (sys.executable, "-m", "deployments.export_api.worker", str(folder))
        job = Job("export", argv, cwd=PROJECT, log=folder / _LOG, env=_variables(profile.source.url))

        def check() -> None:
            if hung_up.is_set():
                raise HungUpError

        run(job, check=check, record=folder / _RECORD)
        check()
        return _result(folder)


@dataclass(frozen=True)
class PreparedExport:
    """A filtered table in a folder, which goes with it."""

    folder: Path
    filtered: Filtered
    system_prompt: str
    hung_up: threading.Event

    @property
    def rows(self) -> int:
        return self.filtered.rows

    def stats(self) -> Stats:
        return collect(self.rows, self._batches(), self.filtered.funnel, self.system_prompt)

    def lines(self, format_name: str) -> Iterator[bytes]:
        return blocks(self._batches(), format_name, self.system_prompt)

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _batches(self) -> Iterator[pa.RecordBatch]:
        """EXAMPLE_SCHEMA, in the order of the database's own reading."""
        for batch in kept.rows(_store(self.folder), self.filtered):
            if self.hung_up.is_set():
                raise HungUpError
            yield batch


def prepare(folder: Path) -> None:
    """What the worker does: read and filter, as the profile in the folder says, and leave there what came of it.

    Errors that a caller may read are part of the result; any other ends the process.
    """
    profile = Profile.model_validate_json((folder / _PROFILE).read_bytes())
    store = _store(folder)
    result: dict[str, Any]
    try:
        filtered = filter_extract(extract(profile.source, store), profile.filter, store, _checking(profile))
        result = filtered.model_dump(mode="json")
    except ExhellError as error:
        funnel = [step.model_dump() for step in getattr(error, "funnel", ())]
        result = {"error": _kind(error), "message": str(error), "funnel": funnel}
    # What users wrote, and no filter has seen: gone as soon as it is not needed.
    shutil.rmtree(folder / "store" / EXTRACTS, ignore_errors=True)
    beside = folder / f".{_RESULT}"
    beside.write_text(json.dumps(result), encoding="utf-8")
    beside.replace(folder / _RESULT)


def _checking(profile: Profile) -> Checking:
    """As in a night: where the base model is not there, examples are not counted in its tokens. An export has no test
    to look for traces of."""
    try:
        needs = checking(profile)
    except BaseModelError:
        needs = Checking()
    return needs.model_copy(update={"traces": ()})


def _kind(error: ExhellError) -> str:
    if isinstance(error, FilterError):
        return "nothing"
    return "unavailable" if isinstance(error, ExtractError) else "failed"


def _result(folder: Path) -> dict[str, Any]:
    result: dict[str, Any] = json.loads((folder / _RESULT).read_bytes())
    if "error" not in result:
        return result
    if result["error"] == "nothing":
        raise NothingPassedError(result["message"], tuple(map(FunnelStep.model_validate, result["funnel"])))
    raise (UnavailableError if result["error"] == "unavailable" else ExportError)(result["message"])


def _store(folder: Path) -> Store:
    return Store(str(folder / "store"))


def _variables(url: str) -> dict[str, str]:
    """The variables that the address names, and those that PostgreSQL's own library reads."""
    named = set(re.findall(r"\$\{(\w+)", url))
    return {name: value for name, value in os.environ.items() if name in named or name.startswith("PG")}


def _sweep(folder: Path) -> None:
    """End and remove what a server left behind that was killed."""
    for left in folder.glob("*"):
        if left.name.isdigit() and not Path("/proc", left.name).exists():
            for record in left.glob(f"*/{_RECORD}"):
                with suppress(OSError):
                    stop(record)
            shutil.rmtree(left, ignore_errors=True)
