"""What the tests of personal data share: scrub a few texts as instructions, or a record of three."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from configs.schema import PrivacyConfig
from tasks.privacy import scrub

COLUMNS = ("instruction", "input", "answer")


def batch(records: Sequence[Sequence[str | None]]) -> pa.RecordBatch:
    """Records of three texts."""
    columns = zip(*records, strict=True)
    return pa.record_batch({name: pa.array(column, pa.string()) for name, column in zip(COLUMNS, columns, strict=True)})


def record(instruction: str | None, context: str | None = "", answer: str | None = "") -> list[str | None]:
    """The texts of a record after replacement."""
    after = scrub(batch([(instruction, context, answer)]), COLUMNS, PrivacyConfig()).batch
    return [after.column(name)[0].as_py() for name in COLUMNS]


def scrubbed(text: str, *, leave: tuple[str, ...] = ()) -> tuple[str, list[str]]:
    """A text after replacement, and the kinds found in it."""
    result = scrub(batch([(text, "", "")]), COLUMNS, PrivacyConfig.model_validate({"leave": leave}))
    return result.batch.column("instruction")[0].as_py(), result.found[0].as_py() or []


def after(text: str) -> str:
    return scrubbed(text)[0]
