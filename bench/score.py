"""Counts of what was found among labelled cases."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Score:
    """`planted` cases of which `found` were found, `innocent` ones of which `flagged` were not left alone.

    `missed` and `wrong` describe each case that went wrong, for a person to read.
    """

    planted: int = 0
    found: int = 0
    innocent: int = 0
    flagged: int = 0
    missed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def expect(self, found: bool, what: str) -> None:
        """Count a planted case."""
        self.planted += 1
        self.found += found
        if not found:
            self.missed.append(what)

    def spare(self, flagged: bool, what: str) -> None:
        """Count an innocent case."""
        self.innocent += 1
        self.flagged += flagged
        if flagged:
            self.wrong.append(what)

    @property
    def recall(self) -> float | None:
        return round(self.found / self.planted, 5) if self.planted else None

    @property
    def false_alarms(self) -> float | None:
        return round(self.flagged / self.innocent, 5) if self.innocent else None

    @property
    def precision(self) -> float | None:
        said = self.found + self.flagged
        return round(self.found / said, 5) if said else None

    def __add__(self, other: Score) -> Score:
        return Score(
            self.planted + other.planted,
            self.found + other.found,
            self.innocent + other.innocent,
            self.flagged + other.flagged,
            self.missed + other.missed,
            self.wrong + other.wrong,
        )

    def plain(self) -> dict[str, Any]:
        counts = {name: getattr(self, name) for name in ("planted", "found", "innocent", "flagged", "missed", "wrong")}
        return counts | {"recall": self.recall, "false_alarms": self.false_alarms, "precision": self.precision}
