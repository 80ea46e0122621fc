"""Numbers that do not fit in memory together, in files of their own for a while."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[Any]
_KIND = np.dtype(np.uint64)


class Spill:
    """Up to 65,536 heaps of numbers, each in a file, in the order in which they came."""

    def __init__(self, folder: Path, name: str, count: int, kind: np.dtype[Any] = _KIND) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.count, self._kind = count, kind
        self._paths = [folder / f"{name}-{number}" for number in range(count)]

    def add(self, values: Numbers, heap: Numbers) -> None:
        """Put each value on the heap given for it."""
        heap = heap.astype(np.uint16)
        order = np.argsort(heap, kind="stable")
        values = values[order]
        ends = np.cumsum(np.bincount(heap, minlength=self.count)).tolist()
        for path, start, end in zip(self._paths, [0, *ends[:-1]], ends, strict=True):
            if end > start:
                with path.open("ab") as file:
                    # Not `tofile`, whose error on a full disk does not say what is wrong.
                    file.write(values[start:end].data)

    def read(self, heap: int) -> Numbers:
        path = self._paths[heap]
        return np.fromfile(path, dtype=self._kind) if path.exists() else np.zeros(0, dtype=self._kind)

    def take(self, heap: int) -> Numbers:
        """The same, and the file is gone."""
        values = self.read(heap)
        self._paths[heap].unlink(missing_ok=True)
        return values
