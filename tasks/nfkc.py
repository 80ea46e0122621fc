"""Unicode's NFKC and lower case for whole columns: what most texts are made of is in NFKC already, and one expression
finds the few others that are not.

Arrow's own `utf8_normalize` leaves the composed forms decomposed up to and including 25.0.1 (apache/arrow issue 51225):
its "합계" is seven characters long, and no expression finds "합계" in it.
"""

from __future__ import annotations

from functools import cache
from unicodedata import category, normalize

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks import utf8

_JAMO = range(0x1100, 0x1200)
_SURROGATES = range(0xD800, 0xE000)


_TWO_BYTES, _HANZI, _LAST_HANGUL = 0xC2, 0xE4, 0xED
"""First bytes of characters beyond ASCII, of Chinese ones from U+4000 on, and of the last syllables."""
_FIRST_HANGUL = 0xEA, 0xB0
"""First two bytes of the first syllables."""


def lower_nfkc(texts: pa.StringArray) -> pa.StringArray:
    """The texts in NFKC and lower case; nulls are not allowed."""
    lower, others = pc.ascii_lower(texts), _others(texts)
    if not others.any():
        return lower
    mask = pa.array(others)
    return pc.replace_with_mask(lower, mask, pc.utf8_lower(nfkc(texts.filter(mask))))


def _others(texts: pa.StringArray) -> utf8.Mask:
    """Texts that hold more than ASCII, Hangul syllables and Chinese characters, which have no letter case and are their
    own NFKC. A few comparisons of bytes cost a tenth of an expression."""
    data, offsets = utf8.run(texts)
    found = (data >= _TWO_BYTES) & (data < _HANZI)
    found |= data > _LAST_HANGUL
    first, second = _FIRST_HANGUL
    found[:-1] |= (data[:-1] == first) & (data[1:] < second)
    return utf8.rows(np.flatnonzero(found), offsets)


def nfkc(texts: pa.StringArray) -> pa.StringArray:
    """The texts in NFKC, nulls as they were."""
    found = pc.fill_null(pc.match_substring_regex(texts, _unsettled()), False)
    few = texts.filter(found)
    if not len(few):
        return texts
    return pc.replace_with_mask(
        texts, found, pa.array([normalize("NFKC", text) for text in few.to_pylist()], texts.type)
    )


@cache
def _unsettled() -> str:
    """An expression for the characters that NFKC may change or join to their neighbours; all beyond the first plane."""
    codes = [code for code in range(0x80, 1 << 16) if not _is_settled(code)]
    starts = [code for before, code in zip([-1, *codes], codes, strict=False) if code != before + 1]
    ends = [code for code, after in zip(codes, [*codes[1:], -1], strict=True) if after != code + 1]
    ranges = (rf"\x{{{start:x}}}-\x{{{end:x}}}" for start, end in zip(starts, ends, strict=True))
    return f"[{''.join(ranges)}\\x{{10000}}-\\x{{10ffff}}]"


def _is_settled(code: int) -> bool:
    if code in _SURROGATES:
        return True  # no text holds one
    return code not in _JAMO and normalize("NFKC", chr(code)) == chr(code) and category(chr(code))[0] != "M"
