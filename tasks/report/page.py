"""Draw the page: facts in, one HTML file out that needs no network and no script.

    html = page(facts, language="ko")

Both languages are in it, and a switch that the style sheet alone makes work; light and dark follow the reader's own
setting. Jinja2 escapes whatever it puts in, and the page's content security policy forbids scripts and every request,
for questions and answers are strangers' text.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from tasks.bootstrap import LEVEL, Span
from tasks.charts import COLOURS, Words
from tasks.cost import plots as cost_plots
from tasks.cost.plots import million
from tasks.report import plots, words
from tasks.report.facts import Facts, Measure

HERE = Path(__file__).parent
Language = Literal["en", "ko"]

HEADLINES = ("formula_accuracy", "grade", "chrf", "perplexity", "latency_p50_s")
"""Metrics that stand large at the top, as far as they are there; the gate's own comes first."""


def page(facts: Facts, language: Language = "en") -> str:
    """The whole page. It opens in `language`; the reader may switch."""
    return _template().render(
        facts=facts,
        language=language,
        level=f"{LEVEL:.0%}",
        styles=Markup(COLOURS + (HERE / "page.css").read_text(encoding="utf-8")),  # noqa: S704 - our own files
        headlines=_headlines(facts),
        sentence=_sentence(facts),
        verdicts=_verdicts(facts),
        plots=_plots(facts),
    )


def _headlines(facts: Facts) -> list[Measure]:
    by_name = {one.name: one for one in facts.measures if not one.cases}
    names = dict.fromkeys((facts.primary, *HEADLINES))
    return [by_name[name] for name in names if name in by_name][:4]


def _sentence(facts: Facts) -> Words:
    """Why it was decided so: the gate's own words, and in Korean the figures that they are about."""
    by_name = {one.name: one for one in facts.measures if not one.cases}
    primary = by_name.get(facts.primary)
    if primary is None or facts.before not in primary.values:
        return Words.same(facts.reason)
    was, now = (words.figure(primary.name, primary.values.get(role)) for role in (facts.before, "challenger"))
    korean = f"{words.style(primary.name).label.ko} {now}, {words.ROLES[facts.before].ko} {was}"
    if primary.gain is not None:
        korean += f", 차이 {words.difference(primary.name, primary.gain.value)}"
        if primary.gain.low is not None and primary.gain.high is not None:
            low, high = (words.difference(primary.name, one) for one in (primary.gain.low, primary.gain.high))
            korean += f" ({LEVEL:.0%} 구간 {low} … {high})"
    return Words(facts.reason, f"{korean}. 문항 {facts.cases:,}개, 사용자 {facts.users:,}명.")


def _verdicts(facts: Facts) -> list[str]:
    """Verdicts that came up, those that the page has words for first."""
    found = {name for counts in facts.verdicts.values() for name in counts}
    return [name for name in words.VERDICTS if name in found] + sorted(found - words.VERDICTS.keys())


def _plots(facts: Facts) -> dict[str, Markup | None]:
    bill = facts.bill
    return {
        "task_type": plots.groups(facts, "task_type"),
        "function": plots.groups(facts, "function"),
        "loss": plots.loss(facts),
        "funnel": plots.funnel(facts),
        "drift": plots.drift(facts),
        "latency": plots.latency(facts),
        "volume": None if bill is None else cost_plots.by_volume(bill),
        "sensitivity": None if bill is None else cost_plots.sensitivity(bill),
    }


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"money": money, "million": million}
    environment.globals |= {
        "t": both,
        "say": lambda text: text.markup(),
        "label": lambda name: words.style(name).label.markup(),
        "role": lambda name: words.known(words.ROLES, name).markup(),
        "figure": words.figure,
        "gain": gain,
        "verdict": lambda name: words.known(words.VERDICTS, name).markup(),
        "words": words,
        "known": lambda group, name: words.known(group, name).markup(),
        "kinds": words.KINDS,
    }
    return environment.get_template("page.html.j2")


def both(en: str, ko: str, **values: Any) -> Markup:
    """A sentence in both languages; `{name}` stands for a value, which is escaped."""
    pair = Words(en, ko).markup()
    return pair.format(**values) if values else pair


def gain(name: str, span: Span | None) -> Markup:
    """A gain with its interval, coloured where the interval excludes zero."""
    if span is None:
        return Markup("")
    better = words.style(name).better
    look = ""
    if span.excludes_zero and better:
        look = "good" if span.value * better > 0 else "bad"
    bounds = ""
    if span.low is not None and span.high is not None:
        low, high = words.difference(name, span.low), words.difference(name, span.high)
        bounds = Markup(' <span class="bounds">{} … {}</span>').format(
            low.removesuffix(" pp"), high.removesuffix(" pp")
        )
    return Markup('<span class="gain {}">{}</span>{}').format(look, words.difference(name, span.value), bounds)


def money(value: float | None, currency: str) -> str:
    """A sum; small ones keep three digits that tell something."""
    if value is None:
        return "–"
    return f"{value:,.0f} {currency}" if value >= 100 else f"{value:.3g} {currency}"
