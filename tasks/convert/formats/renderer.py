"""Examples to lines, a batch at once: a line is a concatenation of constants and escaped columns.

Arrow's kernels do it all, outside Python's global lock. How a text looks inside a JSON string is found once a batch,
for all formats. Batches of some 8,192 rows (8 MB) bound the memory: the lines of one format take about as much again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from tasks.convert.formats.definitions import EXPORTS, Format, Line
from tasks.convert.formats.escape import TEXT, content, escape

HISTORY = pa.list_(pa.struct({name: pa.string() for name in ("instruction", "input", "output")}))
"""Type of the column `history`: the turns before an example's own, oldest first; null or empty where there are none."""

_SLOT = re.compile(r"\$(\w+)")
_BLANK_LINE = {False: "\n\n", True: r"\n\n"}
"""Between instruction and input, by whether it is escaped."""


class Turn(NamedTuple):
    """One question and its answer."""

    instruction: str
    input: str
    output: str


class Example(NamedTuple):
    """What a format shows of an example; `output` is the answer to learn."""

    id: str
    instruction: str
    input: str
    output: str


class Renderer:
    """The lines of one batch, in any format.

    The batch holds `id`, `instruction`, `input`, `output` (strings, no NULL) and, if it likes, `history` (HISTORY).
    Raises ValueError for a NULL.
    """

    def __init__(self, batch: pa.RecordBatch, system_prompt: str = "") -> None:
        self._batch = batch
        self._system_prompt = system_prompt
        self._texts = _Texts({name: batch[name] for name in Example._fields})

    def lines(self, name: str) -> pa.Buffer:
        """All rows in this format, in UTF-8, each with a newline at its end."""
        return content(self.rows(name))

    def rows(self, name: str) -> pa.Array:
        """The same as TEXT, a text a row: `content` of some of them are their lines."""
        form = EXPORTS[name]
        values = {"system": self._system(form), "earlier": self._earlier(form)}
        return self._texts.fill(form.line + "\n", form, values)

    def _system(self, form: Format) -> pa.Scalar:
        text = self._system_prompt.strip() if form.trims else self._system_prompt
        written = orjson.dumps(text)[1:-1].decode() if form.json else text
        return _text(form.system.replace("$text", written) if text else "")

    def _earlier(self, form: Format) -> pa.Array | pa.Scalar:
        if self._history is None:
            return _text("")
        texts, offsets = self._history
        turns = pa.LargeListArray.from_arrays(offsets, texts.fill(form.turn, form, {}))
        joined = pc.binary_join(turns, _text(form.between))
        before, after = form.earlier.split("$turns")
        written = _join([_text(before), joined, _text(after)])
        return pc.if_else(pc.equal(pc.list_value_length(turns), 0), _text(""), written)

    @cached_property
    def _history(self) -> tuple[_Texts, pa.Array] | None:
        """All earlier turns of all rows, and where each row's begin; None if there is not one."""
        if "history" not in self._batch.schema.names:
            return None
        turns = self._batch["history"].flatten()
        if len(turns) == 0:
            return None
        lengths = pc.fill_null(pc.list_value_length(self._batch["history"]), 0).cast(pa.int64())
        offsets = pa.concat_arrays([pa.array([0], pa.int64()), pc.cumulative_sum(lengths)])
        return _Texts({name: pc.struct_field(turns, name) for name in Turn._fields}), offsets


def lines(name: str, batch: pa.RecordBatch, system_prompt: str = "") -> pa.Buffer:
    """All rows of a batch in one format. For several formats, a `Renderer` escapes only once."""
    return Renderer(batch, system_prompt).lines(name)


def render(name: str, example: Example, system_prompt: str = "", earlier: Iterable[Turn] = ()) -> Line:
    """One example, as its reader gets it."""
    columns = {field: pa.array([value]) for field, value in example._asdict().items()}
    history = pa.array([[turn._asdict() for turn in earlier]], HISTORY)
    batch = pa.record_batch(columns | {"history": history})
    (line,) = EXPORTS[name].parse(lines(name, batch, system_prompt).to_pybytes())
    return line


class _Texts:
    """Columns of texts, as a format wants them; each is made once."""

    def __init__(self, columns: Mapping[str, pa.Array]) -> None:
        for name, column in columns.items():
            if column.null_count:
                raise ValueError(
                    f"{column.null_count} of {len(column)} examples have NULL as `{name}`: an example is text"
                )
        self._made = {(name, False, False): column.cast(TEXT) for name, column in columns.items()}

    def fill(self, template: str, form: Format, values: Mapping[str, pa.Array | pa.Scalar]) -> pa.Array:
        """A template's rows: constants, values that are given, and columns."""
        pieces = _SLOT.split(template)  # constants at even places, slots between them
        parts = [
            _text(piece) if place % 2 == 0 else values[piece] if piece in values else self._column(piece, form)
            for place, piece in enumerate(pieces)
        ]
        return _join(parts)

    def _column(self, name: str, form: Format) -> pa.Array:
        return self._get(name, form.json, form.trims and name in ("prompt", "output"))

    def _get(self, name: str, escaped: bool, trimmed: bool) -> pa.Array:
        key = (name, escaped, trimmed)
        if key not in self._made:
            self._made[key] = self._make(name, escaped, trimmed)
        return self._made[key]

    def _make(self, name: str, escaped: bool, trimmed: bool) -> pa.Array:
        if trimmed:
            return self._trim(name, escaped)
        if name == "prompt":
            instruction, context = (self._get(part, escaped, False) for part in ("instruction", "input"))
            between = pc.if_else(pc.equal(context, ""), _text(""), _text(_BLANK_LINE[escaped]))
            return _join([instruction, between, context])
        return escape(self._get(name, False, False))

    def _trim(self, name: str, escaped: bool) -> pa.Array:
        """Without the white space around it, which is what Python's `str.strip` takes. Few texts have any."""
        raw, written = self._get(name, False, False), self._get(name, escaped, False)
        bare = pc.utf8_trim_whitespace(raw)
        changed = pc.not_equal(pc.binary_length(bare), pc.binary_length(raw))
        if not pc.any(changed).as_py():
            return written
        bare = bare.filter(changed)
        return pc.replace_with_mask(written, changed, escape(bare) if escaped else bare)


def _text(value: str) -> pa.Scalar:
    return pa.scalar(value, TEXT)


def _join(parts: Sequence[pa.Array | pa.Scalar]) -> pa.Array:
    return pc.binary_join_element_wise(*parts, _text(""))
