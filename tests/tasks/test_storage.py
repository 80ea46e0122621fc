"""Artifacts: published whole or not at all, read only as they were published."""

from __future__ import annotations

import json
import os
import signal
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import fsspec
import pytest

from bench.workplace import free_port
from tasks import digests, jobs
from tasks.digests import Known, finish, sha256
from tasks.pool import in_processes
from tasks.storage import MANIFEST, Published, StorageError, Store, StoreAwayError
from tests.s3 import s3_server


@pytest.fixture(scope="module")
def s3() -> Iterator[dict[str, str]]:
    with s3_server() as variables:
        yield variables


@pytest.fixture(params=["local", "memory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store on disk, and two that are only reached through fsspec: one of them over S3's protocol."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    name = uuid.uuid4().hex
    if request.param == "s3":
        request.getfixturevalue("s3")
        fsspec.filesystem("s3").mkdir(name)
    yield Store({"local": str(tmp_path / "artifacts")}.get(request.param, f"{request.param}://{name}"))
    fsspec.filesystem("memory").store.clear()


@pytest.fixture
def local(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "artifacts"))


def _publish(store: Store, text: str = "hello", key: str | None = None, **meta: object) -> Published:
    with store.draft("datasets") as draft:
        (draft / "train.jsonl").write_text(text)
        (draft / "deep").mkdir()
        (draft / "deep" / "test.jsonl").write_text("한글")
        return store.publish(draft, meta=meta, key=key)


def _fail_in_a_draft(store: Store, error: Exception) -> None:
    with store.draft("datasets") as draft:
        (draft / "train.jsonl").write_text("half")
        raise error


def test_what_was_published_is_read_back(store: Store) -> None:
    published = _publish(store, rows=3)
    folder = store.open(published.uri)
    assert (folder / "train.jsonl").read_text() == "hello"
    assert (folder / "deep" / "test.jsonl").read_text() == "한글"
    assert store.manifest(published.uri)["meta"] == {"rows": 3}


def test_equal_content_has_one_place_and_other_content_another(store: Store) -> None:
    assert _publish(store) == _publish(store)
    assert _publish(store, "bye").uri != _publish(store).uri


def test_a_key_finds_what_was_made_of_the_same_inputs(store: Store) -> None:
    assert store.find("datasets", "inputs") is None
    published = _publish(store, key="inputs", rows=3)
    assert store.find("datasets", "inputs") == published


def test_a_pointer_holds_its_last_value(store: Store) -> None:
    assert store.pointer("latest/dataset") is None
    store.point("latest/dataset", {"uri": "a"})
    store.point("latest/dataset", {"uri": "나"})
    assert store.pointer("latest/dataset") == {"uri": "나"}


def test_a_missing_artifact_is_told(store: Store) -> None:
    with pytest.raises(StorageError, match=r"no artifact at .*/datasets/0000: it has no manifest\.json"):
        store.open(f"{store.root}/datasets/0000")


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda file: file.write_text("hellO"), "train.jsonl does not match its manifest"),
        (lambda file: file.write_text(""), "train.jsonl does not match its manifest"),
        (lambda file: file.unlink(), "train.jsonl is missing; restore it or publish the artifact again"),
        (lambda file: (file.parent / MANIFEST).write_text("{"), "is not valid JSON"),
        (lambda file: (file.parent / MANIFEST).write_text("{}"), "lists no files"),
    ],
    ids=["altered", "cut", "missing", "broken-manifest", "empty-manifest"],
)
def test_a_damaged_artifact_is_refused_and_publishing_again_mends_it(local: Store, damage: object, told: str) -> None:
    published = _publish(local, key="inputs")
    damage(Path(published.uri) / "train.jsonl")  # type: ignore[operator]
    with pytest.raises(StorageError, match=told):
        local.open(published.uri)
    assert local.find("datasets", "inputs") is None
    assert _publish(local).uri == published.uri
    assert (local.open(published.uri) / "train.jsonl").read_text() == "hello"


def test_a_manifest_that_forgot_a_file_is_refused(local: Store) -> None:
    published = _publish(local)
    file = Path(published.uri) / MANIFEST
    manifest = json.loads(file.read_text())
    del manifest["files"]["train.jsonl"]
    file.write_text(json.dumps(manifest))
    with pytest.raises(StorageError, match="lists other files than it was published with"):
        local.open(published.uri)


def test_a_damaged_download_is_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    store = Store(f"memory://{uuid.uuid4().hex}")
    published = _publish(store)
    (store.open(published.uri) / "train.jsonl").write_text("cut")
    assert (store.open(published.uri) / "train.jsonl").read_text() == "hello"


def test_a_draft_is_gone_when_its_block_fails(local: Store) -> None:
    with pytest.raises(ValueError, match="no"):
        _fail_in_a_draft(local, ValueError("no"))
    assert list((Path(local.root) / ".drafts").iterdir()) == []
    assert not (Path(local.root) / "datasets").exists()


def test_a_store_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(StorageError, match=r"cannot write artifacts under .*/file"),
        Store(str(tmp_path / "file")).draft("datasets"),
    ):
        pass


def test_a_full_disk_is_told_and_nothing_is_published(local: Store) -> None:
    with pytest.raises(StorageError, match=r"No space left on device; nothing was published\. Free disk space"):
        _fail_in_a_draft(local, OSError(28, "No space left on device"))
    assert not (Path(local.root) / "datasets").exists()


def test_two_that_publish_the_same_at_once_both_succeed(local: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with local.draft("datasets") as first, local.draft("datasets") as second:
        for draft in (first, second):
            (draft / "train.jsonl").write_text("same")
        rename = Path.rename

        def others_first(source: Path, target: Path) -> Path:
            monkeypatch.setattr(Path, "rename", rename)
            local.publish(second)
            return rename(source, target)

        monkeypatch.setattr(Path, "rename", others_first)
        published = local.publish(first)
    assert (local.open(published.uri) / "train.jsonl").read_text() == "same"


def test_a_killed_writer_leaves_nothing_to_read_and_the_sweep_removes_its_draft(local: Store, tmp_path: Path) -> None:
    script = (
        "import os, signal\n"
        "from tasks.storage import Store\n"
        f"with Store({local.root!r}).draft('datasets') as draft:\n"
        "    (draft / 'train.jsonl').write_text('half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    root = Path(__file__).parents[2]
    job = jobs.Job("writer", (sys.executable, "-c", script), root, tmp_path / "log", {"PYTHONPATH": str(root)})
    with pytest.raises(jobs.JobError, match=signal.SIGKILL.name):
        jobs.run(job)
    drafts = Path(local.root) / ".drafts"
    assert len(list(drafts.iterdir())) == 1
    assert not (Path(local.root) / "datasets").exists()
    with local.draft("datasets") as mine:
        local.sweep()
        assert list(drafts.iterdir()) == [mine]


def test_a_damaged_pointer_is_told_and_what_can_be_made_anew_counts_as_none(local: Store) -> None:
    with local.draft("datasets") as draft:
        (draft / "file").write_text("x")
        published = local.publish(draft, key="k")
    local.point("latest", {"uri": published.uri})
    for name in ("latest", "keys/datasets/k"):
        file = Path(local.root, f"{name}.json")
        file.write_text(file.read_text()[:5])

    with pytest.raises(StorageError, match=r"latest\.json is damaged .*restore it from a backup, or remove it"):
        local.pointer("latest")
    assert local.pointer_if_whole("latest") is None
    assert local.find("datasets", "k") is None


def test_a_reader_never_sees_a_pointer_half_written(local: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    local.point("latest", {"uri": "old"})
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        local.point("latest", {"uri": "new"})
    assert local.pointer("latest") == {"uri": "old"}


@pytest.mark.parametrize(
    "use",
    [
        lambda store: store.pointer("latest/datasets"),
        lambda store: store.pointer_if_whole("latest/datasets"),
        lambda store: store.find("datasets", "key"),
        lambda store: store.open(store.locate("datasets", "0" * 64)),
        lambda store: store.all("datasets"),
        lambda store: store.point("latest/datasets", {}),
        _publish,
    ],
)
def test_a_remote_store_that_is_away_is_not_taken_for_an_empty_one(
    use: Callable[[Store], object], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test-secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
    }.items():
        monkeypatch.setenv(name, value)
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    store = Store("s3://bucket/artifacts")

    with pytest.raises(StoreAwayError, match=r"the store s3://bucket/artifacts does not answer"):
        use(store)

    fsspec.get_filesystem_class("s3").clear_instance_cache()
    assert not list(tmp_path.glob("exhell-drafts/*"))


def test_a_manifest_that_is_replaced_is_read_again(local: Store) -> None:
    with local.draft("datasets") as draft:
        (draft / "old.txt").write_text("rows")
        uri = local.publish(draft).uri
    assert set(local.manifest(uri)["files"]) == {"old.txt"}
    (Path(uri) / "manifest.json").write_text("{}")
    with pytest.raises(StorageError, match="lists no files"):
        local.manifest(uri)


def test_a_file_that_another_process_finished_is_published_as_it_read_it(local: Store) -> None:
    with local.draft("datasets") as draft:
        (draft / "train.jsonl").write_text("hello")
        (draft / "test.jsonl").write_text("world")
        known = in_processes(_finished, [(draft, "train.jsonl"), (draft, "test.jsonl")])
        (draft / "test.jsonl").write_text("a later word")
        published = local.publish(draft, known=dict(known))
    assert local.manifest(published.uri)["files"]["test.jsonl"]["bytes"] == len("a later word")
    assert (local.open(published.uri) / "test.jsonl").read_text() == "a later word"
    later = Store(local.root)
    (Path(published.uri) / "train.jsonl").write_text("altered")
    with pytest.raises(StorageError, match=r"train\.jsonl does not match"):
        later.open(published.uri)


def test_a_file_that_is_known_is_not_read_again(local: Store) -> None:
    """What it is known by need not be true to show whose word counts."""
    with local.draft("datasets") as draft:
        (draft / "train.jsonl").write_text("hello")
        told = finish(draft / "train.jsonl")._replace(description={"bytes": 5, "sha256": "f" * 64})
        published = local.publish(draft, known={"train.jsonl": told})
    assert local.manifest(published.uri)["files"] == {"train.jsonl": told.description}


def test_what_another_process_published_is_believed_until_it_changes(
    local: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ((uri, known), _) = in_processes(_published, [(local.root, "hello"), (local.root, "world")])
    read: list[Path] = []

    def noted(path: Path) -> str:
        read.append(path)
        return sha256(path)

    monkeypatch.setattr(digests, "sha256", noted)
    local.believe(uri, known)
    assert (local.open(uri) / "train.jsonl").read_text() == "hello"
    assert not read
    (Path(uri) / "train.jsonl").write_text("fello")
    local.believe(uri, known)
    with pytest.raises(StorageError, match=r"train\.jsonl does not match"):
        local.open(uri)
    assert len(read) == 1


def _published(order: tuple[str, str]) -> tuple[str, dict[str, Known]]:
    store = Store(order[0])
    with store.draft("datasets") as draft:
        (draft / "train.jsonl").write_text(order[1])
        uri = store.publish(draft).uri
    return uri, store.known(uri)


def _finished(file: tuple[Path, str]) -> tuple[str, Known]:
    return file[1], finish(file[0] / file[1])
