"""What the data engine's rules find and what they leave alone, on labelled cases put through the whole data stage.

    python -m bench.data_quality [--only AREA] [--json] [--save]

An area is a module of `bench/cases/` with a `measure()`: it plants interactions whose truth is known, runs them from a
database to a dataset (`bench/planted.py`), and looks at what came out. **recall** is the share of planted cases that
were found, **false alarms** the share of innocent ones that were not left alone, **precision** what follows from both.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from bench import report
from bench.score import Score

AREAS = ("privacy", "poison", "near", "leaks")
RESULTS = report.RESULTS / "data_quality.json"
GOALS = {"recall": 0.99, "false_redaction_on_numeric_tables": 0.001}
SHOWN = 20
"""Misses that are printed of each kind; `--json` has them all."""


def main() -> None:
    parser = report.options(__doc__, RESULTS)
    parser.add_argument("--only", choices=AREAS, action="append", help="this area alone; may be given more than once")
    arguments = parser.parse_args()
    result = run(tuple(arguments.only or AREAS))
    report.tell(result, summary(result), RESULTS, arguments)


def run(areas: tuple[str, ...] = AREAS) -> dict[str, Any]:
    """Measure; the result is what `--json` prints."""
    scores: dict[str, dict[str, Score]] = {area: import_module(f"bench.cases.{area}").measure() for area in areas}
    return {
        "date": report.today(),
        "goals": GOALS,
        "recall": {area: _whole(found).recall for area, found in scores.items()},
        "false_alarms": {area: _whole(found).false_alarms for area, found in scores.items()},
        "areas": {area: {kind: one.plain() for kind, one in found.items()} for area, found in scores.items()},
        "versions": report.versions("pyarrow", "rensa"),
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
