"""A base model with new tokens: made once, published, and from then on the base of training and of merging.

The folder is the base model's own but for three things. Embeddings and head have a row a new token, the mean of the
rows of the pieces that it was before (others start at random: the model would first have to learn what 엑셀 is). The
two are matrices of their own, also where they were one, since both are trained. And the tokenizer has the words.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from configs.load import fingerprint
from configs.schema import BaseModelConfig, TrainConfig
from tasks import base_model
from tasks.artifacts import Dataset
from tasks.dataset import files
from tasks.storage import Store
from tasks.train.plan import TrainError
from tasks.train.safetensors_file import Content, SafetensorsError, Tensor, read_bytes, read_header, write_copy
from tasks.train.vocabulary import Vocabulary, choose, continued

if TYPE_CHECKING:
    from tokenizers import Tokenizer

KIND = "bases"
RECORD = "vocabulary.json"
"""In an adapter: its new tokens, what they save, and the fingerprint of the base that has them."""

INDEX = "model.safetensors.index.json"
EMBEDDINGS, HEAD = "model.embed_tokens.weight", "lm_head.weight"

_KEPT = ("generation_config.json", "special_tokens_map.json")
_BF16_ROUNDING = 0x7FFF

Rows = np.ndarray[Any, np.dtype[np.float32]]


def prepare(
    dataset: Dataset, config: TrainConfig, base: Path, store: Store, say: Callable[[str], None]
) -> tuple[TrainConfig, Path, Vocabulary | None]:
    """The settings with the new tokens that pay, the base model that has them, and what they save.

    Where none is asked for or pays, the settings are those of a plain run, and the base is the base.
    Raises BaseModelError, StorageError, TrainError.
    """
    if not config.new_tokens:
        return config, base, None
    vocabulary = choose(base, config.new_tokens, files(store, dataset.uri, "train", "sharegpt"), dataset.train_rows)
    say(str(vocabulary))
    config = config.model_copy(update={"new_tokens": vocabulary.tokens})
    return config, extended(base, vocabulary, store) if vocabulary.tokens else base, vocabulary


def extended(base: Path, vocabulary: Vocabulary, store: Store) -> Path:
    """The folder of this base model with these tokens, published now or by an earlier run.

    Raises TrainError for weights that cannot be extended, StorageError where the store does not take them.
    """
    key = fingerprint(base_model.fingerprint(base), vocabulary.tokenizer)
    found = store.find(KIND, key)
    if found is None:
        with store.draft(KIND) as draft:
            _fill(draft, base, vocabulary)
            found = store.publish(draft, meta={"tokens": vocabulary.tokens}, key=key)
    folder = store.open(found.uri)
    store.point(_pointer(base_model.fingerprint(folder)), {"uri": found.uri})
    return folder


def base_of(base_sha256: str, config: BaseModelConfig, store: Store) -> Path:
    """The base model that an adapter was trained on: the profile's, or one of new tokens made of it.

    Raises BaseModelError without a base model, TrainError where it is another one.
    """
    base = base_model.locate(config)
    if base_model.fingerprint(base) == base_sha256:
        return base
    if found := store.pointer(_pointer(base_sha256)):
        return store.open(found["uri"])
    raise TrainError(
        f"the adapter was trained on base {base_sha256[:12]}, and {config.path} is another one: name the model that it "
        "was trained on in base_model.path"
    )


def recorded_base(adapter: Path) -> str | None:
    """The fingerprint of the extended base that an adapter's folder names; None for an adapter without new tokens."""
    file = adapter / RECORD
    return str(json.loads(file.read_text(encoding="utf-8"))["base_sha256"]) if file.is_file() else None


def _pointer(sha256: str) -> str:
    return f"{KIND}/of/{sha256}"


def _fill(draft: Path, base: Path, vocabulary: Vocabulary) -> None:
    (draft / "tokenizer.json").write_text(vocabulary.tokenizer, encoding="utf-8")
    settings = _json(base / "tokenizer_config.json")
    # Other classes build a tokenizer of their own from pieces of the file; this one takes it as it stands.
    settings["tokenizer_class"] = "PreTrainedTokenizerFast"
    _write(draft / "tokenizer_config.json", settings)
    for name in _KEPT:
        if (base / name).is_file():
            shutil.copyfile(base / name, draft / name)
    try:
        rows = _weights(draft, base, vocabulary)
    except SafetensorsError as error:
        raise TrainError(f"the base model at {base} is damaged: {error}; fetch it again") from error
    _write(draft / "config.json", _json(base / "config.json") | {"vocab_size": rows, "tie_word_embeddings": False})


def _weights(draft: Path, base: Path, vocabulary: Vocabulary) -> int:
    """Write the weights; the number of rows that embeddings and head have now."""
    where = {name: (file, at) for file in base.glob(base_model.WEIGHTS) for name, at in read_header(file).items()}
    if EMBEDDINGS not in where:
        raise TrainError(f"the base model at {base} has no {EMBEDDINGS}: new tokens are for models with Llama's names")
    pieces = _pieces(base, vocabulary)
    new = {name: _with_rows(*where[name], pieces) for name in (EMBEDDINGS, HEAD) if name in where}
    new.setdefault(HEAD, new[EMBEDDINGS])
    home = {name: where.get(name, where[EMBEDDINGS])[0] for name in new}
    for file in base.glob(base_model.WEIGHTS):
        changed = {name: content for name, content in new.items() if home[name] == file}
        if changed:
            write_copy(file, draft / file.name, changed)
        else:
            _link(file, draft / file.name)
    if (base / INDEX).is_file():
        index = _json(base / INDEX)
        index["weight_map"] |= {name: file.name for name, file in home.items()}
        _write(draft / INDEX, index)
    return new[EMBEDDINGS].shape[0]


def _pieces(base: Path, vocabulary: Vocabulary) -> dict[int, list[int]]:
    """A new token's id to the ids of what it was written in before."""
    from tokenizers import Tokenizer  # noqa: PLC0415 - 0.2 s that only new tokens need

    before: Tokenizer = Tokenizer.from_str(continued(base_model.tokenizer_path(base).read_text(encoding="utf-8")))
    after: Tokenizer = Tokenizer.from_str(vocabulary.tokenizer)
    found = {}
    for token in vocabulary.tokens:
        (place,) = after.encode(token, add_special_tokens=False).ids
        ids = before.encode(token, add_special_tokens=False).ids
        # The mark of a text's beginning is no part of the word.
        found[place] = ids[1:] if before.id_to_token(ids[0]) == "▁" else ids
    return found


def _with_rows(file: Path, tensor: Tensor, pieces: Mapping[int, Sequence[int]]) -> Content:
    rows, width = tensor.shape
    raw = bytearray(read_bytes(file, tensor))
    size = len(raw) // rows
    for place in sorted(pieces):
        if place * size > len(raw):
            raise TrainError(f"{file.parent} has {rows} rows for a tokenizer of {place} tokens: it is not whole")
        parts = [bytes(raw[at * size : (at + 1) * size]) for at in pieces[place]]
        mean: Rows = np.stack([_floats(part, tensor.dtype, file) for part in parts]).mean(axis=0, dtype=np.float32)
        # Some models have rows to spare behind their last token: those are taken first.
        raw[place * size : (place + 1) * size] = _bytes(mean, tensor.dtype)
    return Content(tensor.dtype, (len(raw) // size, width), bytes(raw))


def _floats(raw: bytes, dtype: str, file: Path) -> Rows:
    if dtype == "BF16":
        return (np.frombuffer(raw, np.uint16).astype(np.uint32) << 16).view(np.float32)
    if dtype not in ("F16", "F32"):
        raise TrainError(f"{file} holds weights as {dtype}: new tokens are for a base model in bf16, fp16 or fp32")
    return np.frombuffer(raw, np.dtype(f"<f{int(dtype[1:]) // 8}")).astype(np.float32)


def _bytes(values: Rows, dtype: str) -> bytes:
    if dtype == "BF16":
        bits = values.view(np.uint32)
        # To the nearest, halves to even, as torch does.
        return ((bits + _BF16_ROUNDING + ((bits >> 16) & 1)) >> 16).astype(np.uint16).tobytes()
    return values.astype(f"<f{int(dtype[1:]) // 8}").tobytes()


def _link(file: Path, target: Path) -> None:
    try:
        os.link(file.resolve(), target)
    except OSError:  # another disk, or one without hard links
        shutil.copyfile(file, target)


def _json(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def _write(file: Path, content: Mapping[str, Any]) -> None:
    file.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
