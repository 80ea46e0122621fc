"""Plots as SVG that a page can hold: drawn by Matplotlib, coloured by the page's style sheet, in two languages.

    canvas = Canvas("loss", width=440, height=240)
    canvas.axes.plot(steps, losses, color=INK["challenger"])
    canvas.axes.set_xlabel(canvas.words(Words("step", "스텝")))
    svg = canvas.svg(alt="Training loss by step")

Matplotlib is given stand-ins: colours that become the style sheet's variables, so that light and dark are the reader's
own choice, and Latin words that become the real texts, so that the reader's fonts show Korean. What a text holds is
escaped; nothing in it is read as mark-up or as mathematics.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

XLINK = "http://www.w3.org/1999/xlink"
POINTS = 72.0
"""Points of an inch: sizes here are in CSS pixels, and Matplotlib is told that a point is one."""

INK = {
    "text": "#010101",
    "muted": "#020202",
    "line": "#030303",
    "base": "#040404",
    "champion": "#050505",
    "challenger": "#060606",
    "good": "#070707",
    "bad": "#080808",
    "paper": "#090909",
}
"""Name of a colour in the page's style sheet (`--text`) to the colour that stands in for it while Matplotlib draws."""

STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text: the reader's fonts show it, and a search finds it
    "text.parse_math": False,
    "font.size": 12,
    "axes.edgecolor": INK["line"],
    "axes.labelcolor": INK["muted"],
    "axes.linewidth": 1.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": INK["line"],
    "grid.linewidth": 0.6,
    "text.color": INK["text"],
    "xtick.color": INK["line"],
    "ytick.color": INK["line"],
    "xtick.labelcolor": INK["muted"],
    "ytick.labelcolor": INK["muted"],
    "legend.frameon": False,
    "legend.fontsize": 11,
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
    "lines.linewidth": 1.8,
}

_STAND_IN = re.compile(r"@(\d{3})x*")
_FAMILY = re.compile(r"font-family: [^;\"]+;? ?")
_FONT = re.compile(r"font: (?P<size>[\d.]+px) [^;\"]+")
_OWN = re.compile(r"<metadata>.*?</metadata>|<style type=.*?</style>|(?<=<g) id=\"[^\"]+\"", re.DOTALL)
"""What Matplotlib adds that a page does not want: who drew it, a style for the whole page, names that plots share."""

_WIDE = re.compile(r"[ᄀ-ᇿ⺀-鿿가-힣＀-｠]")
MAX_LABEL = 26
"""Columns of a name at a plot's side; what is longer is cut, with a sign."""


@dataclass(frozen=True)
class Words:
    """A text in the page's languages."""

    en: str
    ko: str

    @classmethod
    def same(cls, text: object) -> Words:
        """A name that is the same in both: a function, a model, a figure."""
        return cls(str(text), str(text))

    def markup(self, tag: str = "span") -> Markup:
        """Both texts, each in an element that names its language; one text alone where they are the same."""
        if self.en == self.ko:
            return escape(self.en)
        pair = Markup('<{tag} lang="en">{en}</{tag}><{tag} lang="ko">{ko}</{tag}>')
        return pair.format(tag=Markup(tag), en=self.en, ko=self.ko)  # noqa: S704 - a tag's name of our own


class Canvas:
    """One plot with one pair of axes. `width` and `height` are in CSS pixels at full size."""

    def __init__(self, name: str, width: float = 440, height: float = 250) -> None:
        self._name = name
        self._texts: list[Words] = []
        with rc_context(STYLE):
            self._figure = Figure(figsize=(width / POINTS, height / POINTS), layout="constrained")
            self._figure.patch.set_alpha(0)
            self.axes: Axes = self._figure.add_subplot()
            self.axes.patch.set_alpha(0)

    def words(self, text: Words) -> str:
        """What Matplotlib draws in place of a text, about as wide as it."""
        self._texts.append(text)
        stand_in = f"@{len(self._texts) - 1:03}"
        return stand_in + "x" * (max(columns(text.en), columns(text.ko)) - len(stand_in))

    def name(self, text: object) -> str:
        """The same for a name out of the data, cut where it is long."""
        return self.words(Words.same(shortened(str(text))))

    def legend(self, **where: Any) -> None:
        """A legend of what was drawn with a label."""
        self.axes.legend(frameon=False, fontsize=11, labelcolor=INK["text"], **where)

    def svg(self, alt: Words) -> Markup:
        """The plot as an element of a page. `alt` says what it shows to those who do not see it."""
        drawn = io.StringIO()
        with rc_context(STYLE | {"svg.hashsalt": self._name}):
            canvas: Any = FigureCanvasSVG(self._figure)
            canvas.print_svg(drawn, metadata={"Date": None})
        return Markup(self._finished(drawn.getvalue(), alt))  # noqa: S704 - every text in it was escaped here

    def _finished(self, drawn: str, alt: Words) -> str:
        body = drawn[drawn.index("<svg") :]
        box = re.search(r'viewBox="[^"]+"', body)
        inside = body[body.index(">") + 1 :]
        inside = _OWN.sub("", inside)
        for name, stand_in in INK.items():
            inside = inside.replace(stand_in, f"var(--{name})")
        inside = _FONT.sub(r"font-size: \g<size>", _FAMILY.sub("", inside))
        inside = _STAND_IN.sub(lambda match: str(self._texts[int(match[1])].markup("tspan")), inside)
        label = escape(alt.en if alt.en == alt.ko else f"{alt.en} / {alt.ko}")
        head = f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="{XLINK}" class="plot" role="img"'
        return f'{head} aria-label="{label}" {box[0] if box else ""}>{inside.strip()}'


def alone(svg: Markup, language: str) -> str:
    """A plot as a file of its own: with colours for light and dark, in one language."""
    other = "en" if language == "ko" else "ko"
    style = f"<style>{COLOURS} svg {{ background: var(--paper); font-family: sans-serif }} "
    style += f'[lang="{other}"] {{ display: none }}</style>'
    end = svg.index(">") + 1
    return f'<?xml version="1.0" encoding="utf-8"?>\n{svg[:end]}{style}{svg[end:]}\n'


COLOURS = """
:root { color-scheme: light dark;
  --paper: #ffffff; --page: #f5f6f8; --text: #16191d; --muted: #59626e; --line: #d9dde3;
  --base: #8a93a0; --champion: #2f6fb2; --challenger: #c2570c; --good: #1a7f4b; --bad: #c0322b; }
@media (prefers-color-scheme: dark) { :root {
  --paper: #1b1f25; --page: #12151a; --text: #e8ebef; --muted: #a3adba; --line: #363d47;
  --base: #8d97a5; --champion: #6fb0f0; --challenger: #f5954e; --good: #55c98a; --bad: #f0736b; } }
"""
"""The style sheet's colours, for light and dark; contrasts of text are 4.5 and more (WCAG 2.2, 1.4.3)."""


def columns(text: str) -> int:
    """How wide a text is, in Latin letters: a Korean one counts as two."""
    return len(text) + len(_WIDE.findall(text))


def shortened(text: str, limit: int = MAX_LABEL) -> str:
    """A text of at most `limit` columns."""
    if columns(text) <= limit:
        return text
    kept = ""
    for letter in text:
        if columns(kept + letter) >= limit:
            break
        kept += letter
    return f"{kept}…"
