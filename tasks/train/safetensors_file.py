"""Safetensors files without torch: the header, the few values that a check wants to see, a copy with other tensors.

The format is eight bytes of header length (little endian), a JSON header with each tensor's type, shape and byte range,
and the tensors' bytes. https://huggingface.co/docs/safetensors/index#format
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_LENGTH_BYTES = 8
_MAX_HEADER = 100_000_000
"""The format's own limit on the header."""
_PIECE = 1 << 24


class SafetensorsError(ValueError):
    """A file that is not whole, or is no safetensors file."""


@dataclass(frozen=True)
class Tensor:
    """Where a tensor lies in its file. `start` and `end` count from the file's first byte."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


def read_header(file: Path) -> Mapping[str, Tensor]:
    """The tensors of a file by name.

    Raises SafetensorsError where the header does not parse or the file is not as long as its header says.
    """
    size = file.stat().st_size
    with file.open("rb") as content:
        prefix = content.read(_LENGTH_BYTES)
        if len(prefix) < _LENGTH_BYTES:
            raise SafetensorsError(f"{file.name} is cut short: it has no safetensors header")
        length = struct.unpack("<Q", prefix)[0]
        if length > min(_MAX_HEADER, size - _LENGTH_BYTES):
            raise SafetensorsError(f"{file.name} is cut short or no safetensors file: its header does not fit into it")
        raw = content.read(length)
    try:
        header = json.loads(raw)
        header.pop("__metadata__", None)
        tensors = {name: _tensor(entry, _LENGTH_BYTES + length) for name, entry in header.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SafetensorsError(f"{file.name} has a broken safetensors header: {error}") from error
    expected = max((tensor.end for tensor in tensors.values()), default=_LENGTH_BYTES + length)
    if expected != size:
        raise SafetensorsError(
            f"{file.name} has {size} bytes where its header says {expected}: it is cut short or altered"
        )
    return tensors


def read_bytes(file: Path, tensor: Tensor) -> bytes:
    """A tensor's raw bytes."""
    with file.open("rb") as content:
        content.seek(tensor.start)
        return content.read(tensor.end - tensor.start)


@dataclass(frozen=True)
class Content:
    """A tensor to write."""

    dtype: str
    shape: tuple[int, ...]
    raw: bytes


def write_copy(source: Path, target: Path, changed: Mapping[str, Content]) -> None:
    """Copy a file, tensor by tensor, with some of them changed or added. Raises SafetensorsError, OSError."""
    kept = {name: tensor for name, tensor in read_header(source).items() if name not in changed}
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    at = 0
    sizes = {name: tensor.end - tensor.start for name, tensor in kept.items()}
    sizes |= {name: len(content.raw) for name, content in changed.items()}
    for name, size in sizes.items():
        one = changed.get(name) or kept[name]
        header[name] = {"dtype": one.dtype, "shape": one.shape, "data_offsets": (at, at + size)}
        at += size
    raw = json.dumps(header).encode()
    raw += b" " * (-len(raw) % _LENGTH_BYTES)  # the format wants tensors aligned
    with source.open("rb") as whole, target.open("wb") as out:
        out.write(struct.pack("<Q", len(raw)) + raw)
        for tensor in kept.values():
            whole.seek(tensor.start)
            left = tensor.end - tensor.start
            while left:
                piece = whole.read(min(left, _PIECE))
                out.write(piece)
                left -= len(piece)
        for content in changed.values():
            out.write(content.raw)


def _tensor(entry: Mapping[str, object], offset: int) -> Tensor:
    shape, offsets = entry["shape"], entry["data_offsets"]
    if not isinstance(shape, list) or not isinstance(offsets, list) or len(offsets) != 2:
        raise TypeError(f"not a tensor: {entry}")
    return Tensor(str(entry["dtype"]), tuple(int(n) for n in shape), offset + int(offsets[0]), offset + int(offsets[1]))
