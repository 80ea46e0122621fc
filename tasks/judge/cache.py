"""What the engine said of formulas in earlier nights, in one small file beside the artifacts.

    cache = FormulaCache(Path("work/formulas.json"))
    cache.load()                      # {"=SUM(A2:A9)": "", …}
    cache.add({"=SUM(A2)": ""})

The file holds only what a run said, under the engine's version and a fingerprint of this package: with another engine
or other code it counts as empty, as does a file that cannot be read. It is replaced whole, under a lock, so that two
processes lose nothing of each other and no reader sees half of it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path

from configs.errors import ExhellError

MOST = 100_000
"""Formulas that the file holds; it starts anew with the latest when there would be more."""


class FormulaCacheError(ExhellError):
    """A cache that cannot be written."""


class FormulaCache:
    """Outline of a formula to what became of its run, shared by all processes that name the same file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, str] = {}
        self._seen: tuple[int, int] | None = None

    def load(self) -> Mapping[str, str]:
        """All that is known, read again only where the file has changed."""
        stamp = self._stamp()
        if stamp != self._seen:
            self._known, self._seen = self._read(), stamp
        return self._known

    def add(self, ran: Mapping[str, str]) -> None:
        """Keep what these runs said. Raises FormulaCacheError where the file cannot be written."""
        try:
            with self._locked():
                merged = self._read() | dict(ran)
                self._write(merged if len(merged) <= MOST else dict(ran))
                self._known, self._seen = merged, self._stamp()
        except OSError as error:
            raise FormulaCacheError(
                f"cannot write the formula cache {self._path}: {error.strerror or error}; free disk space or make its "
                "folder writable"
            ) from error

    def _read(self) -> dict[str, str]:
        try:
            content = json.loads(self._path.read_bytes())
            if content["of"] != _made_by():
                return {}
            known: dict[str, str] = content["formulas"]
            return known if all(isinstance(said, str) for said in known.values()) else {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def _write(self, known: Mapping[str, str]) -> None:
        beside = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        try:
            with beside.open("w", encoding="utf-8") as file:
                json.dump(
                    {"of": _made_by(), "formulas": dict(sorted(known.items()))}, file, ensure_ascii=False, indent=0
                )
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._path)
        finally:
            beside.unlink(missing_ok=True)

    def _stamp(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.with_name(f".{self._path.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


@cache
def _made_by() -> str:
    """The engine's version and a fingerprint of the judge's code."""
    code = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        code.update(file.name.encode() + b"\0" + file.read_bytes())
    return f"ironcalc {version('ironcalc')}, judge {code.hexdigest()[:16]}"
