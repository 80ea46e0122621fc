"""Texts as they stand between the quotes of a JSON string, a column at a time.

Letter by letter what `orjson.dumps` writes: quote, backslash and the five control characters that have a short form
behind a backslash, the other control characters below U+0020 as `\\u00XX`. All else stands as it is.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

TEXT = pa.large_string()
"""64-bit offsets: escaping makes a text up to six times as long, and a column of 32-bit ones ends at 2 GiB."""

_WRITTEN = {code: f"\\u{code:04x}" for code in range(0x20)} | {
    ord(character): f"\\{short}" for character, short in zip('\b\t\n\f\r"\\', 'btnfr"\\', strict=True)
}

_USUAL = b'\t\n\r"\\'


def escape(texts: pa.Array) -> pa.Array:
    """The inside of a JSON string for each text, as TEXT; a null stays null."""
    texts = texts.cast(TEXT)
    special = _special(content(texts))
    # The backslash, which is the highest, comes first: the others bring new ones.
    for code in sorted(special, reverse=True):
        texts = pc.replace_substring(texts, chr(code), _WRITTEN[code])
    return texts


def content(texts: pa.Array) -> pa.Buffer:
    """The bytes of TEXT, one text after another: what a string array's data is."""
    _, offsets, data = texts.buffers()
    if not len(texts):
        return pa.py_buffer(b"")
    places = memoryview(offsets).cast("q")
    begin, end = places[texts.offset], places[texts.offset + len(texts)]
    return data.slice(begin, end - begin)


def _special(data: pa.Buffer) -> list[int]:
    """Which characters there are to escape: most columns have two or three, and each costs a pass."""
    characters: npt.NDArray[np.uint8] = np.frombuffer(data, np.uint8)
    # These five are looked for one by one, which ends at the first: where one is, it is often near.
    written = data.to_pybytes()
    found = [code for code in _USUAL if code in written]
    controls = characters < 0x20
    for code in (code for code in found if code < 0x20):
        controls &= characters != code
    return sorted({*found, *np.unique(characters[controls]).tolist()})
