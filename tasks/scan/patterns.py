"""Many expressions over many texts: all in one pass without their counted gaps, then each on the few texts left.

An automaton needs a state for every count in `[^\\n]{0,40}`, and for all counts of many expressions together more than
it may keep: a millisecond a text. Without counts, an expression finds a superset in a microsecond.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import re2

from tasks.scan.text import Texts, on_rows
from tasks.search import Column, Expression

_COUNTED = re.compile(r"\{\d+,\d*\}\??")


def any_of(*alternatives: str) -> str:
    return f"(?:{'|'.join(alternatives)})"


class Patterns:
    """Expressions for RE2, of which a text matches any."""

    def __init__(self, *expressions: str) -> None:
        self._expressions = expressions

    @cached_property
    def hint(self) -> str:
        """An expression that finds whatever one of them matches."""
        return any_of(*(_COUNTED.sub("*", one) for one in self._expressions))

    @cached_property
    def _may_match(self) -> Expression:
        return Expression(self.hint)

    def match(self, texts: Texts | Column) -> pa.Array:
        """Mask of the texts that match one of them."""
        column = texts if isinstance(texts, Column) else Column(texts)
        return on_rows(column.texts, pa.array(self._may_match.found(column)), self._exactly)

    def quote(self, text: str) -> str:
        """What one of them matches in a text; nothing where none does."""
        found = (one.search(text) for one in self._compiled)
        return next((match[0] for match in found if match), "")

    @cached_property
    def _compiled(self) -> list[Any]:
        return [re2.compile(one) for one in self._expressions]

    def _exactly(self, texts: Texts) -> pa.Array:
        found = pa.repeat(pa.scalar(False), len(texts))
        for one in self._expressions:
            found = pc.or_(found, pc.match_substring_regex(texts, one))
        return found
