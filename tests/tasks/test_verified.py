"""What a night reads again, what it does not, and that damage without a trace does not last."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tasks import digests
from tasks.storage import MANIFEST, VERIFIED, StorageError, Store
from tasks.verified import carried_over

TEXTS = {"a.txt": "가나다", "b.txt": "라마바"}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


@pytest.fixture
def another_process(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Begins one: it has read nothing yet. What it reads is in the list."""
    read: list[str] = []
    sha256 = digests.sha256

    def reading(path: Path) -> str:
        read.append(path.name)
        return sha256(path)

    monkeypatch.setattr(digests, "sha256", reading)

    def begin() -> list[str]:
        digests._read.clear()
        read.clear()
        return read

    return begin


def _night(store: Store, uri: str = "") -> str:
    """Opens the artifact, or publishes it; leaves a note of it."""
    with carried_over(store, "datasets") as checked:
        if uri:
            store.open(uri)
        else:
            with store.draft("datasets") as draft:
                for name, text in TEXTS.items():
                    (draft / name).write_text(text, encoding="utf-8")
                uri = store.publish(draft).uri
        checked.append(uri)
    return uri


def _rot(path: Path) -> None:
    """Other content, of the same size, inode and time."""
    before, content = path.stat(), bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_the_next_night_reads_only_what_changed(store: Store, another_process: Callable[[], list[str]]) -> None:
    uri = _night(store)
    read = another_process()
    _night(store, uri)
    assert read == []
    read = another_process()
    Path(uri, "a.txt").touch()
    _night(store, uri)
    assert read == ["a.txt"]


def test_whoever_is_no_night_reads_everything(store: Store, another_process: Callable[[], list[str]]) -> None:
    uri = _night(store)
    read = another_process()
    _night(store, uri)
    store.open(uri)
    assert sorted(read) == sorted(TEXTS)


def test_a_linked_file_is_read_by_whoever_opens_it(store: Store, another_process: Callable[[], list[str]]) -> None:
    uri = _night(store)
    read = another_process()
    with carried_over(store, "datasets") as checked, store.draft("datasets") as draft:
        known = {"a.txt": store.link(uri, "a.txt", draft, "a.txt")}
        checked.append(store.publish(draft, known=known).uri)
    assert read == []
    store.open(checked[0])
    assert read == ["a.txt"]


def test_an_altered_file_is_found_by_its_time(store: Store) -> None:
    uri = _night(store)
    Path(uri, "a.txt").write_text("라마바", encoding="utf-8")
    with pytest.raises(StorageError, match=r"a\.txt does not match"):
        _night(store, uri)


def test_rot_is_found_by_a_reader_and_then_by_the_next_night(
    store: Store, another_process: Callable[[], list[str]]
) -> None:
    uri = _night(store)
    _rot(Path(uri, "a.txt"))
    another_process()
    _night(store, uri)
    with pytest.raises(StorageError, match=r"a\.txt does not match"):
        store.open(uri)
    another_process()
    with pytest.raises(StorageError, match=r"a\.txt does not match"):
        _night(store, uri)


def test_rot_that_a_night_comes_upon_itself_leaves_nothing_to_rely_on(
    store: Store, another_process: Callable[[], list[str]]
) -> None:
    uri = _night(store)
    _rot(Path(uri, "a.txt"))
    another_process()
    with carried_over(store, "datasets") as checked:
        store.open(uri)
        with pytest.raises(StorageError, match=r"a\.txt does not match"):
            store.read(uri, "a.txt")
        checked.append(uri)
    with pytest.raises(StorageError, match=r"a\.txt does not match"):
        _night(store, uri)


@pytest.mark.parametrize("note", [b"", b"{}", b"[[1, 2]]", b"[1]", b"\xff", b'{"a": 1}'])
def test_a_damaged_note_counts_as_none(note: bytes, store: Store, another_process: Callable[[], list[str]]) -> None:
    uri = _night(store)
    Path(store.root, VERIFIED, "datasets.json").write_bytes(note)
    read = another_process()
    _night(store, uri)
    assert sorted(read) == sorted(TEXTS)


def test_a_night_that_fails_leaves_the_earlier_note(store: Store, another_process: Callable[[], list[str]]) -> None:
    uri = _night(store)
    with pytest.raises(StorageError), carried_over(store, "datasets"):
        store.open(f"{uri}-another")
    read = another_process()
    _night(store, uri)
    assert read == []


def test_a_note_reads_nothing_by_itself(store: Store, another_process: Callable[[], list[str]]) -> None:
    uri = _night(store)
    Path(uri, "a.txt").touch()
    read = another_process()
    with carried_over(store, "datasets") as checked:
        checked.append(uri)
    assert read == []
    _night(store, uri)
    assert read == ["a.txt"]


@pytest.mark.parametrize("name", ["a.txt", MANIFEST])
def test_what_is_missing_ends_no_night_by_its_note(
    name: str, store: Store, another_process: Callable[[], list[str]]
) -> None:
    uri = _night(store)
    Path(uri, name).unlink()
    another_process()
    with carried_over(store, "datasets") as checked:
        checked.append(uri)
    with pytest.raises(StorageError, match=name):
        store.open(uri)


def test_a_remote_store_has_no_notes() -> None:
    store = Store("memory://verified")
    uri = _night(store)
    assert _night(store, uri) == uri
    assert not store._fs.exists(f"{store._path}/{VERIFIED}")
