"""Find the base model on this machine, and say which one it is.

Adapters are trained on a base model and mean nothing without it, so every adapter carries the base's fingerprint, and
training, evaluation and serving all find the base through `locate`. Nothing here goes to the network: a night must not
depend on a model hub.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
from pathlib import Path

from configs.errors import ExhellError
from configs.load import project_path
from configs.schema import BaseModelConfig

WEIGHTS = "*.safetensors"
TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
)
"""Every file that decides how text becomes token ids; a model has some of them."""

PULLED = "pulled.json"
"""In a folder that `exhell models pull` filled, written last: names, sizes, times and SHA-256 of its files."""

_FETCH = "fetch it once: `exhell models pull --profile …`"
_HUB_ID = re.compile(r"^[\w.-]+/[\w.-]+$")
_COMMIT = re.compile(r"^[0-9a-f]{40}$")
_SHA256 = re.compile(r"^[0-9a-f]{64}$")
_CHUNK = 1 << 20


class BaseModelError(ExhellError):
    """A base model that is not on this machine, or is not whole."""


def locate(config: BaseModelConfig) -> Path:
    """The folder that holds the base model: a local one, what `exhell models pull` fetched, or else a pinned snapshot
    in the Hugging Face cache.

    Raises BaseModelError where there is none, or where weights, configuration or tokenizer are missing.
    """
    local = project_path(config.path)
    if local.is_dir():
        return _whole(local)
    check_pinned(config)
    pulled = pulled_folder(config)
    if (pulled / PULLED).is_file():
        if flaw := flaw_of_pulled(pulled):
            raise BaseModelError(f"the base model in {pulled} is not as it was fetched: {flaw}; {_FETCH}")
        return _whole(pulled)
    snapshot = _hub_cache() / f"models--{config.path.replace('/', '--')}" / "snapshots" / str(config.revision)
    if not snapshot.is_dir():
        raise BaseModelError(
            f"the base model {config.path} at {config.revision} is not on this machine, and a night downloads nothing; "
            + _FETCH
        )
    return _whole(snapshot)


def check_pinned(config: BaseModelConfig) -> None:
    """Raises BaseModelError for a path that is no folder here and no model id with its commit."""
    local = project_path(config.path)
    if not _HUB_ID.match(config.path):
        raise BaseModelError(f"base_model.path: there is no folder {local}")
    if config.revision is None or not _COMMIT.match(config.revision):
        raise BaseModelError(
            f"base_model.path: there is no folder {local}; if {config.path} is a model id, give base_model.revision "
            "the commit to use (40 hexadecimal digits), so that every night trains on the same weights"
        )


def pulled_folder(config: BaseModelConfig) -> Path:
    """Where `exhell models pull` puts this commit of this model."""
    return project_path(config.models) / config.path.replace("/", "--") / str(config.revision)


def flaw_of_pulled(folder: Path) -> str | None:
    """What a fetched model lacks of what was fetched, by names and sizes; None where it is whole."""
    try:
        files = json.loads((folder / PULLED).read_text(encoding="utf-8"))["files"]
        sizes = {name: int(file["bytes"]) for name, file in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return f"{PULLED} cannot be read ({error})"
    for name, size in sizes.items():
        file = folder / name
        if not file.is_file() or file.stat().st_size != size:
            return f"{name} is missing or cut short"
    return None


def fingerprint(path: Path) -> str:
    """SHA-256 over the names and contents of the weights, the configuration and the tokenizer in a model's folder.

    Raises BaseModelError where the folder is not a whole model.
    """
    _whole(path)
    names = sorted({file.name for pattern in (WEIGHTS, "*.safetensors.index.json") for file in path.glob(pattern)})
    names += ["config.json", *(name for name in TOKENIZER_FILES if (path / name).is_file())]
    lines = (f"{name} {_content_digest(path / name)}\n" for name in names)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def licence_terms(licence: str) -> tuple[str, ...]:
    """What a licence asks of whoever hands an adapter on, where it is one of Llama's; empty for others.

    A reminder, not the licence: read that one at https://www.llama.com/llama-downloads.
    """
    found = re.search(r"llama[\s-]*(2|3\.1|3\.2|3\.3|3|4)", licence, re.IGNORECASE)
    if found is None:
        return ()
    version = found[1]
    terms = [
        "hand on a copy of the agreement, and keep Meta's notice of attribution in a NOTICE file",
        "keep to the Acceptable Use Policy",
        "over 700 million monthly users need a licence from Meta",
    ]
    if version in ("2", "3"):
        terms.append("its output must not improve other large language models")
    if version != "2":
        built, name = ("Meta Llama 3", "Llama 3") if version == "3" else ("Llama", "Llama")
        terms.append(f'show "Built with {built}"; a model made of it bears "{name}" at the front of its name')
    return tuple(terms)


def tokenizer_files(path: Path) -> list[Path]:
    """The tokenizer's files in a model's folder."""
    return [path / name for name in TOKENIZER_FILES if (path / name).is_file()]


def tokenizer_fingerprint(path: Path) -> str:
    """SHA-256 over the tokenizer alone: what prepared token ids depend on."""
    lines = (f"{file.name} {_content_digest(file)}\n" for file in tokenizer_files(path))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def tokenizer_path(path: Path) -> Path:
    """The fast tokenizer's file. Raises BaseModelError where the model has none."""
    file = path / "tokenizer.json"
    if not file.is_file():
        raise BaseModelError(f"{path} has no tokenizer.json; save the model's fast tokenizer beside its weights")
    return file


def _whole(path: Path) -> Path:
    if not (path / "config.json").is_file():
        raise BaseModelError(f"{path} is not a model: it has no config.json")
    if not any(path.glob(WEIGHTS)):
        pickled = any(path.glob("*.bin")) or any(path.glob("*.pt"))
        hint = (
            "its weights are pickled, which can run code; convert them to safetensors" if pickled else "fetch it whole"
        )
        raise BaseModelError(f"{path} has no weights ({WEIGHTS}): {hint}")
    if not (path / "tokenizer.json").is_file() and not (path / "tokenizer.model").is_file():
        raise BaseModelError(f"{path} has no tokenizer (tokenizer.json or tokenizer.model); fetch the model whole")
    return path


def _hub_cache() -> Path:
    """Where huggingface_hub keeps models, by its own rules."""
    if "HF_HUB_CACHE" in os.environ:
        return Path(os.environ["HF_HUB_CACHE"])
    return Path(os.environ.get("HF_HOME", Path.home() / ".cache" / "huggingface")) / "hub"


def _content_digest(file: Path) -> str:
    # The hub's cache names a large file by its SHA-256, so gigabytes need not be read again every night.
    target = file.resolve()
    if file.is_symlink() and _SHA256.match(target.name):
        return target.name
    stat = target.stat()
    if told := _told(file.parent / PULLED, file.name, stat.st_size, stat.st_mtime_ns):
        return told
    return _hash(target, stat.st_size, stat.st_mtime_ns)


def _told(pulled: Path, name: str, size: int, modified_ns: int) -> str | None:
    """The SHA-256 that a file had when it was fetched, if nobody wrote to it since."""
    if not pulled.is_file():
        return None
    told = json.loads(pulled.read_text(encoding="utf-8"))["files"].get(name)
    if told is None or (told["bytes"], told["modified_ns"]) != (size, modified_ns):
        return None
    return str(told["sha256"])


@functools.cache
def _hash(file: Path, size: int, modified_ns: int) -> str:  # noqa: ARG001 - size and time are the cache's key
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
