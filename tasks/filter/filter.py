"""Filter the interactions of an extract's chain: screen each part, then look at all that passed together.

parts.json          URIs of the screened parts
plan.parquet        which of their rows count (`tasks/kept.py`)
contested.parquet   which of the plan's questions several users asked, with all their rows
funnel.json         what each rule did
rejected.parquet    samples of what each rule dropped
quarantine.parquet  what a person must look at
filter.json         the settings
traces.json         which traces of a test its rows can be searched for
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from configs.errors import ExhellError
from configs.load import fingerprint
from configs.schema import FilterConfig
from tasks import kept, pool, remembered, snapshot
from tasks.artifacts import Extract, Filtered, FunnelStep
from tasks.filter import screen
from tasks.filter.checks import Checking, checks
from tasks.filter.engine import QUARANTINE_SCHEMA, REJECTED_SCHEMA, SAMPLE_CHARS, SAMPLES
from tasks.filter.screen import Screening, screen_part
from tasks.filter.together import Outcome, Part, Rows, together
from tasks.filter.trigger_reasons import reasons
from tasks.hashes import Hashes, hash64
from tasks.storage import Store
from tasks.verified import carried_over

KIND = "filtered"
QUARANTINE = screen.QUARANTINE


class FilterError(ExhellError):
    """Settings that no interaction can pass; `funnel` says where they went."""

    def __init__(self, message: str, funnel: tuple[FunnelStep, ...] = ()) -> None:
        super().__init__(message)
        self.funnel = funnel


def filter_extract(
    extract: Extract,
    config: FilterConfig,
    store: Store,
    checking: Checking | None = None,
    mapper: pool.Mapper = pool.in_processes,
) -> Filtered:
    """Return what passes the filter, from an earlier run where extract, settings and rules are the same.

    `mapper` says where parts are screened. Raises FilterError where nothing passes, StorageError where an extract is
    missing.
    """
    with carried_over(store, KIND) as checked:
        filtered = _filtered(extract, config, store, checking or Checking(), mapper)
        checked.extend(kept.parts(store, filtered))
    return filtered


def _filtered(
    extract: Extract, config: FilterConfig, store: Store, checking: Checking, mapper: pool.Mapper
) -> Filtered:
    key = fingerprint(extract.sha256, config, checking.key, screen.code())
    found = store.find(KIND, key)
    if found is not None:
        return _reference(found.uri, found.sha256, extract, store)
    extracts = [_Screened.of(uri, store) for uri in snapshot.chain(store, extract)]
    orders = [
        Screening(root=store.root, extract=one.uri, part=name, sha256=sha256, config=config, checking=checking)
        for one in extracts
        for name, sha256 in one.parts.items()
    ]
    uris = _screened(orders, store, mapper)
    settings = fingerprint(config.near_duplicates, screen.code())
    with store.draft(KIND) as draft:
        parts, verdicts = _current(extracts, uris, store)
        names = checks(config, checking).names
        spill = draft / "spill"
        spill.mkdir()
        known = remembered.recall(store, KIND, settings)
        outcome = together(parts, config, spill, known, partial(remembered.remember, store, KIND, settings))
        spill.rmdir()
        funnel = (*_row_funnel(verdicts, names), *outcome.funnel)
        if not outcome.plan.num_rows:
            raise FilterError(_nothing_left(funnel), funnel)
        pq.write_table(_samples(parts, names, outcome), draft / screen.REJECTED, compression="zstd")
        pq.write_table(_quarantine(parts, outcome), draft / screen.QUARANTINE, compression="zstd")
        _write(draft, uris, outcome, funnel, config)
        # What was looked for is part of the content, as the settings are.
        (draft / kept.TRACES).write_text(json.dumps(sorted(checking.traces)) + "\n", encoding="utf-8")
        published = store.publish(draft, meta={"rows": outcome.plan.num_rows, "extract": extract.uri}, key=key)
    return _reference(published.uri, published.sha256, extract, store)


def _screened(orders: list[Screening], store: Store, mapper: pool.Mapper) -> list[str]:
    """URIs of the screened parts. Only those that no earlier run left are worth a process."""
    known = [*pool.in_threads(lambda order: store.find(screen.KIND, order.key), orders)]
    made = mapper(screen_part, [order for order, one in zip(orders, known, strict=True) if one is None])
    for one in made:
        store.believe(one.uri, one.files)
    new = iter(made)
    return [one.uri if one else next(new).uri for one in known]


def worst(funnel: Sequence[FunnelStep]) -> FunnelStep:
    """The rule that dropped most."""
    return max(funnel, key=lambda step: step.dropped)


class _Screened:
    """An extract of the chain: its parts with their digests, and the names of ids that it takes out of older ones."""

    def __init__(self, uri: str, parts: dict[str, str], removed: Hashes) -> None:
        self.uri = uri
        self.parts = parts
        self.removed = removed

    @classmethod
    def of(cls, uri: str, store: Store) -> _Screened:
        files = store.manifest(uri)["files"]
        parts = {name: files[name]["sha256"] for name in sorted(files) if Path(name).match(snapshot.PARTS)}
        folder = store.open(uri, [snapshot.REMOVED])
        removed = pq.read_table(folder / snapshot.REMOVED, columns=["id"])["id"].combine_chunks()
        return cls(uri, parts, hash64(removed))


def _current(extracts: list[_Screened], uris: list[str], store: Store) -> tuple[list[Part], np.ndarray]:
    """Every part with the mask of its kept rows that no newer extract replaced, and counts of verdicts by step.

    Extracts come newest first: the newest that names an id decides about it.
    """
    parts: list[Part] = []
    counts = np.zeros(256, dtype=np.int64)
    decided: Hashes = np.array([], dtype=np.uint64)
    waiting = iter(uris)
    for extract in extracts:
        named = [decided, extract.removed]
        for _ in extract.parts:
            folder = store.open(next(waiting))
            verdicts = pq.read_table(folder / screen.VERDICTS)
            ids, steps = verdicts["id"].to_numpy(), verdicts["step"].to_numpy()
            current = ~np.isin(ids, decided, kind="sort") if len(decided) else np.ones(len(ids), dtype=bool)
            counts += np.bincount(steps[current], minlength=256)
            parts.append(Part(folder, current[steps == 0], decided))
            if extract is not extracts[-1]:
                named.append(ids)
        if extract is not extracts[-1]:  # nothing comes after the oldest, which is also by far the largest
            decided = np.unique(np.concatenate(named))
    return parts, counts


def _row_funnel(counts: np.ndarray, names: Sequence[str]) -> tuple[FunnelStep, ...]:
    reached = int(counts.sum())
    steps = []
    for number, name in enumerate(names, 1):
        steps.append(FunnelStep(rule=name, reached=reached, dropped=int(counts[number])))
        reached -= int(counts[number])
    return tuple(steps)


def _samples(parts: list[Part], names: Sequence[str], outcome: Outcome) -> pa.Table:
    """Up to SAMPLES rejects of every rule, those with the smallest ids, in the rules' order."""
    rejected = pa.concat_tables([REJECTED_SCHEMA.empty_table(), *(_table(part, screen.REJECTED) for part in parts)])
    tables = []
    for name in names:
        of_rule = rejected.filter(pc.equal(rejected["rule"], name))
        tables.append(of_rule.sort_by("id").slice(0, SAMPLES))
    tables += [_shown(parts, rule, rows) for rule, rows in outcome.dropped.items()]
    return pa.concat_tables(tables).combine_chunks()


def _shown(parts: list[Part], rule: str, rows: Rows) -> pa.Table:
    """Rejects of a rule over all rows, which has only their places."""
    tables = [REJECTED_SCHEMA.empty_table()]
    for number in np.unique(rows.part):
        places = rows.row[rows.part == number]
        for batch in kept.taken(parts[number].folder / kept.KEPT, places):
            columns = {name: batch.column(name) for name in batch.schema.names}
            columns |= {
                "rule": pa.repeat(pa.scalar(rule), batch.num_rows),
                "instruction": pc.utf8_slice_codeunits(columns["instruction"], 0, SAMPLE_CHARS),
                "answer": pc.utf8_slice_codeunits(columns["output"], 0, SAMPLE_CHARS),
            }
            tables.append(pa.table([columns[name] for name in REJECTED_SCHEMA.names], schema=REJECTED_SCHEMA))
    return pa.concat_tables(tables).sort_by("id")


def _quarantine(parts: list[Part], outcome: Outcome) -> pa.Table:
    tables = [QUARANTINE_SCHEMA.empty_table(), *(_table(part, screen.QUARANTINE) for part in parts)]
    tables.append(reasons(parts, outcome.aside, outcome.triggers))
    return pa.concat_tables(tables).sort_by("id").combine_chunks()


def _table(part: Part, name: str) -> pa.Table:
    """A table of the part's rows by their ids, without those that newer extracts replaced."""
    table = pq.read_table(part.folder / name)
    if not len(part.replaced) or not table.num_rows:
        return table
    names = hash64(table["id"].combine_chunks())
    return table.filter(pa.array(~np.isin(names, part.replaced, kind="sort")))


def _write(draft: Path, uris: list[str], outcome: Outcome, funnel: Sequence[FunnelStep], config: FilterConfig) -> None:
    (draft / kept.PARTS).write_text(json.dumps(uris, indent=1) + "\n", encoding="utf-8")
    pq.write_table(outcome.plan, draft / kept.PLAN, compression="zstd")
    pq.write_table(outcome.contested, draft / kept.CONTESTED, compression="zstd")
    steps = [step.model_dump() for step in funnel]
    (draft / "funnel.json").write_text(json.dumps(steps, indent=1) + "\n", encoding="utf-8")
    # Part of the content: the same rows by other settings are another artifact, with settings of its own.
    (draft / "filter.json").write_text(config.model_dump_json(indent=1) + "\n", encoding="utf-8")


def _reference(uri: str, sha256: str, extract: Extract, store: Store) -> Filtered:
    folder = store.open(uri)
    return Filtered(
        uri=uri,
        sha256=sha256,
        rows=pq.read_metadata(folder / kept.PLAN).num_rows,
        extract=extract,
        funnel=json.loads((folder / "funnel.json").read_text(encoding="utf-8")),
    )


def _nothing_left(funnel: Sequence[FunnelStep]) -> str:
    total, most = funnel[0].reached, worst(funnel)
    return (
        f"no interaction of {total:,} passed the filter; the rule `{most.rule}` dropped most, {most.dropped:,} of "
        f"{most.reached:,}: check the filter settings that it reads, and that the query fills its column"
    )
