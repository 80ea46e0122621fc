"""Publish and read immutable artifacts, on a local disk or in any store that fsspec reaches.

An artifact is a folder whose `manifest.json` lists every file with its size and SHA-256. It is written as a draft,
its manifest last; a local draft is then renamed into place, and a remote one is uploaded manifest last. So a manifest
that is there means that everything it names is there, and a reader accepts nothing without one.

    store = Store(root)
    with store.draft("datasets") as draft:
        (draft / "train.jsonl").write_text(...)
        published = store.publish(draft, meta={"rows": 10}, key=fingerprint)
    folder = store.open(published.uri)          # verified, local

Folders are named by the digest of their content. `key` is the fingerprint of what the artifact was made from:
`store.find(kind, key)` returns what an earlier run already made of the same inputs.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fsspec

from configs.errors import ExhellError
from tasks import digests
from tasks.pool import in_threads

MANIFEST = "manifest.json"
VERIFIED = ".verified"
"""Folder of a local store: which files a night need not read again (`tasks/verified.py`)."""
_LARGE = 1 << 25
"""Bytes of files from which on they are read by more than one thread."""


class StorageError(ExhellError):
    """An artifact that is missing, incomplete or altered, or a store that cannot be written."""


class StoreAwayError(ExhellError):
    """A remote store that does not answer or refuses: whether an artifact is there is not known.

    No StorageError: those are met by making the artifact anew.
    """


@dataclass(frozen=True)
class Published:
    """A published artifact: where it lies, the digest of its content, and what its writer said of it."""

    uri: str
    sha256: str
    meta: Mapping[str, Any]


class Store:
    """A root folder (path or fsspec URL) that holds artifacts by kind, keys and pointers.

    Every method raises StoreAwayError where a remote store does not answer.
    """

    def __init__(self, root: str) -> None:
        """Raises StorageError for an address that nothing installed here can reach."""
        self.root = root.rstrip("/")
        try:
            # What another machine publishes or points to meanwhile must be seen: no list of a folder is remembered.
            found, self._path = fsspec.core.url_to_fs(self.root, use_listings_cache=False)
        except (ImportError, ValueError) as error:  # the package for that kind of store, or the kind itself
            raise StorageError(f"cannot use {self.root} as a store: {error}; correct `store` in the profile") from error
        self._is_local = "file" in _protocols(found)
        self._fs: Any = found if self._is_local else _Remote(found, self.root)

    @contextmanager
    def draft(self, kind: str) -> Iterator[Path]:
        """Yield an empty local folder to fill and publish. It is gone when the block ends, published or not.

        Raises StorageError where the disk cannot be written.
        """
        folder = self._drafts / f"{kind}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise StorageError(f"cannot write artifacts under {self.root}: {error.strerror or error}") from error
        try:
            yield folder
        except OSError as error:
            raise StorageError(
                f"cannot write {kind} under {self.root}: {error.strerror or error}; nothing was published. "
                "Free disk space or point `store` elsewhere, then run again"
            ) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def publish(
        self,
        draft: Path,
        meta: Mapping[str, Any] | None = None,
        key: str | None = None,
        known: Mapping[str, digests.Known] | None = None,
    ) -> Published:
        """Make a draft's content an artifact, once: equal content is published in the same place.

        A damaged artifact in that place is replaced. Files that are `known`, by `link` or `digests.finish`, are neither
        read again nor brought to the disk.
        """
        kind = draft.name.rsplit("-", 2)[0]
        names = digests.files(draft)
        described = {
            name: dict(one.description) for name, one in (known or {}).items() if digests.believe(draft / name, one)
        }
        new = [name for name in names if name not in described]
        described |= zip(new, in_threads(digests.describe, [draft / name for name in new]), strict=True)
        files = {name: described[name] for name in names}
        digest = digests.of_value(files)
        uri = self.locate(kind, digest)
        manifest: dict[str, Any] = {"kind": kind, "sha256": digest, "files": files, "meta": dict(meta or {})}
        if not self._is_whole(uri):
            self._place(draft, manifest, uri, new)
        if key is not None:
            self.point(f"keys/{kind}/{key}", {"uri": uri, "sha256": digest})
        return Published(uri, digest, manifest["meta"])

    @property
    def _drafts(self) -> Path:
        """On the store's own disk, where a rename publishes; those of a remote store lie on this machine's."""
        return Path(self._path) / ".drafts" if self._is_local else Path(tempfile.gettempdir(), "exhell-drafts")

    def locate(self, kind: str, sha256: str) -> str:
        """The URI of the artifact with this digest, whether it is there or not."""
        return f"{self.root}/{kind}/{sha256[:16]}"

    def all(self, kind: str) -> list[str]:
        """URIs of every artifact of a kind, the oldest first."""
        folder = f"{self._path}/{kind}"
        if not self._fs.isdir(folder):
            return []
        found = [one["name"] for one in self._fs.ls(folder, detail=True) if one["type"] == "directory"]
        whole = [name for name in found if self._fs.exists(f"{name}/{MANIFEST}")]
        return [f"{self.root}/{kind}/{name.rsplit('/', 1)[-1]}" for name in sorted(whole, key=self._made_at)]

    def kinds(self) -> list[str]:
        """Kinds of which there is an artifact."""
        if not self._fs.isdir(self._path):
            return []
        found = [one["name"] for one in self._fs.ls(self._path, detail=True) if one["type"] == "directory"]
        names = sorted(name.rsplit("/", 1)[-1] for name in found)
        return [name for name in names if not name.startswith(".") and self.all(name)]

    def made_at(self, uri: str) -> datetime:
        """When an artifact was published, in UTC."""
        return datetime.fromtimestamp(self._made_at(self._strip(uri)), UTC)

    def _made_at(self, folder: str) -> float:
        return float(self._fs.modified(f"{folder}/{MANIFEST}").timestamp())

    def remove(self, uri: str) -> None:
        """Take an artifact away: first its manifest, so that no reader meets half of one."""
        folder = self._strip(uri)
        with suppress(FileNotFoundError):
            self._fs.rm_file(f"{folder}/{MANIFEST}")
        if self._fs.exists(folder):
            self._fs.rm(folder, recursive=True)

    def copy_out(self, uri: str, folder: Path) -> None:
        """Put an artifact's files into a folder that is empty or not there yet, linked where the disk allows.

        The manifest comes last. Raises StorageError for a folder that holds something.
        """
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise StorageError(f"{folder} is not empty; name a new folder, or empty this one")
        for name in self.manifest(uri)["files"]:
            self.link(uri, name, folder, name)
        (folder / MANIFEST).write_bytes(self._fs.cat_file(f"{self._strip(uri)}/{MANIFEST}"))

    def link(self, uri: str, name: str, draft: Path, to: str) -> digests.Known:
        """Put an artifact's file into a draft without copying it where the disk allows.

        Raises StorageError where the file is missing or altered.
        """
        folder = self.open(uri, [name])
        target = draft / to
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(folder / name, target)
        except OSError:  # another disk, or one without hard links
            shutil.copyfile(folder / name, target)
            digests.sync(target)
        return digests.Known(self.manifest(uri)["files"][name], digests.identity(target))

    def find(self, kind: str, key: str) -> Published | None:
        """What was published under this fingerprint of inputs, or None. An altered artifact counts as none."""
        pointer = self.pointer_if_whole(f"keys/{kind}/{key}")
        if pointer is None:
            return None
        if not self._is_whole(pointer["uri"]):
            return None
        manifest = self.manifest(pointer["uri"])
        return Published(pointer["uri"], manifest["sha256"], manifest["meta"])

    def manifest(self, uri: str) -> dict[str, Any]:
        """An artifact's manifest. Raises StorageError where there is none or it is not a manifest."""
        path = f"{self._strip(uri)}/{MANIFEST}"
        try:
            if self._is_local:
                return _local_manifest(Path(path), uri)
            return _read_manifest(self._fs.cat_file(path), uri)
        except FileNotFoundError:
            raise StorageError(f"no artifact at {uri}: it has no {MANIFEST}, so it was never published whole") from None

    def open(self, uri: str, names: Sequence[str] | None = None) -> Path:
        """A local folder with the artifact's files (or with some of them), each checked against its digest.

        A file is read for that once a process, unless its size or time changes. Raises StorageError naming the first
        file that is missing or altered.
        """
        manifest = self.manifest(uri)
        wanted = manifest["files"] if names is None else _some(manifest["files"], names, uri)
        folder = Path(self._strip(uri)) if self._is_local else self._download(uri, manifest["sha256"], wanted)
        large = len(wanted) > 1 and sum(expected["bytes"] for expected in wanted.values()) > _LARGE
        descriptions = (in_threads if large else map)(_described, [folder / name for name in wanted])
        for (name, expected), found in zip(wanted.items(), descriptions, strict=True):
            if found is None:
                raise _missing(uri, name)
            if found != expected:
                raise self._altered(uri, name)
        return folder

    def known(self, uri: str) -> dict[str, digests.Known]:
        """What an artifact's files are, for another process of this machine to `believe`: each as this one read it."""
        files = self.paths(uri) if self._is_local else {}
        return {name: digests.Known(digests.describe(path), digests.identity(path)) for name, path in files.items()}

    def paths(self, uri: str) -> dict[str, Path]:
        """Where the files of an artifact of a local store are, by their names."""
        return {name: self._at(uri, name) for name in self.manifest(uri)["files"]}

    def believe(self, uri: str, known: Mapping[str, digests.Known]) -> None:
        """Take over what another process read: `open` reads none of it again while the files are what they were."""
        for name, one in known.items():
            if self._is_local and self._at(uri, name).is_file():
                digests.believe(self._at(uri, name), one)

    def aside(self, name: str) -> Path | None:
        """A place on this machine's disk for what belongs to the store and is no artifact; None in a remote one."""
        return Path(self._path) / name if self._is_local else None

    def _at(self, uri: str, name: str) -> Path:
        return Path(self._strip(uri)) / name

    def read(self, uri: str, name: str) -> bytes:
        """A file of an artifact, checked as it is read. Raises StorageError as `open` does."""
        if not self._is_local:
            return (self.open(uri, [name]) / name).read_bytes()
        expected = _some(self.manifest(uri)["files"], [name], uri)[name]
        path = Path(self._strip(uri)) / name
        if not path.is_file():
            raise _missing(uri, name)
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != expected["sha256"]:
            raise self._altered(uri, name)
        return content

    def _altered(self, uri: str, name: str) -> StorageError:
        """Where one file is altered, others may be: the next night reads all that it goes by."""
        digests.rely_on_nothing()
        if self._is_local:
            shutil.rmtree(Path(self._path) / VERIFIED, ignore_errors=True)
        return StorageError(f"{uri}/{name} does not match its manifest: it was altered or cut short")

    def point(self, name: str, value: Mapping[str, Any]) -> None:
        """Set a pointer, atomically: a reader sees the old value or the new one."""
        path = f"{self._path}/{name}.json"
        content = json.dumps(dict(value), indent=1, ensure_ascii=False).encode()
        if not self._is_local:
            self._fs.pipe_file(path, content)
            return
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)

    def pointer(self, name: str) -> dict[str, Any] | None:
        """A pointer's value, or None where it was never set. Raises StorageError for a damaged one."""
        path = f"{self._path}/{name}.json"
        try:
            value = json.loads(self._fs.cat_file(path))
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise _damaged(path, str(error)) from error
        if not isinstance(value, dict):
            raise _damaged(path, "it holds no object")
        return value

    def pointer_if_whole(self, name: str) -> dict[str, Any] | None:
        """A pointer to what can be made anew: a damaged one counts as none, as a damaged artifact does."""
        try:
            return self.pointer(name)
        except StorageError:
            return None

    def pointers(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every pointer: its name, and its value. Damaged ones are left out."""
        for pattern in ("*/*.json", "*/*/*.json"):
            for path in sorted(self._fs.glob(f"{self._path}/{pattern}")):
                folder, _, file = str(path).rpartition("/")
                if file.startswith(".") or self._fs.exists(f"{folder}/{MANIFEST}"):
                    continue  # a file of an artifact
                name = str(path)[len(self._path.rstrip("/")) + 1 :].removesuffix(".json")
                value = self.pointer_if_whole(name)
                if value is not None:
                    yield name, value

    def unpoint(self, name: str) -> None:
        """Take a pointer away."""
        with suppress(FileNotFoundError):
            self._fs.rm_file(f"{self._path}/{name}.json")

    def sweep(self) -> None:
        """Remove drafts whose writer is gone: what a killed run left behind."""
        if not self._drafts.is_dir():
            return
        for folder in self._drafts.iterdir():
            writer = folder.name.split("-")[-2:-1]
            if writer and writer[0].isdigit() and not Path(f"/proc/{writer[0]}").exists():
                shutil.rmtree(folder, ignore_errors=True)

    def _is_whole(self, uri: str) -> bool:
        try:
            self.open(uri)
        except StorageError:
            return False
        return True

    def _place(self, draft: Path, manifest: Mapping[str, Any], uri: str, new: Sequence[str]) -> None:
        # What is known is on the disk.
        for _ in in_threads(digests.sync, [draft / name for name in new], digests.SYNCS):
            pass
        (draft / MANIFEST).write_bytes(digests.readable(manifest))
        digests.sync(draft / MANIFEST)
        if self._is_local:
            self._rename_into_place(draft, uri)
            return
        for name in (*manifest["files"], MANIFEST):
            self._fs.put_file(str(draft / name), f"{self._strip(uri)}/{name}")

    def _rename_into_place(self, draft: Path, uri: str) -> None:
        target = Path(self._strip(uri))
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = draft.with_name(f"{draft.name}r")  # still named as a draft, so that `sweep` knows whose it is
        if target.exists():  # damaged, or a copy that someone made by hand
            target.rename(aside)
        try:
            draft.rename(target)
        except OSError:
            if not self._is_whole(uri):  # else another process published the same content first
                raise
        shutil.rmtree(aside, ignore_errors=True)
        digests.sync(target.parent)

    def _download(self, uri: str, sha256: str, files: Mapping[str, Any]) -> Path:
        folder = downloads() / sha256
        for name, expected in files.items():
            target = folder / name
            if not target.is_file() or digests.describe(target) != expected:
                target.parent.mkdir(parents=True, exist_ok=True)
                beside = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")
                self._fs.get_file(f"{self._strip(uri)}/{name}", str(beside))
                beside.replace(target)
        return folder

    def _strip(self, uri: str) -> str:
        return str(self._fs._strip_protocol(uri))


class _Remote:
    """A remote filesystem whose errors say which store it is and what to do."""

    def __init__(self, filesystem: Any, root: str) -> None:
        self._filesystem = filesystem
        self._root = root

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._filesystem, name)
        if not callable(method):
            return method

        def call(*arguments: Any, **named: Any) -> Any:
            try:
                return method(*arguments, **named)
            except FileNotFoundError:
                raise
            # Each kind of store has errors of its own; those of S3 are not even OSErrors.
            except Exception as error:
                if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:  # this machine's disk
                    raise
                raise StoreAwayError(
                    f"the store {self._root} does not answer or refuses ({error}); check its address, the network and "
                    "the credentials in the environment, then run again: what was published stays"
                ) from error

        return call


def _described(path: Path) -> dict[str, Any] | None:
    """Size and digest of a file; None where there is none."""
    try:
        return digests.describe(path)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None


def _missing(uri: str, name: str) -> StorageError:
    return StorageError(f"{uri}/{name} is missing; restore it or publish the artifact again")


def _damaged(path: str, why: str) -> StorageError:
    return StorageError(f"the pointer {path} is damaged ({why}); restore it from a backup, or remove it to begin anew")


_manifests: dict[str, tuple[digests.Identity, dict[str, Any]]] = {}
_MANIFESTS = 64


def _local_manifest(path: Path, uri: str) -> dict[str, Any]:
    """From this process's memory where it was read before: a dataset's names a thousand files, and each asks for it."""
    identity = digests.identity(path)
    known = _manifests.get(uri)
    if known is not None and known[0] == identity:
        return known[1]
    found = _read_manifest(path.read_bytes(), uri)
    if len(_manifests) >= _MANIFESTS:
        _manifests.clear()
    _manifests[uri] = (identity, found)
    return found


def _read_manifest(content: bytes, uri: str) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError as error:
        raise StorageError(f"the manifest of {uri} is not valid JSON: {error}") from error
    if not isinstance(found, dict) or "files" not in found:
        raise StorageError(f"the manifest of {uri} lists no files; publish the artifact again")
    if digests.of_value(found["files"]) != found.get("sha256"):
        raise StorageError(
            f"the manifest of {uri} lists other files than it was published with; publish the artifact again"
        )
    return found


def downloads() -> Path:
    """Where the files of remote artifacts are put on this machine."""
    return Path(tempfile.gettempdir(), "exhell-artifacts")


def _some(files: Mapping[str, Any], names: Sequence[str], uri: str) -> dict[str, Any]:
    missing = [name for name in names if name not in files]
    if missing:
        raise StorageError(f"{uri} holds no {missing[0]}: it was published by another version; publish it again")
    return {name: files[name] for name in names}


def _protocols(filesystem: Any) -> tuple[str, ...]:
    protocol = filesystem.protocol
    return (protocol,) if isinstance(protocol, str) else tuple(protocol)
