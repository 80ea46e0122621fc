"""Search columns of texts for expressions whose automata stay, from batch to batch, as they grew.

RE2 builds an automaton while it reads. Arrow's kernels compile an expression anew for every call, and of a large one on
16,384 texts the automaton takes longer to grow than the texts to be read.

    WORD = Expression(r"(?:^|[^a-z])secret")
    WORD.found(Column(texts))       # mask of the texts

Each text stands on lines of its own in one run of bytes. So `^` and `$` are the ends of a line, and a line break is
before and behind each text: what is found is what may be found in the text alone, or a little more.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import re2
from numpy.typing import NDArray

Mask: TypeAlias = NDArray[np.bool_]

_EDGE = "\n"
_MOST_BYTES = 2**31 - 1
"""What offsets of 32 bits reach."""
_AUTOMATON_BYTES = 64 << 20
"""What an automaton may take; RE2's own 8 MB make it begin anew all the time."""


class Column:
    """Texts side by side in one run of bytes; nulls count as empty."""

    def __init__(self, *texts: pa.Array) -> None:
        large = sum(column.nbytes for column in texts) > _MOST_BYTES
        kind = pa.large_string() if large else pa.string()
        edge = pa.array([""], kind)
        filled = pa.concat_arrays([edge, *(pc.fill_null(column.cast(kind), "") for column in texts), edge])
        self.texts = filled[1:-1]
        joined = pc.binary_join(pa.ListArray.from_arrays([0, len(filled)], filled), pa.scalar(_EDGE, kind))
        self.data = memoryview(joined[0].as_buffer())
        lengths = pc.binary_length(filled).to_numpy().astype(np.int64)
        self.edges: list[int] = (np.cumsum(lengths[:-1] + 1) - 1).tolist()
        """Where the edge before each text is, and the last one's behind it."""

    def __len__(self) -> int:
        return len(self.edges) - 1


class Expression:
    """One for RE2, compiled once a process."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    @cached_property
    def _compiled(self) -> Any:
        options = re2.Options()
        options.max_mem = _AUTOMATON_BYTES
        options.never_capture = True
        return re2.compile(f"(?m){self.pattern}".encode(), options)

    def found(self, column: Column, among: Mask | None = None) -> Mask:
        """Which of the texts, or of some of them, may hold it."""
        holds = np.zeros(len(column), dtype=np.bool_)
        if among is not None and not among.all():
            for row in np.flatnonzero(among).tolist():
                holds[row] = self._in_row(column, row)
            return holds
        data, edges, search = column.data, column.edges, self._compiled.search
        row = 0
        while row < len(holds):
            found = search(data, edges[row])
            if found is None:
                break
            start, end = found.span()
            row = min(bisect_right(edges, start) - 1, len(holds) - 1)
            # Beyond the edge, it is not known yet whether this text holds it.
            holds[row] = end <= edges[row + 1] + 1 or self._in_row(column, row)
            row += 1
        return holds

    def _in_row(self, column: Column, row: int) -> bool:
        return self._compiled.search(column.data, column.edges[row], column.edges[row + 1] + 1) is not None
