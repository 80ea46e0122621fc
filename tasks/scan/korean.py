"""How Korean a text is: the share of Hangul among its letters, once what belongs to no language is masked.

Language identification fails on formula-heavy Korean (it calls all of it English), and so does a plain count of
letters: `A열의 합계는 =SUM(A2:A10)입니다` is Korean, whatever the formula weighs.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from tasks.scan import spans

_FORMULA = r"""=(?:"[^"\n]*"|'[^'\n]*'!?|\[[^\]\n]*\]|[가-힣ㄱ-ㅎㅏ-ㅣ\w.]+[!\[]|[,;+*/&<>=(-] ?|[^\s"'\[가-힣])+"""
"""From the `=` over strings, sheet and column names to the first blank or Korean word that is in none of them."""

MASKED = "|".join(
    (
        r"(?s:```.*?(?:```|$))",
        r"`[^`\n]*`",
        r"(?:https?://|www\.)[^\s가-힣)\]>\"']+",
        r"[\w.+-]+@[\w-]+\.[\w.-]+",
        _FORMULA,
        r"\$?\b[A-Za-z]{1,3}\$?\d+\b",  # a cell
        r"\b[A-Z][A-Z0-9._]*\b",  # a function's name, a column, an abbreviation: no language's words
        r"\b[A-Za-z][A-Za-z0-9._]*\(",  # a function in small letters
        r"#[A-Z/0]+[!?]?",  # an error value
    )
)

_HANGUL, _LATIN = 1, 2
_TABLE = bytes(
    _HANGUL if 0xEA <= byte <= 0xED else _LATIN if chr(byte).isalpha() and byte < 0x80 else 0 for byte in range(256)
)
"""By first bytes: every Hangul syllable begins with EA..ED."""

_OTHER = r"[^\x00-\x7f가-힣]"


def korean_share(texts: pa.Array) -> pa.Array:
    """Hangul letters over all letters, 0..1, for each text; null where masking leaves no letter, and for null.

    Letters are Unicode's, so Chinese characters count against; digits, signs and emoji do not count.
    """
    masked = pc.replace_substring_regex(pc.fill_null(texts, ""), MASKED, " ")
    hangul, letters = _counted(masked)
    other = pc.match_substring_regex(masked, _OTHER)
    if pc.any(other).as_py():
        some = masked.filter(other)
        hangul = pc.replace_with_mask(hangul, other, pc.count_substring_regex(some, r"\p{Hangul}").cast(pa.int64()))
        letters = pc.replace_with_mask(letters, other, pc.count_substring_regex(some, r"\pL").cast(pa.int64()))
    letters = pc.if_else(pc.greater(letters, 0), letters, pa.scalar(None, pa.int64()))
    return pc.divide(hangul.cast(pa.float64()), letters.cast(pa.float64()))


def _counted(texts: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Hangul syllables and all letters of texts that hold no others than these and ASCII's."""
    data, offsets = spans.buffers(texts)
    kinds = spans.as_bytes(data.translate(_TABLE))
    hangul = spans.per_row_sum(kinds == _HANGUL, offsets)
    letters = spans.per_row_sum(kinds != 0, offsets)
    return pa.array(hangul), pa.array(letters)
