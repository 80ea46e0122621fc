"""How much of an answer's prose is Korean.

Formulas, code, function names and cell references are Latin in any language, so they are taken out first: an answer
in Korean about SUMIFS is a Korean answer.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

_NO_PROSE = (
    r"(?s)```.*?```",
    r"`[^`\n]*`",
    r"""=(?:"[^"\n]*"|'[^'\n]*'|[^"'\s가-힣])+""",  # a formula, up to the first blank or Hangul outside quotes
    r"\$?\b[A-Za-z]{1,3}\$?\d+(?::\$?[A-Za-z]{1,3}\$?\d+)?",  # A1, $B$2:C10
    r"\b[A-Z][A-Z0-9_.]+\b",  # SUMIFS, and with its bracket or without
    r"\b[A-Z](?::[A-Z])?\b",  # column B, B:C
)
_NOT_HANGUL = r"[^가-힣ㄱ-ㅎㅏ-ㅣ]"
_NOT_A_LETTER = r"\PL"


def korean_share(answers: pa.Array) -> pa.Array:
    """Hangul letters among all letters of each answer's prose, 0 to 1; null where it has none."""
    prose = answers
    for pattern in _NO_PROSE:
        prose = pc.replace_substring_regex(prose, pattern, " ")
    hangul = pc.utf8_length(pc.replace_substring_regex(prose, _NOT_HANGUL, ""))
    letters = pc.utf8_length(pc.replace_substring_regex(prose, _NOT_A_LETTER, ""))
    share = pc.divide(hangul.cast(pa.float64()), letters.cast(pa.float64()))
    return pc.if_else(pc.greater(letters, 0), share, pa.scalar(None, pa.float64()))
