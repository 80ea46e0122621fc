"""The two trainers mean the same by the same settings: token ids, loss mask, steps, learning rates."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tasks.train.conftest import Run
from tests.tasks.train.test_real_trainers import IGNORED, prepared

pytestmark = pytest.mark.train


def examples(run: Run) -> dict[tuple[int, ...], tuple[int, ...]]:
    """What a trainer made of every example: token ids to labels."""
    rows: list[dict[str, Any]] = prepared(run.site)
    return {tuple(row["input_ids"]): tuple(row["labels"]) for row in rows}


def test_every_example_has_the_same_ids_and_labels(axolotl_run: Run, llamafactory_run: Run) -> None:
    ours, theirs = examples(axolotl_run), examples(llamafactory_run)
    assert ours == theirs
    assert all(IGNORED in labels and labels[-1] != IGNORED for labels in ours.values())


def test_the_steps_and_their_learning_rates_are_the_same(axolotl_run: Run, llamafactory_run: Run) -> None:
    ours, theirs = (run.heard.losses("learning_rate") for run in (axolotl_run, llamafactory_run))
    assert len(ours) == 7
    assert theirs == pytest.approx(ours, rel=1e-3)
    assert len(set(ours.values())) > 5


def test_both_start_from_the_same_loss(axolotl_run: Run, llamafactory_run: Run) -> None:
    before = [run.heard.losses("eval_loss")[0] for run in (axolotl_run, llamafactory_run)]
    assert before[0] == pytest.approx(before[1], rel=1e-3)
