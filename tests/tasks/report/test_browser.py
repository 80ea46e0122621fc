"""The page as people meet it: in a real browser, on a phone and on a screen, in both languages, light and dark."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from configs.schema import Profile
from tasks.artifacts import Night
from tasks.report.facts import Facts, Failure
from tasks.report.gather import gather, gather_failed
from tasks.report.page import page
from tasks.storage import Store
from tests.tasks.report.conftest import NASTY

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium; `apt-get install chromium`"),
]
PHONE, SCREEN = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
LOOK = os.environ.get("EXHELL_SCREENSHOTS")
"""A folder for pictures of what the tests look at, for people."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # Its own sandbox needs rights that a container's root has not; the page is ours and asks for nothing.
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def file(facts: Facts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(page(facts, "en"), encoding="utf-8")
    return path


def opened(browser: Browser, file: Path, size: dict[str, int], scheme: str = "light") -> tuple[Page, list[str]]:
    """The page, and everything that the browser complained of or asked the network for."""
    context = browser.new_context(viewport=size, color_scheme=scheme)
    tab = context.new_page()
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("request", lambda request: None if request.url in {file.as_uri(), "data:,"} else said.append(request.url))
    tab.goto(file.as_uri())
    return tab, said


def shot(tab: Page, name: str) -> None:
    if LOOK:
        tab.screenshot(path=Path(LOOK) / f"{name}.png", full_page=True)


OVERFLOW = """() => {
  const wide = document.documentElement.clientWidth;
  const inside = e => e.closest('.wide') !== null || e.closest('svg') !== null;
  return [document.documentElement.scrollWidth > wide ? 'the page' : '',
    ...[...document.body.querySelectorAll('*')].filter(e => !inside(e) && e.getBoundingClientRect().right > wide + 1)
      .map(e => e.tagName + '.' + e.className)].filter(Boolean);
}"""


@pytest.mark.parametrize("size", [PHONE, SCREEN], ids=["phone", "screen"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_no_complaint_no_request_and_nothing_too_wide(
    browser: Browser, file: Path, size: dict[str, int], scheme: str, language: str
) -> None:
    tab, said = opened(browser, file, size, scheme)
    tab.locator(f"label[for=to-{language}]").click()
    for folded in tab.locator("details:not([open]) summary").all()[:4]:
        folded.click()
    shot(tab, f"{language}-{scheme}-{size['width']}")
    assert said == []
    assert tab.evaluate(OVERFLOW) == []
    tab.context.close()


def test_the_switch_shows_one_language_at_a_time(browser: Browser, file: Path) -> None:
    tab, _ = opened(browser, file, SCREEN)
    heading = tab.locator("h1")
    assert heading.inner_text() == "Promoted"
    tab.locator("label[for=to-ko]").click()
    assert heading.inner_text() == "승격됨"
    shown = tab.locator("main").inner_text()
    assert "작업 유형과 함수별" in shown
    assert "By task type" not in shown
    plotted = "all => all.filter(e => getComputedStyle(e).display !== 'none').map(e => e.textContent)"
    assert "챌린저" in tab.locator("svg tspan[lang=ko]").evaluate_all(plotted)
    assert tab.locator("svg tspan[lang=en]").evaluate_all(plotted) == []
    tab.locator("label[for=to-en]").click()
    assert heading.inner_text() == "Promoted"
    tab.context.close()


def test_the_switch_works_by_keyboard(browser: Browser, file: Path) -> None:
    tab, _ = opened(browser, file, SCREEN)
    tab.keyboard.press("Tab")
    tab.keyboard.press("ArrowRight")
    assert tab.locator("h1").inner_text() == "승격됨"
    tab.context.close()


def test_light_and_dark_follow_the_reader(browser: Browser, file: Path) -> None:
    grounds, inks = [], []
    for scheme in ("light", "dark"):
        tab, _ = opened(browser, file, SCREEN, scheme)
        grounds.append(tab.evaluate("getComputedStyle(document.body).backgroundColor"))
        inks.append(tab.locator("svg text").first.evaluate("e => getComputedStyle(e).fill"))
        tab.context.close()
    assert len(set(grounds)) == len(set(inks)) == 2


def test_what_strangers_wrote_stays_text(browser: Browser, file: Path) -> None:
    tab, said = opened(browser, file, SCREEN)
    assert said == []
    assert tab.locator("script").count() == 0
    assert NASTY in tab.locator("body").text_content()
    tab.context.close()


def test_a_night_that_skipped_is_a_page_too(
    browser: Browser, night: Night, store: Store, profile: object, tmp_path: Path
) -> None:
    skipped = night.model_copy(
        update={"outcome": "skipped", "reason": "no new traffic", "adapter": None, "report": None, "deployment": None}
    )
    path = tmp_path / "skipped.html"
    path.write_text(page(gather(skipped, "night", profile, store), "en"), encoding="utf-8")
    tab, said = opened(browser, path, PHONE)
    shot(tab, "skipped")
    assert said == []
    assert tab.evaluate(OVERFLOW) == []
    assert "No prices set" in tab.locator("#cost").inner_text()
    assert tab.locator("#compared").count() == 0
    tab.context.close()


def test_a_night_that_failed_is_a_page_too(browser: Browser, profile: Profile, tmp_path: Path) -> None:
    failure = Failure(stage="train-adapter", kind="TrainError", serves="adapter-1", url="http://127.0.0.1:8000")
    reason = f"the trainer ended with status 1 {NASTY} {'/a-long-path' * 30}; lower train.micro_batch_size"
    facts = gather_failed("a" * 32, "night", profile, reason=reason, failure=failure, made=[])
    path = tmp_path / "failed.html"
    path.write_text(page(facts, "ko"), encoding="utf-8")
    tab, said = opened(browser, path, PHONE)
    shot(tab, "failed")
    assert said == []
    assert tab.evaluate(OVERFLOW) == []
    assert tab.locator("h1").inner_text() == "실패"
    assert NASTY in tab.locator(".reason").inner_text()
    assert "exhell night --profile demo" in tab.locator("ol").inner_text()
    tab.context.close()
