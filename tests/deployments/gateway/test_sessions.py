"""A conversation keeps its adapter, also over a kill of the gateway."""

from __future__ import annotations

from pathlib import Path

from deployments.gateway.sessions import Sessions


def test_a_conversation_keeps_its_adapter_until_it_is_silent(tmp_path: Path) -> None:
    now = [1_000.0]
    sessions = Sessions(tmp_path / "sessions.log", 100, lambda: now[0])
    key = Sessions.key("caller", "talk")
    sessions.pin(key, "adapter-1")
    now[0] += 90
    assert sessions.get(key) == "adapter-1"
    now[0] += 90  # since it was last heard, not since it began
    assert sessions.get(key) == "adapter-1"
    assert sessions.adapters() == {"adapter-1"}
    now[0] += 101
    assert sessions.get(key) is None
    assert sessions.adapters() == frozenset()
    sessions.close()


def test_a_gateway_that_was_killed_knows_them_again_and_a_torn_line_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "sessions.log"
    key = Sessions.key("caller", "talk")
    first = Sessions(path, 100)
    first.pin(key, "adapter-1")  # and no close
    with path.open("ab") as file:
        file.write(b"0123 adapter-\xff 1\n0124 adapter-2 %s\n\xff\xfe torn" % (b"9" * 5_000))
    again = Sessions(path, 100)
    assert again.get(key) == "adapter-1"
    first.close()
    again.close()


def test_two_callers_do_not_share_a_conversation() -> None:
    assert Sessions.key("one", "talk") != Sessions.key("two", "talk")
    assert b"talk" not in Sessions.key("one", "talk")


def test_a_clock_that_jumps_back_is_no_error(tmp_path: Path) -> None:
    now = [1_000.0]
    sessions = Sessions(tmp_path / "sessions.log", 100, lambda: now[0])
    key = Sessions.key("caller", "talk")
    sessions.pin(key, "adapter-1")
    now[0] = 10.0
    assert sessions.get(key) == "adapter-1"
    assert sessions.adapters() == {"adapter-1"}
    sessions.close()
