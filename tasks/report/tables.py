"""From published answers to figures with intervals: what the page and `exhell compare` count.

An answers table (`answers.parquet` of an evaluation) has a row a case and role. Which metrics there are is the
evaluation's to say: those that this module can compute case by case get an interval, others are shown without one. A
numeric or boolean column that bears a metric's name is taken as its value a case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from tasks.bootstrap import Floats, Span, Statistic, paired, ratio

Row = Mapping[str, Any]

NO_ANSWER = frozenset({"refused", "timed out"})
"""`finish_reason` of a question that the server did not take, or did not answer in time."""

MAIN = "frozen"
"""What an evaluation calls its test set."""

LEAST = 3
"""Cases of a function that are worth a line of their own."""


@dataclass(frozen=True)
class Contributions:
    """A metric a case: rows are cases, columns are what is summed before `statistic` makes the figure."""

    values: dict[str, tuple[float, ...]]
    statistic: Statistic


Answers = dict[str, dict[str, Row]]
"""Role to case to row."""


def by_set(answers: pa.Table) -> dict[str, Answers]:
    """Set of cases to its answers, the test set first, under the empty name; all in the table's order.

    An evaluation may put other sets of cases to the models as well, and names them in the column `set`. The test set is
    there even where it is empty: another one must not be taken for it.
    """
    found: dict[str, Answers] = {"": {}}
    for row in answers.to_pylist():
        name = row.get("set") or ""
        found.setdefault("" if name == MAIN else name, {}).setdefault(row["role"], {})[row["id"]] = row
    return found


def split_name(name: str, sets: Iterable[str]) -> tuple[str, str]:
    """A metric's name as set and metric: `recent.chrf` is chrF over the set `recent`, where there is such a set."""
    prefix, dot, rest = name.partition(".")
    return (prefix, rest) if dot and prefix and prefix in set(sets) else ("", name)


def gain(name: str, before: Mapping[str, Row], after: Mapping[str, Row]) -> Span | None:
    """What the challenger gained on a metric, paired by case, with its interval over users; None where it has none."""
    sides = contributions(name, before), contributions(name, after)
    if sides[0] is None or sides[1] is None:
        return None
    ids = [id_ for id_ in before if id_ in sides[0].values and id_ in sides[1].values]
    arrays = [np.array([side.values[id_] for id_ in ids], dtype=np.float64) for side in sides if side is not None]
    return paired(arrays[0], arrays[1], [str(before[id_]["user_id"]) for id_ in ids], sides[0].statistic)


def contributions(name: str, rows: Mapping[str, Row]) -> Contributions | None:
    """A metric's contributions by case, or None for one that is no sum over cases. Where there is no answer, there is
    nothing to count but in `unanswered`."""
    rows = {id_: row for id_, row in rows.items() if row["finish_reason"] not in NO_ANSWER}
    maker = _MAKERS.get(name)
    if maker is not None:
        return maker(rows)
    values = {id_: row[name] for id_, row in rows.items() if isinstance(row.get(name), (bool, int, float))}
    return Contributions({id_: (float(value), 1.0) for id_, value in values.items()}, ratio) if values else None


def grouped(rows: Iterable[Row], names: Callable[[Row], Sequence[str]]) -> dict[str, list[str]]:
    """Name to the ids of its cases, the largest first."""
    found: dict[str, list[str]] = {}
    for row in rows:
        for name in names(row):
            found.setdefault(name, []).append(row["id"])
    return dict(sorted(found.items(), key=lambda one: (-len(one[1]), one[0])))


def _means(values: Mapping[str, float]) -> Contributions:
    return Contributions({id_: (value, 1.0) for id_, value in values.items()}, ratio)


def _formula_accuracy(rows: Mapping[str, Row]) -> Contributions:
    return _means({id_: float(row["verdict"] == "equal") for id_, row in rows.items() if row["judgeable"]})


def _grade(rows: Mapping[str, Row]) -> Contributions:
    return _means({id_: row["grade"] for id_, row in rows.items() if row["grade"] is not None})


def _perplexity(rows: Mapping[str, Row]) -> Contributions:
    pairs: dict[str, tuple[float, ...]] = {
        id_: (row["nll"], float(row["tokens"])) for id_, row in rows.items() if row["nll"] is not None
    }

    def perplexity(sums: Floats) -> Floats:
        found: Floats = np.exp(ratio(sums))
        return found

    return Contributions(pairs, perplexity)


def _corpus(metric: BLEU | CHRF) -> Callable[[Mapping[str, Row]], Contributions]:
    """A corpus score of sacrebleu: its statistics a case are sums, from which the score of any resample follows."""

    def make(rows: Mapping[str, Row]) -> Contributions:
        answers, references = [row["answer"] for row in rows.values()], [[row["reference"] for row in rows.values()]]
        # sacrebleu resamples items alone; over users its own statistics are needed (test_tables.py holds them to
        # the scores of its public methods).
        statistics = metric._extract_corpus_statistics(answers, references)
        return Contributions(dict(zip(rows, map(tuple, statistics), strict=True)), score)

    def score(sums: Floats) -> Floats:
        return np.array([metric._compute_score_from_stats([int(one) for one in row]).score for row in sums])

    return make


_MAKERS: dict[str, Callable[[Mapping[str, Row]], Contributions]] = {
    "formula_accuracy": _formula_accuracy,
    "grade": _grade,
    "perplexity": _perplexity,
    "bleu": _corpus(BLEU(tokenize="ko-mecab")),
    "chrf": _corpus(CHRF()),
}
