"""Finding the base model, and telling one from another."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from configs.load import project_path
from configs.schema import BaseModelConfig
from tasks import base_model
from tasks.base_model import BaseModelError

DEMO = "deployments/demo/base_model"
COMMIT = "01c7f73d771dfac7d292323805ebc428287df4f9"


def config(path: str, revision: str | None = None) -> BaseModelConfig:
    return BaseModelConfig(path=path, revision=revision, models="no/models", license="Apache-2.0", parameters=660_000)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A copy of the demo's base model, to change."""
    return Path(shutil.copytree(project_path(DEMO), tmp_path / "model"))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def test_a_relative_path_starts_at_the_projects_root() -> None:
    assert base_model.locate(config(DEMO)) == project_path(DEMO)


def test_a_pinned_model_is_found_in_the_hubs_cache(model: Path, cache: Path) -> None:
    snapshot = cache / "models--org--name" / "snapshots" / COMMIT
    shutil.copytree(model, snapshot)
    assert base_model.locate(config("org/name", COMMIT)) == snapshot


@pytest.mark.parametrize(
    ("path", "revision", "message"),
    [
        ("no/such/folder", None, r"there is no folder .*no/such/folder$"),
        ("org/name", None, r"if org/name is a model id, give base_model\.revision the commit"),
        ("org/name", "main", r"if org/name is a model id, give base_model\.revision the commit"),
        (
            "org/name",
            COMMIT,
            rf"org/name at {COMMIT} is not .*a night downloads nothing; fetch it once: `exhell models pull",
        ),
    ],
)
def test_a_model_that_is_not_here(cache: Path, path: str, revision: str | None, message: str) -> None:
    with pytest.raises(BaseModelError, match=message):
        base_model.locate(config(path, revision))


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("config.json", r"is not a model: it has no config\.json"),
        ("model.safetensors", r"has no weights \(\*\.safetensors\): fetch it whole"),
        ("tokenizer.json", r"has no tokenizer \(tokenizer\.json or tokenizer\.model\)"),
    ],
)
def test_a_model_that_is_not_whole(model: Path, missing: str, message: str) -> None:
    (model / missing).unlink()
    with pytest.raises(BaseModelError, match=message):
        base_model.locate(config(str(model)))


def test_pickled_weights_are_refused(model: Path) -> None:
    (model / "model.safetensors").rename(model / "pytorch_model.bin")
    with pytest.raises(BaseModelError, match="its weights are pickled, which can run code; convert them"):
        base_model.fingerprint(model)


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json"])
def test_the_fingerprint_changes_with_every_file_that_matters(model: Path, name: str) -> None:
    before = base_model.fingerprint(model)
    with (model / name).open("ab") as file:
        file.write(b" ")
    assert base_model.fingerprint(model) != before


def test_the_fingerprint_does_not_depend_on_place_or_notes(model: Path) -> None:
    (model / "README.md").write_text("notes")
    assert base_model.fingerprint(model) == base_model.fingerprint(project_path(DEMO))


def test_the_hubs_own_digest_of_a_large_file_is_taken(model: Path) -> None:
    before = base_model.fingerprint(model)
    weights = model / "model.safetensors"
    digest = base_model._content_digest(weights)
    weights.rename(model / digest)
    weights.symlink_to(digest)
    assert base_model.fingerprint(model) == before


def test_the_tokenizers_fingerprint_leaves_the_weights_out(model: Path) -> None:
    before = base_model.tokenizer_fingerprint(model)
    (model / "model.safetensors").write_bytes(b"")
    assert base_model.tokenizer_fingerprint(model) == before
    (model / "tokenizer.json").write_bytes(b"{}")
    assert base_model.tokenizer_fingerprint(model) != before


def test_a_model_without_a_fast_tokenizer_is_named(model: Path) -> None:
    assert base_model.tokenizer_path(model) == model / "tokenizer.json"
    (model / "tokenizer.json").unlink()
    with pytest.raises(BaseModelError, match=r"has no tokenizer\.json; save the model's fast tokenizer"):
        base_model.tokenizer_path(model)
