"""Unicode's NFKC for whole columns: one expression finds the few texts that are not in it yet.

Arrow's own `utf8_normalize` leaves the composed forms decomposed up to and including 25.0.1 (apache/arrow issue 51225):
its "합계" is seven characters long, and no expression finds "합계" in it.
"""

from __future__ import annotations

from functools import cache
from unicodedata import category, normalize

import pyarrow as pa
import pyarrow.compute as pc

_JAMO = range(0x1100, 0x1200)
_SURROGATES = range(0xD800, 0xE000)


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
