"""What to do next, from what should serve and what every server holds."""

from __future__ import annotations

from typing import Any

from deployments.gateway.decide import Load, Observed, Unload, decide, switched
from deployments.gateway.desired import Desired, Memory, Version
from tests.deployments.gateway.conftest import BASE, version

ONE, TWO, THREE = (version(f"adapter-{digit * 12}", int(digit)) for digit in "123")
A, B = "http://a", "http://b"


def seen(url: str, *offered: Version, **changes: Any) -> Observed:
    names = frozenset({"base", *(one.name for one in offered)})
    return Observed(**{"url": url, "healthy": True, "offered": names, "base": BASE[:12]} | changes)


def remembered(champion: Version | None, current: Version | None, **changes: Any) -> Memory:
    desired = Desired(champion=champion, previous=changes.pop("previous", None))
    return Memory(desired=desired, known=True, current=current, **changes)


def test_a_new_champion_is_loaded_on_every_server_before_the_name_moves() -> None:
    memory = remembered(TWO, ONE)
    steps, after = decide(memory, [seen(A, ONE), seen(B, ONE)])
    assert steps == (Load(A, TWO), Load(B, TWO))
    assert after.current == ONE
    steps, after = decide(memory, [seen(A, ONE, TWO), seen(B, ONE)])
    assert (steps, after.current) == ((Load(B, TWO),), ONE)
    steps, after = decide(memory, [seen(A, ONE, TWO), seen(B, ONE, TWO)])
    assert (steps, after.current, after.before) == ((), TWO, ONE)


def test_the_one_before_stays_warm_and_the_one_before_that_goes_once_drained() -> None:
    memory = switched(switched(remembered(ONE, ONE), TWO), THREE)
    memory = memory.model_copy(update={"desired": Desired(champion=THREE, previous=TWO)})
    assert (memory.current, memory.before, memory.retired) == (THREE, TWO, (ONE.name,))
    loaded = (ONE, TWO, THREE)
    assert decide(memory, [seen(A, *loaded)])[0] == (Unload(A, ONE.name),)
    assert decide(memory, [seen(A, *loaded, in_use={ONE.name: 1})])[0] == ()
    assert decide(memory, [seen(A, *loaded)], pinned={ONE.name})[0] == ()


def test_a_server_that_was_restarted_gets_everything_again_the_current_one_first() -> None:
    memory = remembered(TWO, TWO, before=ONE, previous=ONE)
    steps, after = decide(memory, [seen(A)])
    assert (steps, after) == ((Load(A, TWO), Load(A, ONE)), memory)


def test_what_others_loaded_is_left_alone() -> None:
    challenger = version("adapter-" + "9" * 12, 9)
    assert decide(remembered(ONE, ONE), [seen(A, ONE, challenger)])[0] == ()


def test_a_server_that_is_away_holds_nothing_up() -> None:
    steps, after = decide(remembered(TWO, ONE), [seen(A, ONE, TWO), seen(B, healthy=False)])
    assert (steps, after.current) == ((), TWO)


def test_an_adapter_that_no_server_takes_never_serves() -> None:
    other_base = TWO.model_copy(update={"base_sha256": "c" * 64})
    gone = TWO.model_copy(update={"problem": "its files are gone"})
    for broken in (other_base, gone):
        steps, after = decide(remembered(broken, ONE), [seen(A, ONE)])
        assert (steps, after.current) == ((), ONE)
    steps, after = decide(remembered(TWO, ONE), [seen(A, ONE)], failed={(A, TWO.name)})
    assert (steps, after.current) == ((), ONE)


def test_a_merged_model_serves_from_where_it_is_offered() -> None:
    merged = TWO.model_copy(update={"merged": True})
    steps, after = decide(remembered(merged, ONE), [seen(A, ONE), seen(B, merged, base=None)])
    assert (steps, after.current) == ((), merged)


def test_before_the_registry_was_read_what_served_serves() -> None:
    memory = Memory(current=ONE, before=TWO)
    steps, after = decide(memory, [seen(A)])
    assert (steps, after.current) == ((Load(A, ONE), Load(A, TWO)), ONE)


def test_an_adapter_that_was_taken_back_does_not_return_with_the_alias_that_still_names_it() -> None:
    memory = remembered(TWO, ONE, previous=ONE, refused={TWO.name: "slow"})
    assert decide(memory, [seen(A, ONE, TWO)])[1].current == ONE
    # The alias moved away, and back: someone means it.
    memory = memory.learnt(Desired(champion=ONE, previous=TWO)).learnt(Desired(champion=TWO, previous=ONE))
    assert decide(memory, [seen(A, ONE, TWO)])[1].current == TWO


def test_without_a_champion_the_base_model_serves() -> None:
    assert decide(remembered(None, None), [seen(A)]) == ((), remembered(None, None))
