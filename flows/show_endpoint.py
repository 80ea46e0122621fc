"""How a measurement of endpoints looks in a terminal."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from flows.show import print_result, render
from tasks.bootstrap import Span
from tasks.endpoint.against import Result, Side
from tasks.endpoint.summary import Percentiles
from tasks.report.page import money

SHARES = ("p50", "p95", "p99")
NAMES = {"latency": "latency", "ttft": "TTFT", "tpot": "TPOT"}


def print_endpoints(result: Result, as_json: bool) -> None:
    """Print a measurement to standard output."""
    print_result(result, as_json)


@render.register
def _(result: Result) -> RenderableType:
    sides = [result.ours] if result.against is None else [result.ours, result.against]
    table = Table(title=f"{result.ours.measured.requests} requests, {result.prompts} prompts", title_justify="left")
    table.add_column("")
    for side in sides:
        table.add_column(f"{escape(side.measured.model)}\n{escape(side.measured.url)}", justify="right")
    for name, cell in _rows(result.currency):
        cells = [cell(side) for side in sides]
        if any(cells):
            table.add_row(name, *(escape(one) or "-" for one in cells))
    return Group(table, *map(escape, _sentences(result, sides)))


def _rows(currency: str) -> list[tuple[str, Callable[[Side], str]]]:
    rows: list[tuple[str, Callable[[Side], str]]] = [
        ("answered", lambda side: f"{side.measured.answered} of {side.measured.requests}"),
    ]
    rows += [(f"{NAMES[one]} {share}", _percentile(one, share)) for one in NAMES for share in SHARES]
    rows += [
        ("answers a second", lambda side: f"{side.measured.requests_per_s:.2f}"),
        ("tokens a second", lambda side: f"{side.measured.tokens_per_s:,.1f}"),
        ("goodput a second", _goodput),
        ("right", lambda side: _share(side.quality.correct) if side.quality else ""),
        ("mean grade", lambda side: _share(side.quality.grade) if side.quality else ""),
        ("1,000 tokens", lambda side: money(side.cost.per_1k_tokens, currency) if side.cost else ""),
        ("an answer", lambda side: money(side.cost.per_answer, currency) if side.cost else ""),
        ("a correct answer", lambda side: money(side.cost.per_correct, currency) if side.cost else ""),
    ]
    return rows


def _sentences(result: Result, sides: list[Side]) -> list[str]:
    lines = []
    if result.correct_gain is not None:
        lines.append(f"right answers, ours less theirs on the same prompts: {_share(result.correct_gain, signed=True)}")
    for side in sides:
        name = side.measured.model
        if side.measured.limits:
            stated = ", ".join(f"{what} {limit:g} s" for what, limit in side.measured.limits.items())
            lines.append(f"{name}: good is {stated} at most")
        lines += [f"{name}: {one.count} x {one.kind}, the first: {one.first}" for one in side.measured.failures]
        lines += [f"{name}: {note}" for note in side.measured.notes]
        if side.cost is not None:
            lines.append(f"{name}: cost from {side.cost.how}")
    lines += [f"left out, {fault}" for fault in result.faults[:5]]
    if len(result.faults) > 5:
        lines.append(f"and {len(result.faults) - 5} lines more that are no prompt")
    return lines


def _percentile(quantity: str, share: str) -> Callable[[Side], str]:
    def cell(side: Side) -> str:
        found: Percentiles | None = getattr(side.measured, quantity)
        if found is None:
            return ""
        span: Span = getattr(found, share)
        bounds = "" if span.low is None or span.high is None else f" ({span.low:.3f} to {span.high:.3f})"
        return f"{span.value:.3f} s{bounds}"

    return cell


def _share(span: Span, *, signed: bool = False) -> str:
    form = "{:+.1%}" if signed else "{:.1%}"
    bounds = "" if span.low is None or span.high is None else f" ({form.format(span.low)} to {form.format(span.high)})"
    return form.format(span.value) + bounds


def _goodput(side: Side) -> str:
    measured = side.measured
    if measured.goodput_per_s is None or measured.good_share is None:
        return ""
    return f"{measured.goodput_per_s:.2f} ({measured.good_share:.0%})"
