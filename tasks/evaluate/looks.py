"""The record of looks at a test set: every night that compared a challenger on it, in order, and what it found.

    book = Looks.read(store, "first")
    look = book.number(key)                  # 4: three nights looked before; the same night again is the fourth again
    alpha = book.alpha(key, config)          # what it may err (spending.py)
    book.record(key, found=True)

A look is named by what was compared: the two models, on which cases, by which metric (`look_key`). So a night that is
repeated after a failure spends nothing again, and gets the same answer; another challenger, other cases or another
metric are another look. The record lies in the store, beside the frozen set of the same name.
"""

from __future__ import annotations

from dataclasses import dataclass

from configs.load import fingerprint
from configs.schema import GateConfig
from tasks.evaluate.spending import share
from tasks.storage import Store


def look_key(champion_sha256: str, challenger_sha256: str, cases: str, config: GateConfig) -> str:
    """Name of a look; `cases` is the fingerprint of the frozen cases that were compared."""
    return fingerprint(champion_sha256, challenger_sha256, cases, config.primary_metric, str(config.min_gain))


@dataclass(frozen=True)
class Looks:
    """Looks at one test set: their keys, and whether each found a gain."""

    store: Store
    name: str
    looks: tuple[tuple[str, bool], ...]

    @classmethod
    def read(cls, store: Store, name: str) -> Looks:
        """The record of the test set of this name; empty where none was made."""
        found = store.pointer(f"looks/{name}") or {"looks": []}
        return cls(store, name, tuple((one["key"], bool(one["found"])) for one in found["looks"]))

    def number(self, key: str) -> int:
        """Which look this is, from 1."""
        return len(self._before(key)) + 1

    def alpha(self, key: str, config: GateConfig) -> float:
        """The error that this look may make."""
        return share(config.alpha, self._before(key)) if config.alpha_is_for == "all nights" else config.alpha

    def record(self, key: str, found: bool) -> None:
        """Note what a look found; a look that is in the record already keeps its place."""
        at = self.number(key) - 1
        looks = [*self.looks[:at], (key, found), *self.looks[at + 1 :]]
        value = {"looks": [{"key": name, "found": gained} for name, gained in looks]}
        self.store.point(f"looks/{self.name}", value)

    def _before(self, key: str) -> list[bool]:
        keys = [name for name, _ in self.looks]
        at = keys.index(key) if key in keys else len(keys)
        return [found for _, found in self.looks[:at]]
