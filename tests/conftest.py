"""The order in which files are handed to pytest-xdist's workers."""

from __future__ import annotations

import pytest

MINUTES = ("train", "serve")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files whose tests take minutes go first, so that no worker is left alone with one at the end."""
    first = {item.path for item in items if any(item.get_closest_marker(mark) for mark in MINUTES)}
    items.sort(key=lambda item: item.path not in first)
