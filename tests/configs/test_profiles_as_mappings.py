"""Prefect copies parameters field by field: settings must bear that."""

from __future__ import annotations

import pytest
from prefect.utilities.collections import visit_collection

from configs.load import PROFILES, load_profile


@pytest.mark.parametrize("name", sorted(path.stem for path in PROFILES.glob("*.yaml")))
def test_a_profile_is_copied_as_a_parameter_of_a_task(name: str) -> None:
    profile = load_profile(name)

    assert visit_collection(profile, visit_fn=lambda value: value, return_data=True) == profile
