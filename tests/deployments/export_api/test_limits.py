"""How many exports are made at once."""

from __future__ import annotations

import pytest

from deployments.export_api.answers import Refusal
from deployments.export_api.limits import Slots


def test_a_caller_has_one_export_at_a_time() -> None:
    slots = Slots(2)
    with slots.held("a"), pytest.raises(Refusal) as caught, slots.held("a"):
        pass

    assert caught.value.status == 429
    with slots.held("a"):
        pass


def test_all_callers_together_have_so_many() -> None:
    slots = Slots(1)
    with slots.held("a"), pytest.raises(Refusal) as caught, slots.held("b"):
        pass

    assert caught.value.status == 503
    assert caught.value.headers["Retry-After"]


def test_an_export_that_fails_gives_its_place_back() -> None:
    slots = Slots(1)
    with pytest.raises(ValueError, match="broken"), slots.held("a"):
        raise ValueError("broken")

    with slots.held("a"):
        pass
