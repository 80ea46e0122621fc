"""Files of this machine's disk: their digests, and whether they are still what was read."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import orjson

SYNCS = 16
"""Files to `sync` at once: they wait for the disk, which writes many in one go."""
_CHUNK = 1 << 20
_READABLE = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS | orjson.OPT_APPEND_NEWLINE

Identity = tuple[int, int, int, int]
"""Of a file, as long as nobody writes to it: device, inode, bytes and the time of its last change."""


class Known(NamedTuple):
    """A file's description, by whoever read it, in this process or another, and what the file was then."""

    description: Mapping[str, Any]
    identity: Identity


def files(folder: Path) -> list[str]:
    """The files in a folder and below, by their names in it."""
    found: list[str] = []
    for here, _, names in os.walk(folder):
        beside = os.path.relpath(here, folder)
        found += names if beside == os.curdir else (f"{beside}/{name}" for name in names)
    return sorted(found)


def identity(path: Path) -> Identity:
    """Equal for as long as a file's content is."""
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


_read: dict[Identity, str] = {}
_relied_on: dict[Identity, str] = {}


def describe(path: Path) -> dict[str, Any]:
    """Size and SHA-256 of a file, which is read for that once a process."""
    found = identity(path)
    digest = recalled(found)
    if digest is None:
        digest = _read[found] = sha256(path)
    return {"bytes": found[2], "sha256": digest}


def recalled(found: Identity) -> str | None:
    """SHA-256 of a file that need not be read for it."""
    return _read.get(found) or _relied_on.get(found)


@contextmanager
def relying_on(digests: Mapping[Identity, str]) -> Iterator[None]:
    """Within it, files are described by what another process read of them, while they are what they were."""
    _relied_on.update(digests)
    try:
        yield
    finally:
        rely_on_nothing()


def rely_on_nothing() -> None:
    """From here on, this process describes only what it has read, or whose reader it asked."""
    _relied_on.clear()


def believe(path: Path, known: Known) -> bool:
    """Whether a file is still the one that is known; if so, this process need not read it either."""
    same = identity(path) == known.identity
    if same and known.identity not in _relied_on:  # which nobody has read since
        _read[known.identity] = known.description["sha256"]
    return same


def finish(path: Path) -> Known:
    """Bring a file to the disk, and read it for its description."""
    sync(path)
    found = identity(path)
    return Known(describe(path), found)


def sha256(path: Path) -> str:
    """A file's digest, read anew."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def canonical(value: Any) -> bytes:
    """JSON of which equal values have equal bytes."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str).encode()


def readable(value: Any) -> bytes:
    """JSON to be read by people too, of which equal values have equal bytes."""
    return orjson.dumps(value, default=str, option=_READABLE)


def of_value(value: Any) -> str:
    """SHA-256 of a value's canonical JSON."""
    return hashlib.sha256(canonical(value)).hexdigest()


def of_code(folder: Path, *modules: Path) -> str:
    """SHA-256 over a package's modules, and some more: in a `key`, it keeps an artifact from being found after its code
    changed."""
    found = {name: folder / name for name in files(folder) if name.endswith(".py")}
    found |= {path.name: path for path in modules}
    return of_value({name: sha256(path) for name, path in found.items()})
