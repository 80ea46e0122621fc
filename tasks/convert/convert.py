"""Make a dataset of the interactions that were kept: three splits in shards, as Parquet and as JSONL in every format.

    {split}/{week}.parquet             DATASET_SCHEMA
    train/anchors.parquet              the same for trusted examples, where there are any (tasks/convert/trusted.py)
    {format}/{split}/{week}.jsonl      one line an example, in the same order
    shards.json                        the shards (`tasks/dataset.py`)
    funnel.json                        what each rule dropped

The content follows from the interactions and the settings alone. When and from which extracts it was made stands in
the manifest, so equal content has an equal digest, whatever way it came about. Shards that an earlier dataset holds
already are linked from it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from configs.errors import ExhellError
from configs.load import fingerprint
from configs.schema import ConvertConfig
from tasks import dataset, digests, kept, pool, remembered, snapshot
from tasks.artifacts import Dataset, Extract, Filtered, FunnelStep
from tasks.convert import trusted
from tasks.convert.earlier import NEWEST, Earlier, write_rows
from tasks.convert.formats import companions
from tasks.convert.patch import Fresh, Patch, write_patched
from tasks.convert.plan import Layout, lay_out
from tasks.convert.profile import mean, tenths, total, users
from tasks.convert.write import Group, Scatter, Written, groups, scatter, single, write_group, write_shard
from tasks.dataset import PROFILE, SHARDS, USERS, Shard
from tasks.id_hash import among, id_hash, new_key
from tasks.records import SPLITS
from tasks.storage import StorageError, Store
from tasks.verified import carried_over

KIND = "datasets"
GROUP_ROWS = 32_768
SPILL = "spill"
FRESH_ROWS = 32_768
"""Rows that no earlier dataset holds, up to which they are written here: 32 MB of texts, and no process to start."""
EARLY_ROWS = 1 << 20
"""And up to which processes start while shards are laid out: each holds 200 MB, which the layout of more may need."""
PATCHES = 16
"""Shards that are patched and counted at once: 8 MB of texts."""
_FUNNEL_RULES_SHOWN = 3
PASSAGE_MODULES = ("passages", "letters", "texts", "nfkc", "utf8")
"""Modules beside this package by which one text is found in another."""

Places = npt.NDArray[np.int64]


class ConvertError(ExhellError):
    """Examples that make no dataset: too few, or none on one side."""


def convert(
    filtered: Filtered,
    config: ConvertConfig,
    min_records: int,
    store: Store,
    mapper: pool.Mapper = pool.in_processes,
) -> Dataset:
    """Publish the dataset of filtered interactions, or return what an earlier run made of the same.

    `mapper` says where shards are written; they must reach this machine's disk. Raises ConvertError for fewer than
    `min_records` examples, for a split that should have rows and has none, and where the filter kept nothing to look
    for a trace by.
    """
    if filtered.rows < min_records:
        raise ConvertError(_too_few(filtered.rows, filtered.funnel, min_records))
    with carried_over(store, KIND) as checked:
        made = _converted(filtered, config, min_records, store, mapper)
        checked.append(made.uri)
    return made


def _converted(
    filtered: Filtered, config: ConvertConfig, min_records: int, store: Store, mapper: pool.Mapper
) -> Dataset:
    code = digests.of_code(Path(__file__).parent)
    key = fingerprint(filtered.sha256, filtered.extract.sha256, config, trusted.digest(config), code)
    found = store.find(KIND, key)
    if found is not None:
        return _reference(found.uri, found.sha256, filtered, store)
    if unknown := set(config.decontaminate) - kept.traces(store, filtered):
        raise ConvertError(
            f"the filter kept nothing by which {', '.join(sorted(unknown))} could be found in other rows "
            f"({filtered.uri}); filter again with the same convert.decontaminate"
        )
    earlier = Earlier.newest(store)
    if FRESH_ROWS < filtered.rows - len(earlier.rows) <= EARLY_ROWS:
        mapper.start(scatter)
    parts = kept.parts(store, filtered)
    folders = [store.open(uri, [kept.KEYS, kept.ANCHORS]) for uri in parts]
    recipe = fingerprint(config.system_prompt, config.turns, code)
    layout = lay_out(
        kept.plan(store, filtered),
        kept.contested(store, filtered),
        folders,
        config,
        recipe=recipe,
        known=remembered.recall(store, KIND, _passages()),
    )
    anchors = trusted.mixed_in(layout, folders, config, recipe)
    funnel = (*filtered.funnel, *layout.funnel, *([anchors.funnel] if anchors else []))
    _check(layout, config, funnel, min_records)
    with store.draft(KIND) as draft:
        shards, files = earlier.link(layout.shards, draft)
        missing = [shard for shard in layout.shards if shard.file() not in shards]
        if missing:
            made = _written(missing, layout, parts, _Work(earlier, config, store, draft), mapper)
            shards |= made.shards
            files |= made.files
        whole = [shards[shard.file()] for shard in layout.shards]
        if anchors and anchors.shard.rows:
            write_shard(anchors.rows, anchors.shard, config.system_prompt, draft)
            whole.append(anchors.shard)
        _describe(draft, whole, layout, funnel)
        published = store.publish(draft, meta=_facts(filtered, whole, layout, config, store), key=key, known=files)
    store.point(NEWEST, {"uri": published.uri})
    if layout.known:
        remembered.remember(store, KIND, _passages(), layout.known)
    return _reference(published.uri, published.sha256, filtered, store, _newest_rows(layout, filtered, config, store))


def _passages() -> str:
    """Fingerprint of the code that finds one text in another."""
    tasks = Path(__file__).parents[1]
    return digests.of_code(Path(__file__).parent, *(tasks / f"{name}.py" for name in PASSAGE_MODULES))


@dataclass(frozen=True)
class _Work:
    """Where shards are written, how, and what from."""

    earlier: Earlier
    config: ConvertConfig
    store: Store
    draft: Path


def _written(missing: list[Shard], layout: Layout, parts: list[str], work: _Work, mapper: pool.Mapper) -> Written:
    """Write the shards that no earlier dataset holds."""
    if work.config.turns == "single":
        patched = _patched(missing, layout, parts, work)
        if patched is not None:
            return Written(patched)
    scatters, groups_ = _orders(layout, missing, parts, work.draft, config=work.config, root=work.store.root)
    mapper(scatter, scatters, more=True)
    del scatters  # as much again as the layout
    written = Written()
    for group in mapper(write_group, groups_):
        written.shards.update(group.shards)
        written.files.update(group.files)
    mapper.rest()  # of ten million rows, what is left to do needs 200 MB
    (work.draft / SPILL).rmdir()
    return written


def _describe(draft: Path, shards: list[Shard], layout: Layout, funnel: tuple[FunnelStep, ...]) -> None:
    """Write what is known of the dataset as a whole."""
    names, rows = np.unique(layout.user, return_counts=True)
    pq.write_table(pa.table({"user": names, "rows": rows}), draft / USERS, compression="zstd")
    write_rows(layout.names, draft)
    counts = total(shard.profile or {} for shard in shards) | {
        "korean_share": tenths(layout.korean),
        "user_share": users(layout.user),
    }
    for name, content in {
        SHARDS: [shard._asdict() for shard in shards],
        PROFILE: counts,
        "funnel.json": [step.model_dump() for step in funnel],
    }.items():
        (draft / name).write_bytes(digests.readable(content))
    present = [split for split in SPLITS if any(shard.split == split for shard in shards)]
    for path, text in companions(present, fingerprint(*(shard.fingerprint for shard in shards))).items():
        (draft / path).write_bytes(text)


def _patched(missing: list[Shard], layout: Layout, parts: list[str], work: _Work) -> dict[str, Shard] | None:
    """Write the shards that are missing from what an earlier dataset holds of them; None where that is too little, or
    damaged."""
    starts = dict(zip((shard.file() for shard in layout.shards), layout.starts.tolist(), strict=False))
    spans = [np.arange(starts[shard.file()], starts[shard.file()] + shard.rows) for shard in missing]
    rows = np.concatenate(spans)
    places = work.earlier.places(layout.names[rows])
    fresh = rows[places < 0]
    if len(fresh) > FRESH_ROWS:
        return None
    examples = Fresh(_examples(fresh, layout, parts, work.store), work.config.system_prompt)
    edges = np.cumsum([0, *(len(span) for span in spans)])
    of_fresh = np.concatenate([[0], np.cumsum(places < 0)])[edges]
    patches = [
        Patch(shard, places[begin:end], int(first))
        for shard, (begin, end), first in zip(missing, pairwise(edges), of_fresh, strict=False)
    ]

    def write(some: list[Patch]) -> list[Shard]:
        return write_patched(some, work.earlier, examples, work.draft)

    several = [patches[start : start + PATCHES] for start in range(0, len(patches), PATCHES)]
    try:
        return {shard.file(): shard for shards in pool.in_threads(write, several) for shard in shards}
    except StorageError:
        return None


def _examples(rows: Places, layout: Layout, parts: list[str], store: Store) -> pa.Table:
    """DATASET_SCHEMA of some rows of the dataset, in its order."""
    order = np.lexsort((layout.row[rows], layout.part[rows]))
    batches: list[pa.RecordBatch] = []
    for number in np.unique(layout.part[rows]):
        some = rows[order][layout.part[rows[order]] == number]
        batches += kept.taken(store.open(parts[number], [kept.KEPT]) / kept.KEPT, layout.row[some])
    table = single(pa.Table.from_batches(batches, kept.KEPT_SCHEMA))
    return table.take(pa.array(np.argsort(order, kind="stable"))).combine_chunks()


def _orders(
    layout: Layout, missing: list[Shard], parts: list[str], draft: Path, *, config: ConvertConfig, root: str
) -> tuple[list[Scatter], list[Group]]:
    """The work of writing the shards that are missing."""
    spill = draft / SPILL
    spill.mkdir()
    starts = dict(zip((shard.file() for shard in layout.shards), layout.starts.tolist(), strict=False))
    group_of_row = np.full(len(layout.row), -1, dtype=np.int64)
    orders = []
    for number, shards in enumerate(groups(missing, GROUP_ROWS)):
        for shard in shards:
            begin = starts[shard.file()]
            group_of_row[begin : begin + shard.rows] = number
        orders.append(
            Group(
                number=number,
                shards=tuple(shards),
                multi_turn=config.turns == "multi",
                system_prompt=config.system_prompt,
                spill=spill,
                draft=draft,
            )
        )
    return _scatters(layout, group_of_row, parts, spill, root), orders


def _scatters(layout: Layout, group_of_row: np.ndarray, parts: list[str], spill: Path, root: str) -> list[Scatter]:
    places = np.flatnonzero(group_of_row >= 0)
    by_part = places[np.lexsort((layout.row[places], layout.part[places]))]
    numbers = layout.part[by_part]
    orders = []
    for number, uri in enumerate(parts):
        start, end = np.searchsorted(numbers, [number, number + 1])
        mine = by_part[start:end]
        if len(mine):
            orders.append(
                Scatter(
                    root=root,
                    part=uri,
                    number=number,
                    rows=layout.row[mine],
                    groups=group_of_row[mine].astype(np.uint32),
                    places=mine.astype(np.uint32),
                    spill=spill,
                )
            )
    return orders


def _check(layout: Layout, config: ConvertConfig, funnel: tuple[FunnelStep, ...], min_records: int) -> None:
    rows = {name: sum(shard.rows for shard in layout.shards if shard.split == name) for name in SPLITS}
    total = sum(rows.values())
    if total < min_records:
        raise ConvertError(_too_few(total, funnel, min_records))
    held_out = {"validation": config.validation_share, "test": config.test_share}
    shares = {"train": 1 - sum(held_out.values()), **held_out}
    for name in SPLITS:
        if not rows[name] and shares[name] > 0:
            raise ConvertError(
                f"the {name} split is empty: {total:,} examples of {len(np.unique(layout.user)):,} user(s) leave none "
                f"for a share of {shares[name]:.0%}, since each user's examples stay together; gather more users' "
                "examples, or change convert.validation_share, convert.test_share or convert.test_since"
            )


def _facts(
    filtered: Filtered, shards: list[Shard], layout: Layout, config: ConvertConfig, store: Store
) -> dict[str, Any]:
    """The manifest's word on how this content first came about."""
    mark = filtered.extract.watermark
    settings = (store.open(filtered.uri, ["filter.json"]) / "filter.json").read_bytes()
    return {
        "rows": {name: sum(shard.rows for shard in shards if shard.split == name) for name in SPLITS},
        "anchors": sum(shard.rows for shard in shards if shard.name == trusted.NAME),
        "korean_share": mean(layout.korean),
        "watermark": mark.model_dump(mode="json") if mark else None,
        "extracts": snapshot.chain(store, filtered.extract),
        "filtered": filtered.uri,
        "filter": json.loads(settings),
        "convert": config.model_dump(mode="json"),
    }


def _newest_rows(layout: Layout, filtered: Filtered, config: ConvertConfig, store: Store) -> int | None:
    """How many rows of the dataset the newest extract holds: its parts are the plan's first. None for conversations."""
    if config.turns == "multi":
        return None
    count = sum(Path(name).match(snapshot.PARTS) for name in store.manifest(filtered.extract.uri)["files"])
    return int((layout.part < count).sum())


def _reference(uri: str, sha256: str, filtered: Filtered, store: Store, newest: int | None = None) -> Dataset:
    """`newest` is how many examples are rows of the newest extract, where that is known without reading them."""
    shards = dataset.shards(store, uri)
    rows = {name: sum(shard.rows for shard in shards if shard.split == name) for name in SPLITS}
    mixed_in = sum(shard.rows for shard in shards if shard.name == trusted.NAME)
    funnel = json.loads((store.open(uri, ["funnel.json"]) / "funnel.json").read_bytes())
    if not filtered.extract.previous:
        newest = sum(rows.values()) - mixed_in
    return Dataset(
        uri=uri,
        sha256=sha256,
        train_rows=rows["train"],
        validation_rows=rows["validation"],
        test_rows=rows["test"],
        korean_share=store.manifest(uri)["meta"]["korean_share"],
        new_rows=newest if newest is not None else _new_rows(store, uri, filtered.extract),
        watermark=filtered.extract.watermark,
        funnel=funnel,
    )


def _new_rows(store: Store, uri: str, extract: Extract) -> int:
    """How many examples the newest extract brought or changed."""
    key = new_key()
    changed = np.sort(id_hash(snapshot.changed_ids(store, extract), key))
    tables = (dataset.table(store, uri, split, ["id"])["id"] for split in SPLITS)
    return sum(int(among(id_hash(ids, key), changed).sum()) for table in tables for ids in table.chunks)


def _too_few(rows: int, funnel: tuple[FunnelStep, ...], min_records: int) -> str:
    most = sorted(funnel, key=lambda step: -step.dropped)[:_FUNNEL_RULES_SHOWN]
    rules = ", ".join(f"`{step.rule}` {step.dropped:,}" for step in most if step.dropped)
    dropped = f"the rules that dropped most: {rules}" if rules else "no rule dropped any"
    return (
        f"only {rows:,} good records of {funnel[0].reached:,}, {min_records:,} needed; {dropped}. "
        "Gather more rated answers, loosen these rules in the profile's filter, or lower night.min_records"
    )
