"""A disk that fills at any point of a real training: told each time, nothing published by halves, and then gone on."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.storage import StorageError
from tasks.train import preflight
from tasks.train.plan import TrainError
from tests.disk import needs_root, small_disk
from tests.tasks.train.conftest import Run, real_site
from tests.tasks.train.test_real_trainers import weights

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(1800),
    needs_root,
]

FIRST_KIB, GROWTH = 600, 1.5


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", FIRST_KIB) as folder:
        yield folder


def test_a_disk_that_is_full_at_any_point_is_told_and_nothing_is_lost(
    axolotl_run: Run, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "_check_disk", lambda _plan, _shape: None)  # it would be told before
    site, size, told, adapter = real_site(disk, "axolotl"), FIRST_KIB, [], None
    while adapter is None:
        try:
            adapter = site.train()
        except (TrainError, StorageError) as error:
            told.append(str(error))
            assert site.store.all("adapters") == []
        size = round(size * GROWTH)
        subprocess.run(["mount", "-o", f"remount,size={size}k", disk], check=True)
    assert [text for text in told if "disk" not in text] == []
    assert len(told) > 1
    # What it had learnt before was not lost, and made no difference.
    assert weights(site, adapter) == weights(axolotl_run.site, axolotl_run.adapter)
