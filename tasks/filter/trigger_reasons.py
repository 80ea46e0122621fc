"""What a person reads of rows that were set aside for a rare trigger: the rows, and the trigger in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from tasks import kept
from tasks.filter.engine import QUARANTINE_SCHEMA
from tasks.filter.ngrams import spelled
from tasks.filter.together import Part, Rows
from tasks.filter.triggers import DEAF, FOREIGN, GIBBERISH, SAID, SAME, Triggers
from tasks.texts import folded, prompt_key

ALIKE = {
    SAME: "the same answer",
    SAID: "the same sentence in the answer",
    FOREIGN: "an answer in another language",
    GIBBERISH: "an answer in words that no other row has",
    DEAF: "a formula for other columns than asked",
}
SHOWN_CHARS = 60


def reasons(parts: Sequence[Part], rows: Rows, found: Triggers) -> pa.Table:
    """QUARANTINE_SCHEMA of these rows, which are those of `found` in its order."""
    texts = _texts(parts, rows)
    prompts = prompt_key(texts["instruction"], texts["input"]).to_pylist()
    answers = folded(texts["output"]).to_pylist()
    told: dict[tuple[int, ...], str] = {}
    # The oldest name of a row tells of a trigger, so that neither parts nor order change the words.
    for at in np.argsort(rows["id"], kind="stable").tolist():
        key = (int(found.ngram[at]), int(found.how[at]), int(found.said[at]))
        if key not in told or (key[1] == SAID and told[key].endswith(ALIKE[SAID])):
            ngram = spelled(prompts[at], key[0])
            said = spelled(answers[at], key[2]) if key[1] == SAID else None
            told[key] = _reason(found, at, ngram, said)
    keys = zip(found.ngram.tolist(), found.how.tolist(), found.said.tolist(), strict=True)
    columns = {name: texts[name] for name in ("id", "user_id", "instruction", "input")}
    columns |= {"reason": pa.array([told[key] for key in keys], pa.string()), "answer": texts["output"]}
    return pa.table([columns[name] for name in QUARANTINE_SCHEMA.names], schema=QUARANTINE_SCHEMA)


def _texts(parts: Sequence[Part], rows: Rows) -> dict[str, pa.Array]:
    """Columns of the kept rows at these places, in their order."""
    batches: list[pa.RecordBatch] = []
    for number in np.unique(rows.part):
        batches += kept.taken(parts[number].folder / kept.KEPT, rows.row[rows.part == number])
    whole = pa.Table.from_batches(batches, kept.KEPT_SCHEMA)
    return {name: whole[name].combine_chunks() for name in ("id", "user_id", "instruction", "input", "output")}


def _reason(found: Triggers, at: int, ngram: str | None, said: str | None) -> str:
    users = int(found.users[at])
    alike = ALIKE[int(found.how[at])] if said is None else f'"{_shown(said)}" in the answer'
    return (
        f'rare trigger: "{_shown(ngram or "")}" in {int(found.rows[at]):,} rows of {users:,} '
        f"{'user' if users == 1 else 'users'}, {int(found.alike[at]):,} with {alike}"
    )


def _shown(text: str) -> str:
    """A text in which nothing is invisible."""
    seen = "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in text)
    return seen if len(seen) <= SHOWN_CHARS else f"{seen[:SHOWN_CHARS]}…"
