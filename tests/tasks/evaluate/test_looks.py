"""The record of looks: in order, once a comparison, and the shares of alpha that follow from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from configs.schema import GateConfig
from tasks.evaluate.looks import Looks, look_key
from tasks.evaluate.spending import weight
from tasks.storage import Store

GATE = GateConfig()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path))


def night(store: Store, challenger: str, found: bool, name: str = "first") -> tuple[int, float]:
    key = look_key("champion", challenger, "cases", GATE)
    looks = Looks.read(store, name)
    number, alpha = looks.number(key), looks.alpha(key, GATE)
    looks.record(key, found)
    return number, alpha


def test_every_challenger_is_another_look_with_a_smaller_share(store: Store) -> None:
    seen = [night(store, f"adapter-{number}", False) for number in range(3)]
    assert [number for number, _ in seen] == [1, 2, 3]
    assert [alpha for _, alpha in seen] == [pytest.approx(0.05 * weight(look)) for look in (1, 2, 3)]


def test_a_night_that_is_repeated_spends_nothing_again(store: Store) -> None:
    first, second = night(store, "adapter-0", False), night(store, "adapter-1", False)
    assert night(store, "adapter-1", False) == second
    assert night(store, "adapter-0", False) == first
    assert night(store, "adapter-2", False)[0] == 3


def test_a_promotion_hands_its_share_on(store: Store) -> None:
    night(store, "adapter-0", True)
    assert night(store, "adapter-1", False)[1] == pytest.approx(0.05 * (weight(1) + weight(2)))


def test_another_test_set_begins_anew(store: Store) -> None:
    night(store, "adapter-0", False)
    assert night(store, "adapter-1", False, name="second")[0] == 1


def test_another_champion_metric_or_case_is_another_look() -> None:
    keys = {
        look_key("champion", "challenger", "cases", GATE),
        look_key("other", "challenger", "cases", GATE),
        look_key("champion", "challenger", "others", GATE),
        look_key("champion", "challenger", "cases", GateConfig(primary_metric="chrf")),
        look_key("champion", "challenger", "cases", GateConfig(min_gain=0.1)),
        look_key("champion", "challenger", "cases", GateConfig(alpha=0.01)),
    }
    assert len(keys) == 5


def test_alpha_may_be_each_night_s_own(store: Store) -> None:
    looks = Looks(store, "first", (("a", False), ("b", False)))
    assert looks.alpha("c", GateConfig(alpha_is_for="each night")) == 0.05
