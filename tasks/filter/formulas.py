"""The rule that runs the formulas of training answers: an answer whose formula no engine accepts teaches a broken one.

    rows, texts = formulas_of(answers)                   # which formulas which answer offers
    rule = FormulaRule(Path("work/formulas.json"))
    rule.keeps(batch, config)                            # false where no engine accepts what the answer offers
    rule.reasons(batch)                                  # why, or null

Most answers are read by regular expressions over whole batches: one that says nothing but a formula, after a label, in
code, or once in a sentence. What those leave (nested too deep, several in a line, quoted) is read by offers.py, equal
lines once. Judged are outlines, of which a million answers have a few hundred (tasks/judge/acceptance.py). Only answers
that hold a formula which no engine accepts are looked at as a whole, for not every such formula is one that the answer
offers: see faults.py.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from configs.schema import FilterConfig
from tasks.filter.faults import Found, fault
from tasks.filter.formula_units import Units, units_of
from tasks.filter.offers import LABEL, read, units
from tasks.judge.acceptance import Acceptance
from tasks.judge.cache import FormulaCache

Mask: TypeAlias = Any
"""A pyarrow.BooleanArray, which has no types of its own."""

Indices = npt.NDArray[np.int64]
TakeOut = Callable[[pa.Array], pa.Array]
"""From units of one simple shape to the formula in each."""

_TEXT = r'"[^"`|\\\t\n]*"'
_INNER = rf"(?:[^()\"`|\\\t\n;=＝]|[=]|{_TEXT})"
_BRACKETS = rf"\((?:{_INNER}|\((?:{_INNER}|\((?:{_INNER}|\((?:{_INNER}|\({_INNER}*\))*\))*\))*\))*\)"
_WORD = r"[A-Za-z0-9_$]+(?:[.:!][A-Za-z0-9_$]+)*"
_VALUE = rf"[-+]?(?:{_WORD}(?:{_BRACKETS})?|{_BRACKETS}|{_TEXT})%?"
_SIMPLE = rf"=[ ]?{_VALUE}(?:(?:<=|>=|<>|[-+*/^&=<>]){_VALUE})*"
"""A formula that ends where its last value or bracket ends, at most five brackets deep and without a blank outside
them."""

_ALONE = rf"^{LABEL}`*{_SIMPLE}`*\**[ .\r\n]*$"
_IN_CODE = rf"^[^=＝`\"'|\t<\\&]*`{_SIMPLE}`[^=＝`|\t<\\&]*$"
_BEFORE = r"=＝`\"'“‘「|\t<\\&:："
_IN_SENTENCE = rf"^[^{_BEFORE}]*[가-힣][^{_BEFORE}가-힣]* (?P<formula>{_SIMPLE})[ ]?[가-힣][^=＝`|\t<\\&]*$"
_CANDIDATE = r"""(?:^|[^0-9A-Za-z_가-힣<>=＝!)\]/&?]|<[a-z]{1,6}>)[ \t]*[=＝][ \t]*[^ \t\r\n=<>]"""
_LOOKS_LIKE_ONE = r"[A-Za-z][A-Za-z0-9_.]+\(|(?:^|[^A-Za-z0-9_.])\$?[A-Za-z]{1,3}\$?[0-9]+(?:[^A-Za-z0-9_]|$)"


class FormulaRule:
    """The row rule `formula`: what is refused, and why. One a process; who names the same cache shares it."""

    def __init__(self, cache: Path | None = None) -> None:
        self._acceptance = Acceptance(FormulaCache(cache) if cache is not None else None)

    def keeps(self, batch: pa.RecordBatch, config: FilterConfig) -> Mask:
        """True where an engine accepts what the answer offers, or where the answer offers no formula."""
        if not config.execute_formulas:
            return pa.repeat(pa.scalar(True), batch.num_rows)
        return pc.is_null(self.reasons(batch))

    def reasons(self, batch: pa.RecordBatch) -> pa.Array:
        """Why an answer's formula is refused, null where it is not. Reads `instruction`, `input` and `answer`."""
        rows, texts = formulas_of(batch.column("answer"))
        refused = np.asarray(self._acceptance.refused(texts))
        found: list[str | None] = [None] * batch.num_rows
        for row, why in self._look_at(batch, np.unique(rows.to_numpy()[refused])):
            found[row] = why
        return pa.array(found, pa.string())

    def _look_at(self, batch: pa.RecordBatch, suspects: npt.NDArray[np.int32]) -> list[tuple[int, str | None]]:
        """The fault of each answer that holds a refused formula, read as a whole."""
        few = batch.select(["instruction", "input", "answer"]).take(pa.array(suspects))
        answers = few.column("answer").to_pylist()
        offered = [
            [(unit, offer) for unit in units(answer) for offer in read(unit.text, fenced=unit.fenced)]
            for answer in answers
        ]
        verdicts = iter(self._acceptance.verdicts(pa.array([o.text for all_ in offered for _, o in all_], pa.string())))
        prompts = zip(few.column("instruction").to_pylist(), few.column("input").to_pylist(), strict=True)
        return [
            (
                row,
                fault(
                    answer,
                    "\n".join(filter(None, prompt)),
                    [Found(unit, offer, next(verdicts)) for unit, offer in all_],
                ),
            )
            for row, answer, prompt, all_ in zip(suspects.tolist(), answers, prompts, offered, strict=True)
        ]


def formulas_of(answers: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Every formula that each answer offers, in order: the answer's index (int32) and the formula, `=` included."""
    found = units_of(answers)
    texts = found.texts
    alone = _matches(texts, _ALONE)
    open_ = pc.and_not(_matches(texts, _CANDIDATE), alone)
    code = pc.and_(open_, _matches(texts, _IN_CODE))
    rest = pc.and_not(open_, code)
    sentence = pc.and_(rest, _matches(texts, _IN_SENTENCE))
    simple: tuple[tuple[Mask, TakeOut], ...] = (
        (alone, _behind_label),
        (code, _between_ticks),
        (sentence, _within_sentence),
    )
    places: list[Indices] = []
    formulas: list[pa.Array] = []
    hard = np.asarray(pc.and_not(rest, sentence))
    for mask, take_out in simple:
        chosen = np.flatnonzero(np.asarray(mask))
        said = take_out(texts.take(pa.array(chosen)))
        right = np.asarray(_matches(said, _LOOKS_LIKE_ONE))
        hard[chosen[~right]] = True
        places.append(chosen[right])
        formulas.append(said.filter(pa.array(right)))
    at, said = _read(found, np.flatnonzero(hard))
    where = np.concatenate([*places, at])
    order = np.argsort(where, kind="stable")
    every = pa.concat_arrays([*formulas, said]).take(pa.array(order))
    return pa.array(found.rows[where[order]], pa.int32()), every


def _read(found: Units, chosen: Indices) -> tuple[Indices, pa.Array]:
    """What offers.py reads in these units, equal ones once: index of the unit and formula."""
    at: list[Indices] = []
    said: list[pa.Array] = []
    for fenced in (False, True):
        some = chosen[found.fenced[chosen] == fenced]
        coded = pc.dictionary_encode(found.texts.take(pa.array(some)))
        offered = [[offer.text for offer in read(text, fenced=fenced)] for text in coded.dictionary.to_pylist()]
        lists = pa.array(offered, pa.list_(pa.string())).take(coded.indices)
        at.append(some[pc.list_parent_indices(lists).to_numpy()])
        said.append(pc.list_flatten(lists))
    return np.concatenate(at), pa.concat_arrays(said)


def _behind_label(units: pa.Array) -> pa.Array:
    return pc.utf8_rtrim(pc.replace_substring_regex(units, r"^[^=]*", ""), characters="`*. \r\n")


def _between_ticks(units: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(units, r"^[^=]*|`[^`]*$", "")


def _within_sentence(units: pa.Array) -> pa.Array:
    return pc.struct_field(pc.extract_regex(units, _IN_SENTENCE), "formula")


def _matches(texts: pa.Array, pattern: str) -> pa.Array:
    return pc.match_substring_regex(texts, pattern)
