"""What the data engine's rules find and what they leave alone, on labelled cases put through the whole data stage.

    python -m bench.data_quality [--only AREA] [--json] [--save]

An area is a module of `bench/cases/` with a `measure()`: it plants interactions whose truth is known, runs them from a
database to a dataset (`bench/planted.py`), and looks at what came out. **recall** is the share of planted cases that
were found, **false alarms** the share of innocent ones that were not left alone, **precision** what follows from both.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from typing import Any

from bench.score import Score
from configs.load import PROJECT

AREAS = ("privacy", "poison", "near", "leaks")
RESULTS = PROJECT / "bench" / "results" / "data_quality.json"
GOALS = {"recall": 0.99, "false_redaction_on_numeric_tables": 0.001}
SHOWN = 20
"""Misses that are printed of each kind; `--json` has them all."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=AREAS, action="append", help="this area alone; may be given more than once")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--save", action="store_true", help=f"write {RESULTS.relative_to(PROJECT)}")
    arguments = parser.parse_args()
    result = run(tuple(arguments.only or AREAS))
    if arguments.save:
        RESULTS.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1, ensure_ascii=False) if arguments.json else summary(result))


def run(areas: tuple[str, ...] = AREAS) -> dict[str, Any]:
    """Measure; the result is what `--json` prints."""
    scores: dict[str, dict[str, Score]] = {area: import_module(f"bench.cases.{area}").measure() for area in areas}
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "goals": GOALS,
        "recall": {area: _whole(found).recall for area, found in scores.items()},
        "false_alarms": {area: _whole(found).false_alarms for area, found in scores.items()},
        "areas": {area: {kind: one.plain() for kind, one in found.items()} for area, found in scores.items()},
        "versions": {"python": sys.version.split()[0]} | {name: version(name) for name in ("pyarrow", "rensa")},
    }


def _whole(scores: dict[str, Score]) -> Score:
    return sum(scores.values(), Score())


def summary(result: dict[str, Any]) -> str:
    """The result as a table, with some of what was missed."""
    lines = [f"{'area':8} {'kind':32} {'planted':>8} {'recall':>8} {'innocent':>9} {'alarms':>7} {'precision':>9}"]
    misses = []
    for area, kinds in result["areas"].items():
        for kind, one in kinds.items():
            figures = [f"{one[name]:.4f}" if one[name] is not None else "-" for name in ("recall", "precision")]
            lines.append(
                f"{area:8} {kind:32} {one['planted']:8,} {figures[0]:>8} {one['innocent']:9,} {one['flagged']:7,} "
                f"{figures[1]:>9}"
            )
            misses += [f"{area}/{kind} missed: {text}" for text in one["missed"][:SHOWN]]
            misses += [f"{area}/{kind} wrong: {text}" for text in one["wrong"][:SHOWN]]
    return "\n".join((*lines, *misses))


if __name__ == "__main__":
    main()
