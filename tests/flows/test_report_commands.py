"""`exhell report`, `compare` and `cost`, on a real MLflow with the pages of two nights."""

from __future__ import annotations

import json
import stat
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from configs.load import load_profile
from flows.reports import FACTS, PAGE, TAG
from tasks.report.facts import Facts, Measure, Scored
from tasks.report.page import page
from tasks.tracking import tracker
from tests.flows.conftest import Workplace

pytestmark = pytest.mark.slow
NAMES = ("night 2026-11-25 02:00:00", "night 2026-11-26 02:00:00")


def facts(number: int, run_id: str) -> Facts:
    right = 20 + 5 * number
    return Facts(
        name=NAMES[number],
        run_id=run_id,
        profile="demo",
        at="2026-11-26T02:30:00+00:00",
        outcome="promoted",
        reason=f"promoted: {right} of 40",
        rule="promoted",
        models={"base": "base", "champion": "adapter-0", "challenger": f"adapter-{number + 1}"},
        cases=40,
        users=10,
        measures=(Measure(name="formula_accuracy", values={"champion": 0.4, "challenger": right / 40}),),
        rows={"train": 100, "validation": 10, "test": 40, "new": 5},
        scored=tuple(Scored(id=str(n), user=str(n % 10), grade=float(n < right), right=n < right) for n in range(40)),
    )


@pytest.fixture(scope="module")
def nights(workplace: Workplace) -> tuple[Workplace, list[str]]:
    """A workplace whose MLflow holds two nights with pages, and a newer run without one; the ids of the two."""
    ours = tracker(load_profile(str(workplace.profile)))
    ids = []
    for number in (0, 1):
        run = ours.start(NAMES[number])
        found = facts(number, run.id)
        run.log_text(page(found), PAGE)
        run.log_text(found.model_dump_json(), FACTS)
        run.set_tags({TAG: PAGE})
        run.finish()
        ids.append(run.id)
        time.sleep(0.01)  # `latest` goes by MLflow's milliseconds
    ours.start("night that failed").finish("FAILED")
    return workplace, ids


def test_a_page_is_written_by_name_by_id_and_as_the_latest(nights: tuple[Workplace, list[str]], tmp_path: Path) -> None:
    place, ids = nights
    for which, number in ((NAMES[0], 0), (ids[0], 0), ("latest", 1)):
        out = tmp_path / f"{number}.html"
        done = place.run("report", which, "--out", str(out))
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == str(out)
        assert NAMES[number] in out.read_text(encoding="utf-8")
    assert place.json("report")["run_id"] == ids[1]


def test_open_hands_the_page_to_the_browser(
    nights: tuple[Workplace, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, ids = nights
    browser = tmp_path / "browser"
    browser.write_text(f"#!{sys.executable}\nimport sys\nopen({str(tmp_path / 'opened')!r}, 'w').write(sys.argv[1])\n")
    browser.chmod(browser.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("BROWSER", f"{browser} %s")
    done = place.run("report", "--open", "--language", "ko")
    assert done.returncode == 0, done.stderr
    path = place.workspace / "reports" / f"{ids[1]}.html"
    assert (tmp_path / "opened").read_text() == path.as_uri()
    assert '<html lang="ko">' in path.read_text(encoding="utf-8")


def test_two_nights_are_compared(nights: tuple[Workplace, list[str]]) -> None:
    place, ids = nights
    found = place.json("compare", NAMES[0], "latest")
    assert (found["one"]["run_id"], found["other"]["run_id"]) == tuple(ids)
    assert found["common"] == 40
    assert found["formula_accuracy"]["value"] == pytest.approx(5 / 40)
    assert found["became_right"] == [str(n) for n in range(20, 25)]
    shown = place.run("compare", ids[0], ids[1]).stdout
    assert "formula accuracy" in shown
    assert "+12.5 pp" in shown
    assert "5 formulas became right, 0 became wrong" in shown


def test_a_run_that_is_not_there_is_named(nights: tuple[Workplace, list[str]]) -> None:
    place, _ = nights
    for which in ("it's", "night that failed"):
        done = place.run("report", which)
        assert done.returncode == 1
        assert f"no run {which} with a page" in done.stderr
        assert "Traceback" not in done.stderr


def test_cost_says_the_break_even_and_draws_it(workplace: Workplace, tmp_path: Path) -> None:
    plot = tmp_path / "cost.svg"
    priced = ("--gpu-month", "500", "--api-per-1k", "0.03")
    done = workplace.run("cost", *priced, "--plot", str(plot))
    assert done.returncode == 0, done.stderr
    assert "break-even: 16.67 million tokens a month, that is 16,667 thousand tokens" in done.stdout
    ElementTree.fromstring(plot.read_text(encoding="utf-8").encode())  # noqa: S314 - our own
    found = workplace.json("cost", *priced, "--tokens-month", "30e6", "--correct", "0.8")
    assert found["break_even"] == pytest.approx(16_666_667, abs=1)
    assert found["ours_per_correct"] == pytest.approx(found["ours_per_answer"] / 0.8)


def test_cost_without_prices_says_how_to_set_them(workplace: Workplace) -> None:
    done = workplace.run("cost")
    assert done.returncode == 1
    assert "no prices set" in done.stderr
    assert "--gpu-month" in done.stderr


def test_a_price_that_is_none_is_told_by_its_setting(workplace: Workplace) -> None:
    done = workplace.run("cost", "--gpu-month", "-5", "--api-per-1k", "0.03")
    assert done.returncode == 1
    assert "cost.gpu_month" in done.stderr
    assert json.dumps("Traceback") not in done.stderr
