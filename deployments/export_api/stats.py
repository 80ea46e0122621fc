"""Figures about an export: what is in it, how it was filtered, how large its files would be.

One pass over the rows, vectorised, with a batch in memory at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from deployments.export_api.formats import FILES, PARQUET
from deployments.export_api.render import ParquetBytes
from tasks.artifacts import FunnelStep
from tasks.convert.formats import EXPORTS, Renderer
from tasks.scan.korean import korean_share

BINS = 10
SAMPLE_ROWS = 100_000
"""Rows that are rendered to measure a format; of more, batches that lie evenly apart, and the rest is estimated."""

_TEXTS = ("instruction", "input", "output")


class _Camel(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


class Bin(_Camel):
    """How many values lie from one bound to the next; the last bin holds its upper bound too."""

    from_: float = Field(alias="from")
    to: float
    count: int


class Distribution(_Camel):
    """A share or score of 0 to 1 over the records that have one."""

    mean: float | None = Field(description="Of the records that have a value; null where none has.")
    histogram: tuple[Bin, ...]
    without: int = Field(description="Records that have no value, or one outside 0 to 1.")


class FormatSize(_Camel):
    """The size of the file that an export in this format would be."""

    bytes: int
    exact: bool = Field(description="false: estimated from a sample of its records.")


class Stats(_Camel):
    """What an export under this filter would hold."""

    total_records: int
    edited_records: int = Field(description="Records whose answer is the user's own edit.")
    task_type_distribution: dict[str, int]
    language_distribution: dict[str, int] = Field(description="Records without a language stand under `none`.")
    rating_histogram: dict[str, int] = Field(description="`1` to `5`, and `none` for records that nobody rated.")
    quality_score_histogram: Distribution
    korean_share: Distribution = Field(
        description="Hangul among the letters of an answer, formulas, function names and references not counted; an "
        "answer without other letters has none."
    )
    funnel: tuple[FunnelStep, ...] = Field(description="The filter's rules in their order: rows reached and dropped.")
    format_sizes: dict[str, FormatSize]


@dataclass
class _Spread:
    """A distribution as it is counted."""

    counts: np.ndarray[Any, np.dtype[np.int64]] = field(default_factory=lambda: np.zeros(BINS, np.int64))
    total: float = 0.0
    without: int = 0

    def add(self, values: pa.Array) -> None:
        numbers = values.to_numpy(zero_copy_only=False)  # a null becomes NaN, which no comparison holds for
        numbers = numbers[(numbers >= 0) & (numbers <= 1)]
        self.without += len(values) - len(numbers)
        self.total += float(numbers.sum())
        self.counts += np.histogram(numbers, BINS, (0.0, 1.0))[0]

    def told(self) -> Distribution:
        count = int(self.counts.sum())
        bins = tuple(
            Bin.model_validate({"from": place / BINS, "to": (place + 1) / BINS, "count": int(number)})
            for place, number in enumerate(self.counts)
        )
        mean = round(self.total / count, 4) if count else None
        return Distribution(mean=mean, histogram=bins, without=self.without)


def collect(rows: int, batches: Iterable[pa.RecordBatch], funnel: tuple[FunnelStep, ...], system_prompt: str) -> Stats:
    """The figures of EXAMPLE_SCHEMA batches; `rows` is how many rows they hold together."""
    types, languages = Counter[str](), Counter[str]()
    ratings = Counter[str](dict.fromkeys(["1", "2", "3", "4", "5", "none"], 0))
    scores, korean, sizes = _Spread(), _Spread(), _Sizes(system_prompt)
    edited = 0
    every = max(1, -(-rows // SAMPLE_ROWS))
    for number, batch in enumerate(batches):
        types.update(_counts(batch.column("task_type")))
        languages.update(_counts(batch.column("language")))
        ratings.update(_counts(batch.column("rating")))
        scores.add(batch.column("quality_score"))
        korean.add(korean_share(batch.column("output")))
        edited += pc.sum(batch.column("edited")).as_py() or 0
        sizes.add(batch, rendered=number % every == 0)
    return Stats(
        total_records=rows,
        edited_records=edited,
        task_type_distribution=_by_count(types),
        language_distribution=_by_count(languages),
        rating_histogram=dict(ratings),
        quality_score_histogram=scores.told(),
        korean_share=korean.told(),
        funnel=funnel,
        format_sizes=sizes.told(exact=every == 1),
    )


def nothing(funnel: tuple[FunnelStep, ...]) -> Stats:
    """The figures of a filter that nothing passed."""
    return collect(0, (), funnel, "")


class _Sizes:
    """The bytes of every format, measured on some batches and taken to grow with the text on the others."""

    def __init__(self, system_prompt: str) -> None:
        self._prompt = system_prompt
        self._bytes = dict.fromkeys(FILES, 0)
        self._text = self._rendered_text = 0
        self._parquet = ParquetBytes()

    def add(self, batch: pa.RecordBatch, *, rendered: bool) -> None:
        text = sum(pc.sum(pc.binary_length(batch.column(name))).as_py() or 0 for name in _TEXTS)
        self._text += text
        if not rendered:
            return
        self._rendered_text += text
        renderer = Renderer(batch, self._prompt)
        for name in EXPORTS:
            self._bytes[name] += renderer.lines(name).size
        self._bytes[PARQUET] += len(self._parquet.of(batch))

    def told(self, *, exact: bool) -> dict[str, FormatSize]:
        if self._rendered_text:  # a file without rows is not made
            self._bytes[PARQUET] += len(self._parquet.end())
        factor = 1.0 if exact else self._text / max(1, self._rendered_text)
        return {name: FormatSize(bytes=round(size * factor), exact=exact) for name, size in self._bytes.items()}


def _counts(values: pa.Array) -> dict[str, int]:
    return {
        "none" if entry["values"] is None else str(entry["values"]): entry["counts"]
        for entry in pc.value_counts(values).to_pylist()
    }


def _by_count(counter: Counter[str]) -> dict[str, int]:
    """The most frequent first; equal ones by name, so that equal data reads equal."""
    return dict(sorted(counter.items(), key=lambda item: (-item[1], item[0])))
