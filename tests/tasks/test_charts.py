"""Plots: SVG whose colours are the style sheet's, whose texts are text, in two languages."""

from __future__ import annotations

from xml.etree import ElementTree

from tasks.charts import INK, Canvas, Words, alone, columns, shortened

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
