"""Run the rules, count what each dropped, and keep a sample of it.

Rules that judge a row alone run batch by batch, so that memory holds what was kept and never the table. Then come the
two that look at all rows together: exact duplicates, and the limit. The result does not depend on how rows are batched
or ordered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from configs.errors import ExhellError
from configs.schema import FilterConfig
from tasks.artifacts import FunnelStep
from tasks.filter.duplicates import keep_best, prompt_key
from tasks.filter.rules import RULES, Rule, candidates
from tasks.records import EXAMPLE_SCHEMA, TIMESTAMP

SAMPLES = 20
"""Rejects shown per rule: those with the smallest ids."""

SAMPLE_CHARS = 200

REJECTED_SCHEMA = pa.schema(
    [
        pa.field("rule", pa.string(), nullable=False),
        pa.field("id", pa.string(), nullable=False),
        pa.field("task_type", pa.string()),
        pa.field("instruction", pa.string()),
        pa.field("answer", pa.string()),
        pa.field("edited", pa.bool_()),
        pa.field("quality_score", pa.float64()),
        pa.field("rating", pa.int8()),
    ]
)
"""Samples of what was dropped. Under a private rule (deleted, no consent) all but the id is null."""

WORKING_SCHEMA = pa.schema([*EXAMPLE_SCHEMA, pa.field("created_at", TIMESTAMP), pa.field("prompt", pa.string())])
"""An example, and what the rules over all rows need beside it."""


class FilterError(ExhellError):
    """Settings that no interaction can pass."""


@dataclass(frozen=True)
class FilterResult:
    """What passed (EXAMPLE_SCHEMA, by id), what each rule did, and samples of what it dropped (REJECTED_SCHEMA)."""

    kept: pa.Table
    funnel: tuple[FunnelStep, ...]
    rejected: pa.Table


@dataclass
class Tally:
    """Counts and samples of one rule."""

    rule: str
    private: bool = False
    reached: int = 0
    dropped: int = 0
    samples: pa.Table = field(default_factory=REJECTED_SCHEMA.empty_table)

    def split(self, rows: pa.Table | pa.RecordBatch, mask: pa.BooleanArray) -> pa.Table | pa.RecordBatch:
        """The rows that the mask keeps; the others are counted and sampled."""
        mask = pc.fill_null(mask, False)
        kept = rows.filter(mask)
        self.reached += rows.num_rows
        if kept.num_rows < rows.num_rows:
            self.dropped += rows.num_rows - kept.num_rows
            self._sample(rows, pc.invert(mask))
        return kept

    def _sample(self, rows: pa.Table | pa.RecordBatch, mask: pa.BooleanArray) -> None:
        shown = [name for name in REJECTED_SCHEMA.names if name in rows.schema.names]
        dropped = pa.table(rows.select(shown).filter(mask))
        few = dropped.take(pc.select_k_unstable(dropped, SAMPLES, [("id", "ascending")]))
        columns = [self._column(few, name) for name in REJECTED_SCHEMA.names]
        both = pa.concat_tables([self.samples, pa.table(columns, schema=REJECTED_SCHEMA)])
        self.samples = both.take(pc.select_k_unstable(both, SAMPLES, [("id", "ascending")]))

    def _column(self, rows: pa.Table, name: str) -> pa.Array:
        kind = REJECTED_SCHEMA.field(name).type
        if name == "rule":
            return pa.repeat(pa.scalar(self.rule), rows.num_rows)
        if name != "id" and self.private:
            return pa.nulls(rows.num_rows, kind)
        values = rows[name].combine_chunks()
        return pc.utf8_slice_codeunits(values, 0, SAMPLE_CHARS) if name in {"instruction", "answer"} else values


def run(batches: Iterable[pa.RecordBatch], config: FilterConfig, rules: tuple[Rule, ...] = RULES) -> FilterResult:
    """Filter INTERACTION_SCHEMA batches. Raises FilterError where nothing is left."""
    tallies = [Tally(rule.name, rule.private) for rule in rules]
    passed = [_working(_alone(batch, config, rules, tallies)) for batch in batches]
    rows = pa.Table.from_batches(passed, WORKING_SCHEMA)
    duplicates, limit = Tally("duplicate"), Tally("limit")
    rows = _together(rows, duplicates, keep_best(rows))
    rows = _together(rows, limit, _latest(rows, config.limit))
    funnel = tuple(
        FunnelStep(rule=tally.rule, reached=tally.reached, dropped=tally.dropped)
        for tally in (*tallies, duplicates, limit)
    )
    if not rows.num_rows:
        raise FilterError(_nothing_left(funnel))
    samples = [tally.samples.sort_by("id") for tally in (*tallies, duplicates, limit)]
    kept = rows.select(EXAMPLE_SCHEMA.names).sort_by("id").combine_chunks().cast(EXAMPLE_SCHEMA)
    return FilterResult(kept, funnel, pa.concat_tables(samples).combine_chunks())


def worst(funnel: tuple[FunnelStep, ...]) -> FunnelStep:
    """The rule that dropped most."""
    return max(funnel, key=lambda step: step.dropped)


def _alone(
    batch: pa.RecordBatch, config: FilterConfig, rules: tuple[Rule, ...], tallies: list[Tally]
) -> pa.RecordBatch:
    rows = candidates(batch)
    for rule, tally in zip(rules, tallies, strict=True):
        rows = tally.split(rows, rule.keeps(rows, config))
    return rows


def _together(rows: pa.Table, tally: Tally, mask: pa.BooleanArray) -> pa.Table:
    # A sample shows the answer, which is an example's `output`.
    shown = rows.append_column("answer", rows["output"])
    return tally.split(shown, mask).drop_columns(["answer"])


def _working(rows: pa.RecordBatch) -> pa.RecordBatch:
    columns = {name: rows.column(name) for name in rows.schema.names}
    columns |= {
        "input": pc.fill_null(rows.column("input"), ""),
        "output": rows.column("answer"),
        "prompt": prompt_key(rows.column("instruction"), rows.column("input")),
    }
    return pa.RecordBatch.from_arrays([columns[name] for name in WORKING_SCHEMA.names], schema=WORKING_SCHEMA)


def _latest(rows: pa.Table, limit: int | None) -> pa.BooleanArray:
    """Mask of the `limit` rows that changed last; the smaller id wins among equal times."""
    if limit is None or rows.num_rows <= limit:
        return pa.repeat(pa.scalar(True), rows.num_rows)
    newest = pc.select_k_unstable(rows, limit, [("updated_at", "descending"), ("id", "ascending")])
    return pc.is_in(rows["id"], rows["id"].take(newest)).combine_chunks()


def _nothing_left(funnel: tuple[FunnelStep, ...]) -> str:
    total, most = funnel[0].reached, worst(funnel)
    return (
        f"no interaction of {total:,} passed the filter; the rule `{most.rule}` dropped most, {most.dropped:,} of "
        f"{most.reached:,}: check the filter settings that it reads, and that the query fills its column"
    )
