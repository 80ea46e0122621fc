"""Personal data and secrets: planted in every spelling, and spreadsheets' own numbers that must survive.

    python -m bench.data_quality --only privacy

Planted are made cases (`made.py`: values, spellings and contexts combined by dice) and written ones (`written.jsonl`,
`stranger.jsonl`). Found means: the value is in none of the texts that come out, in no spelling, and where it stood is a
placeholder of its kind in its form. `numeric_tables` counts cells: its false alarms are the
false-redaction rate on numeric tables.
"""

from __future__ import annotations

from bench.score import Score


def measure() -> dict[str, Score]:
    """A score a kind: see `scoring.py`. The cases alone can be read without what the data stage needs."""
    from bench.cases.privacy.scoring import measure  # noqa: PLC0415

    return measure()
