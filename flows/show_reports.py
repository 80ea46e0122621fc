"""How a comparison of nights and a bill look in a terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from flows.show import print_result, render
from tasks.bootstrap import Span
from tasks.cost.model import Bill
from tasks.report import words
from tasks.report.compare import Comparison, Side
from tasks.report.page import money


def print_comparison(comparison: Comparison, as_json: bool) -> None:
    """Print two nights side by side to standard output."""
    print_result(comparison, as_json)


def print_bill(bill: Bill, as_json: bool) -> None:
    """Print a month's costs to standard output."""
    print_result(bill, as_json)


@render.register
def _(comparison: Comparison) -> RenderableType:
    table = Table(title="challengers, each on its own night's cases", title_justify="left")
    table.add_column("")
    for side in (comparison.one, comparison.other):
        table.add_column(f"{escape(side.name)}\n{side.outcome}", justify="right")
    table.add_column("difference", justify="right")
    for row in comparison.rows:
        change = "-" if row.difference is None else words.difference(row.name, row.difference)
        cells = (words.figure(row.name, row.one), words.figure(row.name, row.other), change)
        table.add_row(escape(words.style(row.name).label.en), *cells)
    lines = [f"{comparison.common} cases were answered in both nights."]
    for name, span in (("formula_accuracy", comparison.formula_accuracy), ("grade", comparison.grade)):
        if span is not None:
            lines.append(f"{words.style(name).label.en} on these: {_gain(name, span)}")
    if comparison.became_right or comparison.became_wrong:
        lines.append(
            f"{len(comparison.became_right)} formulas became right, {len(comparison.became_wrong)} became wrong"
            " (--json names them)"
        )
    return Group(table, *map(escape, lines), *map(_side, (comparison.one, comparison.other)))


@render.register
def _(bill: Bill) -> RenderableType:
    table = Table(title="a month", title_justify="left")
    for heading in ("", "own GPUs", escape(bill.api_name)):
        table.add_column(heading, justify="right" if heading else "left")
    if bill.tokens_month is None:
        table.add_row("fixed, whatever the tokens", money(bill.gpu_month * bill.gpus, bill.currency), "-")
    else:
        rows = (
            (f"{bill.tokens_month:,.0f} tokens", bill.ours_month, bill.api_month),
            ("1,000 tokens", bill.ours_per_1k, bill.api_per_1k),
            (f"an answer of {bill.tokens_request} tokens with its prompt", bill.ours_per_answer, bill.api_per_answer),
            ("a correct answer", bill.ours_per_correct, bill.api_per_correct),
        )
        for name, ours, api in rows:
            table.add_row(name, money(ours, bill.currency), money(api, bill.currency))
    return Group(table, *map(escape, _sentences(bill)))


def _sentences(bill: Bill) -> list[str]:
    price = f"{money(bill.gpu_month, bill.currency)} a GPU month against {money(bill.api_per_1k, bill.currency)} per 1K"
    if bill.break_even is None:
        found = [
            f"no break-even: a GPU serves {bill.capacity:,.0f} tokens a month, too few to pay for itself ({price})"
        ]
    else:
        thousands = f"{bill.break_even / 1000:,.0f} thousand tokens"
        found = [f"break-even: {bill.break_even / 1e6:,.2f} million tokens a month, that is {thousands} ({price})"]
    if bill.always_from is not None and bill.break_even is not None and bill.always_from > bill.break_even:
        found.append(f"GPUs that must be added always pay from {bill.always_from / 1e6:,.1f} million tokens on")
    hours = f"of the hours of {bill.gpus} GPU(s), {bill.training_share:.1%} train"
    if bill.serving_share is not None and bill.idle_share is not None:
        hours += f", {bill.serving_share:.1%} serve, {bill.idle_share:.1%} idle; all are paid for"
    else:
        hours += "; give --tokens-month and --tokens-per-s to see how many serve and how many idle"
    found.append(hours)
    if bill.tokens_month is not None and (bill.ours_per_correct is None or bill.api_per_correct is None):
        found.append("give --correct and --api-correct for the cost of a correct answer")
    return found


def _gain(name: str, span: Span) -> str:
    if span.low is None or span.high is None:
        return f"{words.difference(name, span.value)} (one user: no interval)"
    bounds = f"{words.difference(name, span.low)} to {words.difference(name, span.high)}"
    return f"{words.difference(name, span.value)}, 95% interval over users {bounds}"


def _side(side: Side) -> str:
    of = f"{side.challenger} on dataset {side.dataset}" if side.challenger else f"dataset {side.dataset}"
    return escape(f"{side.name} ({side.run_id[:8]}): {of}. {side.reason}")
