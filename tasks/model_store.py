"""Fetch a base model once, whole and pinned, into a folder of this machine: the only thing here that asks a model hub.

    pull(config, say)       # the model's folder, found by tasks.base_model.locate from then on

What is fetched is named by a commit and checked against the hub's own digests. Weights are safetensors alone. The
folder gets its name when everything in it is there; `pulled.json` in it says what, and under which licence.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from configs.load import project_path
from configs.schema import BaseModelConfig
from tasks.base_model import (
    PULLED,
    TOKENIZER_FILES,
    BaseModelError,
    check_pinned,
    flaw_of_pulled,
    licence_terms,
    pulled_folder,
)

if TYPE_CHECKING:
    from huggingface_hub.hf_api import HfApi, ModelInfo, RepoSibling

CONFIG, INDEX = "config.json", "model.safetensors.index.json"
PAPERS = ("LICENSE", "NOTICE", "USE_POLICY", "README")
"""Beginnings of the names of what tells under which terms a model is handed on."""

_CHUNK = 1 << 20


def pull(config: BaseModelConfig, say: Callable[[str], None], endpoint: str | None = None) -> Path:
    """The folder with the model, fetched unless it is there already.

    `endpoint` is the hub's address; by default huggingface_hub's own, which HF_ENDPOINT changes.
    Raises BaseModelError for a model that is not pinned, not there, not whole, not in safetensors, or arrives altered.
    """
    if project_path(config.path).is_dir():
        raise BaseModelError(f"base_model.path {config.path} is a folder of this machine: there is nothing to fetch")
    check_pinned(config)
    folder = pulled_folder(config)
    if (folder / PULLED).is_file() and flaw_of_pulled(folder) is None:
        say(f"{config.path} at {config.revision} is in {folder} already")
        return folder
    from huggingface_hub import HfApi  # noqa: PLC0415 - it reads the environment as it is imported

    api = HfApi(endpoint=endpoint)
    with _explained(config):
        info = api.model_info(config.path, revision=config.revision, files_metadata=True)
    offered = {one.rfilename: one for one in info.siblings or [] if len(PurePosixPath(one.rfilename).parts) == 1}
    licence = _licence(info)
    told = f"licence of {config.path}: {licence or 'not named by the hub'}; the profile says {config.license}"
    say("; ".join((told, *licence_terms(config.license))))
    draft = folder.with_name(f".{folder.name}.partial")
    draft.mkdir(parents=True, exist_ok=True)
    with _explained(config):
        names = _wanted(api, config, offered, draft)
        _check_space(draft, sum(offered[name].size or 0 for name in names))
        files = {name: _fetch(api, config, offered[name], draft, say) for name in names}
    shutil.rmtree(draft / ".cache", ignore_errors=True)
    content = {
        "model": config.path,
        "revision": config.revision,
        "license": licence,
        "license_in_profile": config.license,
        "date": datetime.now(UTC).date().isoformat(),
        "files": files,
    }
    (draft / PULLED).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)
    return folder


def read_pulled(folder: Path) -> dict[str, Any]:
    """What `pulled.json` says of a folder that was fetched."""
    content: dict[str, Any] = json.loads((folder / PULLED).read_text(encoding="utf-8"))
    return content


def _wanted(api: HfApi, config: BaseModelConfig, offered: Mapping[str, RepoSibling], draft: Path) -> list[str]:
    """Names of the files to fetch. Raises BaseModelError where the model is not whole without what is refused."""
    weights = sorted(name for name in offered if name.endswith(".safetensors"))
    if INDEX in offered:
        # A repository may hold the weights twice, under other names: the index says which ones the model is.
        _fetch(api, config, offered[INDEX], draft, lambda _: None)
        named = sorted(set(json.loads((draft / INDEX).read_text(encoding="utf-8"))["weight_map"].values()))
        if missing := [name for name in named if name not in offered]:
            raise BaseModelError(f"{_named(config)} is not whole: its {INDEX} names {', '.join(missing)}")
        weights = [INDEX, *named]
    where = f"{_named(config)} has no"
    if not weights:
        pickled = sorted(name for name in offered if name.endswith((".bin", ".pt", ".pth")))
        found = f" (it has {', '.join(pickled)}, which can run code when it is read)" if pickled else ""
        raise BaseModelError(f"{where} safetensors weights{found}; give base_model.revision a commit that has them")
    if CONFIG not in offered:
        raise BaseModelError(f"{where} {CONFIG}: it is no model that transformers reads")
    tokenizer = [name for name in TOKENIZER_FILES if name in offered]
    if not {"tokenizer.json", "tokenizer.model"} & set(tokenizer):
        raise BaseModelError(f"{where} tokenizer (tokenizer.json or tokenizer.model)")
    others = [name for name in offered if name == "generation_config.json" or name.upper().startswith(PAPERS)]
    return [CONFIG, *tokenizer, *sorted(others), *weights]


def _fetch(
    api: HfApi, config: BaseModelConfig, file: RepoSibling, draft: Path, say: Callable[[str], None]
) -> dict[str, Any]:
    """Fetch one file, or take what an interrupted call left of it; its size, time and SHA-256, checked."""
    name = file.rfilename
    say(f"{name}, {(file.size or 0) / 1e6:,.1f} MB")
    path = Path(api.hf_hub_download(config.path, name, revision=config.revision, local_dir=draft))
    size = path.stat().st_size
    sha256, git = hashlib.sha256(), hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    with path.open("rb") as content:
        while chunk := content.read(_CHUNK):
            sha256.update(chunk)
            git.update(chunk)
    # Large files bear their SHA-256 at the hub, small ones git's own digest.
    told, found = (file.lfs.sha256, sha256.hexdigest()) if file.lfs else (file.blob_id, git.hexdigest())
    if told != found:
        path.unlink()
        raise BaseModelError(
            f"{name} of {_named(config)} did not arrive as the hub has it (digest {found[:12]}, not "
            f"{str(told)[:12]}) and was removed; run again, and if that happens again, look at what stands between"
        )
    return {"bytes": size, "modified_ns": path.stat().st_mtime_ns, "sha256": sha256.hexdigest()}


def _check_space(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    there = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    if free < needed - there:
        raise BaseModelError(
            f"{free / 1e9:.1f} GB are free under {folder.parent}, and the model takes {(needed - there) / 1e9:.1f}: "
            "free disk space, or point base_model.models elsewhere"
        )


def _licence(info: ModelInfo) -> str:
    card = info.card_data
    told = card.get("license_name") or card.get("license") if card is not None else None
    return str(told) if told else ""


def _named(config: BaseModelConfig) -> str:
    return f"{config.path} at {config.revision}"


@contextmanager
def _explained(config: BaseModelConfig) -> Iterator[None]:
    """The hub's errors as something that a person can act on."""
    from huggingface_hub import errors  # noqa: PLC0415

    try:
        yield
    except errors.GatedRepoError as error:
        raise BaseModelError(
            f"{config.path} asks for its licence to be accepted first: do so on its page at the hub, then log in with "
            "`.venv/bin/hf auth login` and run again"
        ) from error
    except errors.RevisionNotFoundError as error:
        raise BaseModelError(
            f"{config.path} has no revision {config.revision}: give base_model.revision a commit of it, which its page "
            "at the hub lists under Files, History"
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise BaseModelError(
            f"the hub has no model {config.path}, or it is private: correct base_model.path, or log in with "
            "`.venv/bin/hf auth login`"
        ) from error
    except (errors.HTTPError, errors.HfHubHTTPError, OSError) as error:  # type: ignore[attr-defined] # its client's own
        raise BaseModelError(
            f"{_named(config)} could not be fetched: {_first_line(error)}. Run again, and it goes on where it stopped"
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
