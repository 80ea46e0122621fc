"""Screen one part of an extract, and publish what passed: the unit of parallel work, and of what a later night reuses.

    kept.parquet        KEPT_SCHEMA, in the part's order, personal data replaced
    keys.parquet        KEYS_SCHEMA, row for row
    sketches.arrow      what near-duplicates are found by, row for row
    anchors.arrow       what one text is found inside another by, row for row
    ngrams.arrow        what rare triggers are found by, row for row
    verdicts.parquet    VERDICT_SCHEMA, for every row of the part
    rejected.parquet    samples of what each rule dropped
    quarantine.parquet  rows that a person must look at
    counts.json         kinds of personal data that were replaced

Each of the three with `.arrow` is empty where nothing of its kind is looked for.

A screened part depends on the part, the settings that row rules read, the traces that the conversion looks for, and the
code that decides about a row; so it is found again by their fingerprint, whatever came before or after.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict

from configs.load import fingerprint
from configs.schema import FilterConfig
from tasks import digests
from tasks.digests import Known
from tasks.filter.checks import Checking, checks
from tasks.filter.engine import QUARANTINE_SCHEMA, VERDICT_SCHEMA, Screener
from tasks.filter.keys import KEYS_SCHEMA
from tasks.filter.ngrams import NGRAMS_SCHEMA
from tasks.filter.sketch import SKETCH_SCHEMA
from tasks.kept import ANCHORS, BATCH, KEPT, KEPT_SCHEMA, KEYS, NGRAMS, ROW_GROUP, SKETCHES
from tasks.passages import ANCHORS_SCHEMA
from tasks.records import INTERACTION_SCHEMA
from tasks.storage import Store

KIND = "screened"
VERDICTS, REJECTED, QUARANTINE, COUNTS = "verdicts.parquet", "rejected.parquet", "quarantine.parquet", "counts.json"
BATCH_ROWS = 8_192
"""Rows judged at once: at 1 KB a row, what the rules make of them stays in the processor's reach. Twice as many take as
long, and 60 MB more in each process."""

SHARED = ("judge", "privacy", "scan")
"""Packages beside this one that decide about a row too."""

MODULES = ("hashes", "id_hash", "kept", "letters", "nfkc", "passages", "records", "search", "texts", "utf8")
"""And modules."""

_FEW_VALUES = ["user_id", "session_id", "turn", "task_type", "language", "edited", "quality_score", "rating"]
"""Columns of KEPT_SCHEMA that a dictionary is worth its time for: not the texts, nor names of them. With LZ4, a part's
texts are written in two thirds of the time that Zstandard takes and read in a third, and take more room by half."""

_TOGETHER: Any = {
    "limit": True,
    "near_duplicates": {"threshold", "pasted_threshold"},
    "poison": {"max_per_user", "max_per_cluster", "min_account_age_days", "trigger_min_rows", "trigger_max_rows"},
}
"""Settings that only rules over all rows read: changing them screens nothing again."""


class Screening(BaseModel):
    """The order to screen one part: plain data, so that another process or machine can take it."""

    model_config = ConfigDict(frozen=True)

    root: str
    extract: str
    part: str
    sha256: str
    config: FilterConfig
    checking: Checking

    @property
    def key(self) -> str:
        """Fingerprint of all that the result depends on."""
        settings = self.config.model_dump(mode="json", exclude=_TOGETHER)
        return fingerprint(self.sha256, json.dumps(settings, sort_keys=True), self.checking.key, code())


@cache
def code() -> str:
    """Fingerprint of the code that decides about a row."""
    here = Path(__file__).parent
    shared = (digests.of_code(here.parent / name) for name in SHARED)
    return fingerprint(digests.of_code(here, *(here.parent / f"{name}.py" for name in MODULES)), *shared)


class Screened(NamedTuple):
    """A screened part's URI, and what its files are."""

    uri: str
    files: Mapping[str, Known]


def screen_part(order: Screening) -> Screened:
    """Screen a part; what an earlier run made of the same is found again.

    Raises StorageError for a part that is missing or altered, BaseModelError for a tokenizer that is not there.
    """
    store = Store(order.root)
    found = store.find(KIND, order.key)
    if found is not None:
        return Screened(found.uri, store.known(found.uri))
    source = store.open(order.extract, [order.part]) / order.part
    with store.draft(KIND) as draft:
        rows = _screen(source, order, draft)
        meta = {"rows": rows, "extract": order.extract, "part": order.part}
        uri = store.publish(draft, meta=meta, key=order.key).uri
        return Screened(uri, store.known(uri))


def _screen(source: Path, order: Screening, draft: Path) -> int:
    screener = Screener(order.config, checks(order.config, order.checking))
    rows = 0
    with pq.ParquetFile(source) as file, _writers(draft) as (*writers, write_sketches):
        for batch in file.iter_batches(BATCH_ROWS, columns=INTERACTION_SCHEMA.names):
            judged = screener.screen(batch)
            rows += judged.kept.num_rows
            parts: list[pa.RecordBatch] = [judged.kept, judged.keys, judged.anchors, judged.ngrams]
            parts += [judged.verdicts, judged.quarantined]
            for write, written in zip(writers, parts, strict=True):
                write(pa.Table.from_batches([written]))
            write_sketches(pa.Table.from_batches(judged.sketches, SKETCH_SCHEMA))
        write_sketches(pa.Table.from_batches(screener.sketches(), SKETCH_SCHEMA))
    samples = pa.concat_tables([tally.samples.sort_by("id") for tally in screener.tallies])
    pq.write_table(samples, draft / REJECTED, compression="zstd")
    (draft / COUNTS).write_text(json.dumps({"replaced": screener.replaced}, sort_keys=True), encoding="utf-8")
    return rows


@contextmanager
def _writers(draft: Path) -> Iterator[list[Callable[[pa.Table], None]]]:
    """Writers of what a judged batch holds, in its order; whole when the block ends without an error."""
    schemas = {KEPT: KEPT_SCHEMA, KEYS: KEYS_SCHEMA, ANCHORS: ANCHORS_SCHEMA, NGRAMS: NGRAMS_SCHEMA}
    schemas |= {VERDICTS: VERDICT_SCHEMA, QUARANTINE: QUARANTINE_SCHEMA, SKETCHES: SKETCH_SCHEMA}
    writers = {
        name: pq.ParquetWriter(draft / name, schema, compression="lz4", use_dictionary=_FEW_VALUES)
        if name.endswith(".parquet")
        else pa.ipc.new_file(draft / name, schema)
        for name, schema in schemas.items()
    }
    try:
        yield [
            partial(writer.write_table, row_group_size=ROW_GROUP if name == KEPT else BATCH)
            if isinstance(writer, pq.ParquetWriter)
            else partial(writer.write_table, max_chunksize=BATCH)
            for name, writer in writers.items()
        ]
        for writer in writers.values():
            writer.close()
    finally:
        for writer in writers.values():
            with suppress(OSError):  # a full disk has been told by then
                writer.close()
