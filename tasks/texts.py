"""Texts as they are compared: letter case, width and spacing make no difference. What is stored stays as it is."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks import utf8
from tasks.nfkc import lower_nfkc

_BLANKS = bytes.maketrans(b"\t\n\v\f\r", b"     ")

_FIGURES = r"\$?\b[a-z]{1,3}\$?\d{1,7}\b|\d+([.,]\d+)*|\"[^\"\n]*\"|'[^'\n]*'"
"""Cell references, numbers and quoted words: what varies between two askings of the same question."""
_COLUMN = r"\b[a-z]{1,2} ?열"
_BEHIND = (("#은", "#는"), ("#이", "#가"), ("#을", "#를"), ("#와", "#과"), ("#으로", "#로"))
"""A particle's form follows from how the figure before it is read: J12와, K20과."""


def prompt_key(instruction: pa.Array, context: pa.Array) -> pa.Array:
    """What makes two prompts the same: instruction and input in NFKC, lower case, with single spaces.

    Arrow has no full case folding; for Korean and English, lower case is the same. Cell references and numbers stay as
    they are: "A열" and "B열" are different tasks.
    """
    return pc.binary_join_element_wise(plain(instruction), plain(context), "\n")


def without_figures(prompts: pa.Array) -> pa.Array:
    """The instructions of prompt keys without references, numbers and quotes."""
    question = pc.replace_substring_regex(prompts, r"(?s)\n.*$", "")
    bare = pc.replace_substring_regex(pc.replace_substring_regex(question, _COLUMN, "#열"), _FIGURES, "#")
    for particle, one in _BEHIND:
        bare = pc.replace_substring_regex(bare, particle, one)
    return bare


def plain(text: pa.Array) -> pa.Array:
    """A text in NFKC, lower case, with single spaces."""
    return spaced(folded(text))


def folded(text: pa.Array) -> pa.Array:
    """A text in NFKC and lower case, its blanks and lines as they are."""
    return lower_nfkc(pc.fill_null(text, ""))


def spaced(text: pa.Array) -> pa.Array:
    """A text with single spaces."""
    blank = _blank(text)
    runs = pa.array(_with_runs(blank))
    single = pc.replace_substring_regex(blank.filter(runs), " {2,}", " ")
    return pc.utf8_trim_whitespace(pc.replace_with_mask(blank, runs, single))


def _with_runs(text: pa.Array) -> utf8.Mask:
    """Texts with two blanks in a row: Arrow's search for them takes ten times as long."""
    data, offsets = utf8.run(text)
    blank = data == ord(" ")
    again = np.flatnonzero(blank[1:] & blank[:-1]) + 1
    # Not the last of one text and the first of the next.
    starts = np.zeros(len(data) + 1, dtype=np.bool_)
    starts[offsets] = True
    return utf8.rows(again[~starts[again]], offsets)


def _blank(text: pa.Array) -> pa.Array:
    """A text with blanks for all white space of ASCII: one pass over the bytes, five times as fast as an expression."""
    valid, offsets, data = text.buffers()
    if data is None:
        return text
    white = pa.py_buffer(data.to_pybytes().translate(_BLANKS))
    return pa.Array.from_buffers(text.type, len(text), [valid, offsets, white], offset=text.offset)
