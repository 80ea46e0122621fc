"""Files that an earlier process of this machine read for their digests: a night does not read them for that again.

    with carried_over(store, "filtered") as checked:
        ...                          # opens and links what the night before left
        checked.append(uri)          # what the next night will go by

As for git and make, a file counts as unchanged while its inode, size and time of change are what they were. A disk
that fails without touching these is found out by whoever reads the file outside of such a block: training,
evaluation, and every other reader. Then all notes are dropped (`Store.open`), and the next night reads everything
and makes anew what is damaged.
What is missing, damaged or another machine's costs time and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import orjson

from tasks import digests
from tasks.storage import VERIFIED, StorageError, Store


@contextmanager
def carried_over(store: Store, name: str) -> Iterator[list[str]]:
    """Rely on all that was noted. At the end, the files of the artifacts in the list are noted under the name, in place
    of others; where none is, or something is raised, the earlier note stays."""
    folder = store.aside(VERIFIED)
    with digests.relying_on(_noted(folder) if folder else {}):
        checked: list[str] = []
        yield checked
        if folder and checked:
            found = [one for uri in checked for one in _identities(store, uri)]
            _note(folder / f"{name}.json", [[*one, digests.recalled(one)] for one in found if digests.recalled(one)])


def _identities(store: Store, uri: str) -> Iterator[digests.Identity]:
    """Of an artifact's files, those that are there: whoever needs the others says what is missing."""
    with suppress(StorageError):
        for path in store.paths(uri).values():
            with suppress(OSError):
                yield digests.identity(path)


def _noted(folder: Path) -> dict[digests.Identity, str]:
    found: dict[digests.Identity, str] = {}
    for path in folder.glob("[!.]*.json"):
        with suppress(OSError, ValueError, TypeError):
            rows = orjson.loads(path.read_bytes())
            found |= {(device, inode, size, time): sha256 for device, inode, size, time, sha256 in rows}
    return found


def _note(path: Path, rows: list[list[int | str | None]]) -> None:
    """In one step: two nights may end at the same time."""
    beside = path.with_name(f".{path.name}.{uuid4().hex[:8]}")
    with suppress(OSError):  # a store that is full has said so before
        path.parent.mkdir(exist_ok=True)
        beside.write_bytes(orjson.dumps(rows))
        beside.replace(path)
