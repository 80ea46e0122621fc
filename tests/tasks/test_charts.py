"""Plots: SVG whose colours are the style sheet's, whose texts are text, in two languages."""

from __future__ import annotations

import re
from itertools import product
from xml.etree import ElementTree

import pytest

from tasks.charts import COLOURS, INK, Canvas, Words, alone, columns, shortened

NASTY = "<script>alert(1)</script>"


def test_a_plot_holds_text_as_text_and_colours_of_the_style_sheet() -> None:
    canvas = Canvas("test")
    canvas.axes.plot([0, 1], [2, 3], color=INK["challenger"], label=canvas.name(NASTY))
    canvas.axes.set_xlabel(canvas.words(Words("step $x_1$", "스텝")))
    canvas.legend()
    svg = canvas.svg(Words("a plot", "그림"))
    ElementTree.fromstring(svg)  # noqa: S314 - our own
    assert "var(--challenger)" in svg
    assert "#060606" not in svg
    assert "step $x_1$" in svg
    assert "스텝" in svg
    assert "<script" not in svg
    assert "font-family" not in svg
    assert canvas.svg(Words("a plot", "그림")) == svg


def test_a_plot_stands_alone_in_one_language() -> None:
    canvas = Canvas("test")
    canvas.axes.set_xlabel(canvas.words(Words("step", "스텝")))
    tree = ElementTree.fromstring(alone(canvas.svg(Words.same("a plot")), "ko").encode())  # noqa: S314 - our own
    assert '[lang="en"] { display: none }' in "".join(tree.itertext())


def test_long_names_are_cut_by_their_width() -> None:
    assert columns("합계A") == 5
    assert shortened("가" * 20, 10) == "가가가가…"
    assert shortened("short") == "short"


def _luminance(colour: str) -> float:
    """WCAG 2.2's relative luminance of #rrggbb."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_texts_stand_out_from_their_ground(scheme: int) -> None:
    colours = dict(re.findall(r"--(\w+): (#\w{6})", COLOURS.split("@media")[scheme]))
    assert INK.keys() <= colours.keys()
    for ink, ground in product(("text", "muted", "champion", "good", "bad"), ("paper", "page")):
        dark, light = sorted(_luminance(colours[name]) for name in (ink, ground))
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, ground)
    for ink in ("base", "challenger"):  # marks of plots: 3 is enough (1.4.11)
        dark, light = sorted(_luminance(colours[name]) for name in (ink, "paper"))
        assert (light + 0.05) / (dark + 0.05) >= 3, ink
