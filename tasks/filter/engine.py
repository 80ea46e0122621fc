"""Judge interactions one by one: run the row rules on batches; count, sample and note what each dropped.

    screener = Screener(config, checks)
    for batch in batches:
        judged = screener.screen(batch)      # what passed, its keys; a verdict for every row
    screener.sketches()                      # those that were not ready with their batch
    screener.tallies                         # what each rule did

Nothing here depends on how rows are batched or ordered. What looks at all rows together is in `together.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from configs.schema import FilterConfig
from tasks.filter import keys
from tasks.filter.ngrams import NGRAMS_SCHEMA, ngrams
from tasks.filter.rules import Mask, Rule, candidates
from tasks.filter.sketch import Sketcher
from tasks.hashes import hash64
from tasks.kept import KEPT_SCHEMA
from tasks.passages import ANCHORS_SCHEMA, anchors
from tasks.privacy import scrub
from tasks.texts import folded, spaced

SAMPLES = 20
"""Rejects shown per rule: those with the smallest ids."""

SAMPLE_CHARS = 200
COMPACT_SHARE = 0.75
"""Rows that were dropped stay in the batch, unlooked at, until fewer than this share of it is alive: copying costs."""

TEXTS = ("instruction", "input", "answer")

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

QUARANTINE_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("user_id", pa.string(), nullable=False),
        pa.field("instruction", pa.string()),
        pa.field("input", pa.string()),
        pa.field("answer", pa.string()),
    ]
)
"""Rows that a person must look at: whole, but without personal data."""

VERDICT_SCHEMA = pa.schema([pa.field("id", pa.uint64()), pa.field("step", pa.uint8())])
"""Name of a row's id (`tasks.hashes`) and the number of the step that dropped it, from 1; 0 for what passed."""

Alive = npt.NDArray[np.bool_]


@dataclass
class Tally:
    """Counts and samples of one rule."""

    rule: str
    private: bool = False
    reached: int = 0
    dropped: int = 0
    samples: pa.Table = field(default_factory=REJECTED_SCHEMA.empty_table)

    def judge(self, rows: pa.RecordBatch, alive: Alive, keeps: Mask) -> Alive:
        """Which rows are still alive after the rule. A null in the mask drops the row."""
        passing = pc.fill_null(keeps, False).to_numpy(zero_copy_only=False)
        falling = alive & ~passing
        self.reached += int(alive.sum())
        count = int(falling.sum())
        if count:
            self.dropped += count
            self._sample(rows, falling)
        return np.asarray(alive & passing, dtype=np.bool_)

    def _sample(self, rows: pa.RecordBatch, falling: Alive) -> None:
        places = pa.array(np.flatnonzero(falling))
        ids = rows.column("id").take(places)
        if len(self.samples) == SAMPLES:  # most batches hold no id that comes before the last of these
            before = pc.less(ids, self.samples["id"][-1])
            places, ids = places.filter(before), ids.filter(before)
            if not len(ids):
                return
        few = pc.select_k_unstable(pa.table({"id": ids}), SAMPLES, [("id", "ascending")])
        dropped = rows.take(places.take(few))
        columns = [self._column(dropped, name) for name in REJECTED_SCHEMA.names]
        both = pa.concat_tables([self.samples, pa.table(columns, schema=REJECTED_SCHEMA)])
        self.samples = both.take(pc.select_k_unstable(both, SAMPLES, [("id", "ascending")]))

    def _column(self, rows: pa.RecordBatch, name: str) -> pa.Array:
        kind = REJECTED_SCHEMA.field(name).type
        if name == "rule":
            return pa.repeat(pa.scalar(self.rule), rows.num_rows)
        if name != "id" and self.private:
            return pa.nulls(rows.num_rows, kind)
        values = rows.column(name)
        return pc.utf8_slice_codeunits(values, 0, SAMPLE_CHARS) if name in {"instruction", "answer"} else values


@dataclass(frozen=True)
class Checks:
    """The row rules: those before personal data is replaced, who must be looked at by a person, and those after that:
    formulas that reach out are not run."""

    rules: tuple[Rule, ...]
    after: tuple[Rule, ...] = ()
    suspicions: Callable[[pa.RecordBatch], pa.Array] | None = None
    near_duplicates: bool = True
    """Whether questions are sketched."""

    passages: bool = True
    """Whether it is kept what one text is found inside another by."""

    skeletons: bool = True
    """Whether questions are named without their figures too."""

    formula_key: Callable[[pa.Array], pa.Array] | None = None
    """Canonical forms of the formulas that each answer offers, in their order: a list for each."""

    @property
    def names(self) -> tuple[str, ...]:
        """Steps in their order; a verdict's number counts them from 1."""
        return (*(rule.name for rule in self.rules), "quarantined", *(rule.name for rule in self.after))


@dataclass(frozen=True)
class Judged:
    """One batch, judged. The first four have a row for what passed, in the batch's order; anchors and ngrams none at
    all where nobody wants them. Sketches are of this batch and earlier ones, as they are ready."""

    kept: pa.RecordBatch
    keys: pa.RecordBatch
    anchors: pa.RecordBatch
    ngrams: pa.RecordBatch
    verdicts: pa.RecordBatch
    quarantined: pa.RecordBatch
    sketches: list[pa.RecordBatch]


class Screener:
    """The rules with their counts. One a process; tallies of several are merged by `together.py`."""

    def __init__(self, config: FilterConfig, checks: Checks) -> None:
        self._config = config
        self._checks = checks
        self._sketcher = Sketcher()
        before, after = ([Tally(rule.name, rule.private) for rule in some] for some in (checks.rules, checks.after))
        self.tallies = [*before, Tally("quarantined"), *after]
        self.replaced: dict[str, int] = {}
        """Kind of personal data to the number of rows in which it was replaced."""

    def screen(self, batch: pa.RecordBatch) -> Judged:
        """Judge an INTERACTION_SCHEMA batch."""
        ids = hash64(batch.column("id"))
        rows, places = self._compact(candidates(batch), np.arange(batch.num_rows), self._everyone(batch))
        steps = np.zeros(batch.num_rows, dtype=np.uint8)
        rows, places = self._run(self._checks.rules, 0, rows, places, steps)
        rows = self._without_personal_data(rows)
        rows, places, quarantined = self._set_aside(rows, places, steps)
        rows, places = self._run(self._checks.after, len(self._checks.rules) + 1, rows, places, steps)
        kept = _kept(rows)
        asked, given, answers = (folded(kept.column(name)) for name in ("instruction", "input", "output"))
        prompts = pc.binary_join_element_wise(spaced(asked), spaced(given), "\n")
        wanted, scans = self._checks, self._config.poison.scans
        formulas = wanted.formula_key(kept.column("output")) if wanted.formula_key else None
        return Judged(
            kept,
            keys.of(kept, ids[places], prompts, skeletons=wanted.skeletons, formulas=formulas),
            anchors(pc.binary_join_element_wise(asked, given, "\n"), answers)
            if wanted.passages
            else _none(ANCHORS_SCHEMA),
            ngrams(prompts, answers) if scans else _none(NGRAMS_SCHEMA),
            pa.RecordBatch.from_arrays([pa.array(ids), pa.array(steps)], schema=VERDICT_SCHEMA),
            quarantined,
            self._sketcher.add(asked, given) if wanted.near_duplicates else [],
        )

    def sketches(self) -> list[pa.RecordBatch]:
        """Sketches of what passed, those that no batch came with."""
        return self._sketcher.rest()

    @staticmethod
    def _everyone(batch: pa.RecordBatch) -> Alive:
        return np.ones(batch.num_rows, dtype=bool)

    def _run(
        self,
        rules: tuple[Rule, ...],
        first: int,
        rows: pa.RecordBatch,
        places: npt.NDArray[np.int64],
        steps: npt.NDArray[np.uint8],
    ) -> tuple[pa.RecordBatch, npt.NDArray[np.int64]]:
        """Apply rules in their order; `first` is the number of the first one's tally."""
        alive = self._everyone(rows)
        for number, rule in enumerate(rules, first):
            if not rows.num_rows:
                break
            after = self.tallies[number].judge(rows, alive, rule.keeps(rows, self._config))
            steps[places[alive & ~after]] = number + 1
            alive = after
            if alive.mean() < COMPACT_SHARE if len(alive) else False:
                rows, places = self._compact(rows, places, alive)
                alive = self._everyone(rows)
        return self._compact(rows, places, alive)

    @staticmethod
    def _compact(
        rows: pa.RecordBatch, places: npt.NDArray[np.int64], alive: Alive
    ) -> tuple[pa.RecordBatch, npt.NDArray[np.int64]]:
        return (rows, places) if alive.all() else (rows.filter(pa.array(alive)), places[alive])

    def _without_personal_data(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        if not self._config.privacy.enabled or not rows.num_rows:
            return rows
        scrubbed = scrub(rows, TEXTS, self._config.privacy)
        for kind in pc.value_counts(pc.list_flatten(scrubbed.found)).to_pylist():
            self.replaced[kind["values"]] = self.replaced.get(kind["values"], 0) + kind["counts"]
        return scrubbed.batch

    def _set_aside(
        self, rows: pa.RecordBatch, places: npt.NDArray[np.int64], steps: npt.NDArray[np.uint8]
    ) -> tuple[pa.RecordBatch, npt.NDArray[np.int64], pa.RecordBatch]:
        if self._checks.suspicions is None:
            reasons = pa.nulls(rows.num_rows, pa.string())
        else:
            released = pc.is_in(rows.column("id"), pa.array(self._config.poison.released, pa.string()))
            reasons = pc.if_else(released, pa.scalar(None, pa.string()), self._checks.suspicions(rows))
        clean = pc.is_null(reasons)
        number = len(self._checks.rules)
        alive = self.tallies[number].judge(rows, self._everyone(rows), clean)
        steps[places[~alive]] = number + 1
        aside = rows.filter(pc.invert(clean))
        columns = [reasons.drop_null() if name == "reason" else aside.column(name) for name in QUARANTINE_SCHEMA.names]
        rows, places = self._compact(rows, places, alive)
        return rows, places, pa.RecordBatch.from_arrays(columns, schema=QUARANTINE_SCHEMA)


def _none(schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([], schema)


def _kept(rows: pa.RecordBatch) -> pa.RecordBatch:
    columns = {name: rows.column(name) for name in rows.schema.names}
    columns |= {"input": pc.fill_null(rows.column("input"), ""), "output": rows.column("answer")}
    return pa.RecordBatch.from_arrays([columns[name] for name in KEPT_SCHEMA.names], schema=KEPT_SCHEMA)
