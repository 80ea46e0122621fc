"""Texts as flat runs of UTF-16 units: what whole columns are compared by, without a Python object for a row."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from unicodedata import category

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Codes = npt.NDArray[np.uint16]
Places = npt.NDArray[np.int64]

END = "\uffff"
"""Ends a text in the joined buffer; a noncharacter, which no text may hold."""

_SIGNS = "<=+/%&"
"""Signs that make a difference to a formula. A range's colon and dollars make none (A2:A9, A2~A9, $A$2:$A$9), nor what
marks quotations and bold type."""


def flat(texts: pa.StringArray) -> tuple[Codes, Places]:
    """All texts, each followed by END and one before all, and where they end."""
    for _ in range(2):
        joined = pc.binary_join(pa.ListArray.from_arrays([0, len(texts)], texts), END)[0].as_py()
        codes = np.frombuffer(f"{END}{joined}{END}".encode("utf-16-le", "replace"), dtype=np.uint16)
        ends = np.flatnonzero(codes == ord(END))[1:]
        if len(ends) == len(texts):
            return codes, ends
        texts = pc.replace_substring(texts, END, "")
    raise AssertionError("a text without the end sign holds it")


def letters(texts: pa.StringArray) -> tuple[Codes, Places]:
    """The texts' letters, digits and signs of formulas: text i has `codes[starts[i]:starts[i + 1]]`."""
    return letters_at(texts, np.zeros((0, len(texts)), dtype=np.int64))[:2]


def letters_at(texts: pa.StringArray, places: Places) -> tuple[Codes, Places, Places]:
    """The same, and how many letters stand before each of some places in the texts (rows of UTF-16 units)."""
    codes, ends = flat(texts)
    kept = _kinds().take(codes)
    before = np.concatenate([[0], np.cumsum(kept)])
    begins = np.concatenate([[1], ends[:-1] + 1]) if len(ends) else ends
    return codes[kept], np.concatenate([[0], before[ends]]), before[begins + places] - before[begins]


def stand(text: str) -> list[int]:
    """Where the letters of one text stand in it."""
    return [at for at, sign in enumerate(text) if sign <= END and _kinds()[ord(sign)]]


def as_texts(codes: Codes, starts: Places) -> list[str]:
    raw = codes.tobytes()
    return [raw[2 * first : 2 * last].decode("utf-16-le") for first, last in pairwise(starts.tolist())]


@cache
def _kinds() -> npt.NDArray[np.bool_]:
    kinds = np.zeros(1 << 16, dtype=np.bool_)
    kinds[[code for code in range(1 << 16) if category(chr(code))[0] in "LN"]] = True
    kinds[[ord(sign) for sign in _SIGNS]] = True
    return kinds
