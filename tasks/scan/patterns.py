"""Many expressions over many texts: all in one pass without their counted gaps, then each on the few texts left.

An automaton needs a state for every count in `[^\\n]{0,40}`, and for all counts of many expressions together more than
it may keep: a millisecond a text. Without counts, an expression finds a superset in a microsecond.
"""

from __future__ import annotations

import re
from functools import cached_property, reduce

import pyarrow as pa
import pyarrow.compute as pc

from tasks.scan.text import Texts, on_rows

TOGETHER = 20
"""Expressions in one pass. Even without counts, an automaton of sixty may outgrow its memory (8 MB in RE2), and then
takes a millisecond a text again."""

_COUNTED = re.compile(r"\{\d+,\d*\}\??")


def any_of(*alternatives: str) -> str:
    return f"(?:{'|'.join(alternatives)})"


class Patterns:
    """Expressions for RE2, of which a text matches any."""

    def __init__(self, *expressions: str) -> None:
        self._expressions = expressions

    @cached_property
    def _wider(self) -> tuple[str, ...]:
        wider = [_COUNTED.sub("*", one) for one in self._expressions]
        return tuple(any_of(*wider[start : start + TOGETHER]) for start in range(0, len(wider), TOGETHER))

    def match(self, texts: Texts) -> pa.Array:
        """Mask of the texts that match one of them."""
        hints = [pc.match_substring_regex(texts, one) for one in self._wider]
        return on_rows(texts, reduce(pc.or_, hints), self._exactly)

    def _exactly(self, texts: Texts) -> pa.Array:
        found = pa.repeat(pa.scalar(False), len(texts))
        for one in self._expressions:
            found = pc.or_(found, pc.match_substring_regex(texts, one))
        return found
