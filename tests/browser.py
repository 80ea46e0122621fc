"""The machine's own Chromium, driven by Playwright: pages as a person meets them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

OPTIONS = (
    "--no-sandbox",  # root, as in CI, has none
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WAIT_MS = 30_000


@dataclass
class Tab:
    """A page, and what its scripts complained about."""

    page: Page
    complaints: list[str] = field(default_factory=list)


@contextmanager
def chromium(width: int = 1200, height: int = 900) -> Iterator[Tab]:
    """A tab of a fresh browser. Skips the test where the machine has no Chromium."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("there is no chromium on this machine: `apt-get install chromium`")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(OPTIONS))
        try:
            page = browser.new_page(viewport={"width": width, "height": height})
            page.set_default_timeout(WAIT_MS)
            tab = Tab(page)
            page.on("pageerror", lambda error: tab.complaints.append(str(error)))
            yield tab
        finally:
            browser.close()
